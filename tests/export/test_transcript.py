"""Transcripts show a session as Markdown, console text or asciicast."""

import json
from pathlib import Path

import pytest
from attrs import evolve

from ipwrap import Command, InvalidArgument, Recording, Result, Secret, Session
from ipwrap.export.asciicast import asciicast
from ipwrap.export.console import console
from ipwrap.export.markdown import markdown
from ipwrap.export.transcript import Step, lacks_text, transcript
from ipwrap.kinds import Bridge
from ipwrap.recording import CommandEvent, Header, Note, ResultEvent


def recording_of(*events: tuple[Command, Result] | str, started: float = 100.0) -> Recording:
    """Return a recording of notes and commands."""
    recording = Recording(Header(started=started))
    for number, event in enumerate(events, start=1):
        if isinstance(event, str):
            recording.append(Note(event))
        else:
            recording.append(CommandEvent(number, event[0]))
            recording.append(ResultEvent(number, event[1]))

    return recording


def run_with_result(
    *argv: str,
    netns: str | None = None,
    changes: bool = True,
    **result_fields: object,
) -> tuple[Command, Result]:
    """Return a command with the result."""
    command = Command(argv, netns, changes=changes)
    return command, Result(command, **result_fields)  # type: ignore[arg-type]


LAB = recording_of(
    "Two pods",
    run_with_result("ip", "netns", "add", "red", started=101.0, seconds=0.5),
    run_with_result(
        "ip",
        "-j",
        "netns",
        "list",
        changes=False,
        stdout='[{"name":"red"}]',
        text="red\n",
        started=111.5,
        seconds=0.5,
    ),
    "They are there.",
    run_with_result("ls", "/no", netns="red", status=2, stderr="no such file\n", started=112.0),
)


def test_a_console_shows_commands_and_output() -> None:
    """A console transcript is plain text without `-j`, with notes as comments."""
    expected = (
        "# Two pods\n$ ip netns add red\n$ ip netns list\nred\n\n# They are there.\n"
        "$ ip netns exec red ls /no\nno such file\n"
    )

    assert expected == console(LAB)


def test_markdown_has_prose_and_blocks() -> None:
    """Commands between two notes are one block."""
    expected = (
        "Two pods\n\n```console\n$ ip netns add red\n$ ip netns list\nred\n```\n\n"
        "They are there.\n\n"
        "```console\n$ ip netns exec red ls /no\nno such file\n```\n"
    )

    assert expected == markdown(LAB)


def test_a_fence_is_longer_than_fences_in_the_output() -> None:
    """A long fence keeps fences in the output from closing the block."""
    text = markdown(recording_of(run_with_result("cat", "x", stdout="````\ninner\n````\n")))

    assert text.startswith("`````console\n")
    assert text.endswith("`````\n")


def test_an_empty_recording_has_an_empty_transcript() -> None:
    """An empty recording has an empty transcript."""
    assert ("", "") == (markdown(recording_of()), console(recording_of()))


def test_reads_can_be_left_out() -> None:
    """Read-only commands are left out by option."""
    assert "netns list" not in console(LAB, reads=False)


@pytest.mark.parametrize(
    ("output", "line", "expected"),
    [
        (None, "ip -j netns list", '[{"name":"red"}]\n'),
        (lambda _: "a table\n", "ip netns list", "a table\n"),
    ],
)
def test_without_a_text_the_json_or_its_rendering_is_shown(
    output: object, line: str, expected: str
) -> None:
    """Without recorded text, the transcript shows the JSON with its options, or a rendering."""
    read_recording = recording_of(
        run_with_result("ip", "-j", "netns", "list", changes=False, stdout='[{"name":"red"}]')
    )
    (step,) = transcript(read_recording, output=output)  # type: ignore[arg-type]

    assert isinstance(step, Step)
    assert (line, expected) == (step.line, step.output)


