"""Read the topology of a state."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ipwrap.models import load
from ipwrap.models.address import Interface
from ipwrap.models.fdb import FdbEntry
from ipwrap.models.link import Link
from ipwrap.models.port_vlan import PortVlans
from ipwrap.views.topology.details import (
    condition_words,
    detail_words,
    kind_name,
    kind_options,
    vlan_words,
)
from ipwrap.views.topology.graph import PAIRED_KINDS, Cable, Device, End, Outside, Topology
from ipwrap.views.topology.peers import Evidence, PeerFinder
from ipwrap.views.topology.tunnels import TunnelFinder

if TYPE_CHECKING:
    from ipwrap.state import State

__all__ = ["read_topology"]

NO_LINK = "NONE"  # of a tunnel
LOOPBACK = "lo"
LOOPBACK_ADDRESSES = frozenset({"127.0.0.1/8", "::1/128"})

# The links that the kernel makes in every namespace once a tunnel's module is loaded.
FALLBACK_TUNNELS = frozenset(
    {
        *("tunl0", "gre0", "gretap0", "erspan0", "sit0"),
        *("ip6tnl0", "ip6gre0", "ip_vti0", "ip6_vti0"),
    }
)

Objects = Mapping[str, list[dict[str, Any]]]


def read_topology(state: "State", evidence: Evidence | None = None) -> Topology:
    """Return the topology of a state. Raises `OutputError` for objects in another form than `ip`'s.

    A loopback link is left out, unless the link has an added address, or is the only link.
    """
    addresses = dict(_addresses(state))
    links, fdb = {}, {}
    for netns, objects in state.items():
        links[netns] = load(Link, objects.get("link", []))
        fdb[netns] = load(FdbEntry, objects.get("bridge fdb", []))

    peers = PeerFinder(links, addresses, evidence or Evidence()).find()
    cables = (
        *_local_pairs(links),
        *_cables_between(peers, links),
        *TunnelFinder(links, addresses, fdb).find(),
    )
    devices = {
        netns: list(_devices(netns, links[netns], objects=objects, addresses=addresses))
        for netns, objects in state.items()
    }
    return Topology(devices, cables)


def _addresses(state: "State") -> Iterator[tuple[End, tuple[str, ...]]]:
    """Yield the addresses of each link, except link-local addresses, which every link has."""
    for netns, objects in state.items():
        for interface in load(Interface, objects.get("address", [])):
            shown = [address for address in interface.addr_info if address.scope != "link"]
            yield End(netns, interface.ifname), tuple(address.prefix for address in shown)


def _local_pairs(links: Mapping[str, Sequence[Link]]) -> Iterator[Cable]:
    """Yield once each pair with both ends in the same namespace."""
    for netns, netns_links in links.items():
        seen: set[str] = set()
        for link in netns_links:
            if (
                kind_name(link) in PAIRED_KINDS
                and link.link is not None
                and link.ifname not in seen
            ):
                seen.add(link.link)
                yield Cable(kind_name(link), End(netns, link.ifname), End(netns, link.link))


def _cables_between(
    peers: Mapping[End, End | Outside], links: Mapping[str, Sequence[Link]]
) -> Iterator[Cable]:
    """Yield the cables between namespaces, each once."""
    kinds = {
        End(netns, link.ifname): kind_name(link)
        for netns, netns_links in links.items()
        for link in netns_links
    }
    seen: set[End] = set()

    for end, far_end in peers.items():
        if end in seen:
            continue
        if isinstance(far_end, End) and peers.get(far_end) == end:
            seen.add(far_end)
        yield Cable(kinds[end], end, far_end)


def _devices(
    netns: str, links: Sequence[Link], *, objects: Objects, addresses: Mapping[End, Sequence[str]]
) -> Iterator[Device]:
    """Yield the links of a namespace that a person wants to know of."""
    vlans = _vlans(links, objects)
    stp_bridges = {link.ifname for link in links if kind_options(link).get("stp_state")}

    for link in links:
        end = End(netns, link.ifname)
        is_alone = len(links) == 1 and bool(netns)
        if not is_alone and _is_usual(link, addresses.get(end, ())):
            continue

        yield Device(
            end=end,
            kind=kind_name(link),
            details=tuple(detail_words(link)),
            addresses=_shown_addresses(link, addresses.get(end, ())),
            master=link.master,
            lower=_lower_link(link),
            vlans=vlans.get(link.ifname, ()),
            conditions=tuple(condition_words(link, has_stp=link.master in stp_bridges)),
        )


def _lower_link(link: Link) -> str | None:
    """Return the link of the same namespace that a link is on; the peer of a pair is none."""
    if kind_name(link) in PAIRED_KINDS or link.link == NO_LINK:
        return None
    return link.link


def _is_usual(link: Link, addresses: Sequence[str]) -> bool:
    """Return whether every namespace has the link, without a word of the user."""
    if link.ifname == LOOPBACK:
        return LOOPBACK_ADDRESSES.issuperset(addresses)
    return link.ifname in FALLBACK_TUNNELS and not link.up and not addresses


def _shown_addresses(link: Link, addresses: Sequence[str]) -> tuple[str, ...]:
    """Return the addresses of a link, without the usual addresses of loopback links."""
    usual = LOOPBACK_ADDRESSES if link.ifname == LOOPBACK else frozenset()
    return tuple(address for address in addresses if address not in usual)


def _vlans(links: Sequence[Link], objects: Objects) -> dict[str, tuple[str, ...]]:
    """Return the VLANs of the ports of VLAN-filtering bridges, by port."""
    filtering = {link.ifname for link in links if kind_options(link).get("vlan_filtering")}
    ports = {link.ifname for link in links if link.master in filtering}
    entries = load(PortVlans, objects.get("bridge vlan", []))
    return {entry.ifname: tuple(vlan_words(entry)) for entry in entries if entry.ifname in ports}
