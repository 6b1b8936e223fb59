"""The classes and filters of a snapshot, which `tc` lists link by link."""

import json
from typing import Any

from attrs import define, field

from ipwrap import Command, Result
from ipwrap.state import State
from ipwrap.state.traffic import add_traffic, read_traffic

Json = dict[str, Any]


@define
class TcRunner:
    """A runner whose `tc` knows classes and filters by its arguments; other commands fail."""

    known: dict[str, list[Json] | str]
    lines: list[str] = field(factory=list)

    def run(self, command: Command, *, check: bool = True) -> Result:
        """Return the objects, or the text, that are known by the arguments of a command."""
        del check
        line = " ".join(word for word in command.argv[1:] if word != "-j")
        self.lines.append(line)
        if line not in self.known:
            return Result(command, status=2, stderr="RTNETLINK answers: Operation not supported")
        known = self.known[line]
        return Result(command, stdout=known if isinstance(known, str) else json.dumps(known))


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
            "-d class show dev eth0": [{"class": "htb", "handle": "1:1", "rate": 1000}],
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


HTB: State = {"": {"tc qdisc": [{"dev": "v0", "kind": "htb", "handle": "1:", "root": True}]}}


def read_htb(known: dict[str, list[Json] | str]) -> State:
    """Return the state of a link with an htb, whose `tc` knows some listings."""
    state: State = {"": {**HTB[""]}}
    add_traffic(state, TcRunner(known))
    return state


def test_classes_are_read_from_text() -> None:
    """Before iproute2 6.2, `tc -j class` prints text."""
    text = "class htb 1:1 root rate 10Mbit ceil 20Mbit burst 1600b cburst 1600b \n"
    (data,) = read_htb({"-d class show dev v0": text})[""]["tc class"]

    assert ("htb", "1:1", "v0", 1_250_000) == (
        *(data[key] for key in ("class", "handle", "dev", "rate")),
    )


def test_the_filters_of_a_class_with_classes_are_read() -> None:
    """A class that has others below chooses among them by filters of its own."""
    state = read_htb(
        {
            "-d class show dev v0": [
                {"class": "htb", "handle": "1:1", "root": True},
                {"class": "htb", "handle": "1:10", "parent": "1:1"},
            ],
            "filter show dev v0 parent 1:1": [{"pref": 1, "kind": "matchall"}],
            "filter show dev v0 parent 1:10": [{"pref": 2, "kind": "matchall"}],
        }
    )

    assert [{"dev": "v0", "parent": "1:1", "pref": 1, "kind": "matchall"}] == state[""]["tc filter"]


def test_every_match_of_a_u32_counts() -> None:
    """iproute2 prints the matches under one key."""
    text = '[{"kind":"u32","options":{"fh":"800::800","match":{"off":12},"match":{"off":20}}}]'
    (data,) = read_htb({"filter show dev v0 parent 1:": text})[""]["tc filter"]

    assert [{"off": 12}, {"off": 20}] == data["options"]["match"]


def test_the_limits_of_a_police_are_read_from_text() -> None:
    """JSON lacks the rate of a police, and its burst; another police has those of its own."""
    listing = [
        {"kind": "matchall", "options": {"actions": [{"kind": "police", "index": 1}]}},
        {"kind": "u32", "options": {"kind": "police", "index": 10, "overhead": 0}},
    ]
    text = """filter protocol all pref 49152 matchall chain 0 handle 0x1
\taction order 1:  police 0x1 rate 1Mbit burst 10Kb mtu 2Kb action drop/pipe overhead 0b
filter protocol ip pref 3 u32 chain 0 fh 800::800 flowid :1 not_in_hw
 police 0xa rate 2Mbit burst nonsense mtu 2Kb action drop overhead 0b
"""
    runner = TextRunner({"filter show dev v0 parent 1:": listing}, text=text)
    state: State = {"": {**HTB[""]}}
    add_traffic(state, runner)
    matchall, u32 = state[""]["tc filter"]

    assert ({"rate": 125_000, "burst": 10_240, "mtu": 2048}, False) == (
        {key: matchall["options"]["actions"][0][key] for key in ("rate", "burst", "mtu")},
        "rate" in u32["options"],
    )


@define
class TextRunner(TcRunner):
    """A runner whose `tc` prints a text where no JSON is asked for."""

    text: str = ""

    def run(self, command: Command, *, check: bool = True) -> Result:
        """Return the text, or the objects."""
        if "-j" not in command.argv:
            return Result(command, stdout=self.text)
        return TcRunner.run(self, command, check=check)


def test_filters_are_read_at_a_qdisc_that_takes_some() -> None:
    """An fq_codel has filters although its classes are no others; a netem has none."""
    state: State = {
        "": {
            "tc qdisc": [
                {"dev": "d0", "kind": "fq_codel", "handle": "1:", "root": True},
                {"dev": "d1", "kind": "netem", "handle": "2:", "root": True},
            ]
        }
    }
    runner = TcRunner({"filter show dev d0 parent 1:": [{"pref": 1, "kind": "flower"}]})
    add_traffic(state, runner)

    assert ["-d class show dev d1", "filter show dev d0 parent 1:"] == sorted(runner.lines)
    assert [{"dev": "d0", "parent": "1:", "pref": 1, "kind": "flower"}] == state[""]["tc filter"]


def test_only_what_commands_make_is_read_for_undo() -> None:
    """The classes of a netem come with it: nothing is read there. The state stays as it is."""
    state: State = {
        "": {"tc qdisc": [{"dev": "d1", "kind": "netem", "handle": "2:", "root": True}]},
        "red": {"tc qdisc": [{"dev": "d0", "kind": "htb", "handle": "1:", "root": True}]},
        "blue": {"link": []},
    }
    runner = TcRunner({"-d class show dev d0": [{"class": "htb", "handle": "1:1"}]})
    part = read_traffic(state, runner)

    classes = [{"dev": "d0", "class": "htb", "handle": "1:1"}]
    assert {"": {"tc class": [], "tc filter": []}, "red": {"tc class": classes}} == part
    assert ["-d class show dev d0", "filter show dev d0 parent 1:"] == sorted(runner.lines)
    assert ["tc qdisc"] == [*state["red"]]
