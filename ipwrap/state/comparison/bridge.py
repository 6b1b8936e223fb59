"""What counts of bridges: their ports, forwarding entries, VLANs, groups, spanning trees and tunnels."""

from collections.abc import Iterable, Iterator

from ipwrap.recording.mentioned import MentionedWords
from ipwrap.state.comparison.base import (
    CARRIER,
    Comparisons,
    Item,
    Json,
    comparable_fields,
    comparable_flags,
)

__all__ = ["COMPARISONS"]

OFFLOADED = frozenset({"offload", "offload_failed"})
# What a port's VLAN has of which nothing was set.
UNSET = {"state": "forwarding", "mcast_router": 1, "mcast_max_groups": 0, "neigh_suppress": False}


def _port(data: Json, named: MentionedWords) -> Iterator[Item]:
    """A bridge's port counts with its options; ``link`` not: of another namespace's link it is the wrong name.

    The bridge itself, which releases through 5.10 list as its own port, is none.
    """
    if data.get("master") == data.get("ifname"):
        return
    out = comparable_fields(data, named, "link")
    out["flags"] = comparable_flags(data, CARRIER)
    yield (data.get("ifname", "?"),), out


def _fdb(data: Json, named: MentionedWords) -> Iterator[Item]:
    """An entry counts unless it was learned, or is a group that the kernel itself listens to."""
    mac = data.get("mac", "?")
    state = str(data.get("state")).removeprefix("state=")  # before a number, through iproute2 5.4
    group = bool(int(mac.partition(":")[0], 16) & 1) if ":" in mac else False
    if state in ("", "stale") or (group and mac not in named):
        return
    out = comparable_fields(data, named) | {"mac": named.mask_mac(mac), "state": state}
    words = (data.get(key) for key in ("ifname", "master", "vlan", "dst", "vni"))
    yield (str(out["mac"]), *(str(word) for word in words if word is not None)), out


def _vlan(data: Json, named: MentionedWords) -> Iterator[Item]:
    """Every VLAN of a port counts."""
    for each in (*(data.get("vlans") or ()), *(data.get("tunnels") or ())):
        number = str(each.get("vlan", each.get("vid")))
        counters = [key for key in each if key.endswith(("_bytes", "_packets"))]
        yield (data.get("ifname", "?"), number), comparable_fields(each, named, *counters)


def _vlan_details(data: Json, named: MentionedWords) -> Iterator[Item]:
    """Of a port counts what was set for any of its VLANs; which VLANs it has is told by `bridge vlan`."""
    out: Json = {}
    for each in data.get("vlans") or ():
        said = comparable_fields(each, named, "vlan", "vlanEnd", "flags")
        out |= {
            f"{number} {key}": said[key]
            for number in _numbers(each)
            for key in said
            if UNSET.get(key) != said[key]
        }
    yield (data.get("ifname", "?"),), out


def _global_vlan(data: Json, named: MentionedWords) -> Iterator[Item]:
    """Every VLAN of a bridge counts, also those that are told as a range; where a multicast router is does not."""
    for each in data.get("vlans") or ():
        for number in _numbers(each):
            yield (
                (data.get("ifname", "?"), str(number)),
                comparable_fields(each, named, "vlan", "vlanEnd", "router_ports"),
            )


def _numbers(vlans: Json) -> Iterable[int]:
    """Return the numbers of a VLAN, or of a range of them: where one ends depends on what the next ones are told."""
    first: int = vlans.get("vlan", 0)
    last: int = vlans.get("vlanEnd", first)
    return range(first, last + 1)


def _mdb(data: Json, named: MentionedWords) -> Iterator[Item]:
    """Of all entries count those that are kept, or were asked for; where a multicast router is does not."""
    for each in data.get("mdb") or ():
        yield from _group(each, named)


def _group(data: Json, named: MentionedWords) -> Iterator[Item]:
    """An entry counts if it is permanent or its group was named: the others come with the hosts."""
    if data.get("state") != "permanent" and data.get("grp") not in named:
        return
    out = comparable_fields(data, named, "index", "timer") | {
        "state": data.get("state"),
        "flags": comparable_flags(data, OFFLOADED),
    }
    if "source_list" in out:
        out["source_list"] = sorted(str(each.get("address")) for each in out["source_list"])
    words = (data.get(key) for key in ("dev", "port", "grp", "src", "vid", "dst", "src_vni"))
    yield tuple(str(word) for word in words if word is not None), out


def _mst(data: Json, named: MentionedWords) -> Iterator[Item]:
    """A port counts in each spanning tree."""
    for each in data.get("mst") or ():
        yield (data.get("ifname", "?"), str(each.get("msti"))), comparable_fields(each, named)


def _vni(data: Json, named: MentionedWords) -> Iterator[Item]:
    """Every tunnel that is let in counts, without what it has carried."""
    for each in data.get("vnis") or ():
        yield (data.get("ifname", "?"), str(each.get("vni"))), comparable_fields(each, named)


COMPARISONS: Comparisons = {
    "bridge fdb": _fdb,
    "bridge link": _port,
    "bridge mdb": _mdb,
    "bridge mdb get": _group,
    "bridge mst": _mst,
    "bridge vlan": _vlan,
    "bridge vlan details": _vlan_details,
    "bridge vlan global": _global_vlan,
    "bridge vlan tunnelshow": _vlan,
    "bridge vni": _vni,
}
