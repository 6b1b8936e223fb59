"""Every verb of `ip`, `bridge` and `tc` by workers and by processes: the same status, output, errors and state.

It runs with the iproute2 that stands first in PATH; `nox -s releases` runs it with several.
"""

import difflib
import json
import random
import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from attrs import asdict, define, field, frozen

from ipwrap import (
    Command,
    DryRun,
    IpwrapError,
    Local,
    PlaceError,
    Process,
    Result,
    Sandbox,
    Session,
)
from ipwrap.executors import Batch, Executor
from ipwrap.jsonio.reader import decode
from ipwrap.places import Place
from tests.executors import worlds
from tests.executors.surface import (
    CALLS,
    CHANGES,
    FLUSHES,
    LAST,
    NOT_CALLED,
    READS,
    Call,
    calls_of,
    parts_of,
    verbs,
)

pytestmark = pytest.mark.live

VERBS = verbs()
ORDERS = 3
TRIES = 50

# What time changes, by its key in JSON.
VOLATILE = frozenset(
    {
        "confirmed",
        "expires",
        "idle_time",
        "last_used",
        "preferred_life_time",
        "probes",
        "refcnt",
        "seed",
        "timer",
        "updated",
    }
    | {"unbalanced_time", "used", "valid_life_time"}
)
COUNTS = frozenset({"stats", "stats64", "bytes", "packets", "multicast", "inet6_stats"})
COUNTED = "counted"
MAC = re.compile("..(:..){5}")
NAMED = ("00:00:", "01:00:", "02:00:", "33:33:", "ff:ff:")
MULTICAST = ("33:33:", "01:00:5e:00:00:")
NUMBERS = re.compile(r"[0-9]+")


@frozen
class Ran:
    """A command, and what came of it."""

    line: str
    status: int
    stdout: Any
    stderr: str


@define
class Watch:
    """A runner that keeps what came of each command."""

    executor: Executor
    place: Place
    ran: list[Ran] = field(factory=list)

    def run(self, command: Command, *, check: bool = True) -> Result:
        """Run a command."""
        reply = self.executor.run(command, self.place)
        self.ran.append(Ran(command.line, reply.status, shown(reply.stdout), reply.stderr))
        result = Result(command, reply.status, reply.stdout, reply.stderr)
        return result.check() if check else result

    def outcome(self, call: Call, netns: str) -> list[Ran]:
        """Make a call and return what came of its commands."""
        self.ran = []
        with suppress(IpwrapError):
            call.run(self, netns)
        assert self.ran, f"{call}: no command ran"
        return self.ran


def is_line(call: Call) -> bool:
    """Tell whether a call runs something that may be a line of a worker."""
    with Session(Local(), DryRun()) as dry:
        with suppress(IpwrapError):
            call.run(dry, "rich")
        return any(asked.command.batch for asked in dry.recording.commands)


def apart(by_process: Any, by_worker: Any) -> list[str]:
    """Return where two answers, or states, differ, as lines of a diff."""
    if by_process == by_worker:
        return []
    one, other = (
        json.dumps(each, indent=1, default=asdict).splitlines() for each in (by_process, by_worker)
    )
    return list(difflib.unified_diff(one, other, "a process", "a worker", lineterm="", n=2))


def shown(stdout: str) -> Any:
    """Return what was printed: JSON without what time changes, or text."""
    if not stdout.lstrip().startswith("["):
        return NUMBERS.sub("0", stdout) if stdout.startswith("class ") else stdout
    try:
        return steady(decode(stdout))
    except IpwrapError:
        return stdout


def steady(value: Any) -> Any:
    """Return JSON without what time changes, its lists in one order: the kernel lists some by a hash of their own."""
    if isinstance(value, list):
        return sorted(
            [steady(each) for each in value if not is_made_by_kernel(each)], key=json.dumps
        )
    if isinstance(value, dict):
        kept = {
            key: each
            for key, each in value.items()
            if key not in VOLATILE and not key.endswith("_timer")
        }
        return {key: COUNTED if key in COUNTS else steady(each) for key, each in kept.items()}
    if isinstance(value, str) and MAC.fullmatch(value) and not value.startswith(NAMED):
        return "a random address"
    return value


def is_made_by_kernel(value: Any) -> bool:
    """Tell whether it is a neighbour for multicast packets, or a group that a bridge joins: they come in their time."""
    if not isinstance(value, dict):
        return False
    return str(value.get("lladdr")).startswith(MULTICAST) or str(value.get("grp")).startswith(
        "ff02::"
    )


