"""`prio`: queues by priority."""

from typing import ClassVar

from attrs import frozen

from ipwrap.options.codecs import Flag, Number
from ipwrap.options.table import option
from ipwrap.qdiscs.base import TcKind
from ipwrap.qdiscs.fq import Numbers

__all__ = ["Prio"]


@frozen(kw_only=True)
class Prio(TcKind):
    """Bands, of which the first that has packets is served; each is a class. tc-prio(8); tc/q_prio.c.

    ``priomap`` is the band of each of the 16 priorities, or of the first of them. With fewer than 3 ``bands`` the
    default map does not do: it names bands 0 to 2.
    """

    kind: ClassVar[str] = "prio"

    bands: int | None = option(Number(2, 16))
    multiqueue: bool | None = option(
        Flag()
    )  # before priomap, which takes all the words behind it for bands
    priomap: tuple[int, ...] | None = option(Numbers(Number(0, 15), 1, 16))
