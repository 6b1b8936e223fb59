"""An entry of a forwarding table: `bridge fdb`."""

from collections.abc import Iterator

from ipwrap.command import CreatedObject
from ipwrap.errors import InvalidArgument
from ipwrap.objects.base import (
    Arguments,
    Identity,
    Json,
    Nouns,
    ObjectType,
    canonical_values,
    is_unicast_mac,
    parse_json,
)
from ipwrap.objects.comparison import (
    Item,
    comparable_fields,
    identity_of,
    ifname_of,
    without_keys,
)
from ipwrap.objects.vlan import vids_of
from ipwrap.options.canonical import canonical_address
from ipwrap.recording.mentioned import MentionedWords

__all__ = ["FdbObject"]

FDB_FLAGS = frozenset({"self", "router", "extern_learn", "sticky"})
# Behind the VLANs of ports: the kernel refuses an entry of a VLAN that the port is not in.
RANK_IN_VLAN = 7
LACKS_VLAN = "lacks_vlan"  # marks an entry whose port has left the VLAN


class FdbObject(ObjectType):
    """An entry of a forwarding table: MAC address and link identify it."""

    noun = "fdb"
    path = ("bridge", "fdb")
    shown_as = ("bridge fdb",)
    has_identities = True
    goes_with_link = True
    is_creatable = True
    creation_rank = 5
    replacing_verb = "replace"
    text_list = ("bridge", "fdb", "show")

    def identity_of(self, created: CreatedObject, dev: str | None) -> Identity:
        """Return MAC address and link."""
        # `bridge fdb show` prints lower case: ll_addr_n2a() in lib/ll_addr.c.
        return created.identity["to"].lower(), dev

    def identities_in(self, nouns: Nouns) -> Iterator[Identity]:
        """Yield MAC address and link of every entry."""
        for entry in nouns.get("bridge fdb", ()):
            yield entry.get("mac"), entry.get("ifname")

    def split(self, noun: str, nouns: Nouns) -> Iterator[Json]:
        """Yield entries, except those for the addresses of local links.

        The kernel adds an entry for the address of every port: br_fdb_add_local() in net/bridge.
        A static entry stays when the port leaves the VLAN; such an entry is marked.
        """
        link_macs = {link.get("address") for link in nouns.get("link", ())}
        vlans_by_port = _vlans_by_port(nouns)

        for entry in nouns.get(noun, ()):
            # A command may add a static or dynamic entry for the address of a local link.
            is_permanent = entry.get("state") == "permanent"
            if is_permanent and entry.get("mac") in link_macs:
                continue

            # A port without any VLAN is not listed.
            is_in_vlan = "bridge vlan" in nouns and "master" in entry and "vlan" in entry
            if is_in_vlan and entry["vlan"] not in vlans_by_port.get(ifname_of(entry), ()):
                yield {**entry, LACKS_VLAN: True}
            else:
                yield entry

    def as_printed(self, data: Json) -> Json:
        """Return an entry without the mark."""
        return without_keys(data, {LACKS_VLAN})

    def host_addresses(self, nouns: Nouns) -> Iterator[str]:
        """Yield the MAC addresses of hosts."""
        for entry in nouns.get("bridge fdb", ()):
            mac = entry.get("mac", "")
            if is_unicast_mac(mac):
                yield mac.lower()

    def keys_of(self, noun: str, data: Json) -> dict[str, set[str]]:
        """Return the MAC address and the address of the tunnel's other end."""
        return canonical_values(data, "mac", "dst")

    def keys_of_call(self, verb: str, arguments: Arguments) -> dict[str, set[str]]:
        """Return the MAC address of a call."""
        if verb == "flush":
            return {}
        return {"mac": {canonical_address(arguments["to"]).lower()}}

    def creating_verb(self, data: Json, *, others: list[Json]) -> str:
        """Return `append` for an entry of a vxlan, which has several for one MAC address.

        vxlan_fdb_add() in drivers/net/vxlan. It is `replace` for an entry of a VLAN: an entry
        without one is added to every VLAN of its port as well, br_fdb_add() in net/bridge/br_fdb.c.
        """
        if "dst" in data:
            return "append"
        return "replace" if "vlan" in data else "add"

    def rank_of(self, data: Json) -> int:
        """Return a later rank for an entry of a VLAN: the VLAN of the port comes first.

        An entry without a VLAN comes before: it is added to every VLAN that the port is in.
        """
        return RANK_IN_VLAN if "vlan" in data else self.creation_rank

    def arguments(self, noun: str, data: Json) -> Arguments:
        """Return the arguments of `bridge fdb add`, for an entry of a bridge or of a device.

        Raises `InvalidArgument` for an entry of a VLAN that the port has left: the kernel refuses
        to add such an entry, and to delete it.
        """
        from ipwrap.bridge.fdb import FdbOptions

        if data.get(LACKS_VLAN):
            raise InvalidArgument(
                f"{data['ifname']} is no longer in VLAN {data['vlan']}, and no command adds or "
                "deletes an entry of such a VLAN"
            )

        flags = {flag: True for flag in data.get("flags") or () if flag in FDB_FLAGS}
        is_of_device = flags.pop("self", None)

        # Without a state, `bridge fdb add` creates a permanent entry.
        state = "dynamic"
        if data.get("state") in ("permanent", "static"):
            state = str(data["state"])

        arguments = {
            "to": data["mac"],
            "dev": data["ifname"],
            **parse_json(FdbOptions, data, replacements={"master": None}),
            **flags,
        }
        if is_of_device:
            arguments["self_"] = True
        if "master" in data:
            arguments["master"] = True
        return {**arguments, state: True}

    def comparable_items(self, noun: str, data: Json, *, named: MentionedWords) -> Iterator[Item]:
        """Compare a forwarding entry, except learned entries and automatic multicast groups."""
        mac = data.get("mac", "?")
        # iproute2 through 5.4 prints a numeric state with its key: state_n2a() in bridge/fdb.c.
        state = str(data.get("state")).removeprefix("state=")
        if state in ("", "stale"):
            return

        # Devices list the multicast groups that they receive: ndo_dflt_fdb_dump() in
        # net/core/rtnetlink.c.
        if _is_group(mac) and mac not in named:
            return

        # A bridge takes the lowest address of its ports, which are random, and has an entry of its
        # own only where that port has none in the VLAN: fdb_add_local() in net/bridge/br_fdb.c.
        is_of_bridge = data.get("ifname") == data.get("master")
        if is_of_bridge and state == "permanent" and mac not in named:
            return

        fields = comparable_fields(self.as_printed(data), named)
        fields |= {"mac": named.mask_mac(mac), "state": state}
        place = identity_of(data, "ifname", "master", "vlan", "dst", "vni")
        yield (str(fields["mac"]), *place), fields


def _vlans_by_port(nouns: Nouns) -> dict[str, set[int]]:
    """Return the VLANs of each port of a bridge with VLANs."""
    vlans_by_port: dict[str, set[int]] = {}
    for port in nouns.get("bridge vlan", ()):
        vlans = vlans_by_port.setdefault(ifname_of(port), set())
        vlans.update(*map(vids_of, port.get("vlans") or ()))
    return vlans_by_port


def _is_group(mac: str) -> bool:
    """Return whether a MAC address is a multicast address: the lowest bit of the first octet."""
    first_octet, colon, _ = mac.partition(":")
    return bool(colon) and bool(int(first_octet, 16) & 1)
