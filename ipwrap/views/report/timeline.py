"""The timeline of a report: bars in lanes by time, so that what overlaps is one above another."""

import math
from collections.abc import Iterable, Iterator, Sequence

from attrs import define, field, frozen

from ipwrap.views.report.markup import Markup, element, join
from ipwrap.views.report.steps import StepKind, StepRow

__all__ = ["Bar", "Lane", "arrange", "draw_timeline", "format_duration"]

TITLES: dict[StepKind, str] = {"command": "Commands", "wait": "Waits and pauses"}
# Waits and pauses share a lane, and what is done to a process takes no time.
LANE_KINDS: dict[StepKind, StepKind] = {"command": "command", "sleep": "wait", "wait": "wait"}

PLURALS = {
    "background process": "background processes",
    "command": "commands",
    "wait or pause": "waits or pauses",
}

LANE_HEIGHT = 34
BAR_HEIGHT = 12
LABEL_HEIGHT = 14
AXIS_HEIGHT = 24
WHOLE = 100.0  # percent of the width

MAX_LANES = 60
MERGE_GAP = 0.15  # percent: nearer bars of one lane and one look are a single bar
TICKS = (1, 2, 5)
MOST_TICKS = 6
LABEL_LENGTH = 60


@define
class Bar:
    """One step, or several that are too near to be told apart."""

    first: StepRow
    last: StepRow
    begin: float
    end: float
    count: int = 1


@define
class Lane:
    """A line of the timeline, whose bars do not overlap."""

    title: str
    kind: StepKind
    rows: list[StepRow] = field(factory=list)

    @property
    def end(self) -> float:
        """The end of the last step."""
        return self.rows[-1].end if self.rows else -math.inf


@frozen
class Scale:
    """Times as percent of the width."""

    begin: float
    seconds: float

    def position(self, time: float) -> float:
        """Return the percent of a time."""
        return round((time - self.begin) / self.seconds * WHOLE, 3)

    def ticks(self) -> Iterator[float]:
        """Yield the seconds since the begin of the marks, at most `MOST_TICKS`."""
        power = 10.0 ** math.floor(math.log10(self.seconds / MOST_TICKS))
        steps = [power * factor for factor in (*TICKS, 10)]
        step = next(step for step in steps if self.seconds / step <= MOST_TICKS)
        for position in range(int(self.seconds / step) + 1):
            yield position * step


def arrange(rows: Iterable[StepRow]) -> list[Lane]:
    """Return the lanes of steps: commands, waits, and a lane for each process.

    A step that begins before the one before it has ended gets into another lane.
    """
    lanes: list[Lane] = []
    for row in sorted(rows, key=lambda row: row.begin):
        if row.kind == "action":
            continue
        if row.kind == "process":
            lanes.append(Lane(f"{row.name}: {_first_line(row)}", "process", [row]))
            continue

        kind = LANE_KINDS[row.kind]
        lane = next((lane for lane in lanes if lane.kind == kind and lane.end <= row.begin), None)
        if lane is None:
            lane = Lane(TITLES[kind], kind)
            lanes.append(lane)
        lane.rows.append(row)

    order: tuple[StepKind, ...] = ("command", "process", "wait")
    return sorted(lanes, key=lambda lane: order.index(lane.kind))


def _first_line(row: StepRow) -> str:
    """Return the first line of a command, which may have a program as an argument."""
    return row.line.partition("\n")[0]


def draw_timeline(rows: Sequence[StepRow]) -> Markup:
    """Return the timeline as svg, with the times below. Empty where no step has a duration."""
    lanes = arrange(rows)
    timed = [row for row in rows if row.kind != "action"]
    if not timed:
        return Markup()
    begin = min(row.begin for row in timed)
    seconds = max(row.end for row in timed) - begin
    if seconds <= 0:
        return Markup()

    scale = Scale(begin, seconds)
    shown = lanes[:MAX_LANES]
    height = len(shown) * LANE_HEIGHT
    drawing = element(
        "svg",
        *_axis(scale, height),
        *(
            _lane(lane, top=position * LANE_HEIGHT, scale=scale)
            for position, lane in enumerate(shown)
        ),
        # The steps below say the same: its links are short cuts for a mouse.
        aria_hidden="true",
        width="100%",
        height=height + AXIS_HEIGHT,
        class_="timeline",
    )
    sentences = [f"{_description(rows, seconds)}."]
    left_out = len(lanes) - len(shown)
    if left_out:
        sentences.append(f"{left_out} more lanes are left out.")
    return join([element("p", " ".join(sentences), class_="hint"), drawing])


