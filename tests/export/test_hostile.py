"""Hostile text in a recording stays text in every export: it becomes neither code nor escapes."""

import ast
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ipwrap.command import Command, CreatedObject
from ipwrap.errors import InvalidArgument
from ipwrap.export import FORMATS
from ipwrap.export.batchfile import batch, batch_files
from ipwrap.export.comments import comment_lines, first_line, one_line
from ipwrap.export.markdown import markdown
from ipwrap.objects import delete_command
from ipwrap.recording import CommandEvent, End, Event, Header, Note, Recording, ResultEvent
from ipwrap.result import Result
from tests.mutations import HOSTILE_TEXTS

LINE_ENDS = ("\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\0")
CODE = (
    "open('/tmp/x', 'w')",
    "touch /tmp/x",
    "#",
    "    ",
    "```",
    '"""',
    "'",
    "$(",
    "`",
    "\\",
    "EOF",
)
DISPLAY = ("\x1b[2J", "\x9b31m", "\u202e", "\u2066", "\ufeff", "\udcff", "\x7f")
hostile_texts = st.one_of(
    st.sampled_from(HOSTILE_TEXTS),
    st.lists(st.sampled_from([*LINE_ENDS, *CODE, *DISPLAY, "END", "x", " "])).map("".join),
    st.text(max_size=20),
)
SCRIPTS = ("sh", "plain", "batch")
TEXTS = ("markdown", "console")


def recording_of(note: str, stderr: str, words: str, *, netns: str | None = None) -> Recording:
    """Return a recording with these texts in every field that an exporter writes.

    A word that no command can have (with a NUL, for example) is left out.
    """
    commands = [
        _command("ip", "link", "set", "dev", words),
        _command("ip", words, netns=netns),
        _command("ip", f"-{words}", "link", "show"),
        _command("ip", "monitor", words),
        _command("ip", "netns", "add", words),
        _command("ip", "link", "add", "name", words, created=True, netns=netns),
        _command(words, words, stdin=words),
        _command("true", output_secret="KEY", changes=False),
    ]
    events: list[Event] = [Note(note)]
    present = [command for command in commands if command is not None]
    for number, command in enumerate(present, start=1):
        result = Result(command, number % 3, f"{stderr}", stderr, call_site=note, text=stderr)
        events += [Note(note), CommandEvent(number, command, note), ResultEvent(number, result)]

    if present:
        events.append(CommandEvent(len(present) + 1, present[0], note))
    events.append(End(stderr, None, None))
    return Recording(Header(), events)


def _command(
    *argv: str,
    netns: str | None = None,
    stdin: str | None = None,
    output_secret: str | None = None,
    changes: bool = True,
    created: bool = False,
) -> Command | None:
    """Return a command; None for arguments that no program can get."""
    try:
        command = Command(argv, netns, stdin=stdin, changes=changes, output_secret=output_secret)
    except InvalidArgument:
        return None
    if not created:
        return command

    made = CreatedObject("link", argv[-1], {"dev": argv[-1]}, netns)
    try:
        delete_command(made)
    except InvalidArgument:
        return command
    return Command(argv, netns, changes=changes, creates=(made,))


# The name of the state file, which two scripts never share.
CHECKSUM = re.compile(r"state=\$folder/[0-9a-f]{12}")


def code_lines(script: str) -> list[str]:
    """Return the lines of a shell script that are no comments, without its checksum."""
    lines = CHECKSUM.sub("state=$folder/CHECKSUM", script).split("\n")
    return [line for line in lines if not line.lstrip().startswith("#")]


@given(text=hostile_texts)
@example("a\nb\rc\u2028d\0e\x9bf\u202eg")
def test_a_comment_is_one_visible_line(text: str) -> None:
    """No character in a comment ends a line, moves a cursor or reorders the text."""
    lines = [one_line(text), first_line(text), *comment_lines(text)]

    assert [] == [line for line in lines if len(line.splitlines()) > 1]
    assert [] == [line for line in lines if not line.replace("\t", "").isprintable()]
    assert [] == [line for line in comment_lines(text) if not line.startswith("#")]


@pytest.mark.parametrize("export_format", SCRIPTS)
@given(note=hostile_texts, stderr=hostile_texts)
def test_notes_and_errors_are_no_code_of_a_shell(
    export_format: str, note: str, stderr: str
) -> None:
    """Without its comments a script is the same, whatever the notes and errors say."""
    export: Callable[[Recording], str] = FORMATS[export_format]
    hostile = export(recording_of(note, stderr, "x"))
    harmless = export(recording_of("", "", "x"))

    blank_free = [
        [line for line in code_lines(script) if line.strip()] for script in (hostile, harmless)
    ]
    assert blank_free[0] == blank_free[1]


@pytest.mark.parametrize("export_format", SCRIPTS)
@given(text=hostile_texts, netns=st.sampled_from([None, "red", "`x`", "a\nb", "$(x)"]))
def test_any_text_is_a_valid_script(export_format: str, text: str, netns: str | None) -> None:
    """A shell reads the script, with any text in any field."""
    script = FORMATS[export_format](recording_of(text, text, text, netns=netns))
    process = subprocess.run(
        ["sh", "-n"],
        input=script.encode("utf-8", "surrogateescape"),
        capture_output=True,
        check=False,
    )

    assert (0, b"") == (process.returncode, process.stderr)


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="needs shellcheck")
@pytest.mark.parametrize("text", ["a\nb", "$(touch x)", "x\u2028touch y", "# shellcheck disable=x"])
def test_shellcheck_finds_nothing_in_hostile_notes(text: str) -> None:
    """Comments of hostile text are no directives, and no hidden characters."""
    script = FORMATS["sh"](recording_of(text, text, "x"))
    process = subprocess.run(
        ["shellcheck", "-"], input=script, capture_output=True, text=True, check=False
    )

    assert "" == process.stdout


