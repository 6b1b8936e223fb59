"""The steps of a script: those of the recording, without lookups, and a capture's end as one."""

from pathlib import Path

import pytest

from ipwrap import Command, Result, until
from ipwrap.recording import CommandEvent, End, ProcessAction, ResultEvent, Sleep, WaitEvent
from tests.export.python.recordings import (
    captured,
    end_of_capture,
    main_lines,
    play_script,
    ran,
    recording_of,
    spawned,
    steps_of,
)


def test_reads_can_be_left_out() -> None:
    """Reads are left out by option, except reads that generate a secret."""
    read_link, add_netns = (
        Command(("ip", "-j", "-d", "link", "show"), changes=False),
        Command(("ip", "netns", "add", "a")),
    )
    key = Command(("wg", "genkey"), changes=False, output_secret="KEY")

    assert ['session.ip.netns.add("a")', 'session.secret("KEY", "wg", "genkey")'] == main_lines(
        recording_of(read_link, add_netns, key), reads=False
    )


def test_a_failure_of_every_status_is_a_verb() -> None:
    """A missing or existing object is the verb's error, for the statuses of `ip` and `bridge`."""
    missing = 'Cannot find device "x"'
    failures = [
        Result(Command(("ip", "link", "del", "x")), 1, "", missing),
        Result(Command(("bridge", "vlan", "del", "dev", "x", "vid", "2")), 255, "", missing),
        Result(
            Command(("bridge", "fdb", "add", "02::1", "dev", "x")),
            255,
            "",
            "RTNETLINK answers: File exists\n",
        ),
        Result(
            Command(("ip", "addr", "d", "10.0.0.1/24", "dev", "x")),
            2,
            "",
            "RTNETLINK answers: Cannot assign requested address\n",
        ),
        Result(Command(("ip", "link", "del", "x")), 2),
        Result(Command(("ip", "link", "del", "x")), 255, "", 'Error: garbage "x".'),
        Result(Command(("ip", "link", "del", "x")), 255),
    ]
    lines = [line for line in main_lines(recording_of(*failures)) if not line.startswith("#")]

    assert [
        "with contextlib.suppress(NotFound):",
        '    session.ip.link.delete("x")',
        "with contextlib.suppress(NotFound):",
        '    session.bridge.vlan.delete(2, dev="x")',
        "with contextlib.suppress(AlreadyExists):",
        '    session.bridge.fdb.add("02::1", dev="x")',
        "with contextlib.suppress(NotFound):",
        '    session.ip.address.delete("10.0.0.1/24", dev="x")',
        "with contextlib.suppress(CommandError):",
        '    session.ip.link.delete("x")',
        'session.run("ip link del x", check=False)',
        'session.run("ip link del x", check=False)',
    ] == lines


def test_a_lookup_of_a_verb_is_not_repeated(tmp_path: Path) -> None:
    """The lookup of a name such as `if7` belongs to the verb and is left out."""
    lookup = Command(("ip", "-j", "link", "show", "dev", "if7"), changes=False)
    set_up = Command(("ip", "link", "set", "dev", "if7", "up"))
    recording = recording_of(Result(lookup, stdout='[{"ifname":"if7"}]'), set_up)

    assert ['session.ip.link.set("if7", up=True)'] == main_lines(recording)
    assert [lookup, set_up] == [
        event.command for event in play_script(recording, tmp_path).commands
    ]
    assert 2 == len(main_lines(recording_of(lookup, Command(("true",)), set_up))) - 1


@pytest.mark.parametrize("program", ["tcpdump", "dumpcap"])
def test_a_capture_is_a_capture(program: str) -> None:
    """The program, its readiness and the steps of its end are one `with` block."""
    recording = steps_of(
        *captured(1, program, filter="icmp", netns="red"),
        *captured(2, program, count=3, name="capture_2"),
        *ran(3, "kill", "-0", "101"),
        ProcessAction(2, "wait", seconds=5.0),
        *end_of_capture(1, program),
        Sleep(1.0),
        *captured(4, program, name="third"),
        *end_of_capture(4, program, "third"),
    )
    assert [
        'with session.netns("red").capture("lo", "a.pcap", filter="icmp") as capture:',
        '    capture_2 = session.capture("lo", "a.pcap", count=3, name="capture_2")',
        '    session.exec("kill", "-0", str(capture.process.pid))',
        "    capture_2.wait(timeout=5.0)",
        "session.sleep(1.0)",
        'with session.capture("lo", "a.pcap", name="third"):',
        "    pass",
    ] == main_lines(recording)


def test_a_capture_that_is_ended_in_another_way() -> None:
    """What the script did to the process itself is done to the process."""
    recording = steps_of(
        *captured(1),
        *captured(2, name="other"),
        ProcessAction(1, "signal", "HUP"),
        *ran(3, "ip", "link", "set", "v0", "netns", "101"),
        *ran(4, "sh", "-c", "kill -0 101"),
        ProcessAction(1, "stop", seconds=3.0),
        *end_of_capture(2, name="other"),
        *captured(5, name="last"),
    )
    assert [
        'capture = session.capture("lo", "a.pcap")',
        'with session.capture("lo", "a.pcap", name="other"):',
        '    capture.process.send_signal("HUP")',
        '    session.ip.link.set("v0", netns=capture.process.pid)',
        '    session.exec("sh", "-c", f"kill -0 {capture.process.pid}")',
        "    capture.process.stop()",
        'session.capture("lo", "a.pcap", name="last")',
    ] == main_lines(recording)


def test_lookups_move_no_end_of_a_block() -> None:
    """A block ends at the stop of its process, with a lookup of a verb inside."""
    lookup = Command(("ip", "-j", "link", "show", "dev", "if7"), changes=False)
    found = Result(lookup, stdout='[{"ifname":"if7"}]')
    recording = steps_of(
        *spawned(1, "httpd"),
        *(CommandEvent(2, lookup), ResultEvent(2, found)),
        *ran(3, "ip", "link", "set", "dev", "if7", "up"),
        ProcessAction(1, "stop", seconds=3.0),
        *ran(4, "true"),
    )
    assert [
        'with session.spawn("httpd"):',
        '    session.ip.link.set("if7", up=True)',
        'session.exec("true")',
    ] == main_lines(recording)


def test_lookups_move_no_step_that_ended_the_session() -> None:
    """The wait that ended the session is not suppressed, with a lookup of a verb before it."""
    lookup = Command(("ip", "-j", "link", "show", "dev", "if7"), changes=False)
    found = Result(lookup, stdout='[{"ifname":"if7"}]')
    recording = steps_of(
        *(CommandEvent(1, lookup), ResultEvent(1, found)),
        *ran(2, "ip", "link", "set", "dev", "if7", "up"),
        WaitEvent(until.link("v0"), None, 10.0, satisfied=False),
        end=End("WaitTimeout: link v0 exists"),
    )
    assert 'session.wait_for(until.link("v0"))' == main_lines(recording)[-1]


def test_captures_that_end_out_of_order_are_stopped_by_calls() -> None:
    """A capture that ends before one inside of it is no block."""
    recording = steps_of(
        *captured(1), *captured(2, name="b"), *end_of_capture(1), *end_of_capture(2, name="b")
    )
    assert [
        'with session.capture("lo", "a.pcap"):',
        '    b = session.capture("lo", "a.pcap", name="b")',
        "b.stop()",
    ] == main_lines(recording)
