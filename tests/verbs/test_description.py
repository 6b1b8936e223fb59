"""Reprs of programs, objects and sessions: what one sees in a REPL."""

from ipwrap import Command, DryRun, Local, Result, Session
from ipwrap.errors import CommandError, error_for

COMMAND = Command(("ip", "link", "add", "name", "br0", "type", "bridge"), "red")
LINE = "ip -n red link add name br0 type bridge"


def test_program_lists_its_objects() -> None:
    """The repr of a program is its command line, with the objects that follow."""
    session = Session(Local(), DryRun())

    assert repr(session.netns("red").bridge).startswith("<bridge -n red: fdb, link, mdb, ")
    assert repr(session.tc).startswith("<tc: class_, filter, ")


def test_object_lists_its_verbs() -> None:
    """The repr of an object is its command line, with the verbs that follow, and no fields."""
    session = Session(Local(), DryRun())

    assert "<ip -n red token: delete, get, list, set>" == repr(session.netns("red").ip.token)
    assert "<bridge vlan: add, " == repr(session.bridge.vlan)[:19]


def test_sysctl_is_entered_by_ip() -> None:
    """sysctl has no option for a namespace: `ip netns exec` runs it there."""
    session = Session(Local(), DryRun())

    expected = "<ip netns exec red sysctl: get, "
    assert expected == repr(session.netns("red").sysctl)[: len(expected)]
    assert "<sysctl: get, " == repr(session.sysctl)[:14]


def test_session_tells_where_it_is_and_whether_it_is_open() -> None:
    """The repr of a session names place, executor and condition; opening it changes the latter."""
    session = Session(Local(), DryRun())

    assert "<Session: local, DryRun, not open yet>" == repr(session)
    with session:
        assert "<Namespace 'red' of <Session: local, DryRun, open>>" == repr(session.netns("red"))
        expected = "<EachNamespace 'pod*' of <Session: local, DryRun, open>>"
        assert expected == repr(session.each("pod*"))
        assert f"<Ip.link of {expected}>" == repr(session.each("pod*").ip.link)
        assert repr(session.recording).endswith(" events, in memory>")
    assert "<Session: local, DryRun, closed>" == repr(session)


def test_session_names_its_recording() -> None:
    """A session that records to a file says to which."""
    session = Session(Local(), DryRun(), record="pods.jsonl")

    assert repr(session).endswith(", recorded in 'pods.jsonl'>")


def test_command_is_its_line() -> None:
    """The repr of a command is the line that one would type."""
    assert f"<Command: {LINE}>" == repr(COMMAND)


def test_result_is_its_status_and_line() -> None:
    """The repr of a result has no stdout; stderr, and a timeout, if there was one."""
    failed = Result(COMMAND, 2, stderr="RTNETLINK answers: File exists\n\x1b[2J")
    timed_out = Result(COMMAND, 124, timed_out=True)

    assert f"<Result 0: {LINE}>" == repr(Result(COMMAND, 0, "text"))
    expected = f"<Result 2: {LINE} (RTNETLINK answers: File exists\\n\\x1b[2J)>"
    assert expected == repr(failed)
    assert f"<Result 124, timed out: {LINE}>" == repr(timed_out)


def test_error_has_its_reason_and_line() -> None:
    """The repr of an error is one line; its text is the report."""
    exists = error_for(Result(COMMAND, 2, stderr="RTNETLINK answers: File exists"))
    silent = CommandError(Result(Command(("false",)), 1))

    expected = f"AlreadyExists('RTNETLINK answers: File exists', errno=17, line='{LINE}')"
    assert expected == repr(exists)
    assert "CommandError('status 1', errno=None, line='false')" == repr(silent)
