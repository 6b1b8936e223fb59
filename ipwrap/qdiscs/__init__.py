"""The kinds of qdiscs and classes, one per file: ``ipwrap/qdiscs/netem.py`` is ``tc qdisc …
netem``.

A new kind is a new file with one class, a line in `QDISCS`, and an import for type checkers.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ipwrap.system.lazy import LazyTable, lazy_attributes, public_names

if TYPE_CHECKING:
    from ipwrap.qdiscs.base import Qdisc as Qdisc
    from ipwrap.qdiscs.base import TcKind as TcKind
    from ipwrap.qdiscs.cake import Cake as Cake
    from ipwrap.qdiscs.cake import CakeMq as CakeMq
    from ipwrap.qdiscs.codel import Codel as Codel
    from ipwrap.qdiscs.codel import FqCodel as FqCodel
    from ipwrap.qdiscs.fifo import Bfifo as Bfifo
    from ipwrap.qdiscs.fifo import Noqueue as Noqueue
    from ipwrap.qdiscs.fifo import Pfifo as Pfifo
    from ipwrap.qdiscs.fifo import PfifoFast as PfifoFast
    from ipwrap.qdiscs.fifo import PfifoHeadDrop as PfifoHeadDrop
    from ipwrap.qdiscs.fq import Fq as Fq
    from ipwrap.qdiscs.htb import Htb as Htb
    from ipwrap.qdiscs.htb import HtbClass as HtbClass
    from ipwrap.qdiscs.ingress import Clsact as Clsact
    from ipwrap.qdiscs.ingress import Ingress as Ingress
    from ipwrap.qdiscs.netem import Netem as Netem
    from ipwrap.qdiscs.prio import Prio as Prio
    from ipwrap.qdiscs.sfq import Sfq as Sfq
    from ipwrap.qdiscs.tbf import Tbf as Tbf

QDISCS: LazyTable[type["TcKind"]] = LazyTable(
    __name__,
    {
        "bfifo": "fifo:Bfifo",
        "cake": "cake:Cake",
        "cake_mq": "cake:CakeMq",
        "clsact": "ingress:Clsact",
        "codel": "codel:Codel",
        "fq": "fq:Fq",
        "fq_codel": "codel:FqCodel",
        "htb": "htb:Htb",
        "ingress": "ingress:Ingress",
        "netem": "netem:Netem",
        "noqueue": "fifo:Noqueue",
        "pfifo": "fifo:Pfifo",
        "pfifo_fast": "fifo:PfifoFast",
        "pfifo_head_drop": "fifo:PfifoHeadDrop",
        "prio": "prio:Prio",
        "sfq": "sfq:Sfq",
        "tbf": "tbf:Tbf",
    },
)

CLASSES: LazyTable[type["TcKind"]] = LazyTable(__name__, {"htb": "htb:HtbClass"})

MODULES = {**QDISCS.modules(), "base": ("Qdisc", "TcKind"), "htb": ("Htb", "HtbClass")}

__all__ = ["CLASSES", "QDISCS", *public_names(MODULES), "qdisc_from_json"]

if not TYPE_CHECKING:  # a type checker would take it that every name exists
    __getattr__, __dir__ = lazy_attributes(__name__, MODULES)


def qdisc_from_json(kind: str, data: Mapping[str, Any]) -> "TcKind":
    """Return a qdisc's kind, by its name and its ``options``.

    `Qdisc` for a name without a table.
    """
    from ipwrap.qdiscs.base import Qdisc

    cls = QDISCS.get(kind)
    return cls.from_json(data) if cls else Qdisc(kind, data, observed=True)