@given(note=hostile_texts, stderr=hostile_texts, words=hostile_texts)
@example("x", "\n    open('/tmp/m', 'w')\n    #", "\n    open('/tmp/m', 'w')\n    #")
def test_any_text_is_a_literal_in_python(note: str, stderr: str, words: str) -> None:
    """A script in Python calls only the session, its verbs and ipwrap's classes."""
    source = FORMATS["python"](recording_of(note, stderr, words))
    tree = ast.parse(source)

    namespaces = {
        ast.unparse(node.targets[0]) for node in ast.walk(tree) if isinstance(node, ast.Assign)
    }
    called = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    roots = {_root(function) for function in called}
    assert roots <= ALLOWED_ROOTS | namespaces

    statements = {type(node) for node in ast.walk(tree) if isinstance(node, ast.stmt)}
    assert statements <= ALLOWED_STATEMENTS


ALLOWED_ROOTS = {"main", "session", "Session", "Command", "CreatedObject", "Secret", "contextlib"}
ALLOWED_STATEMENTS = {
    *(ast.Assign, ast.Expr, ast.FunctionDef, ast.If, ast.Import, ast.ImportFrom, ast.With),
}


def _root(expression: ast.expr) -> str:
    """Return the name that a chain of attributes and calls starts from."""
    while isinstance(expression, (ast.Attribute, ast.Call)):
        expression = expression.func if isinstance(expression, ast.Call) else expression.value
    return ast.unparse(expression)


@given(stderr=hostile_texts, monitored=hostile_texts)
def test_comments_in_python_change_no_code(stderr: str, monitored: str) -> None:
    """Error messages and the arguments of monitors are only in comments."""
    trees = []
    for message, word in ((stderr, monitored), ("x", "x")):
        failed = Command(("false",))
        events: list[Event] = [
            CommandEvent(1, failed),
            ResultEvent(1, Result(failed, 1, message, message)),
        ]
        monitor = _command("ip", "monitor", word)
        if monitor is not None:
            events.append(CommandEvent(2, monitor))
        trees.append(ast.dump(ast.parse(FORMATS["python"](Recording(Header(), events)))))

    assert trees[0] == trees[1]


@pytest.mark.parametrize("export_format", TEXTS)
@given(text=hostile_texts)
def test_transcripts_are_printable(export_format: str, text: str) -> None:
    """No control character of a recording reaches a terminal through a transcript."""
    transcript = FORMATS[export_format](recording_of(text, text, text))

    assert [] == [
        line for line in transcript.split("\n") if not line.replace("\t", "").isprintable()
    ]


@given(text=st.text("`~a \n", max_size=12), netns=st.sampled_from([None, "```", "`````x"]))
def test_no_output_closes_a_block_of_markdown(text: str, netns: str | None) -> None:
    """A fence is longer than any back quotes within: in arguments, namespaces and output."""
    command = Command(("echo", text), netns, changes=False)
    events: list[Event] = [CommandEvent(1, command), ResultEvent(1, Result(command, 0, text, text))]
    lines = markdown(Recording(Header(), events)).splitlines()

    fence = lines[0].removesuffix("console")
    assert [0, len(lines) - 1] == [
        number for number, line in enumerate(lines) if line.lstrip().startswith(fence)
    ]


def test_a_rendered_table_closes_no_block_of_markdown() -> None:
    """Back quotes that are escapes in the recorded JSON count as well."""
    command = Command(("ip", "-j", "link"), changes=False)
    events: list[Event] = [
        CommandEvent(1, command),
        ResultEvent(1, Result(command, 0, '["\\u0060"]')),
    ]
    text = markdown(Recording(Header(), events), output=lambda _: "`````\n")

    assert text.startswith("``````console\n")


@pytest.mark.parametrize(
    ("netns", "flag", "expected"),
    [
        (None, "-/../../evil", "01-first-_.._.._evil.ip"),
        ("a b", "-4", "01-a_b-4.ip"),
        ("`$x`\n", "-4", "01-__x__-4.ip"),
        ("n" * 250, "-4", f"01-{'n' * 100}.ip"),
    ],
)
def test_the_files_of_a_batch_stay_in_their_folder(
    netns: str | None, flag: str, expected: str, tmp_path: Path
) -> None:
    """The name of a file has plain characters only, whatever the flags and the namespace are."""
    command = Command(("ip", flag, "link", "set", "dev", "x", "up"), netns)
    result = Result(command)
    recording = Recording(Header(), [CommandEvent(1, command), ResultEvent(1, result)])

    files = batch_files(recording)
    for name, text in files.items():
        (tmp_path / name).write_text(text)

    assert sorted([expected, "run.sh"]) == sorted(path.name for path in tmp_path.iterdir())


def test_a_batch_line_never_ends_its_here_document() -> None:
    """A line that is the delimiter would make the lines behind it code of the script."""
    commands = [Command(("ip", "END")), Command(("ip", "touch", "/tmp/x")), Command(("ip", "END_"))]
    events: list[Event] = []
    for number, command in enumerate(commands, start=1):
        events += [CommandEvent(number, command), ResultEvent(number, Result(command))]

    script = batch(Recording(Header(), events))

    assert "ip -batch - <<'END__'\nEND\ntouch /tmp/x\nEND_\nEND__\n" in script
