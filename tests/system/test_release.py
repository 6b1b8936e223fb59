"""Releases of iproute2 as comparable values."""

import subprocess

import pytest

from ipwrap.system.programs import find_program
from ipwrap.system.release import (
    DATES,
    OLDEST_RELEASE,
    Release,
    is_busybox,
    parse_version,
    release_problem,
)


@pytest.mark.parametrize(
    ("output", "version"),
    [
        ("ip utility, iproute2-6.1.0, libbpf 1.1.2\n", "6.1.0"),
        ("ip utility, iproute2-6.15.0\n", "6.15.0"),
        ("ip utility, iproute2-ss191125\n", "ss191125"),
        ("ip utility, iproute2-5.10.0-4.el8 with more\n", "5.10.0-4.el8"),
        ("bridge utility, 0.0\n", None),
        ("ip utility, iproute2-\n", None),
        ("", None),
    ],
)
def test_version_is_read_from_the_output(output: str, version: str | None) -> None:
    """The word after `iproute2-` is the version; without the word there is none."""
    assert version == parse_version(output)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("6.1.0", (6, 1)),
        ("6.10.0", (6, 10)),
        ("5.10.0-4.el8", (5, 10)),
        ("7.1.0-rc1", (7, 1)),
        ("v6.3.0-4-gabcdef", (6, 3)),
        ("5.8.0", (5, 8)),
        ("v5.7.0-77-gb687d1067169", (5, 8)),
        ("ss191125", (5, 4)),
        ("ss200101", (5, 4)),
        ("ss200127", (5, 5)),
        ("ss191124", (5, 3)),
        ("ss190107", (4, 20)),
        ("ss171113", (4, 14)),
        ("ss130716", (0, 0)),
        ("ss991231", (5, 7)),
    ],
)
def test_release_of_a_version(text: str, numbers: tuple[int, int]) -> None:
    """Versions, with suffixes of a vendor or of git, and dates on and after a tag are parsed."""
    release = Release.parse(text)

    assert release is not None
    assert numbers == release.numbers


@pytest.mark.parametrize("text", [None, "", "of-a-vendor", "ss1", "6", "v"])
def test_unknown_version(text: str | None) -> None:
    """An unknown version has no release, and is not refused as too old."""
    assert Release.parse(text) is None
    assert release_problem(text) is None


def test_releases_are_compared_by_their_numbers() -> None:
    """6.10 is later than 6.9; the text of a version does not count."""
    names = ("ss130716", "ss190107", "ss191125", "5.10.0", "6.9.0", "6.10.0", "7.0.0")
    releases = [Release.parse(name) for name in names]

    assert releases == sorted(releases, key=lambda release: release.numbers if release else (0, 0))
    assert Release.parse("6.1.0") == Release.parse("6.1.0-2+deb12u1")
    assert Release((5, 4)) == OLDEST_RELEASE


def test_dates_are_in_order() -> None:
    """Dates and releases in the table are sorted and unique."""
    dates, numbers = zip(*DATES, strict=True)

    assert sorted(set(dates)) == list(dates)
    assert sorted(set(numbers)) == list(numbers)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("6.1.0", "6.1.0"),
        ("ss191125", "5.4 (ss191125)"),
        ("v5.7.0-77-gb687d1067169", "5.8 (v5.7.0-77-gb687d1067169)"),
        ("ss130716", "ss130716"),
    ],
)
def test_text_of_a_release(text: str, shown: str) -> None:
    """The text is the number, with another version string in brackets."""
    assert shown == str(Release.parse(text))


@pytest.mark.parametrize("version", ["ss191125", "5.4.0", "5.10.0", "7.3.0"])
def test_supported_release_is_not_too_old(version: str) -> None:
    """5.4 and later releases are supported."""
    assert release_problem(version) is None


@pytest.mark.parametrize(
    ("version", "name"),
    [
        ("ss190107", "4.20 (ss190107)"),
        ("ss190924", "5.3 (ss190924)"),
        ("ss130716", "ss130716"),
        ("5.3.0", "5.3.0"),
    ],
)
def test_older_release_is_too_old(version: str, name: str) -> None:
    """The message has the version, the oldest supported release, and advice, on a single line."""
    sentence = str(release_problem(version))

    assert sentence.startswith(
        f"iproute2 {name} is too old: 5.4 or later is needed; install a newer one ("
    )
    assert "\n" not in sentence


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("BusyBox v1.35.0 (Debian 1:1.35.0-4) multi-call binary.\n\nUsage: ip …", True),
        ("ip: applet not found\n", True),
        ("ip utility, iproute2-6.1.0, libbpf 1.1.2\n", False),
        ("", False),
    ],
)
def test_busybox_is_recognised(output: str, expected: bool) -> None:
    """BusyBox prints its name, or reports a missing applet."""
    assert expected == is_busybox(output)


def test_installed_iproute2_is_supported() -> None:
    """The installed iproute2 has a known, supported release."""
    command = (str(find_program("ip")), "-V")
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    release = Release.parse(parse_version(result.stdout))

    assert release is not None
    assert release >= OLDEST_RELEASE
