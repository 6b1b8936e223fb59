"""Reprs of programs, objects and sessions: what one sees in a REPL."""

import pytest

from ipwrap import Command, DryRun, Local, Result, Secret, Session
from ipwrap.errors import CommandError, error_for
from ipwrap.recording import Snapshot

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
    """The repr of a result has its status, the line, stderr, and the beginning of stdout."""
    failed = Result(COMMAND, 2, stderr="RTNETLINK answers: File exists\n\x1b[2J")
    timed_out = Result(COMMAND, 124, timed_out=True)

    assert f"<Result 0: {LINE}>" == repr(Result(COMMAND, 0))
    assert f"<Result 0: {LINE}, stdout 'two\\nlines'>" == repr(Result(COMMAND, 0, "two\nlines\n"))
    assert f"<Result 0: {LINE}, stdout '{'x' * 60}…'>" == repr(Result(COMMAND, 0, "x" * 99))
    expected = f"<Result 2: {LINE} (RTNETLINK answers: File exists\\n\\x1b[2J)>"
    assert expected == repr(failed)
    assert f"<Result 124, timed out: {LINE}>" == repr(timed_out)
    assert f"<Result queued: {LINE}>" == repr(Result(COMMAND, queued=True))


def test_result_is_one_line_and_keeps_secrets() -> None:
    """Neither an argument of several lines nor a secret is shown as it is."""
    assert "<Result 0: sh -c 'a\\nb'>" == repr(Result(Command(("sh", "-c", "a\nb"))))
    key = Command(("wg", "genkey"), changes=False, output_secret="KEY")
    assert "<Result 0: wg genkey>" == repr(Result(key, 0, "c2VjcmV0"))
    use = Command(("echo", Secret("hidden", "KEY")))
    assert "hidden" not in repr(Result(use, 0, "hidden"))


def test_snapshot_is_its_namespaces() -> None:
    """The repr of a snapshot does not have the state, which is long."""
    snapshot = Snapshot({"": {"link": [{"ifname": "lo"}]}, "red": {}})

    assert "<Snapshot of 2 namespaces: (host), red>" == repr(snapshot)


@pytest.mark.live
def test_processes_captures_and_monitors_say_whether_they_run(session: Session) -> None:
    """Their reprs have the command line, and record nothing."""
    process = session.spawn("sleep", "99")
    assert f"<BackgroundProcess 'sleep': running, pid {process.pid}: sleep 99>" == repr(process)
    process.stop()
    assert "<BackgroundProcess 'sleep': ended, status 143: sleep 99>" == repr(process)

    with session.ip.monitor("link") as monitor:
        assert repr(monitor).startswith("<Monitor: running, 0 events by now: ip ")
    assert repr(monitor).startswith("<Monitor: closed, ")


def test_error_has_its_reason_and_line() -> None:
    """The repr of an error is one line; its text is the report."""
    exists = error_for(Result(COMMAND, 2, stderr="RTNETLINK answers: File exists"))
    silent = CommandError(Result(Command(("false",)), 1))

    expected = f"AlreadyExists('RTNETLINK answers: File exists', errno=17, line='{LINE}')"
    assert expected == repr(exists)
    assert "CommandError('status 1', errno=None, line='false')" == repr(silent)
