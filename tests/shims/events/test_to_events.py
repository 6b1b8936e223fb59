"""Calls are converted to the events of a recording."""

import pytest

from ipwrap import until
from ipwrap.recording import (
    CommandEvent,
    Event,
    Note,
    ProcessAction,
    ProcessEvent,
    ProcessStarted,
    ResultEvent,
    Sleep,
    WaitEvent,
)
from ipwrap.shims.calls.call import Call, OpenPort
from ipwrap.shims.events.to_events import Script, to_events, without_calls_of_batches
from tests.shims.order import parse_order


def make_call(number: int, line: str, *, status: int | None = 0, **more: object) -> Call:
    """Return a call of a command line."""
    return Call(number, tuple(line.split()), status=status, **more)  # type: ignore[arg-type]


def describe_events(
    *calls: Call, script: Script | None = None, order: str | None = None
) -> list[str]:
    """Return the numbered command lines, the notes and what processes did, of calls."""
    moments = [] if order is None else parse_order(order)
    return [
        _describe_event(event)
        for event in to_events(calls, script, order=moments)
        if not isinstance(event, ResultEvent)
    ]


def _describe_event(event: Event) -> str:
    """Return a command or a note as text."""
    match event:
        case CommandEvent():
            return f"{event.number} {event.command.line}"
        case ProcessEvent():
            return f"{event.number} {event.name}: {event.command.line}"
        case ProcessStarted():
            return f"{event.number} has the pid {event.pid}"
        case ProcessAction():
            return f"{event.number} {event.action} {event.signal or ''}".rstrip()
        case Sleep():
            return f"pause of {event.seconds}"
        case WaitEvent():
            return f"wait until {event.condition}"
    assert isinstance(event, Note)
    return f"# {event.text}"


def test_call_is_a_command_with_its_result() -> None:
    """The output, the status and the times of a call are kept."""
    command_event, result_event = to_events(
        [make_call(4, "ip l", netns="red", stdout="1: lo\n", started=5.0, seconds=0.5, status=3)]
    )

    assert isinstance(command_event, CommandEvent)
    assert isinstance(result_event, ResultEvent)
    assert "ip -n red link" == command_event.command.line
    assert not command_event.command.changes
    assert (1, 3, "1: lo\n", 5.0, 0.5) == (
        *(result_event.number, result_event.result.status),
        *(result_event.result.stdout, result_event.result.started, result_event.result.seconds),
    )


def test_program_is_replaced_by_its_calls() -> None:
    """A program whose calls changed the network is not run again."""
    outer = make_call(1, "ip netns exec red setup")
    inner = make_call(2, "ip link set lo up", netns="red", caller=1)

    assert [
        "# ip netns exec red setup: the calls that it made follow",
        "1 ip -n red link set lo up",
    ] == describe_events(outer, inner)


def test_program_with_read_only_calls_is_run_again() -> None:
    """A program whose calls only read may have changed the network by different means."""
    outer, inner = (
        make_call(1, "ip netns exec red setup"),
        make_call(2, "ip link", netns="red", caller=1),
    )

    assert ["1 ip netns exec red setup", "2 ip -n red link"] == describe_events(outer, inner)


def test_loop_of_a_program_that_is_run_again_is_no_wait() -> None:
    """A replay waits in the loop itself, and what the loop waited for may be over behind it."""
    calls = (
        make_call(1, "ip netns exec red bash wait.sh"),
        make_call(2, "ping -c1 10.0.0.2", netns="red", caller=1, status=1),
        make_call(3, "ping -c1 10.0.0.2", netns="red", caller=1),
        make_call(4, "ip link set lo up"),
    )

    assert ["1 ip netns exec red bash wait.sh", "2 ip link set lo up"] == describe_events(*calls)


def test_nested_programs() -> None:
    """A note names the outermost program, and all inner calls follow in order."""
    calls = (
        make_call(1, "ip netns exec red outer"),
        make_call(2, "ip netns exec blue inner", netns="red", caller=1),
        make_call(3, "ip link set lo up", netns="blue", caller=2),
        make_call(4, "ip link set x up", netns="red", caller=1),
    )

    assert [
        "# ip netns exec red outer: the calls that it made follow",
        "1 ip -n blue link set lo up",
        "2 ip -n red link set x up",
    ] == describe_events(*calls)


def test_interrupted_programs_are_processes() -> None:
    """A server that still ran, or that a signal ended, is a background process."""
    assert ["1 serve: ip netns exec red serve", "1 has the pid 0"] == describe_events(
        make_call(1, "ip netns exec red serve", status=None)
    )
    assert ["1 ip: ip monitor", "1 has the pid 7", "1 signal TERM", "1 wait"] == describe_events(
        make_call(1, "ip monitor", status=143, signalled=True), order="+ 1 7; - 1"
    )


