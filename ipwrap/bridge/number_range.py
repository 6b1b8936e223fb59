"""Numbers of VLANs and tunnels, or ranges of numbers. iproute2's bridge/vlan.c, bridge/vni.c."""

from typing import Any

from ipwrap.errors import InvalidArgument
from ipwrap.options.codecs import Codec, Number

__all__ = ["VID", "VNI", "NumberOrRange", "Numbers"]

VID = Number(1, 4094)
VNI = Number(0, 2**24 - 1)

Numbers = int | tuple[int, int]


# bridge/vlan.c and bridge/vni.c convert numbers by atoi(), which reads any other text as 0: ipwrap
# has to check the numbers itself.


class NumberOrRange(Codec, frozen=True):
    """A number, or a pair of the first and the last number of a range: `10` or `10-12`."""

    number: Number

    def format(self, word: str, value: Any) -> str:
        """Return the number or the range."""
        if not isinstance(value, tuple):
            return self.number.format(word, value)

        if len(value) != 2 or not value[0] < value[1]:
            raise InvalidArgument(f"{word}: {value!r} is not a pair such as (10, 12)")

        first = self.number.format(word, value[0])
        last = self.number.format(word, value[1])

        return f"{first}-{last}"

    def parse(self, text: str) -> Any:
        """Return the number, or the pair."""
        first, dash, last = text.partition("-")

        if dash:
            return int(first, 0), int(last, 0)

        return int(first, 0)
