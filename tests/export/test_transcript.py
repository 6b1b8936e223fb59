"""Transcripts: what a person would have seen, as Markdown, on a console, and as an asciicast."""

import json
from pathlib import Path

import pytest

from ipwrap import Command, InvalidArgument, Recording, Result, Secret, Session
from ipwrap.export import asciicast, console, markdown
from ipwrap.export.transcript import Step, transcript
from ipwrap.kinds import Bridge
from ipwrap.recording import CommandEvent, Header, Note, ResultEvent


def recording(*events: tuple[Command, Result] | str, started: float = 100.0) -> Recording:
    """Return a recording of notes and commands."""
    made = Recording(Header(started=started))
    for number, each in enumerate(events, start=1):
        if isinstance(each, str):
            made.append(Note(each))
        else:
            made.append(CommandEvent(number, each[0]))
            made.append(ResultEvent(number, each[1]))
    return made


def ran(
    *argv: str, netns: str | None = None, changes: bool = True, **said: object
) -> tuple[Command, Result]:
    """Return a command with its result."""
    command = Command(argv, netns, changes=changes)
    return command, Result(command, **said)  # type: ignore[arg-type]


LAB = recording(
    "Two pods",
    ran("ip", "netns", "add", "red", started=101.0, seconds=0.5),
    ran(
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
    ran("ls", "/no", netns="red", status=2, stderr="no such file\n", started=112.0),
)


def test_a_console_shows_what_a_person_types_and_sees() -> None:
    """Plain text, without -j; notes are comments."""
    expected = (
        "# Two pods\n$ ip netns add red\n$ ip netns list\nred\n\n# They are there.\n"
        "$ ip netns exec red ls /no\nno such file\n"
    )
    assert expected == console(LAB)


def test_markdown_has_prose_and_blocks() -> None:
    """Commands between two notes are one block."""
    expected = (
        "Two pods\n\n```console\n$ ip netns add red\n$ ip netns list\nred\n```\n\nThey are there.\n\n"
        "```console\n$ ip netns exec red ls /no\nno such file\n```\n"
    )
    assert expected == markdown(LAB)


def test_a_fence_is_longer_than_any_in_what_it_holds() -> None:
    """Else the block would end early."""
    text = markdown(recording(ran("cat", "x", stdout="````\ninner\n````\n")))
    assert text.startswith("`````console\n")
    assert text.endswith("`````\n")


def test_nothing_recorded_is_nothing_written() -> None:
    """An empty recording has an empty transcript."""
    assert ("", "") == (markdown(recording()), console(recording()))


def test_reads_can_be_left_out() -> None:
    """Only what changes is shown."""
    assert "netns list" not in console(LAB, reads=False)


@pytest.mark.parametrize(
    ("output", "shown"), [(None, '[{"name":"red"}]\n'), (lambda _: "a table\n", "a table\n")]
)
def test_without_a_text_the_json_is_shown_or_what_is_made_of_it(output: object, shown: str) -> None:
    """A table, for one."""
    read = recording(ran("ip", "-j", "netns", "list", changes=False, stdout='[{"name":"red"}]'))
    (step,) = transcript(read, output=output)  # type: ignore[arg-type]
    assert isinstance(step, Step)
    assert ("ip netns list", shown) == (step.line, step.output)


def test_what_disturbs_a_terminal_is_escaped() -> None:
    """In notes, words and outputs."""
    bad = recording(
        "a\x1b[2Jb", ran("ip", "link", "add", "\x1b]0;x\x07", stdout="tab\tstays \x1b[0m\n")
    )
    assert "\x1b" not in console(bad) + markdown(bad)
    assert "tab\tstays" in console(bad)


def test_a_word_of_several_lines_is_shown_as_a_shell_takes_it() -> None:
    """It asks for the rest with `>`, so that no word can pass for a command."""
    assert "$ sh -c 'true\n> $ false'\n" == console(recording(ran("sh", "-c", "true\n$ false")))


def test_secrets_are_shown_as_a_person_would_keep_them() -> None:
    """In variables, which go from one command to the next."""
    made = Command(("wg", "genkey"), changes=False, output_secret="KEY")
    used = Command(
        ("wg", "pubkey"), stdin=Secret(None, "KEY"), changes=False, output_secret="PUBLIC"
    )
    told = recording((made, Result(made, 0, "$KEY\n")), (used, Result(used, 0, "$PUBLIC\n")))

    assert '$ KEY=$(wg genkey)\n$ PUBLIC=$(echo "$KEY" | wg pubkey)\n' == console(told)


def test_a_command_that_never_ended_is_shown() -> None:
    """Its line, with nothing below."""
    cut = Recording()
    cut.append(CommandEvent(1, Command(("sleep", "9"), stdin="x")))
    assert "$ sleep 9  # with stdin\n" == console(cut)


def cast(**options: object) -> list[object]:
    """Return the lines of an asciicast."""
    return [json.loads(line) for line in asciicast(LAB, **options).splitlines()]  # type: ignore[arg-type]


def test_an_asciicast_plays_in_the_time_that_it_took() -> None:
    """Version 2 has times since the start; what printed nothing only takes its time."""
    head, *events = cast()
    assert {"version": 2, "width": 100, "height": 30, "timestamp": 100} == head
    assert [0, 1, 11.5, 12, 12, 12, 12] == [event[0] for event in events]  # type: ignore[index]
    assert "red\r\n" in [event[2] for event in events]  # type: ignore[index]


def test_an_asciicast_of_version_3_has_intervals() -> None:
    """And says the terminal's size in another way."""
    head, *events = cast(version=3)
    assert {"version": 3, "term": {"cols": 100, "rows": 30}, "timestamp": 100} == head
    assert [0, 1, 10.5, 0.5, 0, 0, 0] == [event[0] for event in events]  # type: ignore[index]


def test_an_asciicast_can_be_faster_and_wait_less() -> None:
    """The limit is in seconds of the recording."""
    assert [0, 0.5, 1.75, 2, 2, 2, 2] == [event[0] for event in cast(speed=2.0, idle_limit=2.0)[1:]]  # type: ignore[index]


@pytest.mark.parametrize(
    "options", [{"version": 1}, {"speed": 0.0}, {"idle_limit": 0.0}, {"speed": -1.0}]
)
def test_what_no_asciicast_can_be_is_refused(options: dict[str, float]) -> None:
    """With what was said."""
    with pytest.raises(InvalidArgument, match=r"version|speed"):
        asciicast(LAB, **options)  # type: ignore[arg-type]


@pytest.mark.live
def test_a_session_keeps_what_a_person_would_see(tmp_path: Path) -> None:
    """Each read with its own text, also where `ip -batch` keeps it back; it survives the file."""
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
    assert "$ ip link show dev br0\n" in session.export("console")


def test_a_session_without_transcript_keeps_none(dry: Session) -> None:
    """It would cost a command each."""
    dry.ip.link.show()
    assert [None] == [result.text for result in dry.recording.results]
