"""Numbers of qdiscs and classes: `1:`, `1:20`.

get_qdisc_handle() and get_tc_classid() in iproute2's tc/tc_util.c. The numbers follow `handle`,
`classid` and `parent`: tc/tc_qdisc.c, tc/tc_class.c, tc/tc_filter.c.
"""

import re
from typing import TYPE_CHECKING, Any

from ipwrap.errors import InvalidArgument
from ipwrap.options.codecs import Codec

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["ClassId", "Handle", "format_parent"]

# strtoul() in tc/tc_util.c reads both halves in base 16; each half has 16 bits in the kernel.
HANDLE = re.compile(r"[0-9a-fA-F]{1,4}:")
CLASS_ID = re.compile(r"[0-9a-fA-F]{0,4}:[0-9a-fA-F]{0,4}")


class Handle(Codec, frozen=True):
    """The number of a qdisc, up to four digits in hexadecimal, and a colon: `1:`."""

    def format(self, keyword: str, value: Any) -> str:
        """Return the number. Raises `InvalidArgument` for any other text."""
        if not isinstance(value, str) or not HANDLE.fullmatch(value):
            raise InvalidArgument(
                f"{keyword}: {value!r} is not the number of a qdisc, such as '1:'"
            )

        return value

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of handles."""
        from hypothesis import strategies as st

        return st.sampled_from(("1:", "ffff:"))


class ClassId(Codec, frozen=True):
    """The number of a class: `1:20`. The number of its qdisc, and the class's own.

    Both have up to four digits in hexadecimal.
    """

    def format(self, keyword: str, value: Any) -> str:
        """Return the number. Raises `InvalidArgument` for any other text."""
        # Without the second half a class id is the number of a qdisc. For ":" alone
        # get_tc_classid() returns 0, which is TC_H_UNSPEC.
        if not isinstance(value, str) or not CLASS_ID.fullmatch(value) or value == ":":
            raise InvalidArgument(
                f"{keyword}: {value!r} is not the number of a class, such as '1:20'"
            )

        return value

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of identifiers of classes."""
        from hypothesis import strategies as st

        return st.sampled_from(("1:", "1:20", "ffff:fff1"))


def format_parent(parent: str, *attach_points: str) -> tuple[str, ...]:
    """Return the arguments for a parent: an attach point, or the number of a class or qdisc."""
    if parent in attach_points:
        return (parent,)

    return ("parent", ClassId().format("parent", parent))
