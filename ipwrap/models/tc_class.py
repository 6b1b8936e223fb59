"""`TcClass`: one object of `tc -j -d class show`, or of the text that iproute2 prints in its place before 6.2."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from attrs import field, frozen

from ipwrap.errors import InvalidArgument, OutputError
from ipwrap.models.base import dump, json_key, load, nested
from ipwrap.models.tc_stats import TcStats
from ipwrap.qdiscs import CLASSES, TcKind
from ipwrap.qdiscs.units import to_bits, to_bytes

__all__ = ["ClassStats", "TcClass", "classes_from_text"]

RATES = frozenset({"rate", "ceil"})
NUMBERS = frozenset({"prio", "quantum", "overhead", "level"})
STATS = {
    "Sent": re.compile(r"Sent (?P<bytes>\d+) bytes (?P<packets>\d+) pkt"),
    "dropped": re.compile(
        r"dropped (?P<drops>\d+), overlimits (?P<overlimits>\d+) requeues (?P<requeues>\d+)"
    ),
    "backlog": re.compile(r"backlog \S+ (?P<qlen>\d+)p"),
    "lended": re.compile(
        r"lended: (?P<lended>\d+) borrowed: (?P<borrowed>\d+) giants: (?P<giants>\d+)"
    ),
    "tokens": re.compile(r"tokens: (?P<tokens>-?\d+) ctokens: (?P<ctokens>-?\d+)"),
}


@frozen(kw_only=True, slots=False)
class ClassStats(TcStats):
    """What a class has sent, and, of htb, lent and borrowed. tc/tc_util.c; tc/q_htb.c.

    From ``deficit`` on: of a class of fq_codel (tc/q_fq_codel.c), times in microseconds.
    """

    lended: int | None = None
    borrowed: int | None = None
    giants: int | None = None
    tokens: int | None = None
    ctokens: int | None = None
    deficit: int | None = None
    count: int | None = None
    lastcount: int | None = None
    ldelay: int | None = None
    dropping: bool | None = None
    drop_next: int | None = None


@frozen(kw_only=True, slots=False)
class TcClass:
    """A class of a qdisc. print_class() in iproute2's tc/tc_class.c; for htb, htb_print_opt() in tc/q_htb.c.

    ``handle`` is the class's number, ``parent`` that of the class (or qdisc) above, ``leaf`` the qdisc in it, in
    hexadecimal. ``dev`` is missing where it served as a filter. ``rate`` and ``ceil`` are bytes a second, sizes bytes.
    `typed` is the same as one would build it. What classes of other kinds hold is in ``extra``.
    """

    class_: str = json_key("class")
    handle: str | None = None
    dev: str | None = None
    root: bool | None = None
    parent: str | None = None
    leaf: str | None = None
    prio: int | None = None
    quantum: int | None = None
    rate: int | None = None
    overhead: int | None = None
    ceil: int | None = None
    linklayer: str | None = None
    burst: int | None = None
    burst_cell: int | None = None
    mpu_rate: int | None = None
    cburst: int | None = None
    cburst_cell: int | None = None
    mpu_ceil: int | None = None
    level: int | None = None
    stats: ClassStats | None = nested(ClassStats)
    extra: dict[str, Any] = field(factory=dict, hash=False)

    @staticmethod
    def from_text(text: str) -> "list[TcClass] | None":
        """Return the classes that iproute2 before 6.2 tells in words; None if the text begins with another one."""
        return classes_from_text(text) if text.lstrip().startswith("class ") else None

    @property
    def typed(self) -> TcKind | None:
        """The kind with its options, rates in bits a second; None of a kind that has no table."""
        cls = CLASSES.get(self.class_)
        about = ("class", "handle", "dev", "root", "parent", "leaf", "stats")
        return (
            cls.from_json({key: value for key, value in dump(self).items() if key not in about})
            if cls
            else None
        )


def classes_from_text(text: str) -> list[TcClass]:
    """Return the classes that lines of text say. Rates above 1 Mbit/s are rounded in it, and so are sizes.

    Raises `OutputError` with the line for what does not look like that.
    """
    found: list[dict[str, Any]] = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            _line(line, found)
        except (InvalidArgument, LookupError, ValueError) as error:
            raise OutputError(
                f"not a class of tc at line {number}: {error}; there it reads {line[:80]!r}"
            ) from error
    return load(TcClass, found)


def _line(line: str, found: list[dict[str, Any]]) -> None:
    """Add the class that a line begins, or what it says of the last one."""
    if line.startswith("class "):
        found.append(dict(_class(line.split())))
    elif found and line.strip():
        said = [match.groupdict() for stats in STATS.values() if (match := stats.search(line))]
        counts = {key: int(value) for each in said for key, value in each.items()}
        found[-1]["stats"] = found[-1].get("stats", {}) | counts | dict(_backlog(line))


def _class(words: list[str]) -> Iterator[tuple[str, Any]]:
    """Yield the keys of JSON for the words of a line."""
    yield from (("class", words[1]), ("handle", words[2]))
    rest = iter(words[3:])
    seen: set[str] = set()
    for word in rest:
        if word == "root":
            yield word, True
            continue
        value = next(rest, "")
        yield from _pair(word, value, again=word in seen)
        seen.add(word)


def _pair(word: str, value: str, *, again: bool) -> Iterable[tuple[str, Any]]:
    """Return the keys for one word and its value; the second `mpu` is that of ``ceil``."""
    if word in RATES:
        return ((word, (to_bits(value) or 0) // 8),)
    if word in NUMBERS:
        return ((word, int(value)),)
    if word == "leaf":
        return ((word, f"0x{value.rstrip(':')}"),)
    if word == "mpu":
        return (("mpu_ceil" if again else "mpu_rate", to_bytes(value)),)
    if word in ("burst", "cburst"):
        _, _, cell = value.partition("/")
        return ((word, to_bytes(value)), *(((f"{word}_cell", int(cell)),) if cell else ()))
    return ((word, value),)


def _backlog(line: str) -> Iterator[tuple[str, int | None]]:
    """Yield the bytes that wait, of the line that says them."""
    words = line.split()
    if "backlog" in words:
        yield "backlog", to_bytes(words[words.index("backlog") + 1])
