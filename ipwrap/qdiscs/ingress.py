"""`ingress` and `clsact`: attach points for filters of received and sent packets.

Neither holds packets.
"""

from typing import ClassVar

from attrs import frozen

from ipwrap.qdiscs.base import TcKind

__all__ = ["Clsact", "Ingress"]


@frozen(kw_only=True)
class Ingress(TcKind):
    """Filters of received packets. tc(8); tc/q_ingress.c."""

    kind: ClassVar[str] = "ingress"
    attach_point: ClassVar[str] = "ingress"


@frozen(kw_only=True)
class Clsact(TcKind):
    """Filters of received and of sent packets. tc(8); tc/q_clsact.c."""

    kind: ClassVar[str] = "clsact"
    attach_point: ClassVar[str] = "clsact"
