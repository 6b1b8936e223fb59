"""Programs in the first namespace of a place and in a named one."""

import logging
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from ipwrap import (
    Batch,
    CommandError,
    CommandTimeout,
    InvalidArgument,
    PlaceError,
    Process,
    Recording,
    Sandbox,
    Secret,
    Session,
)
from ipwrap.sessions.namespace import NamespaceCommands
from tests.processes import alive, running
from tests.undo.standin import needs_root, open_standin
from tests.waiting import LIMIT, until


def test_a_namespace_has_the_verbs_of_its_session(dry_session: Session) -> None:
    """The verbs of a namespace run the same commands inside."""

    def use(namespace: NamespaceCommands) -> None:
        namespace.ip.link.show()
        namespace.bridge.link.show()
        namespace.tc.qdisc.show()
        namespace.exec("true", changes=False)
        namespace.secret("A_KEY", "wg", "genkey")

    use(dry_session)
    use(dry_session.netns("ns1"))
    commands = [
        (asked.command.netns, asked.command.argv, asked.command.output_secret)
        for asked in dry_session.recording.commands
    ]

    assert [("ns1", *fields) for _, *fields in commands[:5]] == commands[5:]
    assert {None} == {netns for netns, *_ in commands[:5]}


@pytest.mark.live
@pytest.mark.parametrize("netns", [None, "ns1"])
def test_a_program_gets_its_arguments_unchanged(session: Session, netns: str | None) -> None:
    """No argument is split, expanded, dropped or quoted on the way to a program."""
    namespace: Any = session
    if netns:
        session.ip.netns.add(netns)
        namespace = session.netns(netns)
    arguments = [
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
    shown = namespace.exec(
        sys.executable,
        "-c",
        "import sys, os; os.write(1, b'\\0'.join(map(os.fsencode, sys.argv[1:])))",
        *arguments,
    )

    assert arguments == shown.stdout.split("\0")


@pytest.mark.live
@pytest.mark.parametrize(
    "text", ["", "one\n", "é 中\n", "a\0b", "\udcff\n", "x" * 300_000], ids=range(6)
)
def test_a_program_gets_its_stdin(session: Session, text: str) -> None:
    """The text for stdin arrives completely, and is recorded with the command."""
    result = session.exec("cat", stdin=text, timeout=LIMIT)

    assert text == result.stdout
    assert text == session.recording.commands[-1].command.stdin


@pytest.mark.live
def test_a_program_without_stdin_reads_nothing(session: Session) -> None:
    """A program that reads stdin without a text gets the end of the file at once."""
    assert "" == session.exec("cat", timeout=LIMIT).stdout


@pytest.mark.live
def test_output_that_is_no_utf8_survives(session: Session, tmp_path: Path) -> None:
    """Bytes that are not UTF-8 are returned unchanged, also from the recording."""
    result = session.exec("printf", r"\377\n")
    loaded = Recording.load(session.recording.save(tmp_path / "x.jsonl"))
    loaded_result = loaded.results[-1]

    assert b"\xff\n" == os.fsencode(result.stdout)
    assert b"\xff\n" == os.fsencode(loaded_result.stdout)


@pytest.mark.live
def test_check_false_returns_the_failed_result(session: Session) -> None:
    """With `check=False` a failed command returns a result."""
    result = session.exec("sh", "-c", "echo out; echo bad >&2; exit 3", check=False)

    assert 3 == result.status
    assert "out\n" == result.stdout
    assert "bad\n" == result.stderr
    assert not result.ok
    assert result == session.recording.results[-1]

    with pytest.raises(CommandError) as caught:
        result.check()

    assert result is caught.value.result


@pytest.mark.live
def test_a_killed_program_fails(session: Session) -> None:
    """A signal is a status of 128 and its number, as in a shell."""
    assert 128 + signal.SIGKILL == session.exec("sh", "-c", "kill -9 $$", check=False).status


@pytest.mark.live
def test_a_program_runs_in_the_directory_of_the_script(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A relative path has the same meaning for a program and for the script."""
    monkeypatch.chdir(tmp_path)

    try:
        session = Session(sandbox=True)
        session.open()
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")

    with session:
        session.ip.netns.add("ns1")
        for namespace in (session, session.netns("ns1")):
            assert f"{tmp_path}\n" == namespace.exec("pwd").stdout


@pytest.mark.live
@pytest.mark.parametrize("netns", [None, "ns1"])
@pytest.mark.parametrize("check", [True, False])
def test_a_timeout_ends_the_program(
    session: Session, sleep_marker: str, netns: str | None, check: bool
) -> None:
    """A program that exceeds its timeout is ended, together with its children."""
    namespace: Any = session
    if netns:
        session.ip.netns.add(netns)
        namespace = session.netns(netns)
    arguments = ("sh", "-c", f"sleep {sleep_marker} & sleep {sleep_marker}; true", sleep_marker)
    if check:
        with pytest.raises(
            CommandTimeout, match=r"ended after 0\.3 s \(asked at .*test_namespace.py:\d+\)"
        ):
            namespace.exec(*arguments, timeout=0.3)
    else:
        namespace.exec(*arguments, timeout=0.3, check=False)
    result = session.recording.results[-1]

    assert 124 == result.status
    assert result.timed_out
    assert 0.3 == result.command.timeout
    assert until(lambda: running(sleep_marker) == []), running(sleep_marker)


@pytest.mark.live
def test_the_output_before_the_timeout_is_kept(session: Session) -> None:
    """The output of a program that was ended is in its result."""
    for seconds in (1, 10, LIMIT):  # in which it is to come to say something
        result = session.exec(
            "sh", "-c", "echo early; echo bad >&2; exec sleep 1000", timeout=seconds, check=False
        )
        if result.stderr:
            break

    assert "early\n" == result.stdout
    assert "bad\n" == result.stderr


@pytest.mark.live
@pytest.mark.parametrize("timeout", [0, -1])
def test_a_timeout_of_zero_does_not_mean_forever(session: Session, timeout: float) -> None:
    """A timeout of 0 or less is refused, or ends the program at once."""
    with pytest.raises((InvalidArgument, CommandTimeout)):
        session.exec("sleep", "0.2", timeout=timeout)


@pytest.mark.live
def test_a_program_in_time_is_not_ended(session: Session) -> None:
    """A timeout that is not reached has no effect."""
    assert "x\n" == session.exec("echo", "x", timeout=1000).stdout


@pytest.mark.live
@pytest.mark.parametrize("netns", [None, "ns1"])
@pytest.mark.parametrize("executor", [Process, Batch])
def test_a_program_gets_variables_and_a_directory(
    executor: type[Process | Batch],
    netns: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Variables come through, also those that a sandbox withholds; the others stay withheld."""
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIVEN_ANEW", "outer")
    monkeypatch.setenv("WITHHELD", "outer")
    show = 'echo "$GIVEN_ANEW|$NEW|${WITHHELD-unset}|$LC_ALL"; pwd'

    with Session(Sandbox(passed_variables=()), executor()) as session:
        if netns:
            session.ip.netns.add(netns)
        namespace: Any = session.netns(netns) if netns else session
        variables = {"GIVEN_ANEW": "inner", "NEW": "it's $new"}
        result = namespace.exec("sh", "-c", show, env=variables, cwd="sub")

    assert f"inner|it's $new|unset|C\n{tmp_path}/sub\n" == result.stdout
    assert (variables, "sub") == (result.command.env, result.command.cwd)


@pytest.mark.live
@pytest.mark.parametrize("netns", [None, "ns1"])
def test_a_secret_variable_is_in_no_command_line(session: Session, netns: str | None) -> None:
    """The value reaches the program; command lines, recording and errors have the name."""
    namespace: Any = session
    if netns:
        session.ip.netns.add(netns)
        namespace = session.netns(netns)
    value = "a-very-secret-value"
    show = 'echo "$KEY"; cat /proc/[0-9]*/cmdline | tr "\\0" " "; exit 3'
    result = namespace.exec(
        "sh", "-c", show, env={"KEY": Secret(value, "API_TOKEN")}, cwd="/", check=False
    )
    assert f"{value}\n" == result.stdout[: len(value) + 1]
    assert "cat" in result.stdout
    assert 1 == result.stdout.count(value)
    assert value not in "".join(map(repr, session.recording.events))
    assert session.recording.results[-1].stdout.startswith("$API_TOKEN\n")
    assert 'KEY="$API_TOKEN"' in result.line


@pytest.mark.live
def test_a_known_secret_among_the_variables_is_redacted(session: Session) -> None:
    """A value that is known as a secret is one among the variables as well."""
    session.secret("SOME_KEY", "echo", "a-very-secret-value")
    result = session.exec("true", env={"URL": "x:a-very-secret-value@y", "A": "b"})

    assert {"URL": "$WITH_SOME_KEY", "A": "b"} == result.command.env


@pytest.mark.live
@pytest.mark.parametrize("netns", [None, "ns1"])
def test_a_child_that_is_left_is_not_waited_for(
    session: Session, netns: str | None, sleep_marker: str, caplog: pytest.LogCaptureFixture
) -> None:
    """`exec` returns as a shell would, says so, and the child ends with the sandbox."""
    caplog.set_level(logging.WARNING, "ipwrap")
    namespace: Any = session
    if netns:
        session.ip.netns.add(netns)
        namespace = session.netns(netns)
    result = namespace.exec("sh", "-c", f"echo started; sleep {sleep_marker} &")

    assert "started\n" == result.stdout
    assert result.left_running
    assert ["ipwrap.left_running"] == [record.getMessage() for record in caplog.records]
    assert running(sleep_marker) != []

    session.close()
    assert until(lambda: running(sleep_marker) == []), running(sleep_marker)


@pytest.mark.live
def test_a_server_that_is_left_answers(session: Session) -> None:
    """A server started by a shell serves, and prints its log to where nobody reads it."""
    serve = "python3 -u -m http.server --bind 127.0.0.1 8000 &"
    assert session.exec("sh", "-c", serve).left_running

    fetch = "import urllib.request as r; print(r.urlopen('http://127.0.0.1:8000/').status)"
    assert until(lambda: session.exec(sys.executable, "-c", fetch, check=False).ok)
    for _ in range(3):  # the server writes a line a request
        assert "200\n" == session.exec(sys.executable, "-c", fetch).stdout


@pytest.mark.live
def test_a_timeout_carries_the_output(session: Session) -> None:
    """The error has what the program printed by then, and shows the last lines."""
    program = "i=0; while [ $i -lt 9 ]; do echo line $i; i=$((i+1)); done; echo bad >&2; sleep 1000"
    for seconds in (1, 10, LIMIT):  # in which it is to come to say something
        with pytest.raises(CommandTimeout) as raised:
            session.exec("sh", "-c", program, timeout=seconds)
        if raised.value.stderr:
            break

    error = raised.value
    assert [f"line {number}" for number in range(9)] == error.stdout.splitlines()
    assert "bad\n" == error.stderr
    assert session.recording.results[-1] == error.result
    assert "  stdout:    … (4 lines before)\n             line 4\n" in str(error)
    assert str(error).endswith("             line 8\n  stderr:    bad")


LEAVE_ON_HOST = """
from pathlib import Path
from ipwrap import Secret, Session

with Session() as session:
    session.ip.netns.add("red")
    result = session.netns("red").exec(
        "sh",
        "-c",
        "( while :; do echo x >>count; echo a; echo b >&2; sleep 0.02; done ) & echo $$ $! $A $PWD",
        env={"A": Secret("value", "KEY")},
        cwd="sub",
    )
    assert result.left_running
    Path("printed").write_text(result.stdout)
"""


@pytest.mark.live
@needs_root
def test_a_child_on_a_host_outlives_a_killed_session(tmp_path: Path) -> None:
    """On a host a child stays as in a shell, and goes on to write when nobody listens any more."""
    (tmp_path / "sub").mkdir()
    count = tmp_path / "sub" / "count"

    with open_standin(tmp_path) as standin:
        standin.crash(LEAVE_ON_HOST)
        printed = (tmp_path / "printed").read_text().splitlines()
        # The child prints as well, in any order.
        program, child, value, directory = next(line for line in printed if line != "a").split()
        try:
            before = count.read_text().count("\n")
            assert until(lambda: count.read_text().count("\n") > before + 20)
            assert alive(child)
        finally:
            os.kill(int(child), signal.SIGKILL)

    assert ("value", f"{tmp_path}/sub") == (value, directory)
    assert not alive(program)
