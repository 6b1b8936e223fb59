"""Processes, waits and here-documents as lines that a person types."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given

from ipwrap import Command, InvalidArgument, Recording, Result, Secret, Session, until
from ipwrap.export.asciicast import asciicast
from ipwrap.export.console import console
from ipwrap.export.markdown import markdown
from ipwrap.recording import (
    CommandEvent,
    Event,
    Header,
    ProcessAction,
    ProcessEvent,
    ProcessStarted,
    ResultEvent,
    Sleep,
    WaitEvent,
)
from tests.strategies import ANY_TEXT

WEB = Command(("httpd", "-p", "80"), "red")
LINK_LOOP = "until ip -o link show dev v0 2>/dev/null | grep -q .; do sleep 0.1; done"
READY = "until ip netns exec red ss -Hltn 'sport = :80' 2>/dev/null | grep -q .; do sleep 0.1; done"


def recording_of(*events: Event) -> Recording:
    """Return a recording of events."""
    return Recording(Header(started=100.0), events=[*events])


def finished(number: int, command: Command, **fields: object) -> ResultEvent:
    """Return the event of a result."""
    return ResultEvent(number, Result(command, **fields))  # type: ignore[arg-type]


def web(**options: object) -> ProcessEvent:
    """Return the event of a web server."""
    return ProcessEvent(1, WEB, "web", **options)  # type: ignore[arg-type]


def ran(number: int, *argv: str, stdin: str | None = None) -> list[Event]:
    """Return the events of a command."""
    command = Command(argv, stdin=stdin)
    return [CommandEvent(number, command), finished(number, command)]


def lines_of(*events: Event) -> list[str]:
    """Return the lines of the console."""
    return console(recording_of(*events)).splitlines()


def test_a_server_and_its_client() -> None:
    """The server goes to the background, a loop waits for it, and its output follows its end."""
    assert [
        "$ ip netns exec red httpd -p 80 >web.log 2>&1 & web=$!",
        f"$ {READY}",
        "$ until ip -o link show dev v0 2>/dev/null | grep -q .; do sleep 0.1; done",
        "$ sleep 0.5",
        '$ kill -HUP "$web"',
        '$ kill -USR1 "$web"',
        '$ kill "$web"',
        "$ cat web.log",
        "up",
        "\\x1b[2J",
    ] == lines_of(
        web(ready=until.listening(80), ready_timeout=10.0),
        ProcessStarted(1, 20, seconds=0.25),
        WaitEvent(until.link("v0"), None, 10.0, seconds=0.1),
        Sleep(0.5),
        ProcessAction(1, "signal", "HUP"),
        *ran(2, "kill", "-USR1", "20"),
        ProcessAction(1, "stop", seconds=3.0),
        finished(1, WEB, status=143, stdout="up\n", stderr="\x1b[2J\n"),
    )


def test_processes_that_the_session_ended_end_the_transcript() -> None:
    """The newest is ended first; long output is shown from its last lines, a log is the user's."""
    tail = Command(("tail", "-f", "x y"))
    assert [
        "$ ip netns exec red httpd -p 80 >'my log' 2>&1 & web=$!",
        "$ tail -f 'x y' >tail.log 2>&1 & tail=$!",
        '$ kill "$tail"',
        "$ tail -n 20 tail.log",
        *[str(number) for number in range(30, 50)],
        '$ kill "$web"',
    ] == lines_of(
        web(log="my log"),
        ProcessStarted(1, 20),
        ProcessEvent(2, tail, "tail"),
        ProcessStarted(2, 21),
        finished(2, tail, status=143, stdout="".join(f"{number}\n" for number in range(50))),
        finished(1, WEB, status=143),
    )


def test_waits_whose_time_was_up() -> None:
    """The limit is that of timeout(1), and a remark says what was seen last."""
    assert [
        "$ ip netns exec red httpd -p 80 >web.log 2>&1 & web=$!",
        '$ timeout 0.5 tail --pid="$web" -f /dev/null  # not in time',
        f"$ timeout 2 sh -c '{LINK_LOOP}'  # not in time: no such link",
        '$ wait "$web"',
    ] == lines_of(
        web(),
        ProcessStarted(1, 20),
        ProcessAction(1, "wait", seconds=0.5, timed_out=True),
        WaitEvent(until.link("v0"), None, 2.0, satisfied=False, seen="no such\nlink"),
        ProcessAction(1, "wait"),
        finished(1, WEB),
        ProcessAction(1, "stop", seconds=3.0),
    )


@pytest.mark.parametrize(
    ("status", "seconds", "expected"),
    [
        (127, 0.0, ["httpd: no such program here"]),
        (3, 0.5, ['$ wait "$web"; echo $?', "3", "$ cat web.log", "httpd: no such program here"]),
        (
            143,
            10.0,
            [
                "$ timeout 10 sh -c '" + READY.replace("'", "'\"'\"'") + "'  # not in time",
                '$ kill "$web"',
                "$ cat web.log",
                "httpd: no such program here",
            ],
        ),
    ],
)
def test_a_process_that_did_not_become_ready(
    status: int, seconds: float, expected: list[str]
) -> None:
    """The reader sees why: no program, its status and output, or a wait in vain."""
    _start, *rest = lines_of(
        web(ready=until.listening(80), ready_timeout=10.0),
        finished(1, WEB, status=status, stderr="httpd: no such program here", seconds=seconds),
    )
    assert expected == rest


