"""The options of the VLANs of ports and bridges: `bridge -d vlan`, `bridge vlan global`."""

from collections.abc import Iterator

from ipwrap.objects.base import Json, ObjectType
from ipwrap.objects.comparison import Item, comparable_fields, ifname_of
from ipwrap.recording.mentioned import MentionedWords

__all__ = ["VlanSettings"]

# The fields of a port's VLAN without settings. 1 is MDB_RTR_TYPE_TEMP_QUERY, the kernel's default
# (include/uapi/linux/if_bridge.h).
VLAN_DEFAULTS = {
    "state": "forwarding",
    "mcast_router": 1,
    "mcast_max_groups": 0,
    "neigh_suppress": False,
}


class VlanSettings(ObjectType):
    """The options of VLANs: commands set them, and none creates or deletes them."""

    noun = "vlan settings"
    path = ("bridge", "vlan")
    shown_as = ("bridge vlan details", "bridge vlan global")

    def comparable_items(self, noun: str, data: Json, *, named: MentionedWords) -> Iterator[Item]:
        """Compare the options of a port's VLANs, or of a bridge's VLANs."""
        if noun == "bridge vlan global":
            return _compare_global(data, named)
        return _compare_details(data, named)


def _compare_details(data: Json, named: MentionedWords) -> Iterator[Item]:
    """Compare the settings of a port's VLANs; `bridge vlan` compares the VLANs themselves."""
    settings: Json = {}

    for vlans in data.get("vlans") or ():
        fields = comparable_fields(
            vlans,
            named,
            "vlan",
            "vlanEnd",
            "flags",
        )
        for vid in _vids(vlans):
            for key, value in fields.items():
                if VLAN_DEFAULTS.get(key) != value:
                    settings[f"{vid} {key}"] = value

    yield (ifname_of(data),), settings


def _compare_global(data: Json, named: MentionedWords) -> Iterator[Item]:
    """Compare every VLAN of a bridge, with ranges expanded, without multicast routers."""
    for vlans in data.get("vlans") or ():
        for vid in _vids(vlans):
            fields = comparable_fields(vlans, named, "vlan", "vlanEnd", "router_ports")
            yield (ifname_of(data), str(vid)), fields


def _vids(vlans: Json) -> range:
    """Return the numbers of a VLAN or of a range of VLANs."""
    # The kernel joins neighbours with equal options into a range, so the end of a range depends on
    # the next VLAN: br_vlan_can_enter_range() in net/bridge/br_vlan.c.
    first: int = vlans.get("vlan", 0)
    last: int = vlans.get("vlanEnd", first)
    return range(first, last + 1)
