"""The snapshot of a session's place: its state as a value.

A recorded state has the objects that a session may have changed. A snapshot does not depend on the
session: it has the sysctls without the default value, of every namespace, the packet filters, and
the namespaces that only processes have.
"""

import datetime
import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from attrs import frozen

from ipwrap.recording import Header
from ipwrap.state import State
from ipwrap.state.machine import Machine
from ipwrap.state.process_namespaces import (
    PlaceNamespaces,
    find_namespaces,
    read_process_namespaces,
)
from ipwrap.state.snapshot import PROGRAM_NOUNS, add_netns_numbers, take_snapshot
from ipwrap.state.traffic import add_traffic
from ipwrap.state.typed_snapshot import Snapshot
from ipwrap.sysctl.defaults import changed_values
from ipwrap.sysctl.filters import LEGACY_NOUNS, read_iptables, read_nft
from ipwrap.sysctl.reading import NamespaceReading, PlaceReading, read_sysctls
from ipwrap.verbs.runner import Runner, SurveyRunner

__all__ = ["CompletedState", "complete_state", "make_snapshot", "take_complete_snapshot"]

Objects = list[dict[str, Any]]

# The kernel lists them in the order of a hash table, which says nothing.
UNORDERED_NOUNS = ("neigh", "bridge fdb")


def make_snapshot(
    state: State, header: Header, *, seconds: float, origin: str | None = None
) -> Snapshot:
    """Return the snapshot of a state; ``header`` is the header of the session's recording.

    ``seconds`` is the time since the epoch at which the state was read.
    """
    return Snapshot(
        _in_order(state),
        Machine.of(header),
        taken=datetime.datetime.fromtimestamp(seconds, tz=datetime.UTC),
        place=header.place or "local",
        origin=origin,
    )


def take_complete_snapshot(
    runner: Runner, header: Header, *, seconds: float, processes: bool
) -> tuple[State, Snapshot]:
    """Return the state of a place, and the snapshot, which has more objects.

    ``processes``: with the namespaces that only processes have.
    """
    names = runner.netns_names() if isinstance(runner, SurveyRunner) else None
    if names is None:
        state = take_snapshot(runner)
        read = _read_programs(runner, state, processes=processes)
    else:
        # Sysctls are read by one process, which leaves the other processors to the survey.
        with ThreadPoolExecutor(max_workers=1) as threads:
            pending = threads.submit(_read_programs, runner, ("", *names), processes=processes)
            state = take_snapshot(runner)
        read = pending.result()

    completed = _complete(state, runner, read=read)
    snapshot = make_snapshot(completed.state, header, seconds=seconds, origin=completed.origin)
    return state, snapshot


@frozen
class CompletedState:
    """A state with the parts missing from session states, and the first namespace's identity."""

    state: State
    origin: str | None


def complete_state(state: State, runner: Runner, *, processes: bool = False) -> CompletedState:
    """Return a state with the sysctls, the filters, and the numbers of all namespaces.

    ``processes``: with the namespaces that only processes have.
    """
    return _complete(state, runner, read=_read_programs(runner, state, processes=processes))


@frozen
class ProgramReading:
    """The readings of helper programs in a place: the unnamed namespaces, and all sysctls.

    ``sysctls`` are by name or path of a namespace; None if unreadable.
    """

    place: PlaceNamespaces
    sysctls: PlaceReading | None


def _read_programs(runner: Runner, names: Iterable[str], *, processes: bool) -> ProgramReading:
    """Return the readings of helper programs, of named and unnamed namespaces."""
    found = find_namespaces(runner)
    if not processes:
        found = PlaceNamespaces(found.origin)

    paths = [*names, *(namespace.path for namespace in found.processes)]
    sysctls = read_sysctls(runner, dict.fromkeys(paths, ()), with_filters=True, all_links=True)
    return ProgramReading(found, sysctls)


def _complete(state: State, runner: Runner, *, read: ProgramReading) -> CompletedState:
    """Return a state with the readings of helper programs, and the objects that follow."""
    completed: State = {}
    for netns, nouns in state.items():
        kept = {noun: objects for noun, objects in nouns.items() if noun not in PROGRAM_NOUNS}
        completed[netns] = kept
    add_traffic(completed, runner)
    add_netns_numbers(completed, runner)
    completed |= read_process_namespaces(runner, read.place.processes)
    _add_program_nouns(completed, runner, read=read)
    return CompletedState(completed, read.place.origin)


def _add_program_nouns(state: State, runner: Runner, *, read: ProgramReading) -> None:
    """Add the sysctls and packet filters of all namespaces to a state."""
    keys = {namespace.path: namespace.key for namespace in read.place.processes}
    readings = {} if read.sysctls is None else read.sysctls.namespaces

    for path, reading in readings.items():
        netns = keys.get(path, path)
        if netns in state:  # neither gone nor another user's
            state[netns] |= _program_nouns(path, reading, runner=runner)


def _program_nouns(path: str, reading: NamespaceReading, *, runner: Runner) -> dict[str, Objects]:
    """Return the sysctls and packet filters of a namespace by noun."""
    values = changed_values(reading.values)
    nouns: dict[str, Objects | None] = {
        "sysctl": [{"key": key, "value": value} for key, value in values.items()]
    }
    # The filters of a namespace without a name are none of `ip netns exec`'s.
    if not path.startswith("/"):
        nouns["nft"] = read_nft(runner, path or None) if reading.has_nft else []
        for family, noun in LEGACY_NOUNS.items():
            has_rules = family in reading.legacy
            nouns[noun] = read_iptables(runner, path or None, family=family) if has_rules else []

    # An empty list of the first namespace shows that it was read.
    return {
        noun: objects
        for noun, objects in nouns.items()
        if objects is not None and (objects or not path)
    }


def _in_order(state: State) -> State:
    """Return a state in a stable order of its objects."""
    ordered: State = {}
    for netns, nouns in state.items():
        ordered[netns] = {
            noun: sorted(objects, key=json.dumps) if noun in UNORDERED_NOUNS else objects
            for noun, objects in nouns.items()
        }
    return ordered
