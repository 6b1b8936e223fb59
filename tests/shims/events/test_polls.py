"""Loops that wait for something are found among calls."""

import pytest
from attrs import evolve

from ipwrap import until
from ipwrap.conditions import Condition
from ipwrap.shims.calls.call import Call
from ipwrap.shims.calls.classify import classify
from ipwrap.shims.events.polls import find_polls


def make_calls(line: str, *answers: tuple[int, str]) -> list[Call]:
    """Return the calls of a loop, with their statuses and outputs."""
    return [
        Call(
            number,
            tuple(line.split()),
            script_offset=50,
            status=status,
            stdout=output,
            started=float(number),
            seconds=0.5,
        )
        for number, (status, output) in enumerate(answers, start=1)
    ]


def conditions_of(calls: list[Call]) -> list[Condition]:
    """Return what the loops among calls waited for."""
    polls = find_polls((call, classify(call.argv, call.netns)) for call in calls)
    return [poll.condition for poll in polls]


@pytest.mark.parametrize(
    ("line", "answers", "condition"),
    [
        (
            "ping -c1 10.0.0.2",
            ((1, ""), (1, ""), (0, "")),
            until.succeeds("ping", "-c1", "10.0.0.2"),
        ),
        ("ip link show x", ((0, "x"), (0, "x"), (1, "")), until.gone(link="x")),
        (
            "ip -o link show dev x",
            ((0, "x: state DOWN mode"), (0, "x: state UP mode")),
            until.link("x", operstate="UP"),
        ),
        (
            "ip addr show dev x tentative",
            ((0, "inet6 fe80::1/64 scope link tentative"), (0, "")),
            until.address(dev="x"),
        ),
    ],
)
def test_loop_is_a_wait(
    line: str, answers: tuple[tuple[int, str], ...], condition: Condition
) -> None:
    """What a loop waits for shows in its statuses, or in what it printed."""
    assert [condition] == conditions_of(make_calls(line, *answers))


@pytest.mark.parametrize(
    ("line", "answers"),
    [
        ("ping -c1 10.0.0.2", ((0, ""), (0, ""))),
        ("ping -c1 10.0.0.2", ((1, ""), (1, ""))),
        ("ping -c1 10.0.0.2", ((0, ""), (1, ""), (0, ""))),
        ("ip link show x", ((0, "state UP"), (0, "state UP"))),
        ("ip link show x", ((0, "state UP"), (0, "state DOWN"))),
        ("ip addr show dev x", ((0, "tentative"), (0, "tentative"))),
        ("ip netns add red", ((1, ""), (0, ""))),
        ("ping -c1 10.0.0.2", ((0, ""),)),
    ],
)
def test_other_repeated_calls_are_no_wait(line: str, answers: tuple[tuple[int, str], ...]) -> None:
    """Calls that measure, that change something, or that have no end in sight stay as they are."""
    assert [] == conditions_of(make_calls(line, *answers))


def test_loop_that_ends_at_once_is_known_by_its_line() -> None:
    """One call is a wait where the script shows a loop, unless it failed or changed something."""
    lines = ("ping -c1 10.0.0.2", "ip link add x type dummy")
    read, change = (make_calls(line, (0, ""))[0] for line in lines)
    (failure,) = make_calls("ping -c1 10.0.0.2", (1, ""))

    polls = [
        list(find_polls([(call, classify(call.argv))], loop_conditions={1}))
        for call in (read, change, failure)
    ]

    assert [until.succeeds("ping", "-c1", "10.0.0.2")] == [poll.condition for poll in polls[0]]
    assert [[], []] == polls[1:]


def test_loop_has_its_pauses_and_its_time() -> None:
    """The calls of sleep(1) between belong to the loop, those behind it do not."""
    calls = make_calls("ping -c1 x", *[(1, "")] * 3, (0, ""), (0, ""))
    for index in (1, 4):
        calls[index] = evolve(calls[index], argv=("sleep", "1"), script_offset=None)
    (poll,) = find_polls((call, classify(call.argv)) for call in calls)

    assert (1, 3, 4, 2) == poll.numbers
    assert 3.5 == poll.seconds


def test_call_elsewhere_ends_a_loop() -> None:
    """The same call at another place of the script is no part of a loop, nor behind another."""
    first, second = make_calls("ping -c1 x", (1, ""), (0, ""))
    elsewhere = evolve(second, script_offset=90)

    assert [] == conditions_of([first, elsewhere])
    assert [] == list(
        find_polls([(first, classify(first.argv)), (first, None), (second, classify(second.argv))])
    )
