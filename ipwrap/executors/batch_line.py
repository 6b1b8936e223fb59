"""`BatchLine`: a command as a line of `ip -batch -`, with the names among its arguments."""

import os
import shlex
from functools import lru_cache
from itertools import pairwise

from ipwrap.command import IPROUTE2, batch_problem, quote_batch_line
from ipwrap.errors import NotBatchable
from ipwrap.options.aliases import alias_table, object_position
from ipwrap.system.facts import fact

__all__ = ["BatchLine", "parse_line"]

DEVICE_KEYWORDS = frozenset({"dev", "master", "link", "vrf", "oif", "iif", "brport", "backup_port"})
TARGET_VERBS = frozenset({"add", "set", "delete"})
# What reads the names of all links, and keeps them, before it changes anything: ll_init_map() in
# do_fdb() and its like of bridge, in tc_qdisc_modify() and its like of tc, in ipneigh_modify(),
# do_iptoken(), do_ipntable() and mptcp_parse_opt() of ip.
LISTING_PROGRAMS = frozenset({"bridge", "tc"})
LISTING_OBJECTS = frozenset({"mptcp", "neigh", "ntable", "token"})  # of ip
NETNS_KEYWORDS = frozenset({"netns", "link-netns"})


@fact
class BatchLine:
    """The line of a command, and the global options, given to a worker once at the start.

    - ``arguments``: the arguments of the line
    - ``devices``: the names of existing links among the arguments
    - ``namespaces``: the targets of moved and created links
    - ``target_link``: the link added, changed or deleted by `ip link`
    - ``changes_altnames``: the command changes alternative names
    - ``lists_links``: the command reads the names of all links first
    """

    flags: tuple[str, ...]
    text: bytes
    arguments: frozenset[str]
    devices: frozenset[str]
    namespaces: frozenset[str]
    target_link: str | None
    changes_altnames: bool
    lists_links: bool


def _target_link(arguments: tuple[str, ...]) -> str | None:
    """Return the link that `ip link` adds, changes or deletes, if the link comes first.

    ipwrap writes `dev NAME` and, for a new link, `name NAME`; people often write the bare name.
    None for another order, such as `ip link set up dev NAME`.
    """
    if len(arguments) < 3 or arguments[1] not in TARGET_VERBS:
        return None
    if arguments[2] in ("dev", "name"):
        return arguments[3] if len(arguments) > 3 else None

    keywords = alias_table(f"ip link {arguments[1]}").by_alias
    return None if arguments[2] in keywords else arguments[2]


def _lists_links(program: str, arguments: tuple[str, ...]) -> bool:
    """Return whether a line reads the names of all links before it does anything."""
    if program in LISTING_PROGRAMS:
        return True
    return alias_table(program).by_alias.get(arguments[0]) in LISTING_OBJECTS


def _values_behind(
    keywords: frozenset[str], arguments: tuple[str, ...], *, words: frozenset[str]
) -> tuple[str, ...]:
    """Return the arguments behind the keywords; ``words`` is the set of the arguments."""
    if words.isdisjoint(keywords):  # as in most lines, and cheaper than a look at each argument
        return ()
    return tuple(value for keyword, value in pairwise(arguments[1:]) if keyword in keywords)


@lru_cache(maxsize=1024)
def parse_line(argv: tuple[str, ...]) -> BatchLine:
    """Return the arguments of a command as a line; results are cached.

    Raises `NotBatchable` for arguments that a batch line cannot hold.
    """
    start = object_position(argv, 0, program=argv[0]) if argv[0] in IPROUTE2 else 1
    problem = batch_problem(argv, start - 1)
    if problem is not None:
        raise NotBatchable(f"{shlex.join(argv)}: {problem}")

    arguments = argv[start:]
    text = os.fsencode(quote_batch_line(arguments))
    is_link_command = arguments[0] == "link"

    words = frozenset(arguments)
    devices = _values_behind(DEVICE_KEYWORDS, arguments, words=words)
    namespaces = _values_behind(NETNS_KEYWORDS, arguments, words=words) if is_link_command else ()

    target_link = _target_link(arguments) if is_link_command else None
    if target_link is not None and arguments[1] != "add":
        devices = (*devices, target_link)

    return BatchLine(
        flags=argv[1:start],
        text=text,
        arguments=words,
        devices=frozenset(devices),
        namespaces=frozenset(namespaces),
        target_link=target_link,
        changes_altnames=is_link_command and arguments[1:2] == ("property",),
        lists_links=_lists_links(argv[0], arguments),
    )
