"""The lines of `ip monitor nsid`: print_nsid() in ip/ipnetns.c."""

import re

from ipwrap.models.netns import NetnsId
from ipwrap.models.text.grammar import ParsedLine, words_of

__all__ = ["nsid"]

NSID = re.compile(
    r"nsid (?P<nsid>\d+|unassigned) (?:current-nsid (?P<current>\d+|unassigned) )?"
    r"(?:\(iproute2 netns name: (?P<name>.*)\))?\Z",
    re.ASCII | re.DOTALL,
)


def nsid(text: str) -> ParsedLine:
    """Parse a line of a namespace number."""
    match = NSID.match(text)
    if match is None:
        return ParsedLine(NetnsId(), tuple(str(word) for word in words_of(text)))

    return ParsedLine(
        NetnsId(
            nsid=_parse_number(match["nsid"]),
            current_nsid=_parse_number(match["current"]),
            name=match["name"],
        )
    )


def _parse_number(word: str | None) -> int | None:
    """Parse a number; None for `unassigned`."""
    # print_nsid() prints `unassigned` for a negative number.
    return None if word in (None, "unassigned") else int(word)
