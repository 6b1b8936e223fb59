"""`codel` and `fq_codel`: queues that stay short."""

from typing import TYPE_CHECKING, Any, ClassVar

from attrs import field, frozen

from ipwrap.errors import InvalidArgument
from ipwrap.options.codecs import Codec, Json, NoPrefixFlag, Number
from ipwrap.options.table import option
from ipwrap.qdiscs.base import TcKind, option_metadata
from ipwrap.qdiscs.units import CodelTime, Size, to_bytes, to_seconds

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["Codel", "FqCodel"]

BYTE = Number(0, 255)
MASK_KEY = "ce_threshold_mask"


class Ecn(NoPrefixFlag, frozen=True):
    """A flag that JSON shows only if set: a missing key means False."""

    def from_json(self, data: Json, key: str) -> Any:
        """Return whether the flag is set."""
        # codel_print_opt() prints `ecn` for a flag that is set, and nothing for `noecn`.
        return bool(data.get(key))


class Selector(Codec, frozen=True):
    """A byte and its mask: `0x1/0x3`, two keys in JSON."""

    def format(self, keyword: str, value: Any) -> str:
        """Return the byte and the mask, with a slash between."""
        if not isinstance(value, tuple) or len(value) != 2:
            raise InvalidArgument(
                f"{keyword}: {value!r} is not a pair of a value and its mask, such as (1, 3)"
            )

        selector, mask = value
        return f"{BYTE.format(keyword, selector)}/{BYTE.format(keyword, mask)}"

    def from_json(self, data: Json, key: str) -> Any:
        """Return the byte and the mask; None if JSON has neither."""
        mask = data.get(MASK_KEY)

        # fq_codel_print_opt() in tc/q_fq_codel.c omits both keys if both numbers are 0.
        if key not in data and not mask:
            return None

        return data.get(key, 0), mask or 0

    def json_keys(self, key: str) -> tuple[str, ...]:
        """Return the keys of the byte and of the mask."""
        return (key, MASK_KEY)

    def parse(self, text: str) -> Any:
        """Return the byte and the mask."""
        return tuple(BYTE.parse(number) for number in text.split("/"))

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of pairs of bytes."""
        from hypothesis import strategies as st

        return st.tuples(st.integers(0, 255), st.integers(0, 255))


@frozen(kw_only=True)
class Codel(TcKind):
    """Controlled delay. tc-codel(8); tc/q_codel.c.

    Times are seconds as a number, text such as "5ms", or a `timedelta`; the kernel keeps times in
    steps of 1.024 µs. ``limit`` is in packets.
    """

    kind: ClassVar[str] = "codel"

    limit: int | None = option(Number(1))
    target: float | None = field(
        default=None, converter=to_seconds, metadata=option_metadata(CodelTime())
    )
    interval: float | None = field(
        default=None, converter=to_seconds, metadata=option_metadata(CodelTime())
    )
    ce_threshold: float | None = field(
        default=None, converter=to_seconds, metadata=option_metadata(CodelTime())
    )
    ecn: bool | None = option(Ecn())


@frozen(kw_only=True)
class FqCodel(Codel):
    """Fair queueing with controlled delay. tc-fq_codel(8); tc/q_fq_codel.c.

    Times are as in `Codel`. ``limit`` and ``drop_batch`` are in packets, ``quantum`` and
    ``memory_limit`` in bytes, an int or text such as "32mb". ``flows`` is for `add` only.
    ``ce_threshold_selector`` is a byte and its mask.
    """

    kind: ClassVar[str] = "fq_codel"

    flows: int | None = option(Number(1, 65536))
    quantum: int | None = field(default=None, converter=to_bytes, metadata=option_metadata(Size(1)))
    memory_limit: int | None = field(
        default=None, converter=to_bytes, metadata=option_metadata(Size())
    )
    drop_batch: int | None = option(Number(1), since="5.7")
    ce_threshold_selector: tuple[int, int] | None = option(Selector(), since="5.17")
