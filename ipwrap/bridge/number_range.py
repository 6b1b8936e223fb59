"""What VLANs and tunnels are said by: a number, or a range of numbers. bridge/vlan.c, bridge/vni.c."""

from typing import Any

from attrs import frozen

from ipwrap.errors import InvalidArgument
from ipwrap.options.codecs import Codec, Number

__all__ = ["VID", "VNI", "NumberOrRange", "Numbers"]

VID = Number(1, 4094)
VNI = Number(0, 2**24 - 1)

Numbers = int | tuple[int, int]


@frozen
class NumberOrRange(Codec):
    """A number, or a pair of numbers for all from the first to the last: `10` or `10-12`."""

    number: Number

    def format(self, word: str, value: Any) -> str:
        """Return the number or the range."""
        if not isinstance(value, tuple):
            return self.number.format(word, value)
        if len(value) != 2 or not value[0] < value[1]:
            raise InvalidArgument(f"{word}: {value!r} is not a pair such as (10, 12)")
        return "-".join(self.number.format(word, end) for end in value)

    def parse(self, text: str) -> Any:
        """Return the number, or the pair."""
        first, dash, last = text.partition("-")
        return (int(first, 0), int(last, 0)) if dash else int(first, 0)
