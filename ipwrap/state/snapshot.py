"""A snapshot: the state of every namespace of a place, as the JSON that `ip -j` prints.

A state maps namespaces by name (``""`` is the host namespace) to objects by name (those of
`ipwrap.models.NOUNS`, ``rule inet6``, and the `PROGRAM_NOUNS`), each a list of JSON objects. Only
qdiscs that nobody set are left out; `ipwrap.state.diff` decides what counts as a difference. A
missing name had no objects; a missing name of `added_later` was not read.
"""

import contextlib
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from attrs import define, field

from ipwrap.command import Command
from ipwrap.errors import CommandError, ExecutorError, OutputError
from ipwrap.jsonio.reader import check_objects
from ipwrap.objects.reads import READS, Argv, SnapshotRead, may_have_bridge_objects
from ipwrap.result import Result
from ipwrap.verbs.runner import Runner, SurveyRunner, run_reads

__all__ = [
    "NETNS_NUMBERS",
    "PROGRAM_NOUNS",
    "TRAFFIC_NOUNS",
    "State",
    "add_netns_numbers",
    "added_later",
    "covered_objects",
    "natural_key",
    "read_listing",
    "read_namespaces",
    "take_snapshot",
]

NETNS_NUMBERS = "netns numbers"  # which namespaces the ends of links are in

# What only programs outside iproute2 change: `ipwrap.sessions.program_state` reads it.
PROGRAM_NOUNS = frozenset({"sysctl", "nft", "iptables", "ip6tables"})

# What `tc` lists for a link only: `ipwrap.state.traffic` reads it for a `Snapshot`.
TRAFFIC_NOUNS = frozenset({"tc class", "tc filter"})

# From so many namespaces on, a helper program that reads all of them is worth its start.
MIN_HELPED = 16
# The nouns of which most namespaces have the same objects as a fresh one.
MOSTLY_UNCHANGED = ("rule inet6", "tc qdisc")

Objects = list[dict[str, Any]]
State = dict[str, dict[str, Objects]]


def take_snapshot(
    runner: Runner,
    *,
    thorough: bool = True,
    retires_workers: bool = False,
    requested: Collection[str] = (),
) -> State:
    """Return the state of all namespaces of the runner's place; without ``thorough``, no qdiscs and
    IPv6 rules.

    All namespaces are read at once, if the runner can. ``retires_workers`` tells it that no change
    comes afterwards. ``requested`` are the nouns that are read on request only. Unreadable objects
    (a namespace of another user, a family that the kernel lacks, a missing program) are left out.
    """
    reads = {
        noun: read
        for noun, read in READS.items()
        if (thorough or not read.is_thorough) and (not read.is_on_request or noun in requested)
    }
    survey = Survey(runner, reads)

    netns_names = [None, *sorted(_read_names(runner), key=natural_key)]
    survey.run(netns_names, retires_workers=retires_workers)

    return {netns or "": _assemble(netns, reads, survey=survey) for netns in netns_names}


def add_netns_numbers(state: State, runner: Runner) -> None:
    """Add to a state the numbers that its namespaces have for each other."""
    read = READS[NETNS_NUMBERS]
    (argv,) = read.commands
    namespaces = [
        netns
        for netns, nouns in state.items()
        if read.is_possible(NETNS_NUMBERS, nouns.get("link", []))
    ]
    if is_worth_helper(runner, namespaces):
        # Loaded late: most places have few namespaces.
        from ipwrap.state.many_namespaces import read_numbers

        for netns, numbers in read_numbers(runner, namespaces).items():
            state[netns][NETNS_NUMBERS] = numbers

    commands = [
        Command(argv, netns or None, changes=False)
        for netns in namespaces
        if NETNS_NUMBERS not in state[netns]
    ]
    for result in run_reads(runner, commands):
        objects = _read_objects(runner, result.command, result=result)
        if objects is not None:
            state[result.command.netns or ""][NETNS_NUMBERS] = objects


def is_worth_helper(runner: Runner, namespaces: Collection[str | None]) -> bool:
    """Return whether a helper program should look at namespaces before the commands do."""
    return len(namespaces) >= MIN_HELPED and isinstance(runner, SurveyRunner)


def read_namespaces(
    runner: Runner,
    netns_names: Sequence[str | None],
    *,
    nouns: Collection[str] = READS.keys(),
) -> State:
    """Return the state of some namespaces by name; None is the first one.

    Of the ``nouns`` only, which have "link" among them.
    """
    reads = {noun: read for noun, read in READS.items() if noun in nouns}
    survey = Survey(runner, reads)
    survey.run(netns_names, retires_workers=False)
    return {netns or "": _assemble(netns, reads, survey=survey) for netns in netns_names}


def read_listing(runner: Runner, noun: str, *, netns: str | None) -> Objects | None:
    """Return the objects of a noun of a single command; None if they are unreadable."""
    read = READS[noun]
    (argv,) = read.commands
    command = Command(argv, netns, changes=False, batch=not read.aborts_batch)
    (result,) = run_reads(runner, [command])
    return _read_objects(runner, command, result=result)


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
    return nouns | PROGRAM_NOUNS | TRAFFIC_NOUNS


