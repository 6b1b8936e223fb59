"""`pfifo`, `bfifo`, `pfifo_head_drop`, `pfifo_fast` and `noqueue`: simple queues."""

from typing import ClassVar

from attrs import field, frozen

from ipwrap.options.codecs import Number
from ipwrap.options.table import option, read_only_field
from ipwrap.qdiscs.base import TcKind, option_metadata
from ipwrap.qdiscs.fq import NumberList
from ipwrap.qdiscs.units import Size, to_bytes

__all__ = ["Bfifo", "Noqueue", "Pfifo", "PfifoFast", "PfifoHeadDrop"]


@frozen(kw_only=True)
class Pfifo(TcKind):
    """First in, first out, up to ``limit`` packets. tc-bfifo(8); tc/q_fifo.c."""

    kind: ClassVar[str] = "pfifo"

    limit: int | None = option(Number())


@frozen(kw_only=True)
class PfifoHeadDrop(Pfifo):
    """As `Pfifo`, but a full queue drops its oldest packet. tc-bfifo(8); tc/q_fifo.c."""

    kind: ClassVar[str] = "pfifo_head_drop"


@frozen(kw_only=True)
class Bfifo(TcKind):
    """First in, first out, up to ``limit`` bytes, an int or text such as "10kb".

    tc-bfifo(8); tc/q_fifo.c.
    """

    kind: ClassVar[str] = "bfifo"

    limit: int | None = field(default=None, converter=to_bytes, metadata=option_metadata(Size()))


@frozen(kw_only=True)
class PfifoFast(TcKind):
    """Three queues by priority, the default of most kernels. Without options.

    tc-pfifo_fast(8); tc/q_fifo.c.
    """

    kind: ClassVar[str] = "pfifo_fast"

    bands: int | None = read_only_field()
    priomap: tuple[int, ...] | None = read_only_field(NumberList(Number(), 0, 16))
    multiqueue: bool | None = read_only_field()


@frozen(kw_only=True)
class Noqueue(TcKind):
    """No queue, the default of virtual links. Without options. tc(8)."""

    kind: ClassVar[str] = "noqueue"