@pytest.mark.parametrize(
    ("argv", "lacks"),
    [
        (("ip", "-j", "-d", "link", "show"), True),
        (("ip", "-j", "link"), False),  # somebody typed it, and saw the JSON
        (("ip", "link", "show"), False),
    ],
)
def test_a_read_of_a_verb_lacks_text(argv: tuple[str, ...], lacks: bool) -> None:
    """What a program has read as JSON lacks text, and what a person has typed does not."""
    read_link = run_with_result(*argv, changes=False, stdout="[{}]")
    assert lacks is lacks_text(recording_of(read_link))
    assert not lacks_text(recording_of((read_link[0], evolve(read_link[1], text="1: lo"))))
    change = run_with_result("ip", "link", "set", "dev", "lo", "up")
    assert not lacks_text(recording_of(change))


def test_colours_are_left_out() -> None:
    """Colours of a terminal are no text; other control characters are shown escaped."""
    colours = "2: \x1b[36mbr0: \x1b[0m<\x1b[01;31m\x1b[KUP\x1b[m\x1b[K>\x1b[2J\n"
    recording = recording_of(
        run_with_result("ip", "-c", "link", "show", changes=False, stdout=colours)
    )
    assert "$ ip -c link show\n2: br0: <UP>\\x1b[2J\n" == console(recording)


@pytest.mark.parametrize("times", [(10.0, 11.0, 14.0), (0.0, 0.0, 0.0)])
def test_the_output_of_a_monitor_stands_where_it_ended(times: tuple[float, float, float]) -> None:
    """A monitor runs in the background: its output is behind the commands that caused it."""
    start, within, behind = times
    monitor = Command(("ip", "monitor", "link"), changes=False)
    silent = Command(("ip", "netns", "monitor"), changes=False)
    change = Command(("ip", "link", "set", "lo", "up"))
    recording = recording_of(
        (monitor, Result(monitor, -15, "1: lo: <UP>\n", started=start, seconds=3)),
        (silent, Result(silent, -15, started=start, seconds=3)),
        (change, Result(change, started=within)),
        (change, Result(change, started=behind)),
    )
    end = [
        '$ kill "$monitor"',
        "$ cat monitor.log",
        "1: lo: <UP>",
        '$ kill "$monitor_2"',
    ]
    commands = ["$ ip link set lo up", "$ ip link set lo up"]

    assert [
        "$ ip monitor link >monitor.log & monitor=$!",
        "$ ip netns monitor >monitor_2.log & monitor_2=$!",
        *([*commands[:1], *end, *commands[1:]] if behind else [*commands, *end]),
    ] == [line for line in console(recording).splitlines() if line]
    assert "monitor" not in console(recording, reads=False)


def test_control_characters_are_escaped() -> None:
    """Control characters are escaped in notes, arguments and output."""
    hostile_recording = recording_of(
        "a\x1b[2Jb",
        run_with_result("ip", "link", "add", "\x1b]0;x\x07", stdout="tab\tstays \x1b[0m\n"),
    )

    assert "\x1b" not in console(hostile_recording) + markdown(hostile_recording)
    assert "tab\tstays" in console(hostile_recording)


def test_an_argument_of_several_lines_has_continuation_prompts() -> None:
    """Further lines of an argument start with `>`, so that no argument passes for a command."""
    assert "$ sh -c 'true\n> $ false'\n" == console(
        recording_of(run_with_result("sh", "-c", "true\n$ false"))
    )


def test_secrets_are_shown_as_variables() -> None:
    """A secret is a variable that later commands use."""
    private_key = Command(("wg", "genkey"), changes=False, output_secret="KEY")
    public_key = Command(
        ("wg", "pubkey"),
        stdin=Secret(None, "KEY"),
        changes=False,
        output_secret="PUBLIC",
    )
    key_recording = recording_of(
        (private_key, Result(private_key, 0, "$KEY\n")),
        (public_key, Result(public_key, 0, "$PUBLIC\n")),
    )

    assert '$ KEY=$(wg genkey)\n$ PUBLIC=$(echo "$KEY" | wg pubkey)\n' == console(key_recording)


