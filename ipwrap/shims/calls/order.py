"""The order of the calls' starts, ends and signals: the file `order` of the shims.

The times of files are as coarse as the kernel's clock tick. Each shim appends a line instead, and
the kernel keeps the lines in order. shim.sh documents the lines.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal

from attrs import field, frozen

__all__ = ["KILLED", "ORDER", "Moment", "add_end", "complete_order", "read_order"]

ORDER = "order"
KILLED = "KILL"  # the killed shim cannot write: the next shim finds the process ended


@frozen
class Moment:
    """The start or the end of a call, or a signal sent to a call.

    - ``number``: of the call
    - ``pid``: of the shim, at a start: the value of `$!` in the script
    - ``signal``: a name such as "TERM"
    """

    kind: Literal["start", "end", "signal"]
    number: int
    pid: int | None = field(default=None, kw_only=True)
    signal: str = field(default="", kw_only=True)


def read_order(folder: Path) -> list[Moment]:
    """Return the moments in order; [] if no shim has written. A truncated line is omitted."""
    try:
        text = (folder / ORDER).read_text(encoding="ascii", errors="replace")
    except OSError:
        return []

    moments = []
    for line in text.splitlines():
        moment = _parse_moment(line.split())
        if moment is not None:
            moments.append(moment)
    return moments


def _parse_moment(words: list[str]) -> Moment | None:
    """Return the moment of a line; None for a truncated line."""
    match words:
        case ["+", number, pid] if number.isdecimal() and pid.isdecimal():
            return Moment("start", int(number), pid=int(pid))
        case ["-", number] if number.isdecimal():
            return Moment("end", int(number))
        case ["s", number, signal] if number.isdecimal():
            return Moment("signal", int(number), signal=signal)
        case ["x", number] if number.isdecimal():
            return Moment("signal", int(number), signal=KILLED)
    return None


def add_end(folder: Path, number: int) -> None:
    """Append the end of a call whose shim was killed."""
    with (folder / ORDER).open("a", encoding="ascii") as file:
        file.write(f"- {number}\n")


def complete_order(moments: Sequence[Moment], numbers: Iterable[int]) -> Iterator[Moment]:
    """Yield the moments of the calls with these numbers, which are in order.

    The start of a call without a start moment comes before the start of the next call with one.
    """
    numbers = list(numbers)
    started = {moment.number for moment in moments if moment.kind == "start"}
    missing_before, missing_at_end = _place_missing_starts(numbers, started)
    wanted, known = set(numbers), set[int]()

    for moment in moments:
        if moment.number not in wanted or (moment.kind == "start" and moment.number in known):
            continue
        if moment.kind == "start":
            yield from missing_before.get(moment.number, ())
            known.add(moment.number)
        if moment.number in known:
            yield moment

    yield from missing_at_end


def _place_missing_starts(
    numbers: Iterable[int], started: Collection[int]
) -> tuple[dict[int, list[Moment]], list[Moment]]:
    """Return the starts without a moment, by the next started call; and the starts at the end."""
    missing_before: dict[int, list[Moment]] = {}
    pending: list[Moment] = []

    for number in numbers:
        if number in started:
            missing_before[number] = pending
            pending = []
        else:
            pending.append(Moment("start", number))

    return missing_before, pending
