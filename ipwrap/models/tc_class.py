"""`TcClass`: an object of `tc -j -d class show`, or of its text before iproute2 6.2."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from attrs import field

from ipwrap.errors import InvalidArgument, OutputError
from ipwrap.models.base import Json, dump, json_key, load, nested
from ipwrap.models.declaration import model
from ipwrap.models.tc_stats import TcStats
from ipwrap.qdiscs import CLASSES, TcKind
from ipwrap.qdiscs.units import to_bits, to_bytes

__all__ = ["ClassStats", "TcClass", "classes_from_text"]

RATES = frozenset({"rate", "ceil"})
NUMBERS = frozenset({"prio", "quantum", "overhead", "level"})
BURSTS = frozenset({"burst", "cburst"})

# The keys of every class, beside the options of its kind.
NOT_OPTIONS = frozenset({"class", "handle", "dev", "root", "parent", "leaf", "stats"})

# print_tcstats2_attr() in tc/tc_util.c, htb_print_xstats() in tc/q_htb.c
COUNTERS = (
    re.compile(r"Sent (?P<bytes>\d+) bytes (?P<packets>\d+) pkt"),
    re.compile(
        r"dropped (?P<drops>\d+), overlimits (?P<overlimits>\d+) requeues (?P<requeues>\d+)"
    ),
    re.compile(r"backlog \S+ (?P<qlen>\d+)p"),
    re.compile(r"lended: (?P<lended>\d+) borrowed: (?P<borrowed>\d+) giants: (?P<giants>\d+)"),
    re.compile(r"tokens: (?P<tokens>-?\d+) ctokens: (?P<ctokens>-?\d+)"),
)


@model(kw_only=True)
class ClassStats(TcStats):
    """The counters of a class: sent packets, and for htb lent and borrowed packets.

    tc/tc_util.c; tc/q_htb.c. ``deficit`` and the fields below belong to a class of fq_codel
    (tc/q_fq_codel.c), with times in microseconds.
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


@model(kw_only=True)
class TcClass:
    """A class of a qdisc.

    print_class() in iproute2's tc/tc_class.c; for htb, htb_print_opt() in tc/q_htb.c. ``handle`` is
    the number of the class, ``parent`` the number of the class (or qdisc) above, ``leaf`` the
    number of the inner qdisc, in hexadecimal. ``dev`` is absent if `show` was filtered by a link.
    ``rate`` and ``ceil`` are in bytes a second, sizes in bytes. `typed` has the same options in the
    units of `tc class add`. Options of other kinds are in ``extra``.
    """

    repr_head: ClassVar[Mapping[str, str]] = {
        "class_": "class_",
        "handle": "handle",
        "dev": "dev",
        "root": "root",
        "parent": "parent",
        "rate": "rate",
        "ceil": "ceil",
    }
    typed_members: ClassVar[dict[str, str]] = {"options": "typed"}
    untyped: ClassVar[tuple[str, ...]] = (
        *("prio", "quantum", "rate", "overhead", "ceil", "linklayer", "burst", "burst_cell"),
        *("mpu_rate", "cburst", "cburst_cell", "mpu_ceil", "level", "extra"),
    )

    # a keyword of Python
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
        """Return the classes in the text of iproute2 before 6.2; None for another text."""
        return classes_from_text(text) if text.lstrip().startswith("class ") else None

    @property
    def typed(self) -> TcKind | None:
        """The kind with its options, rates in bits a second; None for a kind without a table."""
        kind_class = CLASSES.get(self.class_)
        if kind_class is None:
            return None

        options = {key: value for key, value in dump(self).items() if key not in NOT_OPTIONS}
        return kind_class.from_json(options)


def classes_from_text(text: str) -> list[TcClass]:
    """Return the classes in the text of `tc class show`.

    The text rounds sizes, and rates above 1 Mbit/s. Raises `OutputError` with the number and the
    text of a line that is not understood.
    """
    classes: list[Json] = []

    for number, line in enumerate(text.splitlines(), 1):
        try:
            _read_line(line, classes)
        except (InvalidArgument, LookupError, ValueError) as error:
            problem = f"not a class of tc at line {number}: {error}"
            raise OutputError(f"{problem}; there it reads {line[:80]!r}") from error

    return load(TcClass, classes)


def _read_line(line: str, classes: list[Json]) -> None:
    """Add a new class, or the counters of the last class."""
    if line.startswith("class "):
        classes.append(_parse_class(line.split()))
    elif classes and line.strip():
        last_class = classes[-1]
        stats = last_class.setdefault("stats", {})
        stats.update(_parse_counters(line))


def _parse_class(words: list[str]) -> Json:
    """Return the JSON object of a line `class KIND HANDLE [root] KEYWORD VALUE …`."""
    data: Json = {"class": words[1], "handle": words[2]}
    seen: set[str] = set()
    remaining = iter(words[3:])

    for keyword in remaining:
        if keyword == "root":
            data["root"] = True
            continue

        value = next(remaining, "")
        data |= _parse_option(keyword, value, is_repeated=keyword in seen)
        seen.add(keyword)

    return data


def _parse_option(keyword: str, value: str, *, is_repeated: bool) -> Json:
    """Return the JSON keys of an option."""
    if keyword in RATES:
        return {keyword: (to_bits(value) or 0) // 8}
    if keyword in NUMBERS:
        return {keyword: int(value)}
    if keyword in BURSTS:
        return _parse_burst(keyword, value)
    if keyword == "leaf":
        return {keyword: f"0x{value.rstrip(':')}"}
    if keyword == "mpu":
        # htb_print_opt() prints `mpu` behind the burst of ``rate``, and again behind the burst of
        # ``ceil``.
        return {"mpu_ceil" if is_repeated else "mpu_rate": to_bytes(value)}
    return {keyword: value}


def _parse_burst(keyword: str, value: str) -> Json:
    """Return the JSON keys of a burst such as `1600b/1`: its size, and the size of its cells."""
    data: Json = {keyword: to_bytes(value)}

    _, _, cell = value.partition("/")
    if cell:
        data[f"{keyword}_cell"] = int(cell)
    return data


def _parse_counters(line: str) -> Json:
    """Return the counters in a line."""
    counters: Json = {}

    for pattern in COUNTERS:
        match = pattern.search(line)
        if match is not None:
            counters |= {key: int(value) for key, value in match.groupdict().items()}

    words = line.split()
    if "backlog" in words:
        counters["backlog"] = to_bytes(words[words.index("backlog") + 1])
    return counters
