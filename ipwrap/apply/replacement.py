"""Whether a link has to be deleted and made anew, since no command can change it as wanted."""

from typing import Any

from ipwrap.kinds import KINDS
from ipwrap.options.table import options_of
from ipwrap.recording import State
from ipwrap.undo.link_data import (
    Json,
    LinkLocation,
    find_lower_link,
    find_peer,
    is_paired,
    kind_of,
    link_at,
)

__all__ = ["must_be_replaced"]

# Options that only a new link of the kind can be given. Those of other kinds are tried, and a link
# is made anew where the kernel refuses.
# vlan_changelink() in net/8021q/vlan_netlink.c; vrf has no changelink(), drivers/net/vrf.c;
# geneve_changelink() in drivers/net/geneve.c.
CREATION_OPTIONS = {
    "geneve": frozenset({"id", "external"}),
    "tun": frozenset({"mode", "user", "group", "pi", "vnet_hdr", "multi_queue"}),
    "vlan": frozenset({"id", "protocol"}),
    "vrf": frozenset({"table"}),
}
# The only ones that vxlan_nl2conf() in drivers/net/vxlan/vxlan_core.c changes.
CHANGEABLE_OPTIONS = {
    "vxlan": frozenset(
        {
            *("ageing", "dev", "df", "flowlabel", "group", "learning", "local", "localbypass"),
            *("remote", "tos", "ttl"),
        }
    )
}


def must_be_replaced(current: State, wanted: State, *, location: LinkLocation) -> bool:
    """Return whether a link of the current state has to make way for one of the wanted state."""
    present = link_at(current, location)
    target = link_at(wanted, location)
    # Hardware cannot be made, and a stand-in of it is as good as it gets.
    if not target or kind_of(target) is None or kind_of(present) is None:
        return False
    if kind_of(present) != kind_of(target):
        return True

    if is_paired(target):
        peer = find_peer(wanted, location)
        return peer is not None and peer != find_peer(current, location)

    return _has_other_lower_link(current, wanted, location=location) or _has_other_nature(
        present, target
    )


def _has_other_lower_link(current: State, wanted: State, *, location: LinkLocation) -> bool:
    """Return whether a link is on another link than wanted."""
    if "link" not in link_at(wanted, location) and "link" not in link_at(current, location):
        return find_lower_link(current, location) != find_lower_link(wanted, location)
    return link_at(current, location).get("link") != link_at(wanted, location).get("link")


def _has_other_nature(present: Json, target: Json) -> bool:
    """Return whether an option differs that only a new link can be given."""
    kind = str(kind_of(target))
    if kind not in KINDS:
        return False

    present_options = present["linkinfo"].get("info_data") or {}
    target_options = target["linkinfo"].get("info_data") or {}
    for option in options_of(KINDS[kind]):
        if not option.json_key or not option.keyword or not _is_fixed(kind, option.name):
            continue
        values = [
            _value(option.codec.from_json(data, option.json_key), option.default)
            for data in (present_options, target_options)
        ]
        if values[0] != values[1]:
            return True
    return False


def _value(value: Any, default: Any) -> Any:
    """Return the value of an option, which is its default if it is not printed."""
    return default if value is None else value


def _is_fixed(kind: str, option: str) -> bool:
    """Return whether only a new link of a kind can be given an option."""
    if kind in CHANGEABLE_OPTIONS:
        return option not in CHANGEABLE_OPTIONS[kind]
    return option in CREATION_OPTIONS.get(kind, ())
