"""Keys of sysctl(8) in both spellings, values, and what a command line writes."""

import pytest

from ipwrap import InvalidArgument
from ipwrap.sysctl.keys import (
    canonical_key,
    canonical_prefix,
    check_value,
    default_key,
    is_of_namespace,
    path_of_key,
    write_order,
    written_settings,
)


@pytest.mark.parametrize(
    ("key", "path", "canonical"),
    [
        ("net.ipv4.ip_forward", "net/ipv4/ip_forward", "net.ipv4.ip_forward"),
        ("net/ipv4/ip_forward", "net/ipv4/ip_forward", "net.ipv4.ip_forward"),
        (
            "net/ipv4/conf/eth0.10/forwarding",
            "net/ipv4/conf/eth0.10/forwarding",
            "net/ipv4/conf/eth0.10/forwarding",
        ),
        (
            "net.ipv4.conf.eth0/10.forwarding",
            "net/ipv4/conf/eth0.10/forwarding",
            "net/ipv4/conf/eth0.10/forwarding",
        ),
        ("kernel.panic", "kernel/panic", "kernel.panic"),
    ],
)
def test_both_spellings_are_one_key(key: str, path: str, canonical: str) -> None:
    """The first separator decides, as in sysctl(8)."""
    assert (path, canonical) == (path_of_key(key), canonical_key(key))
    assert canonical == canonical_key(canonical)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "net",
        "net.",
        ".net.ipv4",
        "net..ipv4",
        "/proc/sys/net",
        "net/../kernel/core_pattern",
        "-net.ipv4.x",
        "net.ipv4.x=1",
        "net.ipv4.conf.*.forwarding",
        "net.ipv4 ip_forward",
        "net.\x1b[31m.x",
        "net.a\0b",
    ],
)
def test_text_that_is_no_key_is_refused(key: str) -> None:
    """No path leads out of /proc/sys, and no key is an option or a pattern."""
    with pytest.raises(InvalidArgument, match="key"):
        canonical_key(key)


def test_a_key_of_another_type_is_refused() -> None:
    """Neither a number nor bytes are a key."""
    with pytest.raises(InvalidArgument, match="no text"):
        path_of_key(7)  # type: ignore[arg-type]


def test_a_prefix_may_end_with_a_separator() -> None:
    """`net.ipv4.conf.` is the folder `net.ipv4.conf`."""
    assert canonical_prefix("net.ipv4.conf.") == canonical_prefix("net/ipv4/conf/")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1, "1"),
        (-1, "-1"),
        (True, "1"),
        (False, "0"),
        ("4096\t8192 9", "4096 8192 9"),
        ("bbr", "bbr"),
    ],
)
def test_values_become_text(value: int | str, text: str) -> None:
    """Numbers, truth values and lists of numbers are written as the kernel prints them."""
    assert text == check_value(value)


@pytest.mark.parametrize("value", ["", " ", "a\0", "1;2", "\x1b", None, 1.5, "x" * 5000])
def test_odd_values_are_refused(value: object) -> None:
    """Nothing that a parameter of the network cannot hold is written."""
    with pytest.raises(InvalidArgument, match="value"):
        check_value(value)


def test_only_keys_of_the_network_are_of_a_namespace() -> None:
    """All others belong to the whole machine."""
    assert is_of_namespace("net.ipv4.ip_forward")
    assert not is_of_namespace("kernel.panic")
    assert not is_of_namespace("network.x")


def test_a_link_inherits_from_default() -> None:
    """The key of one link has a counterpart; others have none."""
    assert default_key("net.ipv4.conf.eth0.rp_filter") == "net.ipv4.conf.default.rp_filter"
    assert default_key("net/ipv6/conf/eth0.1/forwarding") == "net.ipv6.conf.default.forwarding"
    assert default_key("net.ipv4.neigh.eth0.gc_stale_time") == (
        "net.ipv4.neigh.default.gc_stale_time"
    )
    assert default_key("net.ipv4.conf.all.rp_filter") is None
    assert default_key("net.ipv4.ip_forward") is None


@pytest.mark.parametrize(
    ("line", "settings"),
    [
        ("sysctl -w net.ipv4.ip_forward=1", [("net.ipv4.ip_forward", "1")]),
        ("/sbin/sysctl net/ipv4/ip_forward=1", [("net.ipv4.ip_forward", "1")]),
        ("sysctl -qw a.b=1 --ignore c.d=2", [("a.b", "1"), ("c.d", "2")]),
        ("sysctl net.ipv4.ip_forward", []),
        ("sysctl -w =1 ab=2 a.b=3", [("a.b", "3")]),
        ("sysctl -p a.b=3", []),
        ("sysctl --system", []),
        ("echo a.b=3", []),
    ],
)
def test_settings_of_a_command_line(line: str, settings: list[tuple[str, str]]) -> None:
    """KEY=VALUE is written; options that read files leave unknown what is."""
    assert settings == list(written_settings(line.split()))


def test_keys_of_all_links_come_first() -> None:
    """Then those of `default`, then those of the single links."""
    keys = ["net.ipv4.conf.a.forwarding", "net.ipv4.conf.default.forwarding", "net.ipv4.ip_forward"]
    assert list(reversed(keys)) == sorted(keys, key=write_order)
