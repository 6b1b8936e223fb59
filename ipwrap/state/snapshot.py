"""A snapshot: the state of every namespace of a place, as the JSON that `ip -j` prints.

A state maps namespaces by name (``""`` is the host namespace) to objects by name (those of
`ipwrap.models.NOUNS`, ``rule inet6``, and the `PROGRAM_NOUNS`), each a list of JSON objects. Only
qdiscs that nobody set are left out; `ipwrap.state.diff` decides what counts as a difference. A
missing name had no objects; a missing name of `added_later` was not read.
"""

import re
from typing import TYPE_CHECKING, Any

from ipwrap.command import Command
from ipwrap.errors import CommandError, ExecutorError, OutputError
from ipwrap.jsonio.reader import check_objects
from ipwrap.objects.reads import READS, SnapshotRead

if TYPE_CHECKING:
    from ipwrap.verbs.runner import Runner

__all__ = ["PROGRAM_NOUNS", "State", "added_later", "covered_objects", "take_snapshot"]

# What only programs outside iproute2 change: `ipwrap.sessions.program_state` reads it.
PROGRAM_NOUNS = frozenset({"sysctl", "nft", "iptables", "ip6tables"})

Objects = list[dict[str, Any]]
State = dict[str, dict[str, Objects]]


def take_snapshot(runner: "Runner", *, thorough: bool = True) -> State:
    """Return the state of all namespaces of the runner's place; without ``thorough``, no qdiscs and
    IPv6 rules.

    Unreadable objects (a namespace of another user, a family that the kernel lacks, a missing
    program) are left out.
    """
    list_namespaces = Command(("ip", "-j", "netns", "list"), changes=False, batch=True)
    namespaces = _read_objects(runner, list_namespaces) or []
    names = [namespace["name"] for namespace in namespaces if "name" in namespace]
    names.sort(key=_natural_key)

    reads = {noun: read for noun, read in READS.items() if thorough or not read.is_thorough}

    state = {"": _snapshot_namespace(runner, netns=None, reads=reads)}
    for name in names:
        state[name] = _snapshot_namespace(runner, netns=name, reads=reads)

    return state


def covered_objects(state: State) -> set[str]:
    """Return the names of the objects that a state covers.

    Those that were read, and those that no link can have.
    """
    covered: set[str] = set()
    possible: set[str] = set()
    conditional = {noun: read for noun, read in READS.items() if read.condition is not None}

    for objects_by_name in state.values():
        covered.update(objects_by_name)
        links = objects_by_name.get("link", [])
        possible.update(noun for noun, read in conditional.items() if read.is_possible(noun, links))

    return covered | (conditional.keys() - possible)


def added_later() -> frozenset[str]:
    """Return the names of the objects that recordings of earlier versions do not have."""
    nouns = frozenset(noun for noun, read in READS.items() if read.is_added_later)
    return nouns | PROGRAM_NOUNS


def _natural_key(name: str) -> list[tuple[int, str]]:
    """Return a sort key that puts pod2 before pod10."""
    parts = re.split(r"([0-9]+)", name)
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]


def _snapshot_namespace(
    runner: "Runner", *, netns: str | None, reads: dict[str, SnapshotRead]
) -> dict[str, Objects]:
    """Read every object of one namespace.

    Objects that no link here can have are skipped. A name without objects is left out, except one
    that older recordings lack altogether: there an empty list means "read, and there was none".
    """
    snapshot: dict[str, Objects] = {}

    for noun, read in reads.items():
        links = snapshot.get("link", [])
        if not read.is_possible(noun, links):
            continue

        replies = []
        for argv in read.commands:
            command = Command(argv, netns, changes=False, batch=not read.aborts_batch)
            replies.append(_read_objects(runner, command))
        is_complete = None not in replies

        objects: Objects = []
        for reply in replies:
            objects += _without_kernel_objects(reply or [], read)

        # Every namespace has a link; without one, nothing could be read.
        is_empty_but_read = read.is_added_later and "link" in snapshot and is_complete
        if objects or is_empty_but_read:
            snapshot[noun] = objects

    return snapshot


def _without_kernel_objects(objects: Objects, read: SnapshotRead) -> Objects:
    """Return objects without those that the kernel made by itself."""
    is_kernel_object = read.is_kernel_object
    if is_kernel_object is None:
        return objects
    return [json_object for json_object in objects if not is_kernel_object(json_object)]


def _read_objects(runner: "Runner", command: Command) -> Objects | None:
    """Return the objects that a command prints; None if the command fails."""
    try:
        return check_objects(runner.run(command).json())
    except (CommandError, OutputError, ExecutorError):
        return None
