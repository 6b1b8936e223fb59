"""The types of ``session.each(…)`` are those of the verbs, and every read verb has one."""

import inspect
import re
import sys
from collections.abc import Iterator
from typing import Any, assert_type, get_type_hints

import pytest

from ipwrap import DryRun, Local, Session
from ipwrap.bridge import BridgeProgram
from ipwrap.ip import Ip
from ipwrap.models import Link, Route, TcQdisc
from ipwrap.sessions import each_types
from ipwrap.sessions.each_types import EachBridge, EachIp, EachTc
from ipwrap.tc import TcProgram
from ipwrap.verbs.base import ObjectCommands

PROGRAMS = [(Ip, EachIp), (BridgeProgram, EachBridge), (TcProgram, EachTc)]

# Streams of events and files; programs and processes of the place, not of a namespace.
WITHOUT_TYPE = {
    "bridge.monitor.file",
    "ip.monitor.file",
    "ip.netns.identify",
    "ip.netns.monitor",
    "ip.netns.pids",
    "ip.vrf.identify",
    "ip.vrf.pids",
}


CHANGED = re.compile("Result|Any")  # of a verb that changes; `netns.add` returns a namespace


def objects_of(commands: Any) -> dict[str, Any]:
    """Return the objects of a program, or those below an object."""
    names = [
        name
        for name, value in inspect.getmembers(type(commands))
        if isinstance(value, property) and not name.startswith("_")
    ]
    return {name: getattr(commands, name) for name in names}


def verbs_of(commands: Any) -> set[str]:
    """Return the verbs of an object that read."""
    return {
        name
        for name, verb in vars(type(commands)).items()
        if inspect.isfunction(verb)
        and not name.startswith(("_", "add_many", "ensure"))
        and not CHANGED.search(str(verb.__annotations__["return"]))
    }


def read_verbs(commands: Any, path: str) -> Iterator[str]:
    """Yield the verbs that read, each with the attributes that lead to it."""
    for name, inner in objects_of(commands).items():
        if isinstance(inner, ObjectCommands):
            yield from (f"{path}.{name}.{verb}" for verb in verbs_of(inner))
        yield from read_verbs(inner, f"{path}.{name}")


def typed_verbs(cls: type, path: str) -> Iterator[str]:
    """Yield the verbs that have a type, each with the attributes that lead to it."""
    for name, value in vars(cls).items():
        if isinstance(value, property):
            inner = get_type_hints(value.fget, vars(sys.modules[each_types.__name__]))["return"]
            yield from typed_verbs(inner, f"{path}.{name}")
        elif inspect.isfunction(value):
            yield f"{path}.{name}"


@pytest.mark.parametrize(("program", "types"), PROGRAMS)
def test_every_read_verb_has_a_type(program: Any, types: type) -> None:
    """A new verb needs a line in `each_types`, or a reason for none."""
    name = program.__name__.removesuffix("Program").lower()
    with Session(Local(), DryRun()) as session:
        verbs = {verb for verb in read_verbs(program(session), name) if verb not in WITHOUT_TYPE}

    assert verbs
    assert sorted(verbs) == sorted(typed_verbs(types, name))


def test_types_are_those_of_the_verbs() -> None:
    """`mypy` checks this file: options are those of the verb, and values are dicts."""
    with Session(Local(), DryRun()) as session:
        each = session.each("*")

        assert_type(each.ip.link.show(up=True, stats=2), dict[str, list[Link]])
        assert_type(each.ip.route.show("10.0.0.0/8", family="inet"), dict[str, list[Route]])
        assert_type(each.tc.qdisc.show("eth0"), dict[str, list[TcQdisc]])
        each.ip.link.show(nonsense=1)  # type: ignore[call-arg]
        each.ip.link.set("lo", up=True)  # type: ignore[attr-defined]
