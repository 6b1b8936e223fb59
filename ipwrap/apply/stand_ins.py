"""Links that stand in for what no command can make: hardware, ends of pairs, links of programs."""

from typing import Literal

from attrs import define, field

from ipwrap.kinds import KINDS
from ipwrap.recording import State
from ipwrap.undo.link_data import (
    Json,
    LinkLocation,
    find_lower_link,
    find_peer,
    is_paired,
    kind_of,
    link_at,
    links_by_name,
)
from ipwrap.undo.state_edit import copy_state

__all__ = ["StandIn", "StandIns", "with_stand_ins"]

StandIn = Literal["dummy", "veth"]
MAX_NAME = 15  # IFNAMSIZ - 1
INFO_KEYS_OF_PORT = ("info_slave_kind", "info_slave_data")
# What belongs to a device, and not to its stand-in.
DEVICE_KEYS = frozenset(
    {"link", "link_index", "link_netnsid", "parentbus", "parentdev", "permaddr", "vfinfo_list"}
)


@define
class StandIns:
    """A state that commands can make, and a line for each link that is not what it was."""

    state: State
    notes: list[str] = field(factory=list)


def with_stand_ins(state: State, *, stand_in: StandIn = "dummy") -> StandIns:
    """Return a state in which a stand-in has the name, the addresses and the ports of each link
    that no command can make.

    A dummy is always up. A veth, for kernels without dummies, has another end beside it.
    """
    result = StandIns(copy_state(state))
    for netns, nouns in state.items():
        for name, link in links_by_name(nouns).items():
            reason = _reason(state, (netns, name))
            if reason is not None:
                _replace(result, (netns, name), link=link, stand_in=stand_in)
                place = f" in {netns}" if netns else ""
                result.notes.append(f"{name}{place}: a {stand_in} stands in for {reason}")
    return result


def _reason(state: State, location: LinkLocation) -> str | None:
    """Return what a link is that no command can make; None for one that a command makes."""
    link = link_at(state, location)
    kind = kind_of(link)
    if link.get("link_type") == "loopback":
        return None
    if kind is None:
        return "hardware"
    if kind not in KINDS:
        return f"a link of kind {kind}, whose options are unknown"
    if is_paired(link) and find_peer(state, location) is None:
        return f"one end of a {kind} pair, whose other end is in no namespace of the script"
    if kind == "tun" and not link["linkinfo"].get("info_data", {}).get("persist"):
        return "a link of a program"
    if "link_netnsid" in link and not is_paired(link) and find_lower_link(state, location) is None:
        return f"a {kind} on a link that is in no namespace of the script"
    return None


def _replace(result: StandIns, location: LinkLocation, *, link: Json, stand_in: StandIn) -> None:
    """Put a stand-in in the place of a link; a veth with its other end."""
    netns, name = location
    links = result.state[netns]["link"]
    replacement = _as_kind(link, stand_in)
    added = []

    if stand_in == "veth":
        peer = _free_name(result.state, netns, name=name)
        replacement["link"] = peer
        added = [_peer(replacement, peer)]
    result.state[netns]["link"] = [
        replacement if listed["ifname"] == name else listed for listed in links
    ] + added


def _as_kind(link: Json, kind: str) -> Json:
    """Return a link as one of another kind, with its options as a port."""
    info = link.get("linkinfo") or {}
    port = {key: info[key] for key in INFO_KEYS_OF_PORT if key in info}

    replacement = {key: value for key, value in link.items() if key not in DEVICE_KEYS}
    # A device has as many queues as its hardware.
    replacement |= {"num_tx_queues": 1, "num_rx_queues": 1}
    return {**replacement, "linkinfo": {"info_kind": kind, **port}}


def _peer(link: Json, name: str) -> Json:
    """Return the other end of a veth that stands in: nothing but up, for the carrier."""
    return {
        "ifname": name,
        "link": link["ifname"],
        "flags": ["UP"],
        "mtu": 1500,
        "txqlen": 1000,
        "link_type": "ether",
        "group": "default",
        "linkinfo": {"info_kind": "veth"},
        "num_tx_queues": 1,
        "num_rx_queues": 1,
    }


def _free_name(state: State, netns: str, *, name: str) -> str:
    """Return a name for the other end of a stand-in, that no link has."""
    names = links_by_name(state[netns])
    for number in range(len(names) + 1):
        suffix = f"-peer{number or ''}"
        candidate = f"{name[: MAX_NAME - len(suffix)]}{suffix}"
        if candidate not in names:
            return candidate
    raise AssertionError("one name more than there are links")
