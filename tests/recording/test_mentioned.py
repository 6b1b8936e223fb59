"""The words that commands mention, and kernel-assigned MAC addresses."""

import pytest

from ipwrap.recording.mentioned import GENERATED
from tests.objects.counted import MAC, mentioned


@pytest.mark.parametrize("word", ["10.0.0.1/24", "10.0.0.1", "FD00::1", "fd00::1", "link"])
def test_words_are_mentioned_in_any_case(word: str) -> None:
    """A prefix mentions its address as well, in upper and lower case."""
    assert word in mentioned(
        "ip address add local 10.0.0.1/24 dev link", "ip address add local fd00::1/64 dev x"
    )


@pytest.mark.parametrize("word", ["10.0.0.2", "in", None, 7])
def test_a_part_of_a_word_is_not_mentioned(word: object) -> None:
    """Parts of words, and values that are no text, are not mentioned."""
    assert word not in mentioned("ip address add local 10.0.0.1/24 dev link")


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
def test_a_kernel_assigned_mac_is_a_token(mac: str | None, expected: str | None) -> None:
    """Mentioned, zero and broadcast addresses are kept."""
    assert expected == mentioned(
        f"ip link set dev x address {MAC}", "ip link set dev y address 02:00:00:00:00:AA"
    ).mask_mac(mac)
