"""A kernel parameter has a value."""

import pytest

from ipwrap import InvalidArgument, until
from ipwrap.conditions import Condition
from tests.conditions.agreement import OTHER, POD, Lab, check_agreement, pytest_id

CASES: list[tuple[Condition, bool, str | None]] = [
    (until.sysctl("net.ipv4.conf.lo.forwarding", 0), True, POD),
    (until.sysctl("net.ipv4.conf.lo.forwarding", 1), False, POD),
    (until.sysctl("net.ipv4.conf.lo.forwarding", 0), False, OTHER),
    (until.sysctl("net.ipv4.conf.lo.forwarding", 0), True, None),
    (until.sysctl("net.ipv4.conf.it's.forwarding", 0), False, None),
    (until.sysctl("net.ipv4.conf.a/b.forwarding", "0"), True, POD),
    (until.sysctl("net/ipv4/conf/a.b/forwarding", False), True, POD),
    (until.sysctl("net.ipv4.conf.it's.forwarding", 0), True, POD),
    (until.sysctl("net.ipv4.conf.absent.forwarding", 0), False, POD),
    (until.sysctl("net.ipv4.ip_local_port_range", "32768 60999"), True, POD),
    (until.sysctl("net.ipv4.ip_local_port_range", "32768\t60999"), True, POD),
    (until.sysctl("net.ipv4.ip_local_port_range", "32768"), False, POD),
    (until.sysctl("net.ipv4.ip_local_port_range", "3.*"), False, POD),
    (until.sysctl("net.ipv4.ip_local_port_range", "-e"), False, POD),
]


@pytest.mark.parametrize(("condition", "expected", "netns"), CASES, ids=pytest_id)
def test_look_and_script_agree(
    lab: Lab, condition: Condition, expected: bool, netns: str | None
) -> None:
    """A look and a script find the same."""
    check_agreement(lab, condition, expected, netns)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("", 1, "key: an empty word"),
        ("../../etc/passwd", 1, "key: .* is no key"),
        ("net..ipv4", 1, "key: .* is no key"),
        ("/net/ipv4", 1, "key: .* is no key"),
        ("net.ipv4 x", 1, "key: .* is no key"),
        ("net.ipv4.ip_forward", "", "value: an empty word"),
        ("net.ipv4.ip_forward", None, "value: None is a NoneType"),
    ],
)
def test_refused_values(key: str, value: str, message: str) -> None:
    """A value that no parameter can have is refused, and a path out of /proc/sys."""
    with pytest.raises(InvalidArgument, match=message):
        until.sysctl(key, value)


def test_plain_english() -> None:
    """A condition prints itself in plain English."""
    condition = until.sysctl("net.ipv4.ip_forward", True)
    assert "sysctl net.ipv4.ip_forward is 1" == str(condition)
    assert 'until.sysctl("net.ipv4.ip_forward", "1")' == condition.source()
