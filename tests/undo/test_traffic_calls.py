"""The commands of `tc` are read word by word: what they change, and where."""

import pytest

from ipwrap import Command
from ipwrap.undo.traffic_calls import TrafficCall, traffic_call

HTB = {"dev": "d0", "parent": "1:", "classid": "1:10", "kind": "htb"}


@pytest.mark.parametrize(
    ("line", "call"),
    [
        (
            "tc class add dev d0 parent 1: classid 1:10 htb rate 1mbit",
            TrafficCall("class", "add", "", HTB, frozenset({"rate", "1mbit"})),
        ),
        (
            "ip netns exec red /sbin/tc cl repl dev d0 parent 1: classid 1:10 htb ceil 1mbit",
            TrafficCall("class", "replace", "red", HTB, frozenset({"ceil", "1mbit"})),
        ),
        (
            "tc -n red class del dev d0 root classid 1:10",
            TrafficCall(
                "class", "delete", "red", {"dev": "d0", "parent": "root", "classid": "1:10"}
            ),
        ),
        (
            "tc f add dev d0 ingress proto ip prio 5 estimator 1s 2s handle 7 basic match dev d1",
            TrafficCall(
                "filter",
                "add",
                "",
                {
                    "dev": "d0",
                    "parent": "ingress",
                    "protocol": "ip",
                    "pref": "5",
                    "estimator": "1s 2s",
                    "handle": "7",
                    "kind": "basic",
                },
                frozenset({"match", "dev", "d1"}),
            ),
        ),
        ("tc filter delete block 5", TrafficCall("filter", "delete", "", {"block": "5"})),
        (
            "tc qdisc add dev d0 root stab overhead 5 handle 1: htb default 10",
            TrafficCall("qdisc", "add", "", {"dev": "d0", "parent": "root", "handle": "1:"}),
        ),
        (
            "tc qdisc replace dev d0 clsact",
            TrafficCall("qdisc", "replace", "", {"dev": "d0", "parent": "clsact"}),
        ),
        ("tc class add dev", TrafficCall("class", "add", "", {"dev": ""})),
        ("tc class show dev d0", None),
        ("tc chain add dev d0 ingress", None),
        ("tc -batch file", None),
        ("tc", None),
        ("ip link delete dev d0", None),
        ("ip netns exec red sh -c true", None),
    ],
)
def test_a_command_is_read_up_to_its_kind(line: str, call: TrafficCall | None) -> None:
    """The options of a kind are no place, although some have the same words."""
    assert call == traffic_call(Command(tuple(line.split())))
