"""The page of a report, read by an HTML parser."""

import re
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import pytest

from ipwrap.command import Command
from ipwrap.export import FORMATS
from ipwrap.recording import (
    CommandEvent,
    End,
    Note,
    ProcessEvent,
    Recording,
    ResultEvent,
    Snapshot,
)
from ipwrap.recording.captures import CAPTURE_PROGRAMS, CaptureOptions
from ipwrap.result import Result
from ipwrap.secrets.secret import Secret
from ipwrap.views.report.page import MAX_FAILURES, make_report
from tests.views.drawing.figures import EVERYTHING
from tests.views.report.recordings import HOSTILE, Page, command, read_page, recording_of

RECORDINGS = sorted((Path(__file__).parents[3] / "recordings").glob("*.jsonl"))
LABS_WITH_FAILURES = {"flap", "vlans"}  # where a ping has no answer, as it should be
HEADINGS = ("h1", "h2", "h3")


def page_of(
    recording: Recording, *, title: str = "lab", differences: Sequence[str] | None = None
) -> Page:
    """Return the page of a recording, which is always well-formed."""
    page = read_page(make_report(recording, title=title, differences=differences).html)
    assert [] == page.strays
    return page


def check_page(page: Page) -> None:
    """Check what holds of every page: landmarks, headings, labels, identifiers, nothing remote."""
    identifiers = page.attribute("id")
    assert len(set(identifiers)) == len(identifiers)
    for name in ("html", "head", "header", "main", "h1"):
        assert 1 == len(page.named(name)), name
    assert "en" == page.named("html")[0].attributes["lang"]

    levels = [HEADINGS.index(tag.name) for tag in page.named(*HEADINGS)]
    assert 0 == levels[0]
    assert all(after - before <= 1 for before, after in pairwise(levels))

    labelled = set(page.attribute("for"))
    assert all(tag.attributes["id"] in labelled for tag in page.named("input"))
    assert set(page.attribute("for", "aria-labelledby")) <= set(identifiers)
    assert all(tag.text.strip() for tag in page.named("button", "summary", "a", *HEADINGS))
    assert all(tag.attributes["type"] == "button" for tag in page.named("button"))

    assert [] == page.named("link", "img", "iframe", "object", "base", "form")
    assert [] == page.attribute("src", "srcset", "action", "style", "onclick", "onload", "data")
    for href in page.attribute("href"):
        assert href.startswith(("#", "./", "/"))
        assert not href.startswith("//")
        assert not href.startswith("#") or href[1:] in identifiers


def test_page_has_the_place_and_the_title() -> None:
    """The head of a page tells what ran where."""
    page = page_of(recording_of(*command(1)), title="A lab")

    assert ["A lab"] == [tag.text for tag in page.named("h1")]
    facts = dict(
        zip([dt.text for dt in page.named("dt")], [dd.text for dd in page.named("dd")], strict=True)
    )
    assert {"Place": "sandbox", "iproute2": "6.1.0", "Kernel": "6.18.44"}.items() <= facts.items()
    assert ("2026-11-26 08:08:14 UTC", "500 ms") == (facts["Started"], facts["Took"])


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_page_of_a_lab_is_well_formed(path: Path) -> None:
    """The page of every lab has all its parts, and its script is the exported one."""
    recording = Recording.load(path)

    page = page_of(recording)

    check_page(page)
    assert FORMATS["sh"](recording) == page.text_of("script")
    assert page.classed("timeline")
    assert (path.stem in LABS_WITH_FAILURES) == bool(page.classed("failures"))


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


def test_failures_come_first_and_lead_to_their_steps() -> None:
    """The list at the top links each failure, which is not folded."""
    page = page_of(
        recording_of(*command(1), *command(2, status=2, stderr="RTNETLINK answers: File exists\n"))
    )

    failure = page.classed("failures")[0]
    assert "Failures" == page.named("h2")[0].text
    assert "status 2: RTNETLINK answers: File exists" in failure.text
    assert "#step-2" in page.attribute("href")
    assert [True] == [
        "open" in tag.attributes
        for tag in page.named("details")
        if "File exists" in tag.text and tag.text.startswith("ip ")
    ]
    check_page(page)


def test_error_of_the_session_leads_to_its_command() -> None:
    """The error that ended the session is the first failure."""
    end = End(error="NotFound: no such link", failed=1)

    page = page_of(recording_of(*command(1, status=1), end=end))

    assert (
        "The session ended with an error: NotFound: no such link"
        in page.classed("failures")[0].text
    )
    links = [tag for tag in page.named("a") if tag.text == "NotFound: no such link"]
    assert ["#step-1"] == [link.attributes["href"] for link in links]


def test_error_without_a_command_is_text() -> None:
    """An error of the script itself has no step."""
    page = page_of(recording_of(end=End(error="ValueError: <b>")))

    assert "ValueError: <b>" in page.classed("failures")[0].text


