"""The figures of docs/explanation/speed.md have the form in which the bench prints them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.bench.arena import Outcome
from scripts.bench.contests import CONTESTS
from scripts.bench.measure import Measured
from scripts.bench.players import PLAYERS
from scripts.bench.readme import README_PLAYS, ROWS, SENTENCES, readme_section

ROOT = Path(__file__).resolve().parents[2]
SECTION = (ROOT / "docs/explanation/speed.md").read_text(encoding="utf-8")
FIGURE = re.compile(r"-?\d[\d.]*")


def _outcome(work: float) -> Outcome:
    """Return the outcome of a play of ten steps."""
    return Outcome(
        open=0.0,
        work=work,
        close=0.0,
        cpu=work,
        count=10,
        peak=196 * 1024,
        own_peak=96 * 1024,
        whole=2 * work,
        whole_cpu=work,
    )


def _results() -> list[Measured]:
    """Return measurements in which every player of the page needed 2 ms, and ipwrap 1 ms."""
    results: dict[tuple[str, int], Measured] = {}
    ours = {(part.contest, part.at, part.ours) for part in (*ROWS, *SENTENCES)}

    for contest, at, player in README_PLAYS:
        if player not in CONTESTS[contest].players:
            continue
        measured = results.setdefault((contest, at), Measured(CONTESTS[contest], 10, at))
        work = 1000.0 if (contest, at, player) in ours else 2000.0
        measured.outcomes[player] = [_outcome(work)]

    return list(results.values())


def _mask(text: str) -> str:
    """Return a text with its figures and line ends masked."""
    return FIGURE.sub("0", " ".join(text.split()))


def test_section_has_the_times_and_their_ratios() -> None:
    """A row has the time of a step, or of a whole script, and the peers' times as multiples."""
    section = readme_section(_results())

    assert '| one read, `link.show("lo")` | 100 µs | 2.0x | | 2.0x |' in section
    assert "| 10,000 routes, `session.batch()` | 100 µs | | 2.0x | 2.0x |" in section
    assert "| a whole script of 100 pods, from start to exit | 2.0 ms | 2.0x |" in section
    assert "take 0.50x the time of `json.loads`" in section
    assert "adds -50 %" in section
    assert "is 96 MiB." in section


def test_section_leaves_out_the_unmeasured() -> None:
    """A contest that did not run has neither row nor sentence."""
    results = [measured for measured in _results() if measured.contest.name == "read"]
    section = readme_section(results)

    assert "one read" in section
    assert "pods" not in section
    assert "json.loads" not in section


def test_readme_has_the_rows_and_sentences_of_the_bench() -> None:
    """Every row and sentence of the page with a figure is one that the bench prints."""
    printed = readme_section(_results())
    works = {row.work for row in ROWS}

    table = [line for line in SECTION.splitlines() if line.startswith("|")]
    assert table[:2] == printed.splitlines()[:2]
    assert {line.split(" | ")[0].removeprefix("| ") for line in table[2:]} <= works

    (sentences,) = re.findall(r"\|\n\n(.*?)\n\n", SECTION, re.DOTALL)
    assert _mask(sentences) in _mask(printed)


def test_figures_of_the_readme_are_of_known_players() -> None:
    """The rows and sentences name contests, sizes and players of the bench."""
    for contest, at, player in README_PLAYS:
        assert player in PLAYERS
        assert at < len(CONTESTS[contest].full)


@pytest.mark.parametrize("option", [("--quick",), ("--scale", "0.1")])
def test_figures_of_small_sizes_are_refused(option: tuple[str, ...]) -> None:
    """The rows name sizes: a run at smaller sizes has no figures for the page."""
    argv = (sys.executable, "-m", "scripts.bench", "readme", *option)
    process = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)

    assert 2 == process.returncode
    assert "full sizes" in process.stderr
