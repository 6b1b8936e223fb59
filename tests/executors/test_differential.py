"""Every verb of `ip`, `bridge` and `tc`: workers and processes have equal outcomes and states.

The tests use the first iproute2 in PATH; `nox -s releases` runs them with several releases.
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

# JSON keys of values that change with time.
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
COUNTER_KEYS = frozenset({"stats", "stats64", "bytes", "packets", "multicast", "inet6_stats"})
COUNTER_VALUE = "counted"
MAC = re.compile("..(:..){5}")
FIXED_MACS = ("00:00:", "01:00:", "02:00:", "33:33:", "ff:ff:")
MULTICAST_MACS = ("33:33:", "01:00:5e:00:00:")
NUMBERS = re.compile(r"[0-9]+")


@frozen
class Outcome:
    """The outcome of a command."""

    line: str
    status: int
    stdout: Any
    stderr: str


@define
class RecordingRunner:
    """A runner that keeps the outcome of each command."""

    executor: Executor
    place: Place
    outcomes: list[Outcome] = field(factory=list)

    def run(self, command: Command, *, check: bool = True) -> Result:
        """Run a command."""
        reply = self.executor.run(command, self.place)
        self.outcomes.append(
            Outcome(command.line, reply.status, to_comparable(reply.stdout), reply.stderr)
        )
        result = Result(command, reply.status, reply.stdout, reply.stderr)
        return result.check() if check else result

    def outcomes_of(self, call: Call, netns: str) -> list[Outcome]:
        """Make a call and return the outcomes of its commands."""
        self.outcomes = []
        with suppress(IpwrapError):
            call.run(self, netns)

        assert self.outcomes, f"{call}: no command ran"
        return self.outcomes


def is_line(call: Call) -> bool:
    """Return whether a call runs a command that may be a line of a worker."""
    with Session(Local(), DryRun()) as dry_session:
        with suppress(IpwrapError):
            call.run(dry_session, "rich")
        return any(event.command.batch for event in dry_session.recording.commands)


def diff_lines(by_process: Any, by_worker: Any) -> list[str]:
    """Return the difference of two outcomes or states, as lines of a diff."""
    if by_process == by_worker:
        return []

    process_lines = json.dumps(by_process, indent=1, default=asdict).splitlines()
    worker_lines = json.dumps(by_worker, indent=1, default=asdict).splitlines()
    return list(
        difflib.unified_diff(process_lines, worker_lines, "a process", "a worker", lineterm="", n=2)
    )


def to_comparable(stdout: str) -> Any:
    """Return output without the values that change with time."""
    if not stdout.lstrip().startswith("["):
        return NUMBERS.sub("0", stdout) if stdout.startswith("class ") else stdout
    try:
        return without_volatile(decode(stdout))
    except IpwrapError:
        return stdout


def without_volatile(value: Any) -> Any:
    """Return JSON without the values that change with time.

    Lists are sorted: the kernel lists some objects in the order of a random hash.
    """
    if isinstance(value, list):
        elements = [element for element in value if not is_created_by_kernel(element)]
        return sorted(map(without_volatile, elements), key=json.dumps)

    if isinstance(value, dict):
        fields = {
            key: element
            for key, element in value.items()
            if key not in VOLATILE and not key.endswith("_timer")
        }
        return {
            key: COUNTER_VALUE if key in COUNTER_KEYS else without_volatile(element)
            for key, element in fields.items()
        }

    if isinstance(value, str) and MAC.fullmatch(value) and not value.startswith(FIXED_MACS):
        return "a random address"
    return value


def is_created_by_kernel(value: Any) -> bool:
    """Return whether an object is a multicast neighbour, or a group joined by a bridge.

    The kernel creates both after a delay.
    """
    if not isinstance(value, dict):
        return False
    return str(value.get("lladdr")).startswith(MULTICAST_MACS) or str(value.get("grp")).startswith(
        "ff02::"
    )


@define
class SandboxPair:
    """Two sandboxes with equal networks: workers in one, processes in the other."""

    workers: RecordingRunner
    processes: RecordingRunner
    answers: dict[tuple[Call, str], list[Outcome]] = field(factory=dict)

    def by_process(self, call: Call, netns: str) -> list[Outcome]:
        """Return the outcomes of a read by processes, which is run once."""
        if (call, netns) not in self.answers:
            self.answers[call, netns] = self.processes.outcomes_of(call, netns)
        return self.answers[call, netns]

    def for_each_place(self, function: Callable[[Place], object]) -> None:
        """Call a function with the place of both sandboxes."""
        for runner in (self.workers, self.processes):
            function(runner.place)

    def build(self, netns: str, *parts: str) -> None:
        """Build the same network in both."""
        self.for_each_place(lambda place: worlds.build(place, netns, *parts))

    def clear(self, netns: str) -> None:
        """Delete a network in both."""
        self.for_each_place(lambda place: worlds.clear(place, netns))

    def refill(self, netns: str, *parts: str) -> None:
        """Restore deleted objects in the named parts of a network, in both."""
        self.for_each_place(lambda place: worlds.refill(place, netns, *parts))

    def differences(self, call: Call, netns: str) -> list[str]:
        """Make a call in both, and return the difference of the outcomes."""
        return diff_lines(
            *(runner.outcomes_of(call, netns) for runner in (self.processes, self.workers))
        )

    def differences_of_state(self, netns: str, *programs: str) -> list[str]:
        """Return the difference of the states, after the kernel's delayed changes."""
        differences = []
        for _ in range(TRIES):
            differences = diff_lines(
                *(
                    read_network(runner.place, netns, *programs)
                    for runner in (self.processes, self.workers)
                )
            )
            if not differences:
                break
            time.sleep(0.1)

        return differences


