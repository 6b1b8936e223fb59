"""No text from a file, the kernel or a name of a file controls the terminal."""

import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest

from ipwrap import Command, IpwrapError, Recording, Result
from ipwrap.cli import output
from ipwrap.cli.group import cli
from ipwrap.export import FORMATS
from ipwrap.jsonio.escape import CONTROLS, escape_controls, escape_json, quote_visibly
from ipwrap.models.nouns import NOUNS
from ipwrap.recording import CommandEvent, End, Event, Header, Note, ResultEvent, Snapshot
from ipwrap.system.process_identity import ProcessIdentity
from ipwrap.undo.restore import _format_script_line
from tests.cli.running import run_ipwrap
from tests.labs import open_sandbox

# A title of the window, C1 (CSI), DEL, an override of the direction, a mark, and a carriage return.
HOSTILE = "a\x1b]0;owned\x07b\x9b2J\x7f\u202etxt\u200f\u2066\u061c\rz"
LINK = {"ifindex": 7, "ifname": HOSTILE, "flags": ["UP"], "ifalias": HOSTILE, "altnames": [HOSTILE]}
STATE: dict[str, dict[str, list[Any]]] = {"": {"link": [LINK]}, HOSTILE: {"link": [LINK]}}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with hostile files, as the current directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path


def hostile_recording(**fields: Any) -> Recording:
    """Return a recording whose every text is hostile."""
    add = Command(("ip", "link", "set", "dev", HOSTILE, "alias", HOSTILE), HOSTILE)
    read = Command(("ip", "-j", "link", "show"), changes=False)
    text = f"{HOSTILE}\n"
    events: list[Event] = [
        Snapshot({"": {"link": []}}),
        Note(HOSTILE),
        CommandEvent(1, add, HOSTILE),
        ResultEvent(1, Result(add, 2, text, text, call_site=HOSTILE)),
        CommandEvent(2, read, HOSTILE),
        ResultEvent(2, Result(read, 0, json.dumps([LINK]), text)),
        End(HOSTILE, 1, STATE),
    ]
    return Recording(Header(**{"place": "local", **fields}), events)


def assert_harmless(*texts: str) -> None:
    """Fail for a control character other than newline and tab."""
    for text in texts:
        assert [] == CONTROLS.findall(text), repr(text[:400])


@pytest.mark.parametrize(
    "arguments",
    [
        ("show",),
        ("show", "--state"),
        ("export", "--format", "console"),
        ("export", "--format", "markdown"),
        ("export", "--format", "asciicast"),
        ("export", "--format", "python"),
        ("undo", "--here", "--dry-run"),
    ],
    ids=" ".join,
)
def test_a_hostile_recording_is_shown(folder: Path, arguments: tuple[str, ...]) -> None:
    """Tables, trees, transcripts and commands hold no control characters."""
    hostile_recording().save(folder / "x.jsonl")

    result = run_ipwrap(*arguments, "x.jsonl")

    assert_harmless(result.stdout, result.stderr)
    assert result.exit_code == 0


@pytest.mark.parametrize(
    "fields",
    [{"place": HOSTILE}, {"owner": ProcessIdentity(1, 1, HOSTILE)}, {"iproute2": HOSTILE}],
    ids=lambda fields: next(iter(fields)),
)
def test_a_hostile_header_is_refused_quietly(folder: Path, fields: dict[str, Any]) -> None:
    """The message of `undo` shows the place without control characters."""
    hostile_recording(**fields).save(folder / "x.jsonl")

    result = run_ipwrap("undo", "--dry-run", "x.jsonl")

    assert_harmless(result.stdout, result.stderr)


@pytest.mark.parametrize("name", [*FORMATS])
def test_an_export_on_a_terminal_is_escaped(folder: Path, name: str) -> None:
    """A terminal shows every format without control characters of the recording."""
    hostile_recording().save(folder / "x.jsonl")
    terminal, stdout = pty.openpty()
    argv = (sys.executable, "-m", "ipwrap", "export", "--format", name, "x.jsonl")

    with subprocess.Popen(argv, stdout=stdout, stderr=stdout) as process:
        os.close(stdout)
        shown = b""
        try:
            while piece := os.read(terminal, 4096):
                shown += piece
        except OSError:  # the other end is closed
            pass
    os.close(terminal)

    assert 0 == process.returncode
    assert_harmless(shown.decode().replace("\r\n", "\n"))
    assert shown.startswith((b"#!", b"{", b"#", b"a"))


@pytest.mark.parametrize("format_", ["table", "csv", "json", "jsonl"])
@pytest.mark.parametrize("noun", [*NOUNS])
def test_hostile_output_of_the_kernel_is_parsed(folder: Path, noun: str, format_: str) -> None:
    """An alias or a name of a namespace is escaped in each format; JSON keeps the value."""
    data = [{**LINK, HOSTILE: HOSTILE, "name": HOSTILE, "dst": HOSTILE}]
    (folder / "x.json").write_text(json.dumps(data, ensure_ascii=False))

    result = run_ipwrap("parse", "--format", format_, noun, "x.json")

    assert_harmless(result.stdout, result.stderr)
    if format_ == "jsonl" and result.exit_code == 0:
        assert HOSTILE in json.loads(result.stdout.splitlines()[0]).values()


