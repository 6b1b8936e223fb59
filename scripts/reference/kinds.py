"""The pages of kinds: links, ports of links, qdiscs, filters and actions, with their options."""

from collections.abc import Iterable

from ipwrap.kinds import KINDS
from ipwrap.kinds.base import LinkKind
from ipwrap.qdiscs import QDISCS
from ipwrap.tc import Flower, Gact, Matchall, Mirred, Police
from scripts.reference.markdown import docstring
from scripts.reference.options import option_table

__all__ = ["actions", "filters", "links", "ports", "qdiscs"]


def links() -> str:
    """Return a section for each kind of link."""
    return _sections(name for name in KINDS if not name.endswith("_slave"))


def ports() -> str:
    """Return a section for each kind of port."""
    return _sections(name for name in KINDS if name.endswith("_slave"))


def _sections(names: Iterable[str]) -> str:
    """Return the sections of kinds of links."""
    return "\n\n".join(_section(name, KINDS[name]) for name in sorted(names))


def qdiscs() -> str:
    """Return a section for each qdisc, and for the class of htb."""
    from ipwrap.qdiscs import HtbClass

    sections = [_section(name, QDISCS[name]) for name in sorted(QDISCS)]
    return "\n\n".join([*sections, _section("class htb", HtbClass)])


def filters() -> str:
    """Return a section for each filter that is a class of options."""
    return "\n\n".join(_section(cls.__name__.lower(), cls) for cls in (Flower, Matchall))


def actions() -> str:
    """Return a section for each action."""
    return "\n\n".join(_section(cls.__name__.lower(), cls) for cls in (Gact, Mirred, Police))


def _section(name: str, cls: type) -> str:
    """Return the section of a kind: its class, its docstring, its options."""
    package = "ipwrap.kinds" if issubclass(cls, LinkKind) else cls.__module__.rpartition(".")[0]
    parts = [
        f"### {name}",
        f"`from {package} import {cls.__name__}`",
        docstring(cls) if "__doc__" in vars(cls) else "",
        option_table(cls),
    ]
    return "\n\n".join(part for part in parts if part)