def test_recording_without_an_end_is_told() -> None:
    """A recording that was cut short says so, and that it holds no state."""
    page = page_of(recording_of(*command(1), end=None))

    assert "cut short" in page.classed("failures")[0].text
    assert any("holds no state" in tag.text for tag in page.classed("hint"))


def test_very_many_failures_are_counted() -> None:
    """The list at the top does not become the page."""
    events = [event for number in range(1, MAX_FAILURES + 4) for event in command(number, status=1)]

    page = page_of(recording_of(*events))

    assert "3 more" in page.classed("failures")[0].text
    assert MAX_FAILURES + 3 == len(page.classed("step"))


def test_notes_are_headings_and_prose() -> None:
    """A short first line is a heading, without the signs of Markdown; the rest is prose."""
    note = Note("## Pods\r\nOn one bridge.\r\n\r\nAnd more.")

    page = page_of(recording_of(note, *command(1), Note("x" * 100), *command(2), Note("The end")))

    assert ["Pods", "The end"] == [
        tag.text for tag in page.named("h3") if tag.text not in ("Before", "After")
    ]
    assert ["On one bridge.", "And more.", "x" * 100] == [tag.text for tag in page.classed("note")]
    assert 3 == len(page.classed("part"))


def test_pictures_are_of_before_and_after() -> None:
    """The states at the begin and at the end are shown; a missing one is told."""
    both = page_of(recording_of(Snapshot(EVERYTHING), *command(1), end=End(state=EVERYTHING)))
    one = page_of(recording_of(*command(1), end=End(state=EVERYTHING)))

    assert ["Before", "After"] == [tag.text for tag in both.named("h3")]
    assert all("br0" in tag.text for tag in both.classed("picture"))
    assert "holds no such state" in one.classed("picture")[0].text


def test_differences_are_listed() -> None:
    """What another run did differently is shown; also that there was nothing, if it was run."""
    recording = recording_of(*command(1))

    some = page_of(recording, differences=["~ ip <link>: status 2"])
    none = page_of(recording, differences=[])

    assert "~ ip <link>: status 2" in [tag.text for tag in some.named("code")]
    assert "Run again: no difference." in [tag.text for tag in none.named("p")]
    assert "Run again" not in [tag.text for tag in page_of(recording).named("h2")]
    check_page(some)


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


def test_hostile_recording_stays_text() -> None:
    """Markup, controls and bidi marks of a recording appear as text, wherever they come from."""
    recording = recording_of(
        Note(HOSTILE),
        *command(1, "echo", HOSTILE.replace("\x00", ""), stdout=HOSTILE, call_site=HOSTILE),
        *command(2, "sh", status=1, stderr=HOSTILE),
        end=End(error=HOSTILE, failed=2, state={HOSTILE: {"link": [{"ifname": HOSTILE}]}}),
        place=HOSTILE,
    )

    report = make_report(recording, title=HOSTILE, differences=[HOSTILE])
    page = read_page(report.html)

    assert [] == page.strays
    check_page(page)
    assert 1 == len(page.named("script"))
    assert not re.search(
        "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]", report.html
    )
    report.html.encode()  # without a lone surrogate
    assert "</script><script>alert(1)</script>" in page.named("h1")[0].text


def test_secrets_are_shown_by_their_names() -> None:
    """A secret in an argument is shown as the recording has it, and a generated one not at all."""
    use = Command(("curl", "-u", Secret("hunter2", "PASSWORD"), "http://10.0.0.1"))
    make = Command(("wg", "genkey"), output_secret="KEY")
    events = (
        *(CommandEvent(1, use), ResultEvent(1, Result(use))),
        *(CommandEvent(2, make), ResultEvent(2, Result(make, stdout="c2VjcmV0\n"))),
    )

    html = make_report(recording_of(*events)).html

    assert "hunter2" not in html
    assert "c2VjcmV0" not in html
    assert "PASSWORD" in html


def test_policy_allows_only_the_own_styles_and_script() -> None:
    """The content security policy has the hashes of the page's styles and script, and no more."""
    page = page_of(recording_of(*command(1), end=End(state=EVERYTHING)))

    (policy,) = (
        tag.attributes["content"] or ""
        for tag in page.named("meta")
        if tag.attributes.get("http-equiv") == "Content-Security-Policy"
    )
    allowed = set(re.findall(r"'sha256-([^']+)'", policy))
    texts = [tag.text for tag in page.named("style", "script")]
    digests = {b64encode(sha256(text.encode()).digest()).decode() for text in texts}
    assert digests == allowed
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy


def test_script_that_cannot_be_exported_is_told() -> None:
    """A pid of no process of the session is an error of the export, not of the report."""
    page = page_of(recording_of(*command(1, "kill", "4711")))

    assert any("There is no script: kill 4711" in tag.text for tag in page.classed("hint"))
    assert "script" not in page.attribute("id")


def test_page_of_nothing_is_a_page() -> None:
    """An empty session has a page, without a timeline."""
    page = page_of(recording_of())

    check_page(page)
    assert [] == page.classed("timeline")
    assert [] == page.classed("step")