def test_an_unfinished_command_is_shown() -> None:
    """A command without a result is a line without output."""
    recording = Recording()
    recording.append(CommandEvent(1, Command(("sleep", "9"), stdin="x")))

    assert "$ sleep 9 <<'EOF'\n> x\n> EOF\n" == console(recording)


def cast_lines(**options: object) -> list[object]:
    """Return the lines of an asciicast."""
    text = asciicast(LAB, **options)  # type: ignore[arg-type]
    return [json.loads(line) for line in text.splitlines()]


def test_an_asciicast_of_version_2_has_times_since_the_start() -> None:
    """Version 2 has the seconds since the start; a command without output takes time only."""
    head, *events = cast_lines()

    assert {"version": 2, "width": 100, "height": 30, "timestamp": 100} == head
    assert [0, 1, 11.5, 12, 12, 12, 12] == [event[0] for event in events]  # type: ignore[index]
    assert "red\r\n" in [event[2] for event in events]  # type: ignore[index]


def test_an_asciicast_of_version_3_has_intervals() -> None:
    """Version 3 has intervals, and another field for the terminal's size."""
    head, *events = cast_lines(version=3)

    assert {"version": 3, "term": {"cols": 100, "rows": 30}, "timestamp": 100} == head
    assert [0, 1, 10.5, 0.5, 0, 0, 0] == [event[0] for event in events]  # type: ignore[index]


def test_an_asciicast_can_be_faster_and_wait_less() -> None:
    """The idle limit is measured in seconds of the recording, before the speed."""
    _, *events = cast_lines(speed=2.0, idle_limit=2.0)

    assert [0, 0.5, 1.75, 2, 2, 2, 2] == [event[0] for event in events]  # type: ignore[index]


@pytest.mark.parametrize(
    "options",
    [{"version": 1}, {"speed": 0.0}, {"idle_limit": 0.0}, {"speed": -1.0}],
)
def test_invalid_asciicast_options_are_refused(options: dict[str, float]) -> None:
    """An unknown version, a zero speed and a negative speed are refused."""
    with pytest.raises(InvalidArgument, match=r"version|speed"):
        asciicast(LAB, **options)  # type: ignore[arg-type]


@pytest.mark.live
def test_a_session_with_transcript_records_texts(tmp_path: Path) -> None:
    """Every read is recorded with the text output, also from `ip -batch`, and kept in the file."""
    with Session(sandbox=True, transcript=True, record=tmp_path / "x.jsonl") as session:
        session.ip.netns.add("red")
        session.ip.link.add("br0", Bridge())
        session.ip.netns.list()
        session.ip.link.show("br0")
        session.bridge.link.show()

    texts = [result.text for result in Recording.load(tmp_path / "x.jsonl").results]

    assert [None, None, "red\n"] == texts[:3]
    assert "br0: <BROADCAST,MULTICAST>" in str(texts[3])
    assert "" == texts[4]
    assert "$ ip link show br0\n" in session.export("console")


def test_a_session_without_transcript_records_no_text(dry_session: Session) -> None:
    """Without a transcript, a session runs no additional command for text output."""
    dry_session.ip.link.show()

    assert [None] == [result.text for result in dry_session.recording.results]


def test_variables_and_directory_are_typed() -> None:
    """A person sets variables before the program, and changes the directory for it only."""
    red = Command(("true",), "red", env={"A": "b c", "K": Secret("x", "KEY")}, cwd="/usr")
    genkey = Command(("wg", "genkey"), changes=False, cwd="/usr", output_secret="KEY")
    recording = recording_of((red, Result(red)), (genkey, Result(genkey, 0, "key\n")))

    assert [
        "$ (cd /usr && A='b c' K=\"$KEY\" ip netns exec red true)",
        "$ KEY=$( (cd /usr && wg genkey) )",
    ] == console(recording).splitlines()