def _read_names(runner: Runner) -> list[str]:
    """Return the names of all namespaces."""
    names = runner.netns_names() if isinstance(runner, SurveyRunner) else None
    if names is not None:
        return names

    list_namespaces = Command(("ip", "-j", "netns", "list"), changes=False, batch=True)
    namespaces = _read_objects(runner, list_namespaces, result=None) or []
    return [namespace["name"] for namespace in namespaces if "name" in namespace]


def natural_key(name: str) -> list[tuple[int, str]]:
    """Return a sort key that puts pod2 before pod10."""
    parts = re.split(r"([0-9]+)", name)
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]


@define
class Survey:
    """The replies to the reads of a snapshot, in all namespaces."""

    runner: Runner
    reads: Mapping[str, SnapshotRead]
    _commands: list[Command] = field(factory=list)
    _objects: dict[tuple[str | None, Argv], Objects | None] = field(factory=dict)

    def run(self, netns_names: Sequence[str | None], *, retires_workers: bool) -> None:
        """Read some namespaces, together if the runner can; the rest runs read by read."""
        unchanged = self._find_unchanged(netns_names)
        for netns in netns_names:
            self._add_first_reads(netns, unchanged=unchanged.get(netns or "", ()))

        if isinstance(self.runner, SurveyRunner):
            results = self.runner.read_together(self._commands, retires_workers=retires_workers)
            # Decoded as they come, while further processes run. Closed, so that Ctrl-C ends these.
            with contextlib.closing(results):
                for position, result in results:
                    self._note(self._commands[position], result)

        for command in self._commands:  # and those that its links call for
            if (command.netns, command.argv) not in self._objects:
                self._note(command, None)

    def _find_unchanged(self, netns_names: Sequence[str | None]) -> dict[str, set[str]]:
        """Note the objects that namespaces have like a fresh one, and return the nouns."""
        nouns = [noun for noun in MOSTLY_UNCHANGED if noun in self.reads]
        if not nouns or not is_worth_helper(self.runner, netns_names):
            return {}

        # Loaded late: most places have few namespaces.
        from ipwrap.state.many_namespaces import find_unchanged, read_fresh

        unchanged = find_unchanged(self.runner, [netns or "" for netns in netns_names])
        for noun in nouns:
            (argv,) = self.reads[noun].commands
            objects = read_fresh(self.runner, argv)
            for netns, unchanged_nouns in unchanged.items():
                if objects is None:  # as without the program: the reads of each namespace tell
                    unchanged_nouns.discard(noun)
                elif noun in unchanged_nouns:
                    self._objects[netns or None, argv] = [
                        dict(json_object) for json_object in objects
                    ]
        return unchanged

    def _add_first_reads(self, netns: str | None, *, unchanged: Collection[str]) -> None:
        """Add the reads of a namespace that do not depend on its links."""

        def is_due(noun: str, read: SnapshotRead) -> bool:
            return noun not in unchanged and not read.depends_on_links(noun)

        self._add_reads(netns, is_due)

    def _note(self, command: Command, result: Result | None) -> None:
        """Note the objects that a command prints; without a result the command runs.

        The links of a namespace call for further reads.
        """
        key = (command.netns, command.argv)
        self._objects[key] = _read_objects(self.runner, command, result=result)

        if command.argv in self.reads["link"].commands:
            self._add_due_reads(command.netns, self._objects[key] or [])

    def _add_due_reads(self, netns: str | None, links: Objects) -> None:
        """Add the reads of a namespace that depend on its links."""
        has_bridge_objects = may_have_bridge_objects(links)  # mostly not: no need to ask each noun

        def is_due(noun: str, read: SnapshotRead) -> bool:
            if noun.startswith("bridge") and not has_bridge_objects:
                return False
            return read.depends_on_links(noun) and read.is_possible(noun, links)

        self._add_reads(netns, is_due)

    def _add_reads(self, netns: str | None, is_due: Callable[[str, SnapshotRead], bool]) -> None:
        """Add the commands that read the objects of some nouns in a namespace."""
        for noun, read in self.reads.items():
            if is_due(noun, read):
                self._commands += [
                    Command(argv, netns, changes=False, batch=not read.aborts_batch)
                    for argv in read.commands
                ]

    def has_read(self, netns: str | None, read: SnapshotRead) -> bool:
        """Return whether the objects of a noun were read, or were tried to."""
        return (netns, read.commands[0]) in self._objects

    def objects(self, netns: str | None, argv: Argv) -> Objects | None:
        """Return the objects that a read has printed; None for a read that has failed."""
        return self._objects[netns, argv]


def _assemble(
    netns: str | None, reads: Mapping[str, SnapshotRead], *, survey: Survey
) -> dict[str, Objects]:
    """Return the objects of one namespace, from the replies to its reads.

    Objects that no link here can have were not read. A name without objects is left out, except one
    that older recordings lack altogether: there an empty list means "read, and there was none".
    """
    snapshot: dict[str, Objects] = {}

    for noun, read in reads.items():
        if not survey.has_read(netns, read):
            continue

        replies = [survey.objects(netns, argv) for argv in read.commands]
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


def _read_objects(runner: Runner, command: Command, *, result: Result | None) -> Objects | None:
    """Return the objects that a command prints; None if the command fails.

    Without a ``result`` the command runs.
    """
    try:
        if result is None:
            result = runner.run(command)
        return check_objects(result.check().json())
    except (CommandError, OutputError, ExecutorError):
        return None
