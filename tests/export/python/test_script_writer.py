"""The statements of a script: errors that are suppressed, blocks of processes, and comments."""

import pytest

from ipwrap import Command, Recording, Result, until
from ipwrap.recording import (
    CommandEvent,
    End,
    Note,
    ProcessAction,
    ProcessEvent,
    ResultEvent,
    Sleep,
    WaitEvent,
)
from tests.export.python.recordings import (
    captured,
    main_lines,
    ran,
    recording_of,
    spawned,
    steps_of,
)


def test_a_tolerated_failure_is_suppressed() -> None:
    """A verb's failure is suppressed, a program's failure unchecked, and the error a comment."""
    verb, program = Command(("ip", "link", "delete", "dev", "x")), Command(("false",))
    reason = 'Cannot find device "x"'

    assert [
        f"# in the session: status 2, {reason}",
        "with contextlib.suppress(NotFound):",
        '    session.ip.link.delete("x")',
        "# in the session: status 1",
        'session.exec("false", check=False)',
    ] == main_lines(recording_of(Result(verb, 2, "", reason), Result(program, 1)))


def test_the_failure_that_ended_the_session_ends_the_script() -> None:
    """The final failure of a session is not suppressed."""
    verb = Command(("ip", "link", "delete", "dev", "x"))
    recording = recording_of(Result(verb, 2), end=End("NotFound: x", failed=1))

    assert ["# in the session: status 2", 'session.ip.link.delete("x")'] == main_lines(recording)


def test_unreadable_output_is_suppressed_unless_final() -> None:
    """An `OutputError` of a verb is suppressed, unless the error ended the session."""
    read_links = Result(Command(("ip", "-j", "-d", "link", "show"), changes=False), stdout="1: lo")

    assert ["with contextlib.suppress(OutputError):", "    session.ip.link.show()"] == main_lines(
        recording_of(read_links)
    )
    assert ["session.ip.link.show()"] == main_lines(
        recording_of(read_links, end=End("OutputError: it"))
    )


def test_a_missing_program_is_suppressed() -> None:
    """The error of a missing program is suppressed."""
    missing_program = Result(Command(("nosuch",)), 127, "", "nosuch: no such program here")

    assert ["with contextlib.suppress(ExecutorError):", '    session.exec("nosuch")'] == main_lines(
        recording_of(missing_program)
    )[1:]


def test_an_unfinished_command_has_a_comment() -> None:
    """The last command of an interrupted session has a comment."""
    recording = Recording(events=[CommandEvent(1, Command(("true",)))])

    assert ["# the session was cut short while this ran:", 'session.exec("true")'] == main_lines(
        recording
    )


def test_an_endless_monitor_is_a_comment() -> None:
    """A monitor is a comment, unless a file or a timeout ends the monitor."""
    commands = [
        ("ip", "monitor", "link"),
        ("ip", "-o", "mon"),
        ("bridge", "monitor"),
        ("ip", "netns", "monitor"),
    ]
    lines = main_lines(recording_of(*(Command(argv, changes=False) for argv in commands)))

    assert ["# left out, as it goes on until it is ended: ip monitor link"] == lines[:1]
    assert 4 == len([line for line in lines if line.startswith("# left out")])
    assert ['session.run("ip monitor file x")'] == main_lines(
        recording_of(Command(("ip", "monitor", "file", "x"), changes=False))
    )
    assert ['session.run("ip -b x")'] == main_lines(recording_of(Command(("ip", "-b", "x"))))
    timed = Command(("ip", "monitor"), changes=False, timeout=1)

    assert ['session.run("ip monitor", timeout=1)'] == main_lines(recording_of(timed))


def test_processes_in_nesting_order_are_blocks() -> None:
    """A server and a capture inside are `with` blocks; one that is named has a variable."""
    recording = steps_of(
        *spawned(1, "httpd", netns="red", ready=until.listening(80), ready_timeout=10.0),
        Note("inside"),
        *spawned(2, "tcpdump", name="capture", log="a.pcap", stdin="x"),
        *ran(3, "kill", "-USR1", "101"),
        ProcessAction(2, "stop", seconds=3.0),
        WaitEvent(until.listening(80, host="::1"), "red", 2.5),
        ProcessAction(1, "stop", seconds=3.0),
        Sleep(0.5),
        *spawned(4, "httpd", name="httpd_2"),
        ProcessAction(4, "stop", seconds=3.0),
    )
    assert [
        'red = session.netns("red")',
        'with red.spawn("httpd", ready=until.listening(80)) as httpd:',
        '    session.note("inside")',
        '    with session.spawn("tcpdump", stdin="x", log="a.pcap", name="capture"):',
        '        session.exec("kill", "-USR1", str(httpd.pid))',
        '    red.wait_for(until.listening(80, host="::1"), timeout=2.5)',
        "session.sleep(0.5)",
        'with session.spawn("httpd", name="httpd_2"):',
        "    pass",
    ] == main_lines(recording)