def test_interrupted_commands_of_iproute2() -> None:
    """A change that still ran is recorded; a read and a reader of a pipe are not repeated."""
    assert ["1 ip netns add red"] == describe_events(make_call(1, "ip netns add red", status=None))
    assert ["# still ran at the end, and is not repeated: ip link"] == describe_events(
        make_call(1, "ip link", status=None)
    )
    assert [
        "# was ended by a signal, and is not repeated: ip netns exec red yes"
    ] == describe_events(make_call(1, "ip netns exec red yes", status=141, signalled=True))


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


def test_ping_beside_a_process_is_no_mere_read() -> None:
    """A capture may wait for its packets: scripts, which leave reads out, have to send them."""
    capture = make_call(1, "ip netns exec red tcpdump -c 1", started=5.0, seconds=0.9)
    ping = make_call(2, "ip netns exec red ping -c 1 10.0.0.2", started=5.0, seconds=0.3)
    show = make_call(3, "ip -n red link show", started=5.0, seconds=0.3)
    order = parse_order("+ 1 20; + 2 21; - 2; + 3 22; - 3; - 1")

    events = [
        event
        for event in to_events((capture, ping, show), order=order)
        if isinstance(event, CommandEvent)
    ]
    (alone,) = [event for event in to_events([ping]) if isinstance(event, CommandEvent)]

    assert [True, False] == [event.command.changes for event in events]
    assert not alone.command.changes


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


def test_signals_of_a_process_keep_their_places() -> None:
    """Signals stand where they were sent, behind the pauses before; SIGKILL, where it was seen."""
    server = make_call(
        1,
        "ip netns exec red serve",
        status=137,
        started=5.0,
        seconds=3.0,
        signal_times=(6.0,),
    )
    link = make_call(2, "ip link set lo up", started=7.0)
    later = make_call(3, "ip link set lo down", started=8.0)

    assert [
        "1 serve: ip netns exec red serve",
        "1 has the pid 20",
        "pause of 1.0",
        "1 signal HUP",
        "pause of 1.0",
        "2 ip link set lo up",
        "pause of 1.0",
        "1 signal KILL",
        "1 wait",
        "3 ip link set lo down",
    ] == describe_events(server, link, later, order="+ 1 20; s 1 HUP; + 2 21; x 1; + 3 22; - 1")


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


def test_open_port_makes_a_process_ready() -> None:
    """A server that listened before the next call is waited for; later ports become waits."""
    ports = (OpenPort("tcp", 80, 5.25), OpenPort("udp", 53, 5.75))
    server = make_call(1, "ip netns exec red serve", status=None, started=5.0, ports=ports)
    calls = (
        make_call(2, "ip link set lo up", started=5.5),
        make_call(3, "ip link set lo down", started=6.0),
    )
    order = parse_order("+ 1 20; + 2 21; + 3 22")
    event, *_ = to_events((server, *calls), order=order)

    assert isinstance(event, ProcessEvent)
    assert until.listening(80) == event.ready
    assert [
        "pause of 0.5",
        "2 ip link set lo up",
        "wait until a UDP socket listens on port 53",
        "pause of 0.5",
        "3 ip link set lo down",
    ] == describe_events(server, *calls, order="+ 1 20; + 2 21; + 3 22")[2:]


def test_missing_program_has_the_status_of_a_shell() -> None:
    """`ip netns exec` has status 1 for a program that is not there: it is recorded as 127."""
    stderr = 'exec of "fetch" failed: No such file or directory\n'
    call = make_call(1, "ip netns exec red fetch", status=1, stderr=stderr)
    results = [event for event in to_events([call]) if isinstance(event, ResultEvent)]

    assert [127] == [event.result.status for event in results]


def test_missing_program_in_the_background_has_not_started() -> None:
    """A process whose program is not there has no start, and its status is that of a shell."""
    stderr = 'exec of "serve" failed: No such file or directory\n'
    call = make_call(1, "ip netns exec red serve", status=1, stderr=stderr)
    link = make_call(2, "ip link set lo up")

    assert ["1 serve: ip netns exec red serve", "2 ip link set lo up"] == describe_events(
        call, link, order="+ 1 20; + 2 21; - 1"
    )


def test_calls_in_an_unnamed_namespace_are_not_repeated() -> None:
    """A replay could not find a namespace without a name."""
    assert [
        "# in a namespace without a name, and not repeated: ip link set lo up"
    ] == describe_events(make_call(1, "ip link set lo up", netns="?"))