def test_a_session_that_was_cut_short() -> None:
    """Of a process without a result only the start is known."""
    assert ["$ ip netns exec red httpd -p 80 >web.log 2>&1 & web=$!"] == lines_of(web())


@pytest.mark.parametrize("export", [console, markdown, asciicast])
def test_text_on_stdin_is_a_here_document(export: object) -> None:
    """Rules that a program read are in every transcript, behind the prompt for further lines."""
    recording = recording_of(*ran(1, "nft", "-f", "-", stdin="table ip nat {\n\tEOF\n}\nEOF\n"))
    text = export(recording)  # type: ignore[operator]
    document = "$ nft -f - <<'EOF_'\n> table ip nat {\n> \tEOF\n> }\n> EOF\n> EOF_\n"

    if export is asciicast:
        document = document[2:].replace("\n", "\\r\\n").replace("\t", "\\t")
    assert document in text


@pytest.mark.parametrize(
    ("stdin", "secret", "line"),
    [
        ("", None, "$ wg </dev/null"),
        ("", "KEY", "$ KEY=$(wg </dev/null)"),
        ("a\n", "KEY", "$ KEY=$(wg <<'EOF'\n> a\n> EOF\n> )"),
        ("no end", None, "$ wg <<'EOF'\n> no end\n> EOF"),
        (Secret(None, "KEY"), None, '$ echo "$KEY" | wg'),
    ],
)
def test_stdin_of_a_command(stdin: str, secret: str | None, line: str) -> None:
    """An empty stdin is no document; a secret stays a name."""
    command = Command(("wg",), stdin=stdin, output_secret=secret, changes=secret is None)
    assert f"{line}\n" == console(recording_of(CommandEvent(1, command)))


@pytest.mark.parametrize(
    ("stdin", "line"),
    [
        ("a\n", "$ cat >cat.log 2>&1 <<'EOF' & cat=$!\n> a\n> EOF\n"),
        (Secret(None, "KEY"), '$ echo "$KEY" | cat >cat.log 2>&1 & cat=$!\n'),
    ],
)
def test_stdin_of_a_process(stdin: str, line: str) -> None:
    """A process gets its stdin in the same way."""
    event = ProcessEvent(1, Command(("cat",), stdin=stdin), "cat")
    assert line == console(recording_of(event))


def test_waits_for_a_process_name_its_file_and_its_pid() -> None:
    """The loop reads the file that the start has named; the shell of timeout(1) gets the pid."""
    condition = until.all_of(until.output("web", "up"), until.idle("web"))
    wait = WaitEvent(condition, None, 2.0)
    strange = WaitEvent(until.succeeds("echo", "\ue000web\ue001"), None, 2.0, satisfied=False)
    test = "{ grep -Eq -e up web.log 2>/dev/null && ! grep -q '^State:.[RD]' %s 2>/dev/null; }"
    loop = f"until {test}; do sleep 0.1; done"
    quoted = loop.replace("'", "'\"'\"'") % '"/proc/\'"$web"\'/status"'

    _start, *rest = lines_of(
        web(), ProcessStarted(1, 20), wait, evolve(wait, satisfied=False), strange
    )
    assert [
        "$ " + loop % '"/proc/$web/status"',
        f"$ timeout 2 sh -c '{quoted}'  # not in time",
    ] == rest[:2]
    assert r"\ue000web\ue001" in rest[2]


def test_an_unknown_pid_stays_a_number() -> None:
    """A transcript is read, not run: it refuses nothing, and keeps what was typed."""
    assert [
        "$ ip netns exec red httpd -p 80 >web.log 2>&1 & web=$!",
        """$ sh -c 'kill '"$web"' 21; echo done'""",
        r"$ sh -c 'kill 20; echo \ue000web\ue001'",
    ] == lines_of(
        web(),
        ProcessStarted(1, 20),
        *ran(2, "sh", "-c", "kill 20 21; echo done"),
        *ran(3, "sh", "-c", "kill 20; echo \ue000web\ue001"),
    )


def test_an_asciicast_has_the_recorded_times() -> None:
    """Waits and pauses take as long as they took; a process is ended when it was ended."""
    text = asciicast(
        recording_of(
            web(ready=until.listening(80)),
            ProcessStarted(1, 20, seconds=0.25),
            Sleep(2.0),
            WaitEvent(until.link("v0"), None, 10.0, seconds=1.0),
            ProcessAction(1, "stop", seconds=3.0),
            finished(1, WEB, status=143, started=101.0, seconds=9.0),
        )
    )
    times = [float(number) for number in re.findall(r"^\[([\d.]+),", text, re.MULTILINE)]
    assert [1.0, 1.0, 1.25, 3.25, 10.0] == times


