"""Numbers of qdiscs and classes: `1:`, `1:20`. get_qdisc_handle() and get_tc_classid() in iproute2's tc/tc_util.c.

They stand behind `handle`, `classid` and `parent`: tc/tc_qdisc.c, tc/tc_class.c, tc/tc_filter.c.
"""

import re
from typing import Any

from attrs import frozen

from ipwrap.errors import InvalidArgument
from ipwrap.options.codecs import Codec

__all__ = ["ClassId", "Handle", "parent_words"]

HANDLE = re.compile(r"[0-9a-fA-F]{1,4}:")
CLASS = re.compile(r"[0-9a-fA-F]{0,4}:[0-9a-fA-F]{0,4}")


@frozen
class Handle(Codec):
    """The number of a qdisc, up to four digits in hexadecimal, and a colon: `1:`."""

    def format(self, word: str, value: Any) -> str:
        """Return the number."""
        if not isinstance(value, str) or not HANDLE.fullmatch(value):
            raise InvalidArgument(f"{word}: {value!r} is not the number of a qdisc, such as '1:'")
        return value


@frozen
class ClassId(Codec):
    """The number of a class: that of its qdisc, and its own, up to four digits each in hexadecimal: `1:20`."""

    def format(self, word: str, value: Any) -> str:
        """Return the number."""
        if not isinstance(value, str) or not CLASS.fullmatch(value) or value == ":":
            raise InvalidArgument(f"{word}: {value!r} is not the number of a class, such as '1:20'")
        return value


def parent_words(parent: str, *places: str) -> tuple[str, ...]:
    """Return the words for where something stands: one of a few words, or the number of a class or qdisc."""
    return (parent,) if parent in places else ("parent", ClassId().format("parent", parent))
