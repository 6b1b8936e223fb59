"""The timeline of a report."""

import pytest

from ipwrap.views.report.steps import StepKind, StepRow
from ipwrap.views.report.timeline import MAX_LANES, arrange, draw_timeline, format_duration
from tests.views.report.recordings import read_page


def row(
    number: int,
    begin: float,
    end: float,
    *,
    kind: StepKind = "command",
    failed: bool = False,
    line: str = "ip link",
) -> StepRow:
    """Return a step with a time."""
    return StepRow(
        number=number, kind=kind, line=line, begin=begin, end=end, failed=failed, name="web"
    )


def test_steps_one_after_another_share_a_lane() -> None:
    """Commands that do not overlap are in one lane, whatever their order."""
    lanes = arrange([row(2, 1, 2), row(1, 0, 1)])

    assert [[1, 2]] == [[step.number for step in lane.rows] for lane in lanes]


def test_overlap_is_seen_in_lanes() -> None:
    """Commands of two threads, a process and a wait beside them have lanes of their own."""
    steps = [
        row(1, 0, 5),
        row(2, 1, 3),
        row(3, 3, 4),
        row(4, 0, 5, kind="process"),
        row(5, 1, 2, kind="wait"),
        row(6, 2, 3, kind="sleep"),
        row(7, 3, 3, kind="action"),
    ]

    lanes = arrange(steps)

    assert [
        ("Commands", [1]),
        ("Commands", [2, 3]),
        ("web: ip link", [4]),
        ("Waits and pauses", [5, 6]),
    ] == [(lane.title, [step.number for step in lane.rows]) for lane in lanes]


def test_bars_are_where_the_steps_were() -> None:
    """A bar's place and width are the step's time, and it leads to the step."""
    page = read_page(draw_timeline([row(1, 100, 101), row(2, 103, 104, failed=True)]))

    bars = [(tag.attributes["x"], tag.attributes["width"]) for tag in page.classed("bar")]
    assert [("0.0%", "25.0%"), ("75.0%", "25.0%")] == bars
    assert ["bar command", "bar command failed"] == [
        tag.attributes["class"] for tag in page.classed("bar")
    ]
    assert ["#step-1", "#step-2"] == page.attribute("href")


def test_timeline_has_a_description() -> None:
    """All read what the picture is of; a screen reader, which has the steps, skips the picture.

    No key reaches a link inside: the steps are in the order of the page.
    """
    steps = [
        row(1, 0, 1),
        row(2, 0, 4, kind="process"),
        row(3, 1, 2, kind="sleep"),
        row(4, 3, 4, kind="wait"),
    ]

    page = read_page(draw_timeline(steps))

    (svg,) = page.named("svg")
    assert ["1 command, 1 background process, 2 waits or pauses in 4 s."] == [
        tag.text for tag in page.named("p")
    ]
    assert ("true", {"-1"}) == (svg.attributes["aria-hidden"], {*page.attribute("tabindex")})
    assert ["0 s", "1 s", "2 s", "3 s", "4 s"] == [tag.text for tag in page.classed("tick-label")]


def test_steps_too_near_to_be_told_apart_are_one_bar() -> None:
    """5,000 commands are few bars; a failure among them has its own."""
    steps = [row(number, number, number + 0.9, failed=number == 2500) for number in range(5000)]

    page = read_page(draw_timeline(steps))

    bars = page.classed("bar")
    assert len(bars) < 100
    assert [bars[-1]] == page.classed("failed")  # painted over its neighbours
    assert any("steps 0 to " in tag.text for tag in bars)


def test_too_many_lanes_are_counted() -> None:
    """A thousand processes at the same time do not make an endless page."""
    steps = [row(number, 0, 1, kind="process") for number in range(MAX_LANES + 3)]

    page = read_page(draw_timeline(steps))

    assert MAX_LANES == len(page.classed("lane-label"))
    assert ["63 background processes in 1 s. 3 more lanes are left out."] == [
        tag.text for tag in page.classed("hint")
    ]


def test_long_and_hostile_labels_are_text() -> None:
    """A program as an argument is cut to its first line, and markup is text."""
    line = "<script>" + "x" * 100 + "\nsecond"
    page = read_page(draw_timeline([row(1, 0, 1, kind="process", line=line)]))

    (label,) = page.classed("lane-label")
    assert label.text.startswith("web: <script>xxx")
    assert label.text.endswith("…")
    assert [] == page.named("script")


@pytest.mark.parametrize("steps", [[], [row(1, 5, 5)], [row(1, 0, 5, kind="action")]])
def test_nothing_is_drawn_without_a_duration(steps: list[StepRow]) -> None:
    """Steps without a time have no timeline."""
    assert not draw_timeline(steps)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0.0, "0 s"),
        (0.00012, "0.12 ms"),
        (0.0123, "12.3 ms"),
        (0.99999, "1 s"),
        (3.4567, "3.46 s"),
        (120.0, "2 min"),
        (125.4, "2 min 5 s"),
    ],
)
def test_duration_is_readable(seconds: float, expected: str) -> None:
    """A duration has the unit that fits."""
    assert expected == format_duration(seconds)
