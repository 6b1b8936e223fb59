"""`prio`: queues by priority."""

from typing import ClassVar

from attrs import frozen

from ipwrap.options.codecs import Flag, Number
from ipwrap.options.table import option
from ipwrap.qdiscs.base import TcKind
from ipwrap.qdiscs.fq import NumberList

__all__ = ["Prio"]


@frozen(kw_only=True)
class Prio(TcKind):
    """Bands by priority: the kernel serves the first band with packets. tc-prio(8); tc/q_prio.c.

    Each band is a class. ``priomap`` is the band of each of the 16 priorities, or of the first of
    them. Fewer than 3 ``bands`` need a ``priomap``, because the default map names bands 0 to 2.
    """

    kind: ClassVar[str] = "prio"

    bands: int | None = option(Number(2, 16))
    # Before priomap: after that keyword prio_parse_opt() takes each further argument for a band.
    multiqueue: bool | None = option(Flag())
    priomap: tuple[int, ...] | None = option(NumberList(Number(0, 15), 1, 16))
