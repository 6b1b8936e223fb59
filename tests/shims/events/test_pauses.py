"""The calls of sleep(1) become pauses of the recording."""

from pathlib import Path

import pytest

from ipwrap.recording import CommandEvent, Sleep
from ipwrap.replay import replay
from ipwrap.shims.calls.call import Call
from ipwrap.shims.events.pauses import foreground_sleeps, pauses_before, sleep_seconds, with_pauses
from ipwrap.shims.events.to_events import to_events
from tests.labs import open_sandbox
from tests.shims.recording import record_script


def make_call(number: int, line: str, *, at: float, seconds: float | None = 0.0) -> Call:
    """Return a call that started at a time, and has ended unless its duration is None."""
    status = None if seconds is None else 0
    return Call(number, tuple(line.split()), status=status, started=at, seconds=seconds or 0.0)


def make_sleep(number: int, duration: str, *, at: float, caller: int | None = None) -> Call:
    """Return a call of sleep(1), whose end no shim records."""
    return Call(number, ("sleep", duration), started=at, caller=caller)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("sleep 0.5", 0.5),
        ("/bin/sleep .5 1.", 1.5),
        ("sleep 1m 2s", 62.0),
        ("sleep 1h", 3600.0),
        ("sleep", None),
        ("sleep infinity", None),
        ("sleep --help", None),
        ("usleep 5", None),
    ],
)
def test_durations(line: str, expected: float | None) -> None:
    """The arguments of sleep(1) are added; a wrong one is none."""
    assert expected == sleep_seconds(tuple(line.split()))


def test_pause_of_the_script_is_whole() -> None:
    """A `sleep` beside which nothing started is a pause of exactly that long, before the next."""
    sleeps = [make_sleep(2, "0.5", at=10.1), make_sleep(3, "1", at=10.62)]
    others = [make_call(1, "ip link", at=10.0), make_call(4, "ip link", at=11.63)]

    pauses = pauses_before(sleeps, others)

    assert {4: [0.5, 1.0]} == {
        number: [pause.seconds for pause in group] for number, group in pauses.items()
    }


def test_sleep_in_the_background_counts_at_its_end() -> None:
    """`(sleep 1; ip …) &` waits for the rest of the second behind the calls that ran meanwhile."""
    sleeps = [make_sleep(1, "1", at=10.0)]
    others = [make_call(2, "ip link", at=10.2, seconds=0.1), make_call(3, "ip addr", at=11.01)]

    (pause,) = pauses_before(sleeps, others)[3]

    assert 0.7 == pause.seconds


def test_server_that_starts_late_does_not_shorten_a_pause() -> None:
    """`server & sleep 1` is a second, even if the server's call comes after the start of sleep."""
    sleeps = [make_sleep(1, "1", at=10.0)]
    others = [make_call(2, "serve", at=10.1, seconds=3.0), make_call(3, "client", at=11.01)]

    (pause,) = pauses_before(sleeps, others)[3]

    assert 1.0 == pause.seconds


def test_sleep_that_outlives_the_script_is_no_pause() -> None:
    """Nobody waited for `sleep 300 &` in a script that ended before."""
    sleeps = [make_sleep(1, "300", at=10.0), make_sleep(2, "0.5", at=10.1)]

    (pause,) = pauses_before(sleeps, [], ended=10.7)[None]

    assert 0.5 == pause.seconds


def test_sleep_in_a_namespace_is_a_pause_unless_it_holds_the_namespace() -> None:
    """`ip netns exec red sleep 1` pauses; with `&` behind it, it is a process of its own."""
    pausing = make_call(1, "ip netns exec red sleep 1", at=10.0, seconds=1.0)
    holding = make_call(2, "ip netns exec red sleep 1", at=12.0, seconds=1.0)
    beside = make_call(3, "ip link", at=12.5)

    assert [pausing] == foreground_sleeps([pausing, holding, beside])


def test_sleeps_of_a_program_that_runs_again_are_left_out() -> None:
    """A program that a replay runs as a whole pauses by itself."""
    calls = [
        make_call(1, "ip netns exec red run", at=10.0, seconds=2.0),
        make_sleep(2, "1", at=10.1, caller=1),
        make_call(3, "ip link set lo up", at=13.0),
    ]

    assert [] == [event for event in to_events(with_pauses(calls)) if isinstance(event, Sleep)]


@pytest.mark.live
def test_pauses_of_a_script_are_recorded_and_replayed(tmp_path: Path) -> None:
    """Pauses stand where the script paused; a killed `sleep` is really killed, and is none."""
    text = """
ip link set lo up
sleep 0.3
(sleep 1; ip link set lo mtu 1400) &
ip link set lo down
wait
sleep 99 &
pid=$!
ip link set lo mtu 1500
kill -9 $pid
wait $pid
echo "$?"
grep -c . /proc/$pid/comm
ip netns exec red true
ip netns add red
ip netns exec red sleep 0.2
"""
    recorded_run = record_script(tmp_path, text)

    assert "137\n" == recorded_run.stdout, recorded_run.stderr
    steps = [
        event for event in recorded_run.recording.events if isinstance(event, (CommandEvent, Sleep))
    ]
    lines = [
        "sleep" if isinstance(event, Sleep) else event.command.line.partition(" ")[2]
        for event in steps
    ]
    assert [
        "link set lo up",
        "sleep",
        "link set lo down",
        "sleep",
        "link set lo mtu 1400",
        "link set lo mtu 1500",
        "netns exec red true",
        "netns add red",
        "sleep",
    ] == lines
    seconds = [event.seconds for event in steps if isinstance(event, Sleep)]
    assert [0.3, 0.2] == [seconds[0], seconds[-1]]
    with open_sandbox() as session:
        assert [] == replay(recorded_run.recording, session).differences
