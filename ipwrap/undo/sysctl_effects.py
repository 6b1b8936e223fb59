"""The objects that the kernel deletes where a sysctl is written: IPv6 addresses and routes."""

import re
from collections.abc import Iterable, Iterator

from ipwrap.recording import State
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.sysctl.keys import path_of_key
from ipwrap.undo.patterns import Pattern
from ipwrap.undo.state_objects import StateObject, state_objects

__all__ = ["link_without_ipv6", "patterns_of_ipv6"]

# addrconf_disable_ipv6() in net/ipv6/addrconf.c takes a link down for IPv6.
DISABLE_IPV6 = re.compile(r"net/ipv6/conf/([^/]+)/disable_ipv6")
ADDRESSES = ("dst", "gateway", "local")


def link_without_ipv6(key: str) -> str | None:
    """Return the link on which a sysctl disables IPv6, "all" for all links; None for other keys."""
    match = DISABLE_IPV6.fullmatch(path_of_key(key))
    return None if match is None or match[1] == "default" else match[1]


def patterns_of_ipv6(before: State, netns: str, *, links: Iterable[str]) -> Iterator[Pattern]:
    """Yield a pattern for each IPv6 address and route of links in a state."""
    names = set(links)
    nouns = {noun: before.get(netns, {}).get(noun, []) for noun in ("address", "link", "route")}

    for candidate in state_objects({netns: nouns}, MentionedWords()):
        if candidate.noun in ("address", "route") and _is_ipv6_of(candidate, names):
            keys = {**candidate.type.keys_of(candidate.noun, candidate.data)}
            dev = {name for _, name in candidate.links}
            frozen_keys = {key: frozenset(values) for key, values in {**keys, "dev": dev}.items()}
            yield Pattern(candidate.noun, netns, frozen_keys)


def _is_ipv6_of(candidate: StateObject, names: set[str]) -> bool:
    """Return whether an address or route is of IPv6, and on one of the links."""
    is_ipv6 = any(":" in str(candidate.data.get(field, "")) for field in ADDRESSES)
    return is_ipv6 and any(name in names for _, name in candidate.links)