@pytest.mark.parametrize("line", ["7: {0}: <UP>", "[LINK]{0}", "Deleted 7: {0}    link/{0}"])
@pytest.mark.parametrize("format_", ["table", "csv", "json", "jsonl"])
def test_a_hostile_monitor_is_parsed(folder: Path, line: str, format_: str) -> None:
    """The text of a monitor is escaped as well."""
    (folder / "x.txt").write_text(line.format(HOSTILE) + "\n")

    result = run_ipwrap("parse", "--format", format_, "monitor", "x.txt")

    assert_harmless(result.stdout, result.stderr)


@pytest.mark.parametrize(
    "content",
    [
        f'{{"event":"{HOSTILE}"}}\n',
        '{"event":"recording","format":"X"}\n',
        '{"event":"recording","format":1,"owner":{"X":1}}\n',
        '{"event":"recording","format":1}\n{"event":"X"}\n',
        '{"event":"recording","format":1}\n{"event":"result","n":"X"}\n',
        "X",
    ],
)
@pytest.mark.parametrize("command", ["show", "export", "undo", "replay"])
def test_a_damaged_file_is_refused_quietly(folder: Path, command: str, content: str) -> None:
    """The error quotes the damage without control characters, and the hostile name of the file."""
    path = folder / "x\x1b[2J\x9b.jsonl"
    quoted = json.dumps(HOSTILE, ensure_ascii=False)[1:-1]
    path.write_text(content.replace("X", quoted))

    result = run_ipwrap(command, path.name)

    assert 1 == result.exit_code
    assert_harmless(result.stdout, result.stderr)


@pytest.mark.parametrize("command", ["show", "export", "undo", "replay", "run", "parse", HOSTILE])
def test_wrong_usage_is_reported_quietly(folder: Path, command: str) -> None:
    """A file that does not exist, and an unknown command, have any name."""
    result = run_ipwrap(command, HOSTILE)

    assert 2 == result.exit_code
    assert_harmless(result.stdout, result.stderr)


def test_every_error_is_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    """One place prints the errors of all commands."""

    @click.command()
    def fail() -> None:
        raise IpwrapError(f"{HOSTILE}\nsecond line\t{HOSTILE}")

    monkeypatch.setitem(cli.commands, "fail", fail)
    result = run_ipwrap("fail")

    assert 1 == result.exit_code
    assert f"ipwrap: {escape_controls(HOSTILE)}\nsecond line\t" in result.stderr
    assert_harmless(result.stderr)


@pytest.mark.live
def test_a_hostile_lab_is_replayed_and_logged(folder: Path) -> None:
    """Differences, the log of `-v` and the table of the recording are escaped."""
    with open_sandbox():
        pass
    script = (
        "def main(session):\n"
        "    session.exec('sh', '-c', 'exit 3', check=False)\n"
        "    session.ip.link.set('lo', up=True)\n"
        f"    session.ip.link.set('lo', alias={HOSTILE!r})\n"
        "    session.ip.link.show()\n"
    )
    (folder / "lab.py").write_text(script)
    recorded = run_ipwrap("-v", "run", "lab.py", "--record", "x.jsonl")
    content = (folder / "x.jsonl").read_text()
    (folder / "y.jsonl").write_text(content.replace("owned", "known").replace("exit 3", HOSTILE_SH))

    results = [recorded, *(run_ipwrap(command, "y.jsonl") for command in ("show", "undo"))]
    results.append(run_ipwrap("-v", "replay", "--check", "y.jsonl"))

    for result in results:
        assert_harmless(result.stdout, result.stderr)
    assert results[-1].stdout


HOSTILE_SH = "printf '\\\\033[2J' >&2; exit 4"


def test_messages_keep_their_lines() -> None:
    """Newlines and tabs stay; everything else that does not print is escaped."""
    stream = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", stream)
        output.echo(f"a\n\tb{HOSTILE}\udcff")

    assert f"a\n\tb{escape_controls(HOSTILE)}\\udcff\n" == stream.getvalue()


def test_json_keeps_the_values() -> None:
    """Escapes stand for the same text; a line without control characters is left as it is."""
    line = json.dumps([HOSTILE, "é"], ensure_ascii=False)

    assert json.loads(line) == json.loads(escape_json(line))
    assert_harmless(escape_json(line))
    assert "é" in escape_json(line)
    assert '["a"]' == escape_json('["a"]')


@pytest.mark.parametrize(
    "argument",
    ["plain", "two words", "it's", HOSTILE, "50%\x1b\\", "a\x1b\n\n", "\n", "\udcff\x85"],
)
def test_a_shell_reads_the_argument_back(argument: str) -> None:
    """The quoted argument prints on one line, and a shell gets the same bytes."""
    quoted = quote_visibly(argument)
    result = subprocess.run(
        ("sh", "-c", f"printf %s {quoted}"), capture_output=True, check=True, env={"LC_ALL": "C"}
    )

    assert argument.encode("utf-8", "surrogateescape") == result.stdout
    assert_harmless(quoted)


@pytest.mark.parametrize("argument", ["plain", HOSTILE])
def test_a_line_of_undo_can_be_run(argument: str) -> None:
    """`undo` announces a command without control characters, and as a shell runs it."""
    command = Command(("echo", argument, "netns"))
    line = _format_script_line(command)
    result = subprocess.run(("sh", "-c", line), capture_output=True, check=True)

    assert_harmless(line)
    assert f"{argument} netns\n".encode() == result.stdout
