"""`tc`: its objects as attributes, one a file. The kinds of qdiscs are in `ipwrap.qdiscs`."""

from attrs import frozen

from ipwrap.tc.actions import Action, Gact, Mirred, Police
from ipwrap.tc.class_ import ClassVerbs
from ipwrap.tc.filter import FilterVerbs
from ipwrap.tc.filters import Cfm, Filter, Flower, Lse, Matchall
from ipwrap.tc.qdisc import QdiscVerbs, Stab
from ipwrap.tc.u32 import U32, Bits, Offset
from ipwrap.verbs.base import Runner

__all__ = [
    "U32",
    "Action",
    "Bits",
    "Cfm",
    "Filter",
    "Flower",
    "Gact",
    "Lse",
    "Matchall",
    "Mirred",
    "Offset",
    "Police",
    "Stab",
    "TcProgram",
]


@frozen
class TcProgram:
    """The command `tc`, in one namespace: ``session.tc.qdisc.add("eth0", Netem(delay="100ms"))``."""

    runner: Runner
    namespace: str | None = None

    @property
    def class_(self) -> ClassVerbs:
        """`tc class`."""
        return ClassVerbs(self.runner, self.namespace)

    @property
    def filter(self) -> FilterVerbs:
        """`tc filter`."""
        return FilterVerbs(self.runner, self.namespace)

    @property
    def qdisc(self) -> QdiscVerbs:
        """`tc qdisc`."""
        return QdiscVerbs(self.runner, self.namespace)