def test_invalid_call_is_a_note() -> None:
    """A call without a program is recorded as a note."""
    (note,) = describe_events(Call(1, ("", "link")))

    assert note.startswith("# not recorded: a call of : argv")


def test_secrets_are_redacted() -> None:
    """Secrets are redacted in arguments, input and output; printed keys are recognised later."""
    key = "0123456789abcdef0123456789abcdef"
    calls = (
        make_call(
            1,
            f"ip macsec add m0 tx sa 0 pn 1 on key 01 {key}",
            stderr=f"what is {key}?\n",
            status=1,
        ),
        make_call(2, "wg genkey", stdout="c2VjcmV0IGtleSBvZiBtaW5l\n"),
        make_call(3, "wg set wg0 private-key /dev/fd/63", file="c2VjcmV0IGtleSBvZiBtaW5l\n"),
        make_call(4, f"ip netns exec red serve {key}", status=None),
    )
    events = to_events(calls)

    assert key not in repr(events)
    assert "c2VjcmV0" not in repr(
        [event.result.stdout for event in events if isinstance(event, ResultEvent)]
    )
    assert 'ip macsec add m0 tx sa 0 pn 1 on key 01 "$MACSEC_KEY"' in describe_events(*calls)[0]
    assert "$MACSEC_KEY" in describe_events(*calls)[-2]


def test_keys_that_a_program_prints_are_redacted() -> None:
    """Keys that `ip xfrm state` shows are redacted, and recognised in a later call."""
    key = "00112233445566778899aabbccddeeff"
    calls = (
        make_call(1, "ip xfrm state", stdout=f"\tenc cbc(aes) 0x{key}\n"),
        make_call(2, f"ping {key}"),
    )

    assert key not in repr(to_events(calls))
    assert 'ping "$XFRM_KEY"' in describe_events(*calls)[-1]


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


def test_calls_of_the_lines_of_a_batch_are_these_lines() -> None:
    """What a line of a batch calls, at any depth, is no command of its own."""
    calls = [
        make_call(1, "ip -b -", stdin="netns exec red ip link set lo up\n"),
        make_call(2, "ip link set lo up", netns="red", caller=1),
        make_call(3, "ip link", netns="red", caller=2),
        make_call(4, "ip link show"),
    ]

    assert ["1 ip -n red link set lo up", "2 ip link show"] == describe_events(
        *without_calls_of_batches(calls)
    )


def test_kept_file_becomes_stdin() -> None:
    """The content of a kept file is the standard input, so that a replay needs no file."""
    for line, expected in (
        ("cat /dev/fd/63", "cat /dev/stdin"),
        ("nft -f rules.nft", "nft -f /dev/stdin"),
        ("ip netns exec red nft -f rules.nft", "ip netns exec red nft -f /dev/stdin"),
        ("other rules.nft", "other rules.nft"),
    ):
        command_event, _ = to_events([make_call(1, line, file="a table\n")])

        assert isinstance(command_event, CommandEvent)
        assert expected == command_event.command.line
        assert (None if expected == line else "a table\n") == command_event.command.stdin


def test_line_of_the_script() -> None:
    """The call site is the line on which the command ends that bash has read last."""
    script = Script("lab.sh", b"#!/bin/bash\nip link\nip addr\n")
    command_event, result_event = to_events([make_call(1, "ip link", script_offset=20)], script)

    assert isinstance(command_event, CommandEvent)
    assert isinstance(result_event, ResultEvent)
    assert "lab.sh:2" == command_event.call_site
    assert "lab.sh:2" == result_event.result.call_site
    assert script.line_at(None) is None
    assert 3 == script.line_at(999)


@pytest.mark.parametrize(
    ("line", "is_condition"),
    [
        ("until ping -c1 x; do sleep 1; done", True),
        ("while ! ping -c1 x | grep -q ttl; do", True),
        ("until ! ping -c1 x; do", False),
        ("while ping -c1 x; do", False),
        ('until [ "$(ping -c1 x)" ]; do', False),
        ("until true; do ping -c1 x; done", False),
        ("ping -c1 x", False),
    ],
)
def test_condition_of_a_loop(line: str, is_condition: bool) -> None:
    """A loop waits for the success of the program that follows `until` or `while !`."""
    call = Call(1, ("ping", "-c1", "x"), script_offset=len(line))
    script = Script("lab.sh", line.encode()).locate([call])

    assert is_condition == script.is_loop_condition(call)
    assert not script.is_loop_condition(Call(2, call.argv))
