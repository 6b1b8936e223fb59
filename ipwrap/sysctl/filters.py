"""Read the packet filters of a namespace: nftables, and the legacy tables of iptables."""

from collections.abc import Iterable, Iterator
from typing import Any

from ipwrap.command import Command
from ipwrap.errors import IpwrapError
from ipwrap.system.lazy_pattern import lazy_pattern
from ipwrap.verbs.runner import Runner

__all__ = ["FILTER_NOUNS", "LEGACY_NOUNS", "mentions_filters", "read_iptables", "read_nft"]

Objects = list[dict[str, Any]]

FILTER_NOUNS = ("nft", "iptables", "ip6tables")
# By family, as in /proc/net: "ip" is IPv4, "ip6" is IPv6.
LEGACY_PROGRAMS = {"ip": "iptables-legacy-save", "ip6": "ip6tables-legacy-save"}
LEGACY_NOUNS = {"ip": "iptables", "ip6": "ip6tables"}

FILTER_PROGRAMS = lazy_pattern(
    r"\b(?:nft|xtables|(?:ip6?|eb|arp)tables|firewall-cmd|ufw|shorewall)(?:-[a-z]+)*\b"
)
CHAIN_COUNTERS = lazy_pattern(r" \[[0-9]+:[0-9]+\]$")


def mentions_filters(texts: Iterable[str]) -> bool:
    """Return whether arguments, or a script on stdin, name a program that sets packet filters."""
    return any(FILTER_PROGRAMS.search(text) for text in texts)


def read_nft(runner: Runner, netns: str | None) -> Objects | None:
    """Return the objects of `nft -j list ruleset`; None where nft is missing or fails."""
    command = Command(("nft", "-j", "list", "ruleset"), netns, changes=False)
    try:
        reply = runner.run(command).json()
    except IpwrapError:
        return None

    objects = reply.get("nftables") if isinstance(reply, dict) else None
    if not isinstance(objects, list):
        return None
    return [data for data in objects if isinstance(data, dict) and "metainfo" not in data]


def read_iptables(runner: Runner, netns: str | None, *, family: str) -> Objects | None:
    """Return the lines of a family's legacy tables; None where the program is missing or fails."""
    command = Command((LEGACY_PROGRAMS[family],), netns, changes=False)
    try:
        text = runner.run(command).stdout
    except IpwrapError:
        return None
    return list(_parse_save(text))


def _parse_save(text: str) -> Iterator[dict[str, str]]:
    """Yield the chains and rules of iptables-save(8), without the counters of chains."""
    table = ""
    for line in text.splitlines():
        if line.startswith("*"):
            table = line[1:]
        elif line.startswith((":", "-")):
            yield {"table": table, "line": CHAIN_COUNTERS.sub("", line)}