@define
class Pair:
    """Two sandboxes, in which the same worlds are built: one has workers, the other processes."""

    workers: Watch
    processes: Watch
    answers: dict[tuple[Call, str], list[Ran]] = field(factory=dict)

    def by_process(self, call: Call, netns: str) -> list[Ran]:
        """Return what a process gives for a read, which is run once."""
        if (call, netns) not in self.answers:
            self.answers[call, netns] = self.processes.outcome(call, netns)
        return self.answers[call, netns]

    def each(self, do: Callable[[Place], object]) -> None:
        """Do the same in both sandboxes, past the executors."""
        for watch in (self.workers, self.processes):
            do(watch.place)

    def build(self, netns: str, *parts: str) -> None:
        """Build the same world in both."""
        self.each(lambda place: worlds.build(place, netns, *parts))

    def clear(self, netns: str) -> None:
        """Take a world away from both."""
        self.each(lambda place: worlds.clear(place, netns))

    def refill(self, netns: str, *parts: str) -> None:
        """Put back what is missing in some parts of a world, in both."""
        self.each(lambda place: worlds.refill(place, netns, *parts))

    def differences(self, call: Call, netns: str) -> list[str]:
        """Make a call in both, and return where what came of it differs."""
        return apart(*(watch.outcome(call, netns) for watch in (self.processes, self.workers)))

    def differences_of_state(self, netns: str, *programs: str) -> list[str]:
        """Return where the worlds differ, when what the kernel does a moment later has been done in both."""
        differences = []
        for _ in range(TRIES):
            differences = apart(
                *(world(watch.place, netns, *programs) for watch in (self.processes, self.workers))
            )
            if not differences:
                break
            time.sleep(0.1)
        return differences


def world(place: Place, netns: str, *programs: str) -> list[Any]:
    """Return what a world holds, without what time changes."""
    return [shown(line) for line in worlds.state(place, netns, *programs)]


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    """Two sandboxes."""
    sandboxes = (Sandbox(), Sandbox())
    try:
        for each in sandboxes:
            each.open()
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")
    made = Pair(Watch(Batch(), sandboxes[0]), Watch(Process(), sandboxes[1]))
    yield made
    made.workers.executor.close()
    for each in sandboxes:
        each.close()


@pytest.fixture(scope="module")
def rich(pair: Pair) -> str:
    """A world with all parts, in which nothing is changed."""
    pair.build("rich")
    return "rich"


def test_every_verb_is_called() -> None:
    """A new verb needs a call here, or a reason for none."""
    assert sorted(VERBS) == sorted([*CALLS, *NOT_CALLED])


def test_every_filter_has_a_value() -> None:
    """And every new filter of a verb that lists, gets or flushes needs a value to try it with."""
    assert all(calls_of(verb, VERBS[verb]) for verb in CALLS)


@pytest.mark.parametrize("verb", READS)
def test_read(pair: Pair, rich: str, verb: str) -> None:
    """A worker answers as a process, by every filter."""
    differences = {}
    for call in calls_of(verb, VERBS[verb]):
        if found := apart(pair.by_process(call, rich), pair.workers.outcome(call, rich)):
            differences[str(call)] = found
    assert {} == differences


def test_reads_in_any_order(pair: Pair, rich: str) -> None:
    """What a read leaves behind in a worker misleads none that follows it."""
    reads = [call for verb in READS for call in calls_of(verb, VERBS[verb])]
    calls = [call for call in reads if is_line(call)] * ORDERS
    random.Random(ORDERS).shuffle(calls)
    differences = {}
    for call in calls:
        if found := apart(pair.by_process(call, rich), pair.workers.outcome(call, rich)):
            differences[str(call)] = found
    assert {} == differences


@pytest.mark.parametrize("verb", CHANGES)
def test_change(pair: Pair, verb: str) -> None:
    """A change, by a worker, ends as by a process, and leaves the same."""
    pair.build("world", *parts_of(verb))
    for call in CHANGES[verb]:
        for _ in range(2):
            assert [] == pair.differences(call, "world"), str(call)
    assert [] == pair.differences_of_state("world", "ip", verb.partition(".")[0])
    pair.clear("world")


@pytest.mark.parametrize("verb", FLUSHES)
def test_flush(pair: Pair, verb: str) -> None:
    """A flush, by every filter, takes away the same."""
    pair.build("world", *parts_of(verb))
    differences = {}
    for call in calls_of(verb, VERBS[verb]):
        found = pair.differences(call, "world") + pair.differences_of_state(
            "world", verb.partition(".")[0]
        )
        if found:
            differences[str(call)] = found
        pair.refill("world", *parts_of(verb)[1:])
    assert {} == differences
    pair.clear("world")


def test_the_names_of_all_namespaces_go(pair: Pair) -> None:
    """It is the last test of this file: it takes the worlds away."""
    for call in LAST["ip.netns.delete_all"]:
        assert [] == pair.differences(call, "rich"), str(call)
