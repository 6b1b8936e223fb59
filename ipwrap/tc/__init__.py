"""`tc`: its objects as attributes, one per file. The kinds of qdiscs are in `ipwrap.qdiscs`."""

from typing import TYPE_CHECKING

from attrs import frozen

from ipwrap.system.lazy import guard_imports, lazy_attributes, public_names
from ipwrap.verbs.description import describe_commands
from ipwrap.verbs.hints import HintsAttributes

if TYPE_CHECKING:
    from ipwrap.tc.actions import Action as Action
    from ipwrap.tc.actions import Gact as Gact
    from ipwrap.tc.actions import Mirred as Mirred
    from ipwrap.tc.actions import Police as Police
    from ipwrap.tc.class_ import ClassVerbs
    from ipwrap.tc.filter import FilterVerbs
    from ipwrap.tc.filters import Cfm as Cfm
    from ipwrap.tc.filters import Filter as Filter
    from ipwrap.tc.filters import Flower as Flower
    from ipwrap.tc.filters import Lse as Lse
    from ipwrap.tc.filters import Matchall as Matchall
    from ipwrap.tc.qdisc import QdiscVerbs
    from ipwrap.tc.qdisc import Stab as Stab
    from ipwrap.tc.u32 import U32 as U32
    from ipwrap.tc.u32 import Bits as Bits
    from ipwrap.tc.u32 import Offset as Offset
    from ipwrap.verbs.runner import Runner

MODULES = {
    "actions": (
        "Action",
        "Gact",
        "Mirred",
        "Police",
    ),
    "filters": (
        "Cfm",
        "Filter",
        "Flower",
        "Lse",
        "Matchall",
    ),
    "qdisc": ("Stab",),
    "u32": (
        "U32",
        "Bits",
        "Offset",
    ),
}

__all__ = public_names({**MODULES, "": ("TcProgram",)})

if not TYPE_CHECKING:  # a type checker would take it that every name exists
    __getattr__, __dir__ = lazy_attributes(__name__, MODULES)


@guard_imports
@frozen
class TcProgram(HintsAttributes):
    """The command `tc`, in one namespace.

    ``session.tc.qdisc.add("eth0", Netem(delay="100ms"))``.
    """

    runner: "Runner"
    namespace: str | None = None

    def __repr__(self) -> str:
        return describe_commands(self, "tc", netns=self.namespace)

    @property
    def class_(self) -> "ClassVerbs":
        """`tc class`."""
        from ipwrap.tc.class_ import ClassVerbs

        return ClassVerbs(self.runner, self.namespace)

    @property
    def filter(self) -> "FilterVerbs":
        """`tc filter`."""
        from ipwrap.tc.filter import FilterVerbs

        return FilterVerbs(self.runner, self.namespace)

    @property
    def qdisc(self) -> "QdiscVerbs":
        """`tc qdisc`."""
        from ipwrap.tc.qdisc import QdiscVerbs

        return QdiscVerbs(self.runner, self.namespace)
