"""`sfq`: flows take turns."""

from typing import ClassVar, Self

from attrs import field, frozen

from ipwrap.options.codecs import Flag, Number
from ipwrap.options.table import option, read_only_field
from ipwrap.qdiscs.base import TcKind, option_metadata
from ipwrap.qdiscs.units import Probability, Size, to_bytes

__all__ = ["Sfq"]


@frozen(kw_only=True)
class Sfq(TcKind):
    """Stochastic fairness queueing. tc-sfq(8); tc/q_sfq.c.

    ``limit``, ``depth`` and ``burst`` are in packets, ``perturb`` in whole seconds, ``quantum``,
    ``redflowlimit``, ``min``, ``max`` and ``avpkt`` in bytes. ``probability`` is from 0 to 1.
    ``min`` to ``harddrop`` need ``redflowlimit``. JSON omits ``redflowlimit``, ``avpkt`` and
    ``burst``.
    """

    kind: ClassVar[str] = "sfq"

    limit: int | None = option(Number(2))
    perturb: int | None = option(Number(0, 2**31 - 1))
    quantum: int | None = field(default=None, converter=to_bytes, metadata=option_metadata(Size()))
    divisor: int | None = option(Number(1, 65536))
    flows: int | None = option(Number())
    depth: int | None = option(Number())
    headdrop: bool | None = option(Flag())
    # RED: sfq_parse_opt() refuses the options below without `redflowlimit`.
    redflowlimit: int | None = field(
        default=None, converter=to_bytes, metadata=option_metadata(Size(), key="")
    )
    min: int | None = field(default=None, converter=to_bytes, metadata=option_metadata(Size()))
    max: int | None = field(default=None, converter=to_bytes, metadata=option_metadata(Size()))
    avpkt: int | None = field(
        default=None, converter=to_bytes, metadata=option_metadata(Size(1), key="")
    )
    burst: int | None = option(Number(), json_key="")
    probability: float | None = option(Probability())
    ecn: bool | None = option(Flag())
    harddrop: bool | None = option(Flag())
    # Fields of the kernel's reply without an option.
    ewma: int | None = read_only_field()
    adaptive: bool | None = read_only_field()
    nodrop: bool | None = read_only_field()
    prob_mark: int | None = read_only_field()
    prob_mark_head: int | None = read_only_field()
    prob_drop: int | None = read_only_field()
    forced_mark: int | None = read_only_field()
    forced_mark_head: int | None = read_only_field()
    forced_drop: int | None = read_only_field()

    def without_defaults(self) -> Self:
        """Return the kind without the options that have their default."""
        if self._is_created_without_options():
            return type(self)(observed=True)

        return super().without_defaults()

    def _is_created_without_options(self) -> bool:
        """Return whether the observed qdisc can only come from a command without options."""
        if self.flows is None or self.limit is None:
            return False

        # sfq_change() in the kernel's net/sched/sch_sfq.c lowers the flows to the limit. sfq_init()
        # calls it only with options, so the default of 128 flows stays above 127 packets.
        return self.flows > self.limit
