"""A snapshot: what every namespace of a place holds, as the JSON that `ip -j` gives.

A state is a dict of namespaces by name (``""`` is the first one of the place), each a dict of nouns (those of
`ipwrap.models.NOUNS`, and ``rule inet6``), each a list of objects. Nothing is left out but qdiscs that nobody set;
what may differ is for `ipwrap.state.diff` to say. A noun that is not there had no objects; one of `LATER` was not read.
"""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ipwrap.command import Command
from ipwrap.errors import CommandError, ExecutorError, OutputError
from ipwrap.jsonio.reader import objects

if TYPE_CHECKING:
    from ipwrap.verbs.base import Runner

__all__ = ["ADDED_LATER", "READS", "State", "covered_objects", "take_snapshot"]

Objects = list[dict[str, Any]]
State = dict[str, dict[str, Objects]]

# All of one program have the same options, so that one worker in each namespace can answer them.
READS: dict[str, tuple[tuple[str, ...], ...]] = {
    "link": (("ip", "-j", "-d", "link", "show"),),
    "address": (("ip", "-j", "-d", "address", "show"),),
    "route": (("ip", "-j", "-d", "route", "show", "table", "all"),),  # of both families
    "neigh": (
        ("ip", "-j", "-d", "neigh", "show", "nud", "all"),
        ("ip", "-j", "-d", "neigh", "show", "proxy"),
    ),
    "rule": (("ip", "-j", "-d", "rule", "show"),),
    "nexthop": (("ip", "-j", "-d", "nexthop", "show"),),
    "bridge link": (("bridge", "-j", "-d", "link", "show"),),
    "bridge fdb": (("bridge", "-j", "-d", "fdb", "show"),),
    "bridge vlan": (
        ("bridge", "-j", "vlan", "show"),
    ),  # with -d, a kernel without VLAN filtering refuses
    "bridge vlan details": (("bridge", "-j", "-d", "vlan", "show"),),
    "bridge vlan global": (("bridge", "-j", "-d", "vlan", "global", "show"),),
    "bridge vlan tunnelshow": (("bridge", "-j", "vlan", "tunnelshow"),),
    "bridge mst": (("bridge", "-j", "-d", "mst", "show"),),
    "bridge mdb": (("bridge", "-j", "-d", "mdb", "show"),),
    "bridge vni": (("bridge", "-j", "-d", "vni", "show"),),
}

# At the second one `bridge` aborts: vlan_rtm_cur_ifidx in bridge/vlan.c is never set back.
ONCE = frozenset(
    {("bridge", "-j", "-d", "vlan", "show"), ("bridge", "-j", "-d", "vlan", "global", "show")}
)

# What only some links have, by a link's kind, the options of its kind, and those of its port.
NEEDS: dict[str, Callable[[Any, dict[str, Any], dict[str, Any]], bool]] = {
    "bridge vlan details": lambda _kind, options, _port: bool(options.get("vlan_filtering")),
    "bridge vlan global": lambda _kind, options, _port: bool(options.get("vlan_filtering")),
    "bridge vlan tunnelshow": lambda _kind, _options, port: bool(port.get("vlan_tunnel")),
    "bridge mst": lambda _kind, options, _port: bool(options.get("mst_enabled")),
    "bridge mdb": lambda kind, _options, _port: kind in ("bridge", "vxlan"),
    "bridge vni": lambda _kind, options, _port: bool(options.get("vnifilter")),
}

# What takes a worker more in each namespace, and only programs or `ip -6` change.
THOROUGH: dict[str, tuple[tuple[str, ...], ...]] = {
    "rule inet6": (("ip", "-6", "-j", "-d", "rule", "show"),),
    "tc qdisc": (("tc", "-j", "qdisc", "show"),),
}

# Nouns that recordings of an older ipwrap do not have.
ADDED_LATER = frozenset(
    {
        *("nexthop", "rule", "rule inet6", "tc qdisc"),
        *("bridge mst", "bridge vlan details", "bridge vlan global"),
    }
)
KERNEL_HANDLE = "0:"  # the handle of a qdisc that nobody asked for
PLAIN = frozenset(
    {"veth", "dummy", "ifb"}
)  # kinds of which `bridge` has nothing to tell that someone has set


def take_snapshot(runner: "Runner", *, thorough: bool = True) -> State:
    """Return the state of all namespaces of the runner's place; if not ``thorough``, without qdiscs and IPv6 rules.

    What cannot be read (another user's namespace, a family that the kernel lacks, a program that is missing) is left
    out, not guessed.
    """
    found = _read_objects(runner, ("ip", "-j", "netns", "list")) or []
    named = sorted((each["name"] for each in found if "name" in each), key=_natural_key)
    reads = READS | THOROUGH if thorough else READS
    return {name: _snapshot_namespace(runner, name or None, reads) for name in ("", *named)}


def covered_objects(state: State) -> set[str]:
    """Return the nouns that a state tells of: those that were read, and those of which no link can have any."""
    links = [nouns.get("link", []) for nouns in state.values()]
    read = {noun for nouns in state.values() for noun in nouns}
    return read | {noun for noun in NEEDS if not any(_can_have(noun, each) for each in links)}


def _natural_key(name: str) -> list[tuple[int, str]]:
    """Return a key by which pod2 comes before pod10."""
    return [
        (int(part or 0), "") if part.isdigit() else (-1, part)
        for part in re.split(r"([0-9]+)", name)
    ]


def _snapshot_namespace(
    runner: "Runner", netns: str | None, reads: dict[str, tuple[tuple[str, ...], ...]]
) -> dict[str, Objects]:
    """Return one namespace's nouns."""
    nouns: dict[str, Objects] = {}
    for noun, commands in reads.items():
        if not _can_have(noun, nouns.get("link", [])):
            continue
        found = [_read_objects(runner, argv, netns) for argv in commands]
        objects = [
            each for some in found for each in some or () if each.get("handle") != KERNEL_HANDLE
        ]
        if objects or (
            noun in ADDED_LATER and "link" in nouns and None not in found
        ):  # each has a link, if anything is read
            nouns[noun] = objects
    return nouns


def _is_plain(link: dict[str, Any]) -> bool:
    """Tell whether a link is neither a bridge nor a port of one, nor has a forwarding table of its own."""
    info = link.get("linkinfo", {})
    kind = info.get("info_kind")
    return "info_slave_kind" not in info and (kind in PLAIN or link.get("link_type") == "loopback")


def _can_have(noun: str, links: Objects) -> bool:
    """Tell whether there is a link of which a noun has something to tell."""
    if noun not in NEEDS:
        return not noun.startswith("bridge") or not all(map(_is_plain, links))
    infos = (link.get("linkinfo", {}) for link in links)
    return any(
        NEEDS[noun](
            info.get("info_kind"), info.get("info_data", {}), info.get("info_slave_data", {})
        )
        for info in infos
    )


def _read_objects(
    runner: "Runner", argv: tuple[str, ...], netns: str | None = None
) -> Objects | None:
    """Return what a read gives; None where it is not to be had."""
    try:
        return objects(
            runner.run(Command(argv, netns, changes=False, batch=argv not in ONCE)).json()
        )
    except (CommandError, OutputError, ExecutorError):
        return None
