"""A program that other commands ran beside is a background process to replays and exporters."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ipwrap import Command, Recording, Result, until
from ipwrap.export.exporter import Exporter
from ipwrap.recording import (
    CommandEvent,
    End,
    Event,
    Header,
    Note,
    ProcessAction,
    ProcessEvent,
    ProcessStarted,
    RecordingView,
    ResultEvent,
    Sleep,
    Step,
    StreamedRecording,
    WaitEvent,
)
from ipwrap.recording.overlap import Overlap, WithOverlap

SERVER = Command(("/usr/bin/python3", "-m", "http.server"), "b")
CLIENT = Command(("curl", "http://10.0.0.2/"), "a")
ADD = Command(("ip", "link", "add", "v0"))
SHOW = Command(("ip", "-j", "link", "show"), changes=False)
ADDED = until.link("v0")


def command(number: int, command: Command) -> CommandEvent:
    """Return the start of a command."""
    return CommandEvent(number, command, f"lab.py:{number}")


def result(number: int, *, started: float = 0.0, seconds: float = 0.0) -> ResultEvent:
    """Return the end of a command."""
    site = f"lab.py:{number}"
    return ResultEvent(number, Result(ADD, started=started, seconds=seconds, call_site=site))


def steps_of(*events: Event) -> list[Step]:
    """Return the steps of events in the view."""
    return [step for step, _ in WithOverlap.of(Recording(events=events)).pairs()]


def server(number: int = 1, name: str = "python3") -> ProcessEvent:
    """Return the server as a background process."""
    return ProcessEvent(number, SERVER, name, call_site=f"lab.py:{number}")


def wait(number: int = 1) -> ProcessAction:
    """Return the wait for the end of a process."""
    return ProcessAction(number, "wait", call_site=f"lab.py:{number}")


@pytest.mark.parametrize("beside", [CLIENT, ADD, SHOW], ids=str)
def test_a_program_with_a_command_beside_it_is_a_process(beside: Command) -> None:
    """A program that goes on after a command that began later becomes a process and a wait."""
    assert [server(), command(2, beside), wait()] == steps_of(
        command(1, SERVER), command(2, beside), result(2), result(1)
    )


def test_a_server_may_end_before_its_client() -> None:
    """Of two programs at the same time, the first is a process, whichever ends first."""
    assert [server(), command(2, CLIENT), wait()] == steps_of(
        command(1, SERVER), command(2, CLIENT), result(1), result(2)
    )


@pytest.mark.parametrize(
    "events",
    [
        (command(1, ADD), command(2, SHOW), result(2), result(1)),
        (command(1, ADD), command(2, CLIENT), result(2), result(1)),
        (command(1, SERVER), result(1), command(2, CLIENT), result(2)),
        (command(1, SERVER), command(2, ADD), result(1), result(2)),
        (command(1, SERVER), Note("text"), Sleep(1), result(1)),
        (command(1, SERVER), command(2, Command(("ip", "monitor"))), result(2), result(1)),
        (command(1, Command(("wg",), output_secret="KEY")), command(2, ADD), result(2), result(1)),
    ],
)
def test_other_commands_stay_commands(events: tuple[Event, ...]) -> None:
    """Commands of iproute2, programs one after the other, monitors and secrets stay commands."""
    assert [event for event in events if not isinstance(event, ResultEvent)] == steps_of(*events)


@pytest.mark.parametrize(
    "beside",
    [
        ProcessEvent(2, CLIENT, "client"),
        ProcessAction(7, "stop", seconds=3.0),
        WaitEvent(ADDED, None, 10.0),
    ],
    ids=lambda event: type(event).__name__,
)
def test_a_program_with_a_wait_beside_it_is_a_process(beside: Step) -> None:
    """A program that a wait or a background process belongs to becomes a process, too."""
    assert [server(), beside, wait()] == steps_of(command(1, SERVER), beside, result(1))


def test_a_process_has_the_result_of_its_command() -> None:
    """The result of the command is that of the process, in memory and from disk."""
    events: list[Event] = [command(1, SERVER), command(2, CLIENT), result(2), result(1)]
    pairs = list(WithOverlap.of(Recording(events=events)).pairs())

    assert (server(), result(1).result) == pairs[0]
    assert (wait(), None) == pairs[-1]


def test_a_streamed_recording_has_the_same_view(tmp_path: Path) -> None:
    """Late results, and results behind the end, make no difference between file and memory."""
    notes: list[Event] = [Note(str(number)) for number in range(1500)]
    events: list[Event] = [
        command(1, SERVER),
        command(2, SERVER),
        *notes,
        command(3, CLIENT),
        result(3),
        result(1),
        End(),
        result(2),
    ]
    path = Recording(Header(), events).save(tmp_path / "a.jsonl")
    loaded, streamed = Recording.load(path), StreamedRecording.open(path)
    steps = [step for step, _ in WithOverlap.of(streamed).pairs()]

    assert [server(), server(2, "python3_2"), *notes, command(3, CLIENT), wait()] == steps
    assert list(WithOverlap.of(loaded).pairs()) == list(WithOverlap.of(streamed).pairs())


@pytest.mark.parametrize("ends", [(), (End(), result(1))], ids=["never", "behind the session"])
def test_a_program_that_outlives_the_session_is_not_waited_for(ends: tuple[Event, ...]) -> None:
    """A program that had not ended with the session is a process without a result and a wait."""
    recording = Recording(events=[command(1, SERVER), command(2, ADD), result(2), *ends])

    assert [(server(), None), (command(2, ADD), result(2).result)] == list(
        WithOverlap.of(recording).pairs()
    )


def test_a_program_that_a_timeout_ended_is_stopped() -> None:
    """The timeout of the command becomes the moment when the process is stopped."""
    limited = Command(SERVER.argv, "b", timeout=4)
    ended = ResultEvent(1, Result(limited, 124, timed_out=True))

    assert [server(), command(2, CLIENT), ProcessAction(1, "stop", seconds=3.0)] == steps_of(
        command(1, limited), command(2, CLIENT), result(2), ended
    )


@pytest.mark.parametrize(
    ("argv", "name"),
    [
        (("ip", "netns", "exec", "b", "/bin/nc", "-l"), "nc"),
        (("ip", "vrf", "exec", "red", "nc"), "nc"),
        (("ip", "netns", "exec"), "ip"),
    ],
)
def test_a_program_behind_ip_is_a_process(argv: tuple[str, ...], name: str) -> None:
    """A program is found behind the commands of `ip` that run programs."""
    step = steps_of(command(1, Command(argv)), command(2, ADD), result(2), result(1))[0]

    assert isinstance(step, ProcessEvent)
    assert name == step.name


def test_a_name_is_not_that_of_another_process() -> None:
    """The name of a process of the script is kept for it, also of a later one."""
    later = ProcessEvent(3, CLIENT, "python3")
    steps = steps_of(command(1, SERVER), command(2, ADD), result(2), result(1), later)

    assert server(1, "python3_2") == steps[0]


def test_a_pause_beside_a_program_is_a_sleep() -> None:
    """The time between the starts of a server and a client is kept, and between two clients."""
    events: list[Event] = [
        command(1, SERVER),
        command(2, CLIENT),
        result(2, started=100.501, seconds=1.0),
        command(3, CLIENT),
        result(3, started=101.8),
        command(4, CLIENT),
        result(4, started=101.81),
        result(1, started=100.0),
    ]

    assert [
        server(),
        Sleep(0.51, "lab.py:2"),
        command(2, CLIENT),
        Sleep(0.3, "lab.py:3"),
        command(3, CLIENT),
        command(4, CLIENT),
        wait(),
    ] == steps_of(*events)


def test_a_wait_is_no_pause_besides() -> None:
    """The time that waits took before a command is not slept again."""
    waits = (WaitEvent(ADDED, None, 10.0, 2.0), ProcessStarted(9, 7, 0.5), Sleep(0.5))
    steps = steps_of(
        command(1, SERVER),
        *waits,
        command(2, CLIENT),
        result(2, started=103.0, seconds=1.0),
        *waits,
        command(3, CLIENT),
        result(3, started=107.0),
        result(1, started=100.0),
    )

    assert [Sleep(0.5)] * 2 == [step for step in steps if isinstance(step, Sleep)]


def test_a_pause_without_a_program_beside_it_is_none() -> None:
    """A script that pauses between commands one by one gets no sleep from the view."""
    events: list[Event] = [
        command(1, SERVER),
        command(2, ADD),
        result(1, started=100.0, seconds=9.0),
        result(2, started=105.0),
        command(3, ADD),
        result(3, started=200.0),
    ]

    assert [command(1, SERVER), command(2, ADD), command(3, ADD)] == steps_of(*events)


def test_a_long_pause_is_limited() -> None:
    """A recording is untrusted: no pause takes more than a minute."""
    steps = steps_of(
        command(1, SERVER),
        command(2, CLIENT),
        result(2, started=1e9),
        result(1, started=1.0),
    )

    assert Sleep(60.0, "lab.py:2") == steps[1]


@pytest.mark.parametrize("jump", [3600.0, -3600.0, 0.0])
def test_a_pause_is_not_longer_than_the_program_beside_it(jump: float) -> None:
    """A clock that was set meanwhile makes no pause of the time by which it was set."""
    steps = steps_of(
        command(1, SERVER),
        command(2, CLIENT),
        result(2, started=1000.0 + jump, seconds=0.5),
        command(3, CLIENT),
        result(3, started=1001.0, seconds=0.5),
        result(1, started=1000.0, seconds=2.0),
        command(4, CLIENT),
        result(4, started=1002.0),
    )
    pauses = [step.seconds for step in steps if isinstance(step, Sleep)]

    assert {3600.0: [2.0], -3600.0: [2.0], 0.0: [0.5]}[jump] == pauses


def test_the_view_has_the_facts_of_its_recording() -> None:
    """Header, states and secrets are those of the recording; the view of a view is itself."""
    recording = Recording(Header(place="sandbox"), [End()])
    view = WithOverlap.of(recording)

    assert view is WithOverlap.of(view)
    assert list(view.pairs()) == list(view.overlapped_pairs())
    assert (recording.header, None, End(), frozenset()) == (
        view.header,
        view.initial_state,
        view.end,
        view.required_secrets,
    )


def test_an_overlap_without_events_changes_nothing() -> None:
    """Before a survey no program is known to overlap."""
    events: list[Event] = [command(1, SERVER), result(1)]

    assert events == list(Overlap().apply(events))


def test_every_exporter_gets_the_view() -> None:
    """The function of an exporter reads processes in place of overlapped programs."""

    @Exporter
    def names(recording: RecordingView) -> Iterator[str]:
        """Yield the names of the processes."""
        for step, _ in recording.pairs():
            if isinstance(step, ProcessEvent):
                yield step.name

    events: list[Event] = [command(1, SERVER), command(2, CLIENT), result(2), result(1)]

    assert "python3" == names(Recording(events=events))
