"""The lines of `ip monitor nsid`: print_nsid() in ip/ipnetns.c."""

import re

from ipwrap.models.monitor_text.grammar import ParsedLine, words_of
from ipwrap.models.netns import NetnsId

__all__ = ["nsid"]

NSID = re.compile(
    r"nsid (?P<nsid>\d+|unassigned) (?:current-nsid (?P<current>\d+|unassigned) )?"
    r"(?:\(iproute2 netns name: (?P<name>.*)\))?\Z",
    re.ASCII | re.DOTALL,
)


def nsid(text: str) -> ParsedLine:
    """Read a line about the number of a namespace."""
    found = NSID.match(text)
    if found is None:
        return ParsedLine(NetnsId(), tuple(words_of(text)))
    return ParsedLine(
        NetnsId(
            nsid=_number(found["nsid"]), current_nsid=_number(found["current"]), name=found["name"]
        )
    )


def _number(word: str | None) -> int | None:
    """Return a number; none is unassigned."""
    return None if word in (None, "unassigned") else int(word)
