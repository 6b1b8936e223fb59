"""The options of the VLANs of ports and bridges: `bridge -d vlan`, `bridge vlan global`."""

from collections.abc import Collection, Iterator
from typing import Any

from ipwrap.command import Command
from ipwrap.objects.base import Arguments, Json, Nouns, call_command, parse_json
from ipwrap.objects.comparison import Item, comparable_fields, ifname_of
from ipwrap.objects.settings import SettingsObject
from ipwrap.objects.vlan import vids_of, vlans_of_call
from ipwrap.recording.mentioned import MentionedWords

__all__ = ["GlobalVlanSettings", "VlanSettings"]

# The fields of a port's VLAN without settings. 1 is MDB_RTR_TYPE_TEMP_QUERY, the kernel's default
# (include/uapi/linux/if_bridge.h).
VLAN_DEFAULTS = {
    "state": "forwarding",
    "mcast_router": 1,
    "mcast_max_groups": 0,
    "neigh_suppress": False,
}
# The fields of a bridge's VLAN without settings: br_multicast_ctx_init() in
# net/bridge/br_multicast.c. Times are in hundredths of a second.
GLOBAL_DEFAULTS = {
    "mcast_snooping": 1,
    "mcast_querier": 0,
    "mcast_igmp_version": 2,
    "mcast_mld_version": 1,
    "mcast_last_member_count": 2,
    "mcast_last_member_interval": 100,
    "mcast_startup_query_count": 2,
    "mcast_startup_query_interval": 3125,
    "mcast_membership_interval": 26000,
    "mcast_querier_interval": 25500,
    "mcast_query_interval": 12500,
    "mcast_query_response_interval": 1000,
    "msti": 0,
}
INTERVAL = "_interval"
# The state of a port in a VLAN, for the plan of commands: a comparison of ports leaves out `state`.
PORT_STATE = "port state"


class _SettingsOfVlan(SettingsObject):
    """Options that the number of a VLAN identifies, beside the link."""

    def keys_of(self, noun: str, data: Json) -> dict[str, set[str]]:
        """Return the number of a VLAN."""
        return {"vid": {str(data["vlan"])}}

    def keys_of_call(self, verb: str, arguments: Arguments) -> dict[str, set[str]]:
        """Return the numbers of the VLANs of a call."""
        return vlans_of_call(arguments)


class VlanSettings(_SettingsOfVlan):
    """The options of a port's VLAN: a command sets them, and none creates or deletes them."""

    noun = "vlan settings"
    path = ("bridge", "vlan")
    shown_as = ("bridge vlan details",)
    creation_rank = 12

    def split(self, noun: str, nouns: Nouns) -> Iterator[Json]:
        """Yield the VLANs with options, one by one.

        Where a protocol decides on the state of a port, `state` is not one of them.
        """
        following = {*_ports_in_spanning_trees(nouns)}
        for port in nouns.get(noun, ()):
            for vlans in port.get("vlans") or ():
                settings = {
                    key: vlans[key]
                    for key, default in VLAN_DEFAULTS.items()
                    if vlans.get(key, default) != default
                    and not (key == "state" and ifname_of(port) in following)
                }
                for vid in vids_of(vlans) if settings else ():
                    yield {"ifname": ifname_of(port), "vlan": vid, **settings}

    def as_printed(self, data: Json) -> Json:
        """Return the options of a VLAN below its port."""
        vlan = {key: value for key, value in data.items() if key != "ifname"}
        if "state" in vlan:
            vlan[PORT_STATE] = vlan["state"]
        return {"ifname": data["ifname"], "vlans": [vlan]}

    def can_replace(self, keys: Collection[str], data: Json) -> bool:
        """Return whether all that differs has a value of its own, and is not left out."""
        names = {key.partition(" ")[2] for key in keys}
        return all(("state" if name == PORT_STATE else name) in data for name in names)

    def arguments(self, noun: str, data: Json) -> Arguments:
        """Return the arguments of `bridge vlan set`."""
        from ipwrap.bridge.vlan import VlanSettings as Options

        return {"vid": data["vlan"], "dev": data["ifname"], **parse_json(Options, data)}

    def delete_commands(self, noun: str, data: Json, *, netns: str | None) -> list[Command]:
        """Return the command that gives the options of a VLAN their default."""
        defaults = {key: default for key, default in VLAN_DEFAULTS.items() if key in data}
        arguments = self.arguments(noun, {**data, **defaults})
        return [call_command(self.path, "set", netns=netns, arguments=arguments)]

    def comparable_items(self, noun: str, data: Json, *, named: MentionedWords) -> Iterator[Item]:
        """Compare the options of a port's VLANs."""
        return _compare_details(data, named)