def _description(rows: Sequence[StepRow], seconds: float) -> str:
    """Return the timeline in words."""
    kinds = [row.kind for row in rows]
    counts = {
        "command": kinds.count("command"),
        "background process": kinds.count("process"),
        "wait or pause": kinds.count("wait") + kinds.count("sleep"),
    }
    words = [_count(number, noun) for noun, number in counts.items() if number]
    return f"{', '.join(words)} in {format_duration(seconds)}"


def _count(number: int, noun: str) -> str:
    """Return a number of steps: `1 command`, `2 background processes`, `3 waits or pauses`."""
    if number == 1:
        return f"1 {noun}"
    return f"{number} {PLURALS[noun]}"


def _axis(scale: Scale, height: int) -> Iterator[Markup]:
    """Yield a line and a label for each mark."""
    for seconds in scale.ticks():
        percent = scale.position(scale.begin + seconds)
        x = f"{percent}%"
        yield element("line", x1=x, x2=x, y1=0, y2=height + 4, class_="tick")
        # A label at the right edge would be cut.
        anchor = "end" if percent > 90 else "start"
        label = format_duration(seconds)
        yield element("text", label, x=x, y=height + 18, text_anchor=anchor, class_="tick-label")


def _lane(lane: Lane, *, top: int, scale: Scale) -> Markup:
    """Return the title and the bars of a lane."""
    title = lane.title
    if len(title) > LABEL_LENGTH:
        title = f"{title[:LABEL_LENGTH]}…"
    label = element("text", title, x=0, y=top + LABEL_HEIGHT - 2, class_="lane-label")
    # A failure among thousands is narrow: it is painted last, over its neighbours.
    bars = [
        _bar(bar, top=top + LABEL_HEIGHT + 2, scale=scale)
        for bar in sorted(_merge(lane.rows, scale), key=lambda bar: bar.first.failed)
    ]
    return element("g", label, *bars)


def _merge(rows: Sequence[StepRow], scale: Scale) -> Iterator[Bar]:
    """Yield the bars of the steps of a lane: those that cannot be told apart as one."""
    bar: Bar | None = None
    for row in rows:
        if bar is not None and _is_like(bar, row, scale=scale):
            bar.last, bar.end = row, row.end
            bar.count += 1
            continue
        if bar is not None:
            yield bar
        bar = Bar(row, row, row.begin, row.end)

    if bar is not None:
        yield bar


def _is_like(bar: Bar, row: StepRow, *, scale: Scale) -> bool:
    """Return whether a step looks as the bar before it, and is too near to be told apart."""
    is_near = scale.position(row.begin) - scale.position(bar.end) < MERGE_GAP
    has_same_look = (row.kind, row.failed) == (bar.first.kind, bar.first.failed)
    is_narrow = (row.seconds / scale.seconds) * WHOLE < 1
    return is_near and has_same_look and is_narrow


def _bar(bar: Bar, *, top: int, scale: Scale) -> Markup:
    """Return a bar, which leads to its step."""
    x = scale.position(bar.begin)
    width = round(scale.position(bar.end) - x, 3)
    words = ["bar", bar.first.kind, *(("failed",) if bar.first.failed else ())]
    box = element(
        "rect",
        element("title", _bar_title(bar)),
        x=f"{x}%",
        y=top,
        width=f"{width}%",
        height=BAR_HEIGHT,
        class_=" ".join(words),
    )
    return element("a", box, href=f"#step-{bar.first.number}", tabindex=-1)


def _bar_title(bar: Bar) -> str:
    """Return the tooltip of a bar."""
    duration = format_duration(bar.end - bar.begin)
    if bar.count > 1:
        return f"steps {bar.first.number} to {bar.last.number}: {duration}"
    return f"{bar.first.line[:200]} ({duration})"


def format_duration(seconds: float) -> str:
    """Return a duration as people read it: `1.2 ms`, `3.4 s`, `2 min 5 s`."""
    if seconds < 0.0005:
        return "0 s" if not seconds else f"{seconds * 1000:.2g} ms"
    if seconds < 0.9995:
        return f"{seconds * 1000:.3g} ms"
    if seconds < 120:
        return f"{seconds:.3g} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"
