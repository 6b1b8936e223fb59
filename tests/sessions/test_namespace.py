"""Any program, in the first namespace of a place and in a named one: its words, its input, its output, its time."""

import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from ipwrap import CommandError, CommandTimeout, InvalidArgument, PlaceError, Recording, Session
from ipwrap.sessions.namespace import NamespaceCommands
from tests.processes import running
from tests.waiting import LIMIT, until


def test_a_namespace_has_the_verbs_of_its_session(dry: Session) -> None:
    """The same words, run in there."""

    def use(where: NamespaceCommands) -> None:
        where.ip.link.show()
        where.bridge.link.show()
        where.tc.qdisc.show()
        where.exec("true", changes=False)
        where.secret("A_KEY", "wg", "genkey")

    use(dry)
    use(dry.netns("ns1"))
    commands = [
        (asked.command.netns, asked.command.argv, asked.command.output_secret)
        for asked in dry.recording.commands
    ]
    assert [("ns1", *rest) for _, *rest in commands[:5]] == commands[5:]
    assert {None} == {netns for netns, *_ in commands[:5]}


@pytest.mark.live
@pytest.mark.parametrize("netns", [None, "ns1"])
def test_program_gets_its_words_as_they_are(session: Session, netns: str | None) -> None:
    """No word is split, expanded, dropped or quoted on its way to a program."""
    where: Any = session
    if netns:
        session.ip.netns.add(netns)
        where = session.netns(netns)
    words = [
        "a b",
        "",
        "\n",
        "é 中",
        "'\"`",
        "$HOME",
        "*",
        "#",
        "\\",
        "-x",
        "--",
        "\udcff",
        "%s",
        "a" * 5000,
    ]
    shown = where.exec(
        sys.executable,
        "-c",
        "import sys, os; os.write(1, b'\\0'.join(map(os.fsencode, sys.argv[1:])))",
        *words,
    )
    assert words == shown.stdout.split("\0")


@pytest.mark.live
@pytest.mark.parametrize(
    "text", ["", "one\n", "é 中\n", "a\0b", "\udcff\n", "x" * 300_000], ids=range(6)
)
def test_program_gets_its_stdin(session: Session, text: str) -> None:
    """What is given on stdin arrives, all of it, and comes back; it is recorded with the command."""
    result = session.exec("cat", stdin=text, timeout=LIMIT)
    assert text == result.stdout
    assert text == session.recording.commands[-1].command.stdin


@pytest.mark.live
def test_program_without_stdin_reads_nothing(session: Session) -> None:
    """A program that asks for input gets none, and does not wait for a person."""
    assert "" == session.exec("cat", timeout=LIMIT).stdout


@pytest.mark.live
def test_output_that_is_no_utf8_survives(session: Session, tmp_path: Path) -> None:
    """Bytes that are no text come back as they were, also from the recording."""
    assert b"\xff\n" == os.fsencode(session.exec("printf", r"\377\n").stdout)
    loaded = Recording.load(session.recording.save(tmp_path / "x.jsonl"))
    assert b"\xff\n" == os.fsencode(loaded.results[-1].stdout)


@pytest.mark.live
def test_check_false_returns_what_failed(session: Session) -> None:
    """With `check=False` a failure is a result like any other."""
    result = session.exec("sh", "-c", "echo out; echo bad >&2; exit 3", check=False)
    assert (3, "out\n", "bad\n", False) == (result.status, result.stdout, result.stderr, result.ok)
    assert result == session.recording.results[-1]
    with pytest.raises(CommandError) as caught:
        result.check()
    assert result is caught.value.result


@pytest.mark.live
def test_program_killed_by_a_signal_fails(session: Session) -> None:
    """A signal is a status of 128 and its number, as in a shell."""
    assert 128 + signal.SIGKILL == session.exec("sh", "-c", "kill -9 $$", check=False).status


@pytest.mark.live
def test_program_runs_where_the_session_was_opened(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A relative path means for a program what it means for the script that opened the session."""
    monkeypatch.chdir(tmp_path)
    try:
        session = Session(sandbox=True)
        session.open()
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")
    with session:
        session.ip.netns.add("ns1")
        for where in (session, session.netns("ns1")):
            assert f"{tmp_path}\n" == where.exec("pwd").stdout


@pytest.mark.live
@pytest.mark.parametrize("netns", [None, "ns1"])
@pytest.mark.parametrize("check", [True, False])
def test_timeout_ends_the_program(
    session: Session, marker: str, netns: str | None, check: bool
) -> None:
    """A program that takes too long is ended, really, and with its children."""
    where: Any = session
    if netns:
        session.ip.netns.add(netns)
        where = session.netns(netns)
    words = ("sh", "-c", f"sleep {marker} & sleep {marker}; true", marker)
    if check:
        with pytest.raises(
            CommandTimeout, match=r"ended after 0\.3 s \(asked at .*test_namespace.py:\d+\)"
        ):
            where.exec(*words, timeout=0.3)
    else:
        where.exec(*words, timeout=0.3, check=False)
    result = session.recording.results[-1]
    assert (124, True, 0.3) == (result.status, result.timed_out, result.command.timeout)
    assert until(lambda: running(marker) == []), running(marker)


@pytest.mark.live
def test_what_was_said_before_the_timeout_is_kept(session: Session) -> None:
    """The output of a program that was ended is in its result."""
    for seconds in (1, 10, LIMIT):  # in which it is to come to say something
        result = session.exec(
            "sh", "-c", "echo early; echo bad >&2; exec sleep 1000", timeout=seconds, check=False
        )
        if result.stderr:
            break

    assert ("early\n", "bad\n") == (result.stdout, result.stderr)


@pytest.mark.live
@pytest.mark.parametrize("timeout", [0, -1])
def test_timeout_of_nothing_is_no_timeout_at_all_never(session: Session, timeout: float) -> None:
    """A timeout of 0 or less is refused or ends the program at once: it does not mean forever."""
    with pytest.raises((InvalidArgument, CommandTimeout)):
        session.exec("sleep", "0.2", timeout=timeout)


@pytest.mark.live
def test_program_in_time_is_not_ended(session: Session) -> None:
    """A timeout that is not reached changes nothing."""
    assert "x\n" == session.exec("echo", "x", timeout=1000).stdout