class GlobalVlanSettings(_SettingsOfVlan):
    """The options of a bridge's VLAN: a command sets them, and none creates or deletes them."""

    noun = "global vlan settings"
    path = ("bridge", "vlan", "global")
    shown_as = ("bridge vlan global",)
    creation_rank = 11

    def split(self, noun: str, nouns: Nouns) -> Iterator[Json]:
        """Yield the VLANs with options, one by one."""
        for bridge in nouns.get(noun, ()):
            for vlans in bridge.get("vlans") or ():
                if any(_is_set(key, vlans.get(key)) for key in GLOBAL_DEFAULTS):
                    fields = {key: value for key, value in vlans.items() if key != "vlanEnd"}
                    for vid in vids_of(vlans):
                        yield {**fields, "ifname": ifname_of(bridge), "vlan": vid}

    def as_printed(self, data: Json) -> Json:
        """Return the options of a VLAN below its bridge."""
        vlan = {key: value for key, value in data.items() if key != "ifname"}
        return {"ifname": data["ifname"], "vlans": [vlan]}

    def can_replace(self, keys: Collection[str], data: Json) -> bool:
        """Return whether all that differs has a value of its own, which the command sets."""
        return all(_is_set(key, data.get(key)) for key in keys)

    def arguments(self, noun: str, data: Json) -> Arguments:
        """Return the arguments of `bridge vlan global set`, without defaults."""
        settings = {key: data[key] for key in GLOBAL_DEFAULTS if _is_set(key, data.get(key))}
        return self._arguments(data, settings)

    def delete_commands(self, noun: str, data: Json, *, netns: str | None) -> list[Command]:
        """Return the command that gives the options of a VLAN their default."""
        defaults = {key: GLOBAL_DEFAULTS[key] for key in data if _is_set(key, data[key])}
        arguments = self._arguments(data, defaults)
        return [call_command(self.path, "set", netns=netns, arguments=arguments)]

    def comparable_items(self, noun: str, data: Json, *, named: MentionedWords) -> Iterator[Item]:
        """Compare the options of a bridge's VLANs."""
        return _compare_global(data, named)

    def _arguments(self, data: Json, settings: Json) -> Arguments:
        """Return the arguments of `bridge vlan global set`."""
        from ipwrap.bridge.global_vlan import GlobalVlanOptions

        options = parse_json(GlobalVlanOptions, settings)
        return {"vid": data["vlan"], "dev": data["ifname"], **options}


def _is_set(key: str, value: Any) -> bool:
    """Return whether an option of a bridge's VLAN has another value than the default.

    The kernel keeps times in jiffies, so they may differ by one.
    """
    default = GLOBAL_DEFAULTS.get(key)
    if default is None or not isinstance(value, int):
        return False
    return bool(abs(value - default) > (1 if key.endswith(INTERVAL) else 0))


def _ports_in_spanning_trees(nouns: Nouns) -> Iterator[str]:
    """Yield the bridges with spanning trees, and their ports."""
    links = nouns.get("link", ())
    bridges = set()
    for link in links:
        options = (link.get("linkinfo") or {}).get("info_data") or {}
        if options.get("stp_state") or options.get("mst_enabled"):
            bridges.add(link["ifname"])
    for link in links:
        if {link["ifname"], link.get("master")} & bridges:
            yield link["ifname"]


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
        for vid in vids_of(vlans):
            for key, value in fields.items():
                if VLAN_DEFAULTS.get(key) != value:
                    settings[f"{vid} {key}"] = value

    yield (ifname_of(data),), settings


def _compare_global(data: Json, named: MentionedWords) -> Iterator[Item]:
    """Compare every VLAN of a bridge, with ranges expanded, without multicast routers."""
    for vlans in data.get("vlans") or ():
        for vid in vids_of(vlans):
            fields = comparable_fields(vlans, named, "vlan", "vlanEnd", "router_ports")
            yield (ifname_of(data), str(vid)), fields
