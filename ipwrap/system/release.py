"""Releases of iproute2: what `ip -V` prints as a value that can be compared, and the oldest release that will do.

Through 5.7 the sources call themselves by a date (include/SNAPSHOT.h), from 5.8 on by a version (include/version.h).
"""

import re
from bisect import bisect
from functools import cache

from attrs import field, frozen

__all__ = ["ADVICE", "OLDEST", "Release", "is_busybox", "too_old", "version_of"]

# The date in include/SNAPSHOT.h at each tag of the source.
DATES = (
    ("150413", (4, 0)),
    ("150626", (4, 1)),
    ("150831", (4, 2)),
    ("151103", (4, 3)),
    ("160111", (4, 4)),
    ("160314", (4, 5)),
    ("160518", (4, 6)),
    ("160808", (4, 7)),
    ("161009", (4, 8)),
    ("161212", (4, 9)),
    ("170220", (4, 10)),
    ("170501", (4, 11)),
    ("170705", (4, 12)),
    ("170905", (4, 13)),
    ("171112", (4, 14)),
    ("180129", (4, 15)),
    ("180402", (4, 16)),
    ("180608", (4, 17)),
    ("180813", (4, 18)),
    ("181023", (4, 19)),
    ("190107", (4, 20)),
    ("190319", (5, 0)),
    ("190510", (5, 1)),
    ("190708", (5, 2)),
    ("190924", (5, 3)),
    ("191125", (5, 4)),
    ("200127", (5, 5)),
    ("200330", (5, 6)),
    ("200602", (5, 7)),
)
BEFORE_DATES = (0, 0)  # an older one: it has no number here

# The tag v5.8.0 has this in include/version.h. (And v5.9.0 has 5.8.0, which nothing that is compared tells apart.)
MISNAMED = {"v5.7.0-77-gb687d1067169": (5, 8)}

DATE = re.compile(r"ss([0-9]{6})")
NUMBERS = re.compile(r"v?([0-9]+)\.([0-9]+)")

ADVICE = "install a newer one (backports, a later release of this system, or its source) and put it first in PATH"


@frozen(order=True)
class Release:
    """A release of iproute2. ``text`` is what it calls itself; only ``numbers`` are compared."""

    numbers: tuple[int, int]
    text: str = field(default="", eq=False, order=False)

    @classmethod
    def parse(cls, text: str | None) -> "Release | None":
        """Return the release that a text such as "6.1.0" or "ss191125" names; None where it names none."""
        return _parse(text or "")

    def __str__(self) -> str:
        number = "{}.{}".format(*self.numbers)
        if self.numbers == BEFORE_DATES or self.text.removeprefix("v").startswith(number):
            return self.text
        return f"{number} ({self.text})"


@cache
def _parse(text: str) -> Release | None:
    """Return the release that a text names, parsed once."""
    if text in MISNAMED:
        return Release(MISNAMED[text], text)

    if date := DATE.match(text):
        place = bisect(DATES, date[1], key=lambda row: row[0])
        return Release(DATES[place - 1][1] if place else BEFORE_DATES, text)

    if numbers := NUMBERS.match(text):
        return Release((int(numbers[1]), int(numbers[2])), text)

    return None


OLDEST = Release((5, 4), "5.4")  # the first whose JSON is mostly valid


def version_of(output: str) -> str | None:
    """Return the version in `ip utility, iproute2-6.1.0, libbpf 1.1.2` (through 5.7 a date: `iproute2-ss190708`)."""
    _, mark, rest = output.partition("iproute2-")
    words = rest.replace(",", " ").split()
    return words[0] if mark and words else None


def is_busybox(output: str) -> bool:
    """Return whether `ip -V` was answered by BusyBox, which takes it for an error.

    It names itself in the usage; one that was built without its own `ip` says that there is no such applet.
    """
    return "BusyBox" in output or "applet not found" in output


def too_old(version: str | None) -> str | None:
    """Return the sentence for a version that is older than `OLDEST`; None for any other, and for an unknown one."""
    release = Release.parse(version)
    if release is None or release >= OLDEST:
        return None
    return f"iproute2 {release} is too old: {OLDEST} or later is needed; {ADVICE}"