@given(ANY_TEXT.filter(bool), ANY_TEXT)
def test_no_text_passes_for_a_command(word: str, text: str) -> None:
    """Whatever arguments, stdin, logs and output hold: only the typed lines begin with a prompt."""
    try:
        command = Command(("cat", word), stdin=text)
        event = ProcessEvent(1, command, "cat", log=word)
    except InvalidArgument:
        return

    shown = console(recording_of(event, ProcessStarted(1, 20), finished(1, command)))
    prompts = [line for line in shown.split("\n") if line.startswith("$ ")]
    assert ['$ kill "$cat"'] == prompts[1:]
    assert prompts[0].startswith("$ cat ")
    assert shown.replace("\n", "").replace("\t", "").isprintable()


@pytest.mark.live
def test_a_transcript_can_be_typed(session: Session, tmp_path: Path) -> None:
    """A shell that gets the lines of a session with a server does the same."""
    with Session(session.place) as recorded:
        url = "http://127.0.0.1:8000/"
        recorded.ip.link.set("lo", up=True)
        with recorded.spawn(
            *("python3", "-m", "http.server", "8000"), ready=until.listening(8000), name="web"
        ) as server:
            script = "import sys, urllib.request as r; print(r.urlopen(sys.argv[1]).status)"
            recorded.exec("python3", "-c", script, url)
            recorded.exec("kill", "-CONT", str(server.pid))
        recorded.exec("cat", stdin="a 'quoted' $line\n")

    lines = console(recorded.recording).splitlines()
    typed = [line[2:] for line in lines if line.startswith(("$ ", "> "))]
    script_file = tmp_path / "typed.sh"
    script_file.write_text("\n".join((f"cd {shlex.quote(str(tmp_path))}", *typed, "")))
    argv = session.place.wrap(("sh", "-eu", str(script_file)))
    shell = subprocess.run(argv, capture_output=True, text=True, check=True)

    assert "200" in shell.stdout.splitlines()
    assert "a 'quoted' $line" in shell.stdout.splitlines()
    assert "GET /" in (tmp_path / "web.log").read_text()


def test_a_wait_for_output_reads_the_log_that_was_typed() -> None:
    """The loop names the file to which the output was redirected, whatever its name."""
    server, other = Command(("server",)), Command(("other",))
    shown = console(
        recording_of(
            ProcessEvent(1, server, "web"),
            ProcessEvent(2, other, "other", log="the log"),
            WaitEvent(until.output("web", "listening"), None, 10.0, 0.1, True, ""),
            WaitEvent(until.output("other", "up"), None, 10.0, 10.0, False, "no output"),
        )
    )

    web, other_line = [line for line in shown.splitlines() if "grep" in line]
    assert "$ until grep -Eq -e listening web.log 2>/dev/null; do sleep 0.1; done" == web
    assert "the log" in other_line
    assert "_log" not in shown


def test_what_timed_out_is_run_by_timeout() -> None:
    """Without timeout(1), a person who types the line would wait for ever."""
    timed_out: dict[str, object] = {"status": 124, "timed_out": True}
    commands: tuple[tuple[Command, dict[str, object]], ...] = (
        (Command(("ping", "10.0.0.1"), "red", timeout=0.5), timed_out),
        (Command(("cat",), "red", stdin="a\n", cwd="/tmp", env={"X": "1"}, timeout=2), timed_out),
        (Command(("ip", "-j", "monitor"), timeout=1e6), timed_out),
        (Command(("wg", "genkey"), output_secret="KEY", timeout=3), timed_out),
        (Command(("ping", "-c1", "10.0.0.1"), timeout=0.5), {}),
        (Command(("sleep", "1")), timed_out),
    )
    events: list[Event] = []
    for number, (command, fields) in enumerate(commands, start=1):
        events += [CommandEvent(number, command), finished(number, command, **fields)]

    assert [
        "$ timeout 0.5 ip netns exec red ping 10.0.0.1",
        "$ (cd /tmp && X=1 timeout 2 ip netns exec red cat) <<'EOF'",
        "> a",
        "> EOF",
        "$ timeout 1000000 ip monitor",
        "$ KEY=$(timeout 3 wg genkey)",
        "$ ping -c1 10.0.0.1",
        "$ sleep 1",
    ] == lines_of(*events)


def test_times_have_no_exponent() -> None:
    """Not every sleep(1) and timeout(1) reads an exponent, and to timeout(1) 0 is no limit."""
    assert [
        "$ sleep 1000000",
        f"$ timeout 0.001 sh -c '{LINK_LOOP}'  # not in time",
    ] == lines_of(Sleep(1e6), WaitEvent(until.link("v0"), None, 0.0, satisfied=False))


def test_the_pid_of_a_process_behind_a_timeout() -> None:
    """The variable of a process stands in the line of what timed out as well."""
    command = Command(("tail", "--pid=20", "-f", "/dev/null"), timeout=1)

    *_, line = lines_of(
        web(),
        ProcessStarted(1, 20),
        CommandEvent(2, command),
        finished(2, command, status=124, timed_out=True),
    )

    assert """$ timeout 1 tail '--pid='"$web" -f /dev/null""" == line
