"""The page of a report, read by an HTML parser."""

import contextlib
import copy
import random
import re
from pathlib import Path

import pytest

from ipwrap.command import Command
from ipwrap.errors import RecordingError
from ipwrap.export import FORMATS
from ipwrap.recording import (
    CommandEvent,
    End,
    Note,
    Recording,
    ResultEvent,
    Snapshot,
)
from ipwrap.result import Result
from ipwrap.secrets.secret import Secret
from ipwrap.views.report.page import make_report
from tests.mutations import RECORDINGS, mutate, read_objects, write_objects
from tests.views.drawing.figures import EVERYTHING
from tests.views.report.checked_page import check_page, page_of
from tests.views.report.recordings import HOSTILE, command, read_page, recording_of

LABS_WITH_FAILURES = {"flap", "mtu", "vlans"}  # where a ping has no answer, as it should be


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


def test_recording_without_an_end_is_told() -> None:
    """A recording that was cut short says so, and that it holds no state."""
    page = page_of(recording_of(*command(1), end=None))

    assert "cut short" in page.classed("failures")[0].text
    assert any("holds no state" in tag.text for tag in page.classed("hint"))


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

    some = page_of(recording, differences=["~ ip <link>: status 2", "~ ip: status 1"])
    none = page_of(recording, differences=[])

    assert "~ ip <link>: status 2" in [tag.text for tag in some.named("code")]
    assert "Run again, with 2 differences:" in [tag.text for tag in some.named("p")]
    assert "Run again: no difference." in [tag.text for tag in none.named("p")]
    assert "Run again" not in [tag.text for tag in page_of(recording).named("h2")]
    check_page(some)


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


@pytest.mark.parametrize("seed", range(30))
def test_damaged_recording_has_a_page(seed: int, tmp_path: Path) -> None:
    """Whatever a file holds that is a recording, its page is well-formed."""
    chance = random.Random(seed)
    objects = read_objects(chance.choice(RECORDINGS))
    path = write_objects(tmp_path / "damaged.jsonl", objects)
    recording = None
    while recording is None:
        changed = copy.deepcopy(objects)
        mutate(changed, chance)
        with contextlib.suppress(RecordingError):
            recording = Recording.load(write_objects(path, changed))

    check_page(page_of(recording))
