"""Names for the namespaces that only processes have, such as those of containers."""

import re

from attrs import define, field

from ipwrap.recording import State
from ipwrap.state.process_namespaces import is_process_key
from ipwrap.state.snapshot import NETNS_NUMBERS

__all__ = ["NamedState", "name_processes"]

PARTS = re.compile(r"pid:([0-9]+) \((.*)\)", re.DOTALL)
UNSAFE = re.compile(r"[^A-Za-z0-9_.-]+")


@define
class NamedState:
    """A state whose namespaces all have names, and a line for each name that is new."""

    state: State
    notes: list[str] = field(factory=list)


def name_processes(state: State) -> NamedState:
    """Return a state in which `pid:1234 (nginx)` is the namespace `nginx-1234`."""
    named = NamedState({})
    for netns, nouns in state.items():
        name = _name_of(netns, taken=[*state, *named.state]) if is_process_key(netns) else netns
        named.state[name] = nouns
        if name != netns:
            named.notes.append(f"{name} stands in for the namespace of a process: {netns}")
    if not named.notes:
        return named

    # Numbers lead to no namespace without a name: the ends of links are told by their indexes.
    for name, nouns in named.state.items():
        named.state[name] = {
            noun: objects for noun, objects in nouns.items() if noun != NETNS_NUMBERS
        }
    return named


def _name_of(key: str, *, taken: list[str]) -> str:
    """Return a name for a namespace, of the program and the process, that no other one has."""
    match = PARTS.fullmatch(key)
    assert match is not None, "the key of a namespace of a process has this form"
    pid, program = match.groups()

    name = f"{UNSAFE.sub('-', program).strip('-.') or 'process'}-{pid}"
    while name in taken:
        name += "-"
    return name