def read_network(place: Place, netns: str, *programs: str) -> list[Any]:
    """Return the state of a network, without the values that change with time."""
    return [to_comparable(line) for line in worlds.state(place, netns, *programs)]


@pytest.fixture(scope="module")
def pair() -> Iterator[SandboxPair]:
    """Two open sandboxes."""
    sandboxes = (Sandbox(), Sandbox())
    try:
        for sandbox in sandboxes:
            sandbox.open()
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")

    sandbox_pair = SandboxPair(
        RecordingRunner(Batch(), sandboxes[0]), RecordingRunner(Process(), sandboxes[1])
    )
    yield sandbox_pair
    sandbox_pair.workers.executor.close()
    for sandbox in sandboxes:
        sandbox.close()


@pytest.fixture(scope="module")
def rich_netns(pair: SandboxPair) -> str:
    """A network with all parts that no test changes."""
    pair.build("rich")
    return "rich"


def test_every_verb_is_called() -> None:
    """A new verb needs a call in the tables, or a reason for none."""
    assert sorted(VERBS) == sorted([*CALLS, *NOT_CALLED])


def test_every_filter_has_a_value() -> None:
    """A new filter of a read or flush needs a value in the tables."""
    assert all(calls_of(verb, VERBS[verb]) for verb in CALLS)


@pytest.mark.parametrize("verb", READS)
def test_read(pair: SandboxPair, rich_netns: str, verb: str) -> None:
    """A worker replies as a process, with every filter."""
    differences = {}
    for call in calls_of(verb, VERBS[verb]):
        if lines := diff_lines(
            pair.by_process(call, rich_netns), pair.workers.outcomes_of(call, rich_netns)
        ):
            differences[str(call)] = lines

    assert {} == differences


def test_reads_in_any_order(pair: SandboxPair, rich_netns: str) -> None:
    """No read disturbs a later read in the same worker."""
    reads = [call for verb in READS for call in calls_of(verb, VERBS[verb])]
    calls = [call for call in reads if is_line(call)] * ORDERS
    random.Random(ORDERS).shuffle(calls)
    differences = {}
    for call in calls:
        if lines := diff_lines(
            pair.by_process(call, rich_netns), pair.workers.outcomes_of(call, rich_netns)
        ):
            differences[str(call)] = lines

    assert {} == differences


@pytest.mark.parametrize("verb", CHANGES)
def test_change(pair: SandboxPair, verb: str) -> None:
    """A change by a worker has the outcome of a process, and leaves the same state."""
    pair.build("read_network", *parts_of(verb))
    for call in CHANGES[verb]:
        for _ in range(2):
            assert [] == pair.differences(call, "read_network"), str(call)

    assert [] == pair.differences_of_state("read_network", "ip", verb.partition(".")[0])
    pair.clear("read_network")


@pytest.mark.parametrize("verb", FLUSHES)
def test_flush(pair: SandboxPair, verb: str) -> None:
    """A flush by a worker deletes the same objects, with every filter."""
    pair.build("read_network", *parts_of(verb))
    differences = {}
    for call in calls_of(verb, VERBS[verb]):
        lines = pair.differences(call, "read_network") + pair.differences_of_state(
            "read_network", verb.partition(".")[0]
        )
        if lines:
            differences[str(call)] = lines
        pair.refill("read_network", *parts_of(verb)[1:])

    assert {} == differences
    pair.clear("read_network")


def test_delete_all_namespaces(pair: SandboxPair) -> None:
    """The last test of the file: it deletes the networks."""
    for call in LAST["ip.netns.delete_all"]:
        assert [] == pair.differences(call, "rich"), str(call)
