"""The steps of a report, below the session's notes."""

import pytest

from ipwrap.command import Command
from ipwrap.recording import Note, ProcessEvent
from ipwrap.recording.captures import CAPTURE_PROGRAMS, CaptureOptions
from tests.views.report.checked_page import page_of
from tests.views.report.recordings import command, recording_of


def test_step_has_its_output_and_call_site() -> None:
    """A command with output is folded, one without is a line; both name the script's line."""
    page = page_of(recording_of(*command(1), *command(2, "ls", stdout="a\nb\n")))

    first, second = page.named("li")
    assert "lab.py:7" in first.text
    assert "lab.py:7" in second.text
    assert ["a\nb"] == [tag.text for tag in page.named("pre") if "a" in tag.text[:1]]
    assert ["ls"] == [
        tag.text.split()[0] for tag in page.named("summary") if "script" not in tag.text
    ]


def test_notes_are_headings_and_prose() -> None:
    """A short first line is a heading, without the signs of Markdown; the rest is prose."""
    note = Note("## Pods\r\nOn one bridge.\r\n\r\nAnd more.")

    page = page_of(recording_of(note, *command(1), Note("x" * 100), *command(2), Note("The end")))

    assert ["Pods", "The end"] == [
        tag.text for tag in page.named("h3") if tag.text not in ("Before", "After")
    ]
    assert ["On one bridge.", "And more.", "x" * 100] == [tag.text for tag in page.classed("note")]
    assert 3 == len(page.classed("part"))


def test_long_command_is_folded() -> None:
    """A program as an argument does not fill the page: its begin is the line of the step."""
    program = "\n".join(f"print({number})" for number in range(50))

    page = page_of(recording_of(*command(1, "python3", "-c", program)))

    summary = page.named("summary")[0].text
    assert "print(0)" in summary
    assert "print(1)" not in summary
    assert "print(49)" in page.classed("whole")[0].text


def test_huge_output_is_cut_and_told() -> None:
    """The page does not grow with an output without end."""
    page = page_of(recording_of(*command(1, "yes", stdout="y\n" * 10**6)))

    assert any("more characters are in the recording" in tag.text for tag in page.named("p"))


@pytest.mark.parametrize(
    ("path", "href"),
    [
        ("web.pcap", "./web.pcap"),
        ("/tmp/a b.pcap", "/tmp/a%20b.pcap"),
        ("javascript:alert(1)", "./javascript%3Aalert%281%29"),
        ("//example.org/x", ".///example.org/x"),
    ],
)
def test_capture_is_linked(path: str, href: str) -> None:
    """A link leads to the file of packets, and no path is another kind of link."""
    program = CAPTURE_PROGRAMS["tcpdump"]
    argv = program.argv(CaptureOptions(dev="eth0", path=path))
    event = ProcessEvent(1, Command(argv), "tcpdump", ready=program.readiness("tcpdump"))

    page = page_of(recording_of(event))

    (link,) = (tag for tag in page.named("a") if tag.text == path)
    assert href == link.attributes["href"]
