"""Words about a link: the options of its kind, its VLANs as a port, and why it passes no packet."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ipwrap.models.link import Link
from ipwrap.models.port_vlan import PortVlans

__all__ = ["condition_words", "detail_words", "kind_name", "kind_options", "vlan_words"]

TUNNEL = (("remote", "remote"), ("local", "local"), ("ikey", "key"))
OVERLAY = (
    ("id", "id"),
    ("remote", "remote"),
    ("remote6", "remote"),
    ("group", "group"),
    ("group6", "group"),
)

# JSON keys of the options to show, and their words on the command line, by kind.
SHOWN_OPTIONS: Mapping[str, Sequence[tuple[str, str]]] = {
    "bond": (("mode", "mode"),),
    "erspan": TUNNEL,
    "geneve": OVERLAY,
    "gre": TUNNEL,
    "gretap": TUNNEL,
    "ip6erspan": TUNNEL,
    "ip6gre": TUNNEL,
    "ip6gretap": TUNNEL,
    "ip6tnl": TUNNEL,
    "ipip": TUNNEL,
    "ipvlan": (("mode", "mode"),),
    "ipvtap": (("mode", "mode"),),
    "macvlan": (("mode", "mode"),),
    "macvtap": (("mode", "mode"),),
    "sit": TUNNEL,
    "tun": (("type", "mode"),),
    "vlan": (("protocol", "protocol"), ("id", "id")),
    "vrf": (("table", "table"),),
    "vti": TUNNEL,
    "vti6": TUNNEL,
    "vxlan": OVERLAY,
    "xfrm": (("if_id", "if_id"),),
}

# Values that a link has without a word of the user.
UNTOLD = frozenset({"any", "0.0.0.0", "::", "802.1Q", "None"})


def kind_name(link: Link) -> str:
    """Return the kind of a link; empty for a network card."""
    return (link.linkinfo.info_kind if link.linkinfo else None) or ""


def kind_options(link: Link) -> Mapping[str, Any]:
    """Return the options of a link's kind, by JSON key."""
    return (link.linkinfo.info_data if link.linkinfo else None) or {}


def detail_words(link: Link) -> Iterator[str]:
    """Yield the options that distinguish links of a kind: "id 100", "remote 10.0.0.2"."""
    kind = kind_name(link)
    options = kind_options(link)

    for key, word in SHOWN_OPTIONS.get(kind, ()):
        value = str(options.get(key))
        if value not in UNTOLD:
            yield f"{word} {value}"

    if kind == "bridge":
        yield from _bridge_words(options)


def _bridge_words(options: Mapping[str, Any]) -> Iterator[str]:
    """Yield the features of a bridge that are on."""
    for key, word in (("vlan_filtering", "vlan_filtering"), ("stp_state", "stp")):
        if options.get(key):
            yield word


def vlan_words(port: PortVlans) -> Iterator[str]:
    """Yield the VLANs of a port: "10 untagged", "30-39"."""
    for vlan in port.vlans:
        number = f"{vlan.vlan}-{vlan.vlanEnd}" if vlan.vlanEnd else str(vlan.vlan)
        is_untagged = "Egress Untagged" in (vlan.flags or ())
        yield f"{number} untagged" if is_untagged else number


def condition_words(link: Link, *, has_stp: bool) -> Iterator[str]:
    """Yield why a link passes no packet: "down", "no carrier", the state of its spanning tree."""
    if not link.up:
        yield "down"
    elif "NO-CARRIER" in link.flags and "LOWER_UP" not in link.flags:
        # Right after a carrier comes, both are there: linkwatch_do_dev() in net/core/link_watch.c.
        yield "no carrier"
    elif has_stp:
        yield from _port_words(link)


def _port_words(link: Link) -> Iterator[str]:
    """Yield the state of a port in a spanning tree, unless it forwards."""
    options = (link.linkinfo.info_slave_data if link.linkinfo else None) or {}
    state = str(options.get("state", "forwarding"))
    if state != "forwarding":
        yield state
