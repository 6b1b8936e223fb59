"""Which words commands named, and which MAC addresses count."""

import pytest

from ipwrap.recording.mentioned import GENERATED
from tests.state.comparison.counted import MAC, named


@pytest.mark.parametrize("word", ["10.0.0.1/24", "10.0.0.1", "FD00::1", "fd00::1", "link"])
def test_words_are_named_in_any_case_and_without_their_length(word: str) -> None:
    """A prefix names its address too, and capitals are no difference."""
    assert word in named(
        "ip address add local 10.0.0.1/24 dev link", "ip address add local fd00::1/64 dev x"
    )


@pytest.mark.parametrize("word", ["10.0.0.2", "in", None, 7])
def test_what_no_command_said_is_not_named(word: object) -> None:
    """A part of a word is not a word, and what is no text was never said."""
    assert word not in named("ip address add local 10.0.0.1/24 dev link")


@pytest.mark.parametrize(
    ("mac", "expected"),
    [
        (MAC, MAC),
        ("02:00:00:00:00:aa", "02:00:00:00:00:aa"),
        ("02:00:00:00:00:02", GENERATED),
        ("00:00:00:00:00:00", "00:00:00:00:00:00"),
        ("ff:ff:ff:ff:ff:ff", "ff:ff:ff:ff:ff:ff"),
        (None, None),
    ],
)
def test_a_mac_that_was_not_given_is_a_token(mac: str | None, expected: str | None) -> None:
    """Given addresses are compared, random ones are not, and none and all are nobody's choice."""
    assert expected == named(
        f"ip link set dev x address {MAC}", "ip link set dev y address 02:00:00:00:00:AA"
    ).mask_mac(mac)
