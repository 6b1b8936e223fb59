"""The kinds of qdiscs and classes, one a file: ``ipwrap/qdiscs/netem.py`` is ``tc qdisc … netem``.

A new kind is a new file with one class, and a line here.
"""

from collections.abc import Mapping
from typing import Any

from ipwrap.qdiscs.base import Qdisc, TcKind
from ipwrap.qdiscs.codel import Codel, FqCodel
from ipwrap.qdiscs.fifo import Bfifo, Noqueue, Pfifo, PfifoFast, PfifoHeadDrop
from ipwrap.qdiscs.fq import Fq
from ipwrap.qdiscs.htb import Htb, HtbClass
from ipwrap.qdiscs.ingress import Clsact, Ingress
from ipwrap.qdiscs.netem import Netem
from ipwrap.qdiscs.prio import Prio
from ipwrap.qdiscs.sfq import Sfq
from ipwrap.qdiscs.tbf import Tbf

__all__ = [
    "CLASSES",
    "QDISCS",
    "Bfifo",
    "Clsact",
    "Codel",
    "Fq",
    "FqCodel",
    "Htb",
    "HtbClass",
    "Ingress",
    "Netem",
    "Noqueue",
    "Pfifo",
    "PfifoFast",
    "PfifoHeadDrop",
    "Prio",
    "Qdisc",
    "Sfq",
    "Tbf",
    "TcKind",
    "qdisc_from_json",
]

QDISCS: dict[str, type[TcKind]] = {
    cls.kind: cls
    for cls in (
        Bfifo,
        Clsact,
        Codel,
        Fq,
        FqCodel,
        Htb,
        Ingress,
        Netem,
        Noqueue,
        Pfifo,
        PfifoFast,
        PfifoHeadDrop,
        Prio,
        Sfq,
        Tbf,
    )
}

CLASSES: dict[str, type[TcKind]] = {cls.kind: cls for cls in (HtbClass,)}


def qdisc_from_json(kind: str, data: Mapping[str, Any]) -> TcKind:
    """Return a qdisc's kind, by its name and its ``options``; `Qdisc` for one without a table."""
    cls = QDISCS.get(kind)
    return cls.from_json(data) if cls else Qdisc(kind, data, observed=True)
