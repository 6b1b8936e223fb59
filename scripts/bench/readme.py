"""The figures of docs/explanation/speed.md, as Markdown: a table, and sentences below it."""

import textwrap
from collections.abc import Iterable, Iterator, Mapping

from attrs import frozen

from scripts.bench.measure import Measured, Play

__all__ = ["README_PLAYS", "readme_section"]

BySize = Mapping[tuple[str, int], Measured]  # by contest and position of the size

WIDTH = 120  # of the lines of docs/

HEADER = """\
| work | ipwrap | bash script | `ip -batch` files | pyroute2 |
|---|---:|---:|---:|---:|"""


@frozen
class TableRow:
    """A row of the table: the time of ipwrap, and the times of its peers as multiples of it.

    ``at`` is the position of the size among the contest's sizes.
    """

    work: str
    contest: str
    ours: str
    at: int = 0
    peers: tuple[str, str, str] = ("bash", "files", "pyroute2")

    @property
    def plays(self) -> Iterator[Play]:
        """The plays that the row needs."""
        for player in (self.ours, *self.peers):
            yield self.contest, self.at, player


@frozen
class Sentence:
    """A sentence with a ratio of ipwrap to a peer, or with the peak memory of its Python."""

    text: str  # with {ratio}, {percent} or {mib}
    contest: str
    ours: str
    peer: str
    at: int = 0

    @property
    def plays(self) -> Iterator[Play]:
        """The plays that the sentence needs."""
        for player in (self.ours, self.peer):
            yield self.contest, self.at, player


ROWS = (
    TableRow('one read, `link.show("lo")`', "read", "worker"),
    TableRow("one change, `link.set`", "change", "worker"),
    TableRow("100 pods on a bridge", "pods", "worker"),
    TableRow("100 pods, `session.batch()`", "pods", "batch"),
    TableRow("1,000 pods on a bridge", "pods", "worker", 1),
    TableRow("a chain of 50 routers, `session.batch()`", "chain", "batch"),
    TableRow("10,000 routes, `session.batch()`", "routes", "batch"),
    TableRow("10,000 routes, `route.add_many()`", "routes", "many"),
    TableRow("the links of 1,000 namespaces", "links", "worker"),
    TableRow("the links of 1,000 namespaces, `session.each()`", "links", "each"),
    TableRow(
        "a whole script of 100 pods, from start to exit",
        "script",
        "script",
        peers=("bash", "files", "script-pyroute2"),
    ),
)

SENTENCES = (
    Sentence(
        "A read by a process of its own (`Process()`, through `sh`) takes {ratio} as long.",
        "read",
        "process",
        "worker",
    ),
    Sentence(
        "A change by a process of its own takes {ratio} as long.", "change", "process", "worker"
    ),
    Sentence(
        "10,000 links as typed objects take {ratio} the time of `json.loads`.",
        "parse",
        "typed",
        "loads",
    ),
    Sentence(
        "The recording adds {percent} to the lab of 100 pods.", "journal", "worker", "executor"
    ),
    Sentence("Python's peak with 1,000 namespaces is {mib}.", "pods", "worker", "worker", at=1),
)

README_PLAYS = frozenset(play for part in (*ROWS, *SENTENCES) for play in part.plays)


def readme_section(results: Iterable[Measured]) -> str:
    """Return the table and the sentences; what was not measured is left out."""
    by_size = {(measured.contest.name, measured.at): measured for measured in results}
    rows = [row for part in ROWS if (row := _format_row(part, by_size))]
    sentences = [text for part in SENTENCES if (text := _format_sentence(part, by_size))]

    table = "\n".join([HEADER, *rows])
    text = textwrap.fill(" ".join(sentences), WIDTH)
    return f"{table}\n\n{text}\n"


def _format_row(row: TableRow, by_size: BySize) -> str | None:
    """Return a row of the table, or None if ipwrap did not play."""
    measured = by_size.get((row.contest, row.at))
    if measured is None or row.ours not in measured.outcomes:
        return None

    time = measured.median(row.ours, "whole" if measured.contest.whole else "per_step")
    ratios = [_format_ratio(measured.ratio(peer, row.ours)) for peer in row.peers]
    cells = (row.work, _format_time(time), *ratios)

    return "".join(f"| {cell} " if cell else "| " for cell in cells) + "|"


def _format_sentence(sentence: Sentence, by_size: BySize) -> str | None:
    """Return a sentence, or None if a player did not play."""
    measured = by_size.get((sentence.contest, sentence.at))
    ratio = measured.ratio(sentence.ours, sentence.peer) if measured else None
    if measured is None or ratio is None:
        return None

    return sentence.text.format(
        ratio=_format_ratio(ratio),
        percent=f"{ratio - 1:.0%}".replace("%", " %"),
        mib=f"{measured.median(sentence.ours, 'own_peak') / 1024:.0f} MiB",
    )


def _format_time(microseconds: float) -> str:
    """Return a time with two or more digits."""
    if microseconds < 2000:
        return f"{microseconds:.0f} µs"
    if microseconds < 100_000:
        return f"{microseconds / 1000:.1f} ms"
    return f"{microseconds / 1e6:.2f} s"


def _format_ratio(ratio: float | None) -> str:
    """Return a ratio as the page has it; an empty text without one."""
    if ratio is None:
        return ""
    digits = 2 if ratio < 1 else 1 if ratio < 20 else 0
    return f"{ratio:.{digits}f}x"
