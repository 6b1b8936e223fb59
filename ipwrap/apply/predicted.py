"""The state that is left, as the kernel will complete it: the VLANs of new ports."""

from ipwrap.recording import State
from ipwrap.undo.link_data import Json, kind_of, links_by_name
from ipwrap.undo.state_edit import copy_state

__all__ = ["with_defaults_of_ports"]

VLANS = "bridge vlan"
NEW_FLAGS = ["PVID", "Egress Untagged"]
DEFAULT_PVID = 1
PVID_OPTION = "vlan_default_pvid"  # listed by every kernel that has VLANs of bridges


def with_defaults_of_ports(now: State, wanted: State) -> State:
    """Return a state with the VLAN that a link has as soon as it is a port of its wanted bridge.

    nbp_vlan_init() and br_vlan_init() in net/bridge/br_vlan.c.
    """
    result = copy_state(now)
    for netns, nouns in wanted.items():
        if netns not in result:
            continue

        present = links_by_name(result[netns])
        wanted_links = links_by_name(nouns)
        listings = {data["ifname"]: data for data in result[netns].get(VLANS, ())}
        for name, link in wanted_links.items():
            if not _becomes_port(present.get(name), link):
                continue
            bridge = link if kind_of(link) == "bridge" else wanted_links.get(link["master"], {})
            # Where no bridge has a VLAN, the noun is missing.
            if VLANS in nouns or PVID_OPTION in _options(bridge):
                listings[name] = _default_listing(name, bridge, is_bridge=bridge is link)
        if listings:
            result[netns][VLANS] = [*listings.values()]
    return result


def _becomes_port(present: Json | None, link: Json) -> bool:
    """Return whether a link will be a new port, or a new bridge."""
    if kind_of(link) == "bridge":
        return present is None
    if (link.get("linkinfo") or {}).get("info_slave_kind") != "bridge":
        return False
    return present is None or present.get("master") != link.get("master")


def _default_listing(name: str, bridge: Json, *, is_bridge: bool) -> Json:
    """Return the VLANs of a new port of a bridge, or of a new bridge itself."""
    pvid = _options(bridge).get(PVID_OPTION, DEFAULT_PVID)
    vlans = [{"vlan": pvid, "flags": NEW_FLAGS, "bridge": is_bridge}] if pvid else []
    return {"ifname": name, "vlans": vlans}


def _options(bridge: Json) -> Json:
    """Return the options of a bridge."""
    options: Json = (bridge.get("linkinfo") or {}).get("info_data") or {}
    return options
