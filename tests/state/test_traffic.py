"""The classes and filters of a snapshot, which `tc` lists link by link."""

import json
from typing import Any

from attrs import define, field

from ipwrap import Command, Result
from ipwrap.state import State
from ipwrap.state.traffic import add_traffic

Json = dict[str, Any]


@define
class TcRunner:
    """A runner whose `tc` knows classes and filters by its arguments; other commands fail."""

    known: dict[str, list[Json]]
    lines: list[str] = field(factory=list)

    def run(self, command: Command, *, check: bool = True) -> Result:
        """Return the objects that are known by the arguments of a command."""
        del check
        line = " ".join(command.argv[2:])
        self.lines.append(line)
        if line not in self.known:
            return Result(command, status=2, stderr="RTNETLINK answers: Operation not supported")
        return Result(command, stdout=json.dumps(self.known[line]))


def test_classes_and_filters_are_read_where_a_qdisc_is() -> None:
    """A root qdisc with classes, and clsact, have their own listings; those get their link."""
    state: State = {
        "red": {
            "tc qdisc": [
                {"dev": "eth0", "kind": "htb", "handle": "1:", "root": True},
                {"dev": "eth0", "kind": "clsact", "handle": "ffff:", "parent": "ffff:fff1"},
                {"dev": "eth1", "kind": "pfifo", "handle": "2:", "root": True},
            ]
        }
    }
    runner = TcRunner(
        {
            "class show dev eth0": [{"class": "htb", "handle": "1:1", "rate": 1000}],
            "filter show dev eth0 parent 1:": [{"pref": 1, "kind": "u32"}],
            "filter show dev eth0 ingress": [{"pref": 2, "kind": "flower"}],
        }
    )
    add_traffic(state, runner)

    assert (
        [{"dev": "eth0", "class": "htb", "handle": "1:1", "rate": 1000}],
        [
            {"dev": "eth0", "parent": "1:", "pref": 1, "kind": "u32"},
            {"dev": "eth0", "parent": "ingress", "pref": 2, "kind": "flower"},
        ],
        True,
    ) == (
        state["red"]["tc class"],
        state["red"]["tc filter"],
        "filter show dev eth0 egress" in runner.lines,
    )


def test_a_state_without_qdiscs_is_read_without_a_command() -> None:
    """Where no qdisc was set nothing is asked, and the empty lists tell that nothing is there."""
    state: State = {"": {"link": []}}
    runner = TcRunner({})
    add_traffic(state, runner)

    assert ({"": {"link": [], "tc class": [], "tc filter": []}}, []) == (state, runner.lines)