def test_a_capture_that_did_not_start() -> None:
    """The error that `capture` has raised is suppressed."""
    event, _ = captured(1)
    assert isinstance(event, ProcessEvent)
    recording = steps_of(event, ResultEvent(1, Result(event.command, 1, stderr="no link\n")))

    assert [
        "# in the session it ended: status 1, no link",
        "with contextlib.suppress(ProcessEnded):",
        '    session.capture("lo", "a.pcap")',
    ] == main_lines(recording)


def test_processes_out_of_order_are_variables() -> None:
    """Processes that overlap are stopped by calls, and so is a process with another grace."""
    recording = steps_of(
        *spawned(1, "class"),
        *spawned(2, "until", ready=until.link("lo"), ready_timeout=2.0),
        ProcessAction(1, "signal", "HUP"),
        ProcessAction(1, "stop", seconds=0.5),
        ProcessAction(2, "wait", seconds=4.0),
        ProcessAction(2, "wait", seconds=4.0, timed_out=True),
        ProcessAction(2, "wait"),
        *spawned(3, "sleep", "1000"),
    )
    assert [
        'class_2 = session.spawn("class")',
        'until_2 = session.spawn("until", ready=until.link("lo"), ready_timeout=2.0)',
        'class_2.send_signal("HUP")',
        "class_2.stop(grace=0.5)",
        "until_2.wait(timeout=4.0)",
        "with contextlib.suppress(CommandTimeout):",
        "    until_2.wait(timeout=4.0)",
        "until_2.wait()",
        'session.spawn("sleep", "1000")',
    ] == main_lines(recording)


@pytest.mark.parametrize(
    ("status", "stderr", "seconds", "expected"),
    [
        (127, "httpd: no such program on this machine", 0.0, ["ExecutorError"]),
        (143, "", 1.0, ["WaitTimeout"]),
        (0, "", 10.5, ["WaitTimeout"]),
        (
            2,
            "bad\nport",
            0.5,
            ["# in the session it ended: status 2, bad", "ProcessEnded"],
        ),
    ],
)
def test_a_process_that_did_not_become_ready(
    status: int, stderr: str, seconds: float, expected: list[str]
) -> None:
    """Its error is suppressed if the session went on, and raised if it ended the session."""
    command = Command(("httpd",))
    event = ProcessEvent(1, command, "httpd", until.listening(80), 10.0)
    result = ResultEvent(1, Result(command, status, "", stderr, seconds=seconds))
    call = 'session.spawn("httpd", ready=until.listening(80))'
    *remarks, error = expected

    assert [
        *remarks,
        f"with contextlib.suppress({error}):",
        f"    {call}",
    ] == main_lines(steps_of(event, result))
    assert [*remarks, call] == main_lines(steps_of(event, result, end=End(f"{error}: so")))


def test_a_process_whose_session_was_cut_short() -> None:
    """A process without a result has a comment."""
    assert [
        "# the session was cut short while this started:",
        'session.spawn("httpd")',
    ] == main_lines(steps_of(ProcessEvent(1, Command(("httpd",)), "httpd")))


def test_a_process_without_an_event_of_its_start() -> None:
    """A program that ran beside other commands has started, as nobody waited for it."""
    command = Command(("httpd",))
    recording = steps_of(
        ProcessEvent(1, command, "httpd"),
        *ran(2, "curl", "x"),
        ProcessAction(1, "wait"),
        ResultEvent(1, Result(command, 3)),
    )
    assert [
        'httpd = session.spawn("httpd")',
        'session.exec("curl", "x")',
        "httpd.wait()",
    ] == main_lines(recording)


def test_a_wait_whose_time_was_up() -> None:
    """It is suppressed, unless it ended the session; the end of a block behind it is no step."""
    wait = WaitEvent(until.link("v0"), None, 10.0, satisfied=False)
    call = 'session.wait_for(until.link("v0"))'
    suppressed = ["with contextlib.suppress(WaitTimeout):", f"    {call}"]
    end = End("WaitTimeout: link v0 exists")

    assert suppressed == main_lines(steps_of(wait))
    assert [call] == main_lines(steps_of(wait, end=end))
    assert [*suppressed, 'session.note("on")'] == [
        line for line in main_lines(steps_of(wait, Note("on"), end=end)) if line
    ]

    server = spawned(1, "httpd")
    stop = ProcessAction(1, "stop", seconds=3.0)
    assert ['with session.spawn("httpd"):', f"    {call}"] == main_lines(
        steps_of(*server, wait, stop, end=end)
    )


def test_a_long_comment_ends_with_a_word() -> None:
    """A comment is cut behind a word, within the width of a line."""
    reason = 'Cannot remove namespace file "/run/netns/client": No such file or directory'
    delete = Command(("ip", "netns", "delete", "client"))
    (remark, *_) = main_lines(recording_of(Result(delete, 1, "", reason)))
    (long_word, *_) = main_lines(recording_of(Result(delete, 1, "", "x" * 200)))

    assert f"# in the session: status 1, {reason.removesuffix(' directory')} …" == remark
    assert len(long_word) <= 96
