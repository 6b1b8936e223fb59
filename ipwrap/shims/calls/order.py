"""The order in which calls started and ended, and were sent signals: the file `order` of the shims.

The times of files are as coarse as the kernel's clock tick. Each shim appends a line instead, and
the kernel keeps these lines in order. shim.sh documents them.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal

from attrs import field, frozen

__all__ = ["KILLED", "ORDER", "Moment", "add_end", "complete_order", "read_order"]

ORDER = "order"
KILLED = "KILL"  # no shim learns of it: the next one finds the process ended


@frozen
class Moment:
    """A start or an end of a call, or a signal that it was sent.

    - ``number``: of the call
    - ``pid``: of the shim, at a start: what `$!` of the script is
    - ``signal``: a name such as "TERM"
    """

    kind: Literal["start", "end", "signal"]
    number: int
    pid: int | None = field(default=None, kw_only=True)
    signal: str = field(default="", kw_only=True)


def read_order(folder: Path) -> list[Moment]:
    """Return what happened, in order; nothing where no shim has written. A torn line is omitted."""
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
    """Return the moment of a line; None for a line that is not whole."""
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

    A start that no moment tells comes before the start of the next call that has one.
    """
    numbers = list(numbers)
    told = {moment.number for moment in moments if moment.kind == "start"}
    untold_before, last = _place_untold(numbers, told)
    wanted, known = set(numbers), set[int]()

    for moment in moments:
        if moment.number not in wanted or (moment.kind == "start" and moment.number in known):
            continue
        if moment.kind == "start":
            yield from untold_before.get(moment.number, ())
            known.add(moment.number)
        if moment.number in known:
            yield moment

    yield from last


def _place_untold(
    numbers: Iterable[int], told: Collection[int]
) -> tuple[dict[int, list[Moment]], list[Moment]]:
    """Return the starts that no moment tells, by the next call with one, and those behind all."""
    untold_before: dict[int, list[Moment]] = {}
    pending: list[Moment] = []

    for number in numbers:
        if number in told:
            untold_before[number] = pending
            pending = []
        else:
            pending.append(Moment("start", number))

    return untold_before, pending
