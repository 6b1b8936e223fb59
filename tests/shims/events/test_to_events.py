"""Calls are converted to the events of a recording."""

import pytest

from ipwrap.recording import CommandEvent
from ipwrap.shims.events.to_events import to_events
from ipwrap.shims.script.script import Script
from tests.shims.calls_made import describe_events, make_call


def test_loop_of_a_program_that_is_run_again_is_no_wait() -> None:
    """A replay waits in the loop itself, and what the loop waited for may be over behind it."""
    calls = (
        make_call(1, "ip netns exec red bash wait.sh"),
        make_call(2, "ping -c1 10.0.0.2", netns="red", caller=1, status=1),
        make_call(3, "ping -c1 10.0.0.2", netns="red", caller=1),
        make_call(4, "ip link set lo up"),
    )

    assert ["1 ip netns exec red bash wait.sh", "2 ip link set lo up"] == describe_events(*calls)


def test_interrupted_programs_are_processes() -> None:
    """A server that still ran, or that a signal ended, is a background process."""
    assert ["1 serve: ip netns exec red serve", "1 has the pid 0"] == describe_events(
        make_call(1, "ip netns exec red serve", status=None)
    )
    assert ["1 ip: ip monitor", "1 has the pid 7", "1 signal TERM", "1 wait"] == describe_events(
        make_call(1, "ip monitor", status=143, signalled=True), order="+ 1 7; - 1"
    )


def test_program_beside_other_calls_is_a_process() -> None:
    """A server ends after its client: it starts before, and the wait for its end comes behind."""
    server = make_call(1, "ip netns exec red serve", started=5.0, seconds=0.9)
    client = make_call(2, "ip netns exec red fetch", started=5.5, seconds=0.3)

    assert [
        "1 serve: ip netns exec red serve",
        "1 has the pid 20",
        "pause of 0.5",
        "2 ip netns exec red fetch",
        "1 wait",
    ] == describe_events(server, client, order="+ 1 20; + 2 21; - 2; - 1")


def test_program_is_no_process_beside_its_own_calls() -> None:
    """The calls that a program makes itself are not beside it."""
    calls = (
        make_call(1, "ip netns exec red setup"),
        make_call(2, "ip link", netns="red", caller=1),
        make_call(3, "ip netns exec red true", netns="red", caller=2),
    )

    assert [
        "1 ip netns exec red setup",
        "2 ip -n red link",
        "3 ip netns exec red true",
    ] == describe_events(*calls, order="+ 1 20; + 2 21; + 3 22; - 3; - 1")


def test_interrupt_that_a_background_program_ignores() -> None:
    """SIGINT, which a shell makes its background programs ignore, is left out without effect."""
    server = make_call(1, "ip netns exec red serve", status=143)
    order = "+ 1 20; s 1 INT; s 1 TERM; - 1"

    assert [
        "1 serve: ip netns exec red serve",
        "1 has the pid 20",
        "1 signal TERM",
        "1 wait",
    ] == describe_events(server, order=order)


def test_signal_to_a_group_is_sent_once() -> None:
    """timeout(1) sends its signal to the program and to the group: the recording has one."""
    program = make_call(1, "ip netns exec red serve", status=0)

    assert [
        "1 serve: ip netns exec red serve",
        "1 has the pid 20",
        "1 signal TERM",
        "1 wait",
    ] == describe_events(program, order="+ 1 20; s 1 TERM; s 1 TERM; - 1")


@pytest.mark.parametrize(
    ("script", "started", "is_killed"),
    [
        ("ip netns pids red | xargs kill", 6.0, True),
        ("for pid in $(ip netns pids red); do\n    kill $pid\ndone", 6.0, True),
        ("ip netns pids red", 6.0, False),
        ("ip netns pids red | xargs kill", 5.5, False),
        ("ip netns pids blue | xargs kill", 6.0, False),
    ],
)
def test_list_of_processes_for_kill_is_a_signal(
    script: str, started: float, is_killed: bool
) -> None:
    """A server that ends by itself right behind `ip netns pids | xargs kill` was sent SIGTERM."""
    lines = f"ip netns exec red serve &\n{script}\n"
    netns = "blue" if "blue" in script else "red"
    server = make_call(1, "ip netns exec red serve", status=1, started=5.0, seconds=1.7)
    pids = make_call(2, f"ip netns pids {netns}", started=started, script_offset=len(lines))

    events = describe_events(
        server, pids, script=Script("lab.sh", lines.encode()), order="+ 1 20; + 2 21; - 1"
    )

    assert is_killed == ("1 signal TERM" in events)
    assert "1 wait" in events


def test_program_that_began_behind_the_kill_was_not_killed() -> None:
    """A server that starts behind `ip netns pids | xargs kill`, or still runs, has no signal."""
    lines = "ip netns pids red | xargs kill\nip netns exec red serve &\nip netns exec red last &\n"
    pids = make_call(1, "ip netns pids red", started=4.9, script_offset=30)
    server = make_call(2, "ip netns exec red serve", status=1, started=5.0, seconds=0.2)
    last = make_call(3, "ip netns exec red last", status=None, started=5.1)

    events = describe_events(
        *(pids, server, last),
        script=Script("lab.sh", lines.encode()),
        order="+ 1 19; + 2 20; + 3 21; - 2",
    )

    assert "2 serve: ip netns exec red serve" in events
    assert not any("signal" in event for event in events)


def test_batch_is_a_command_for_every_line() -> None:
    """An ambiguous batch has its lines as standard input, in place of the file."""
    assert ["1 ip link add x", "2 ip -n red address"] == describe_events(
        make_call(1, "ip -b -", stdin="link add x\n"),
        make_call(2, "ip -n red -b lines", stdin="addr\n"),
    )
    (command_event, _) = to_events(
        [make_call(1, "ip -b lines", stdin="link\naddr\n", stdout="1: lo")]
    )

    assert isinstance(command_event, CommandEvent)
    assert "ip -batch -" == command_event.command.line
    assert "link\naddr\n" == command_event.command.stdin
