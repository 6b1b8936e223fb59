"""`ingress` and `clsact`: where filters of what comes in (and goes out) stand. They hold no packets."""

from typing import ClassVar

from attrs import frozen

from ipwrap.qdiscs.base import TcKind

__all__ = ["Clsact", "Ingress"]


@frozen(kw_only=True)
class Ingress(TcKind):
    """Filters of what comes in. tc(8); tc/q_ingress.c."""

    kind: ClassVar[str] = "ingress"
    attach_point: ClassVar[str] = "ingress"


@frozen(kw_only=True)
class Clsact(TcKind):
    """Filters of what comes in, and of what goes out. tc(8); tc/q_clsact.c."""

    kind: ClassVar[str] = "clsact"
    attach_point: ClassVar[str] = "clsact"
