"""A state without the objects that the kernel makes by itself, and that no command has to make."""

from collections.abc import Container

from ipwrap.recording import State
from ipwrap.undo.generated_address import has_interface_id, interface_id
from ipwrap.undo.link_data import Json, Nouns, kind_of, links_by_name
from ipwrap.undo.state_edit import copy_state

__all__ = ["without_derived"]

# What `ip -j address` says of the kernel's own addresses: rtnl_addrprot_tab in lib/rt_names.c.
KERNEL_PROTOCOLS = frozenset({"kernel_ll", "kernel_lo", "kernel_ra"})
# The kernel gives them to a loopback that goes up: inetdev_event() in net/ipv4/devinet.c,
# init_loopback() in net/ipv6/addrconf.c.
LOOPBACK_ADDRESSES = frozenset({("127.0.0.1", 8), ("::1", 128)})
NO_MAC = "00:00:00:00:00:00"


def without_derived(state: State) -> State:
    """Return a state without generated addresses, and the forwarding entries of vxlans' options."""
    result = copy_state(state)
    macs = {link.get("address") for nouns in state.values() for link in nouns.get("link", ())}
    for nouns in result.values():
        links = links_by_name(nouns)
        if "address" in nouns:
            nouns["address"] = [_without_generated(data, links) for data in nouns["address"]]
        if "bridge fdb" in nouns:
            nouns["bridge fdb"] = _without_kernel_entries(nouns, links, macs=macs)
    return result


def _without_generated(data: Json, links: dict[str, Json]) -> Json:
    """Return the addresses of a link without those that the kernel made."""
    link = links.get(data.get("ifname", ""), {})
    addresses = [
        address for address in data.get("addr_info", ()) if not _is_generated(address, link)
    ]
    return {**data, "addr_info": addresses}


def _is_generated(address: Json, link: Json) -> bool:
    """Return whether the kernel made an address: link-local, loopback, of an advertisement."""
    if address.get("protocol") in KERNEL_PROTOCOLS:
        return True
    if address.get("family") == "inet6" and address.get("dynamic"):
        return True
    if link.get("link_type") == "loopback":
        return (address.get("local"), address.get("prefixlen")) in LOOPBACK_ADDRESSES

    # addrconf_addr_gen() in net/ipv6/addrconf.c.
    mode = link.get("inet6_addr_gen_mode", "eui64")
    return mode == "eui64" and has_interface_id(address, interface_id(link))


def _without_kernel_entries(
    nouns: Nouns, links: dict[str, Json], *, macs: Container[str | None]
) -> list[Json]:
    """Return forwarding entries without those that follow from links.

    A new vxlan with a remote or a group has an entry for it: vxlan_fdb_create() in
    drivers/net/vxlan. A link receives for the macvlans on it, in any namespace: macvlan_open() in
    drivers/net/macvlan.c. A bridge has an entry for its address and those of its ports; where two
    have one address, the entry is of the link that had it first: fdb_add_local() in
    net/bridge/br_fdb.c.
    """
    own_macs = {link.get("address") for link in links.values()}
    return [
        entry
        for entry in nouns["bridge fdb"]
        if not _is_remote(entry, links.get(entry.get("ifname", ""), {}))
        and not (_is_of_device(entry) and entry.get("mac") in macs)
        and not (_is_of_bridge(entry) and entry.get("mac") in own_macs)
    ]


def _is_of_device(entry: Json) -> bool:
    """Return whether an entry is one of the addresses that a device receives for."""
    return entry.get("state") == "permanent" and not {"master", "dst", "vni"} & entry.keys()


def _is_of_bridge(entry: Json) -> bool:
    """Return whether an entry may be one of the addresses that a bridge itself receives for."""
    return entry.get("state") == "permanent" and "master" in entry


def _is_remote(entry: Json, link: Json) -> bool:
    """Return whether an entry is the one for the remote or group of a vxlan."""
    if kind_of(link) != "vxlan" or entry.get("mac") != NO_MAC or "dst" not in entry:
        return False

    options = link["linkinfo"].get("info_data") or {}
    remotes = [options.get(key) for key in ("remote", "remote6", "group", "group6")]
    return entry["dst"] in remotes
