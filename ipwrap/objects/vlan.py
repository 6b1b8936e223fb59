"""A VLAN of a port, and the tunnel of a VLAN: `bridge vlan`."""

from collections.abc import Iterable, Iterator
from typing import Any

from ipwrap.command import CreatedObject
from ipwrap.objects.base import Arguments, IsSame, Json, Nouns, ObjectType, remove_listed
from ipwrap.objects.comparison import Item, comparable_fields, ifname_of
from ipwrap.objects.number_ranges import expand_created
from ipwrap.recording.mentioned import MentionedWords

__all__ = ["VlanObject", "VlanTunnelObject", "vids_of", "vlans_of_call"]

COUNTER_SUFFIXES = ("_bytes", "_packets")
OFFLOADED = frozenset({"offload", "offload_failed"})


class VlanObject(ObjectType):
    """A port in a VLAN or a range of VLANs."""

    noun = "vlan"
    path = ("bridge", "vlan")
    shown_as = ("bridge vlan",)
    goes_with_link = True
    is_creatable = True
    creation_rank = 6
    replacing_verb = "add"
    text_list = ("bridge", "vlan", "show")
    add_may_find = True

    def split(self, noun: str, nouns: Nouns) -> Iterator[Json]:
        """Yield the VLANs of ports and bridges; ``bridge`` marks the VLANs of a bridge itself.

        It may be marked already, where the bridge is only predicted.
        """
        bridges = {link["ifname"] for link in nouns.get("link", ()) if _is_bridge(link)}

        for port in nouns.get(noun, ()):
            name = port["ifname"]
            for vlan in port.get("vlans", ()):
                is_bridge = name in bridges or bool(vlan.get("bridge"))
                yield {**vlan, "ifname": name, "bridge": is_bridge}

    def parts(self, created: CreatedObject) -> Iterable[CreatedObject]:
        """Return the VLANs of a range."""
        return expand_created(created, "vid")

    def remove_from(self, nouns: Nouns, noun: str, *, is_same: IsSame) -> bool:
        """Remove a VLAN from its port, and return whether it was there."""
        if noun not in nouns:
            return super().remove_from(nouns, noun, is_same=is_same)
        return remove_listed(
            nouns,
            noun,
            key="vlans",
            is_removed=lambda port, vlan: is_same(noun, {**vlan, "ifname": ifname_of(port)}),
        )

    def as_printed(self, data: Json) -> Json:
        """Return a VLAN below its port."""
        vlan = {key: value for key, value in data.items() if key != "bridge"}
        return {"ifname": data["ifname"], "vlans": [vlan]}

    def keys_of(self, noun: str, data: Json) -> dict[str, set[str]]:
        """Return the numbers of a VLAN or a range."""
        first = int(data["vlan"])
        last = int(data.get("vlanEnd") or first)
        return {"vid": {str(vid) for vid in range(first, last + 1)}}

    def keys_of_call(self, verb: str, arguments: Arguments) -> dict[str, set[str]]:
        """Return the numbers of a call; none for a PVID, since the previous one changes as well."""
        return {} if arguments.get("pvid") else vlans_of_call(arguments)

    def arguments(self, noun: str, data: Json) -> Arguments:
        """Return the arguments of `bridge vlan add`, for a VLAN or range; a bridge needs `self`."""
        flags = data.get("flags") or ()
        vid = data["vlan"]
        if "vlanEnd" in data:
            vid = (vid, data["vlanEnd"])

        arguments = {"vid": vid, "dev": data["ifname"]}
        if "PVID" in flags:
            arguments["pvid"] = True
        if "Egress Untagged" in flags:
            arguments["untagged"] = True
        if data.get("bridge"):
            arguments["self_"] = True
        return arguments

    def comparable_items(self, noun: str, data: Json, *, named: MentionedWords) -> Iterator[Item]:
        """Compare every VLAN of a port."""
        return _compare_vlans(data, named)


class VlanTunnelObject(ObjectType):
    """The tunnel of a port's VLAN."""

    noun = "vlan tunnel"
    path = ("bridge", "vlan")
    text_list = ("bridge", "vlan", "tunnelshow")
    add_may_find = True
    shown_as = ("bridge vlan tunnelshow",)
    goes_with_link = True
    is_creatable = True
    creation_rank = 14

    def split(self, noun: str, nouns: Nouns) -> Iterator[Json]:
        """Yield the tunnel of each VLAN, one by one: the kernel adds no range that has one."""
        for port in nouns.get(noun, ()):
            for tunnels in port.get("tunnels") or ():
                first = int(tunnels.get("vlan", 0))
                last = int(tunnels.get("vlanEnd", first))
                for offset in range(last - first + 1):
                    tunnel = {
                        "vlan": first + offset,
                        "tunid": int(tunnels.get("tunid", 0)) + offset,
                    }
                    yield {**tunnel, "ifname": ifname_of(port)}

    def as_printed(self, data: Json) -> Json:
        """Return a tunnel below its port."""
        tunnel = {key: value for key, value in data.items() if key != "ifname"}
        return {"ifname": data["ifname"], "tunnels": [tunnel]}

    def keys_of(self, noun: str, data: Json) -> dict[str, set[str]]:
        """Return the number of the VLAN."""
        return {"vid": {str(data["vlan"])}}

    def keys_of_call(self, verb: str, arguments: Arguments) -> dict[str, set[str]]:
        """Return the numbers of the VLANs of a call."""
        return vlans_of_call(arguments)

    def arguments(self, noun: str, data: Json) -> Arguments:
        """Return the arguments of `bridge vlan add … tunnel_info`."""
        return {"vid": data["vlan"], "dev": data["ifname"], "tunnel_info": data["tunid"]}

    def comparable_items(self, noun: str, data: Json, *, named: MentionedWords) -> Iterator[Item]:
        """Compare every tunnel of a port."""
        return _compare_vlans(data, named)


def vids_of(vlans: Json) -> range:
    """Return the numbers of a VLAN or of a range of VLANs."""
    # The kernel joins neighbours with equal options into a range, so the end of a range depends on
    # the next VLAN: br_vlan_can_enter_range() in net/bridge/br_vlan.c.
    first: int = vlans.get("vlan", 0)
    last: int = vlans.get("vlanEnd", first)
    return range(first, last + 1)


def vlans_of_call(arguments: Arguments) -> dict[str, set[str]]:
    """Return the numbers of the VLANs or the range of a call; nothing for a `flush` of all."""
    vid: Any = arguments.get("vid")
    if vid is None:
        return {}
    first, last = vid if isinstance(vid, tuple) else (vid, vid)
    return {"vid": {str(number) for number in range(int(first), int(last) + 1)}}


def _is_bridge(link: Json) -> bool:
    """Return whether a link is a bridge."""
    return (link.get("linkinfo") or {}).get("info_kind") == "bridge"


def _compare_vlans(data: Json, named: MentionedWords) -> Iterator[Item]:
    """Compare every VLAN and every tunnel of a port."""
    vlans = data.get("vlans") or ()
    tunnels = data.get("tunnels") or ()

    for vlan in (*vlans, *tunnels):
        vid = vlan.get("vlan", vlan.get("vid"))
        counters = [key for key in vlan if key.endswith(COUNTER_SUFFIXES)]
        yield (ifname_of(data), str(vid)), comparable_fields(vlan, named, *counters)
