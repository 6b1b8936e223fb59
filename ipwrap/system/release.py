"""Releases of iproute2: `ip -V` as a comparable value, and the oldest supported release.

Through 5.7 `ip -V` prints a date (include/SNAPSHOT.h), from 5.8 on a version (include/version.h).
"""

from bisect import bisect
from functools import cache

from attrs import field, frozen

from ipwrap.system.lazy_pattern import lazy_pattern

__all__ = [
    "OLDEST_RELEASE",
    "UPGRADE_ADVICE",
    "Release",
    "is_busybox",
    "parse_version",
    "release_problem",
]

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
BEFORE_DATES = (0, 0)  # an older release, without a number here

# The tag v5.8.0 has this in include/version.h. (v5.9.0 has 5.8.0: no comparison here needs 5.9.)
MISNAMED = {"v5.7.0-77-gb687d1067169": (5, 8)}

DATE = lazy_pattern(r"ss([0-9]{6})")
NUMBERS = lazy_pattern(r"v?([0-9]+)\.([0-9]+)")

UPGRADE_ADVICE = (
    "install a newer one (backports, a later release of this system, or its source) "
    "and put it first in PATH"
)


@frozen(order=True)
class Release:
    """A release of iproute2. ``text`` is its own version string; only ``numbers`` are compared."""

    numbers: tuple[int, int]
    text: str = field(default="", eq=False, order=False)

    @classmethod
    def parse(cls, text: str | None) -> "Release | None":
        """Parse a version such as "6.1.0" or "ss191125"; None for another text."""
        return _parse(text or "")

    def __str__(self) -> str:
        if self.numbers == BEFORE_DATES:
            return self.text

        major, minor = self.numbers
        number = f"{major}.{minor}"
        if self.text.removeprefix("v").startswith(number):
            return self.text

        return f"{number} ({self.text})"


@cache
def _parse(text: str) -> Release | None:
    """Parse a version; the result is cached."""
    if text in MISNAMED:
        return Release(MISNAMED[text], text)

    date_match = DATE.match(text)
    if date_match:
        return Release(_numbers_of_date(date_match[1]), text)

    number_match = NUMBERS.match(text)
    if number_match:
        return Release((int(number_match[1]), int(number_match[2])), text)

    return None


def _numbers_of_date(date: str) -> tuple[int, int]:
    """Return the release of the last tag up to a date, such as "191125"."""
    later = bisect(DATES, date, key=lambda tag: tag[0])
    if later == 0:
        return BEFORE_DATES

    _, numbers = DATES[later - 1]
    return numbers


OLDEST_RELEASE = Release((5, 4), "5.4")  # the first release with mostly valid JSON


def parse_version(output: str) -> str | None:
    """Return the version in the output of `ip -V`: `ip utility, iproute2-6.1.0, libbpf 1.1.2`.

    Through 5.7 the version is a date: `iproute2-ss190708`.
    """
    _, mark, rest = output.partition("iproute2-")
    words = rest.replace(",", " ").split()
    return words[0] if mark and words else None


def is_busybox(output: str) -> bool:
    """Return whether the output of `ip -V` is from BusyBox, which has no option `-V`.

    BusyBox prints its name with the usage; a build without `ip` prints "applet not found".
    """
    return "BusyBox" in output or "applet not found" in output


def release_problem(version: str | None) -> str | None:
    """Return the message for a version older than `OLDEST`; None for later and unknown versions."""
    release = Release.parse(version)
    if release is None or release >= OLDEST_RELEASE:
        return None
    return f"iproute2 {release} is too old: {OLDEST_RELEASE} or later is needed; {UPGRADE_ADVICE}"
