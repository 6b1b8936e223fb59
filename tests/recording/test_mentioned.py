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


@pytest.mark.parametrize(
    ("line", "is_named"),
    [
        ("ip route add to local 10.0.0.9 dev lo", True),
        ("ip r del table local 10.0.0.9", True),
        ("ip -d -family inet ro change anycast 10.0.0.9", True),
        ("ip netns exec red /sbin/ip route add local 10.0.0.9 dev lo", True),
        ("ip address add local 10.0.0.9/24 dev x", False),
        ("ip route add to 10.0.0.9 dev x", False),
        ("ip netns exec red", False),
        ("ip -d", False),
        ("echo route local 10.0.0.9", False),
    ],
)
def test_a_local_route_is_named_by_a_command_about_routes(line: str, is_named: bool) -> None:
    """An address alone names no local route, which the kernel adds for it by itself."""
    assert is_named == mentioned(line).names_local_route("10.0.0.9")


@pytest.mark.parametrize(
    ("line", "is_named"),
    [
        ("ip neigh add to FE80::9 dev x nud noarp", True),
        ("ip neighbour del FE80::9 dev x", True),
        ("ip n replace FE80::9 dev x", True),
        ("ip address add local FE80::9/64 dev x", False),
    ],
)
def test_a_neighbour_is_named_by_a_command_about_neighbours(line: str, is_named: bool) -> None:
    """An address alone names no neighbour, which the kernel may add for it by itself."""
    assert is_named == mentioned(line).names_neighbour("fe80::9")
    assert not mentioned(line).names_neighbour(None)
