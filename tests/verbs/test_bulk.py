"""`add_many`: its commands are those of `add`, and checked before any of them runs."""

import contextlib
import ipaddress
from collections.abc import Callable
from typing import Any

import pytest
from attrs import define, field

from ipwrap import Command, DryRun, InvalidArgument, Local, Result, Session
from ipwrap.bridge.fdb import FdbVerbs
from ipwrap.bridge.vlan import VlanVerbs
from ipwrap.ip.address import AddressVerbs
from ipwrap.ip.neigh import NeighVerbs
from ipwrap.ip.route import RouteVerbs
from ipwrap.verbs.bulk import BulkCommands

MAC = "02:00:00:00:00:07"
ETH0 = {"dev": "eth0"}


@define
class BulkCollector:
    """A runner that keeps the like commands, and single ones if it accepts none."""

    accepts: bool = True
    bulk: list[BulkCommands] = field(factory=list)
    commands: list[Command] = field(factory=list)

    def run(self, command: Command, *, check: bool = True) -> Result:  # noqa: ARG002 - a `Runner`
        """Keep a command."""
        self.commands.append(command)
        return Result(command)

    def run_bulk(self, commands: BulkCommands) -> bool:
        """Keep like commands."""
        self.bulk.append(commands)
        return self.accepts

    def open_batch(self) -> contextlib.AbstractContextManager[None]:
        """Return a block."""
        return contextlib.nullcontext()

    @property
    def lines(self) -> list[str]:
        """The like commands as lines."""
        (commands,) = self.bulk
        lines = []
        for row in commands.rows:
            values = iter(row)
            lines.append(" ".join(next(values) if word is None else word for word in commands.argv))
        return lines


CALLS: list[tuple[type[Any], list[Any], dict[str, Any]]] = [
    (RouteVerbs, ["10.1.0.0/24", "10.2.0.0/24", "fd00::/64"], {"dev": "eth0", "metric": 7}),
    (RouteVerbs, ["10.1.0.0/24", ("10.2.0.0/24", {"metric": 8})], {"dev": "eth0", "metric": 7}),
    (RouteVerbs, ["10.1.0.1", "10.1.0.2"], {"via": "10.1.0.1"}),
    (RouteVerbs, [ipaddress.ip_network("10.1.0.0/24"), "default"], {"via": "10.9.0.1"}),
    (RouteVerbs, ["10.1.0.0/24", "10.2.0.0/24"], {"type": "blackhole", "table": 7}),
    (AddressVerbs, ["10.0.0.1/24", "10.0.0.2/24"], {"dev": "eth0", "nodad": True}),
    (
        AddressVerbs,
        [("10.0.0.1/24", {"label": "a"}), ("10.0.0.2/24", {"label": "b"})],
        {"dev": "eth0"},
    ),
    (NeighVerbs, [("10.0.0.1", {"lladdr": MAC}), ("10.0.0.2", {"lladdr": MAC})], {"dev": "eth0"}),
    (NeighVerbs, ["10.0.0.1", "10.0.0.2"], {"dev": "eth0", "proxy": True}),
    (FdbVerbs, [MAC, "02:00:00:00:00:08"], {"dev": "vx0", "dst": "10.0.0.9"}),
    (VlanVerbs, [10, (11, 13), 20], {"dev": "eth0", "untagged": True}),
]


@pytest.mark.parametrize(("verbs", "things", "options"), CALLS)
def test_commands_are_those_of_add(
    verbs: type[Any], things: list[Any], options: dict[str, Any]
) -> None:
    """The commands of all things equal those of the verb, called for each."""
    bulk, single = BulkCollector(), BulkCollector()
    verbs(bulk, "red").add_many(things, **options)
    for thing in things:
        has_options = isinstance(thing, tuple) and isinstance(thing[1], dict)
        name, own_options = thing if has_options else (thing, {})
        verbs(single, "red").add(name, **{**options, **own_options})

    assert [" ".join(command.argv) for command in single.commands] == bulk.lines
    assert "red" == bulk.bulk[0].netns
    assert single.commands[0] == bulk.bulk[0].first
    assert [] == bulk.commands


@pytest.mark.parametrize(
    ("verbs", "things", "options"),
    [
        (RouteVerbs, ["10.1.0.0/24", "10.2.0.0/33"], {"dev": "eth0"}),
        (RouteVerbs, ["10.1.0.0/24", ("10.2.0.0/24", {"metric": "many"})], {"dev": "eth0"}),
        (AddressVerbs, ["10.1.0.1/24", "10.010.0.1/24"], {"dev": "eth0"}),
        (NeighVerbs, ["10.1.0.1", "10.1.0"], {"dev": "eth0"}),
        (FdbVerbs, [MAC, "02-00"], {"dev": "eth0"}),
        (VlanVerbs, [10, 4095], {"dev": "eth0"}),
        (VlanVerbs, [10, (11, 12)], {"dev": "eth0", "pvid": True}),
        (RouteVerbs, "10.1.0.0/24", {"dev": "eth0"}),
    ],
)
def test_a_wrong_thing_is_refused_before_any_command_runs(
    verbs: type[Any], things: Any, options: dict[str, Any]
) -> None:
    """A thing that the verb would refuse keeps all others from running."""
    runner = BulkCollector()
    with pytest.raises(InvalidArgument):
        verbs(runner).add_many(things, **options)

    assert ([], []) == (runner.bulk, runner.commands)


def test_things_with_different_options_run_one_by_one() -> None:
    """Commands of different numbers of arguments are no like commands."""
    runner = BulkCollector()
    RouteVerbs(runner).add_many(["10.1.0.0/24", ("10.2.0.0/24", {"mtu": 1400})], dev="eth0")

    assert [] == runner.bulk
    assert [
        "ip route add to 10.1.0.0/24 dev eth0",
        "ip route add to 10.2.0.0/24 dev eth0 mtu 1400",
    ] == [command.line for command in runner.commands]


def test_a_runner_that_cannot_runs_them_one_by_one() -> None:
    """Where like commands cannot run together, each runs by the verb."""
    runner = BulkCollector(accepts=False)
    RouteVerbs(runner).add_many(["10.1.0.0/24", "10.2.0.0/24"], dev="eth0")

    assert runner.lines == [command.line for command in runner.commands]
    assert all(command.creates for command in runner.commands)


def test_no_things_run_nothing() -> None:
    """An empty list runs no command."""
    runner = BulkCollector()
    RouteVerbs(runner).add_many([], dev="eth0")
    assert ([], []) == (runner.bulk, runner.commands)


@pytest.mark.parametrize(
    "call",
    [
        lambda s: s.ip.route.add_many(["10.1.0.0/24", "10.2.0.0/24"], dev="eth0"),
        lambda s: s.netns("red").bridge.vlan.add_many(range(10, 20), "eth0"),
    ],
)
def test_a_dry_run_records_single_commands(call: Callable[[Session], None]) -> None:
    """An executor without workers runs the commands one by one, also in an open block."""
    with Session(Local(), DryRun()) as session:
        call(session)
        count = len(session.recording.results)
        with session.batch():
            call(session)

        assert 2 * count == len(session.recording.results)
        assert all(event.command.creates for event in session.recording.commands)
