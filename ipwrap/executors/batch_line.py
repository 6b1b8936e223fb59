"""`BatchLine`: what there is to know of a command before it becomes a line of a worker."""

import os
from functools import lru_cache
from itertools import pairwise

from attrs import frozen

from ipwrap.command import Command

__all__ = ["BatchLine", "parse_line"]

DEVICE_WORDS = frozenset({"dev", "master", "link", "vrf", "oif", "iif", "brport", "backup_port"})
TARGET_VERBS = frozenset({"add", "set", "delete"})
NETNS_WORDS = frozenset({"netns", "link-netns"})


@frozen
class BatchLine:
    """The global options, which a worker has for good, and the line itself; and the names among its words.

    ``devices`` name links that are there, ``namespaces`` those that links are moved to or made in. ``about`` is the
    link that `ip link` adds, changes or deletes. ``names_links`` says that alternative names may change.
    """

    flags: tuple[str, ...]
    text: bytes
    words: frozenset[str]
    devices: frozenset[str]
    namespaces: frozenset[str]
    target_link: str | None
    names_links: bool


@lru_cache(maxsize=1024)
def parse_line(argv: tuple[str, ...]) -> BatchLine:
    """Return the words of a command as a line; what is asked for again and again is told at once.

    Raises `NotBatchable` for words that cannot be one.
    """
    command = Command(argv)
    flags, text = command.flags, os.fsencode(command.batch_line)
    words = argv[1 + len(flags) :]
    pairs = tuple(pairwise(words[1:]))
    link = words[0] == "link"
    return BatchLine(
        flags,
        text,
        frozenset(words),
        frozenset([after for word, after in pairs if word in DEVICE_WORDS]),
        frozenset([after for word, after in pairs if link and word in NETNS_WORDS]),
        words[3] if link and len(words) > 3 and words[1] in TARGET_VERBS else None,
        link and words[1:2] == ("property",),
    )
