"""`tbf`: an upper limit to the rate."""

from typing import Any, ClassVar, Literal

from attrs import field, frozen

from ipwrap.options.codecs import Choice, Json, Number
from ipwrap.options.table import option, read_only_field
from ipwrap.qdiscs.base import TcKind, option_metadata
from ipwrap.qdiscs.units import Rate, Seconds, Size, to_bits, to_bytes, to_seconds

__all__ = ["Tbf"]


class Mtu(Size, frozen=True):
    """The size of the bucket for the peak rate.

    The key is `mtu` with `-d`, and `minburst` without: tbf_print_opt() in tc/q_tbf.c.
    """

    def from_json(self, data: Json, key: str) -> Any:
        """Return the number of bytes."""
        size = data.get(key, data.get("minburst"))
        return to_bytes(size)

    def json_keys(self, key: str) -> tuple[str, ...]:
        """Return both keys."""
        return (key, "minburst")


@frozen(kw_only=True)
class Tbf(TcKind):
    """A token bucket filter. tc-tbf(8); tc/q_tbf.c.

    ``rate``, ``burst``, and either ``latency`` or ``limit`` are required; ``peakrate`` needs
    ``mtu``. Rates are bits a second, an int or text such as "10mbit"; ``latency`` seconds, "50ms"
    or a `timedelta`; the other numbers bytes, an int or text such as "10kb".

    JSON shows ``latency`` instead of ``limit``, in whole microseconds, and omits ``peakrate``. tc
    rounds a ``burst`` or ``mtu`` within 16 bytes of a whole kilobyte to the kilobyte. Through 5.4
    iproute2 shows no options in JSON.
    """

    kind: ClassVar[str] = "tbf"

    limit: int | None = field(default=None, converter=to_bytes, metadata=option_metadata(Size()))
    latency: float | None = field(
        default=None,
        converter=to_seconds,
        metadata=option_metadata(Seconds(json_unit="us", resolution="us"), key="lat"),
    )
    burst: int | None = field(
        default=None, converter=to_bytes, metadata=option_metadata(Size(1, 2**64 - 1))
    )
    rate: int | None = field(default=None, converter=to_bits, metadata=option_metadata(Rate()))
    mtu: int | None = field(default=None, converter=to_bytes, metadata=option_metadata(Mtu()))
    mpu: int | None = field(default=None, converter=to_bytes, metadata=option_metadata(Size()))
    peakrate: int | None = field(
        default=None, converter=to_bits, metadata=option_metadata(Rate(), key="")
    )
    overhead: int | None = option(Number(0, 65535))
    linklayer: Literal["ethernet", "atm"] | None = option(Choice())
    # tbf_print_opt() adds these fields with `-r`.
    burst_raw: str | None = read_only_field()
    mtu_raw: str | None = read_only_field()
