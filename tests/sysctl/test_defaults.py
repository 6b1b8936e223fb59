"""The sysctls that are not as by default."""

import pytest

from ipwrap import Session
from ipwrap.sysctl.defaults import changed_values, default_value


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("net.ipv4.ip_forward", "0"),
        ("net.ipv4.conf.all.accept_source_route", "0"),
        ("net.ipv4.conf.eth0.accept_source_route", "1"),
        ("net.ipv6.conf.all.accept_ra", "1"),
        ("net/ipv6/conf/eth0.10/accept_ra", "1"),
        ("net.bridge.bridge-nf-call-iptables", "1"),
        ("net.mpls.platform_labels", "0"),
    ],
)
def test_the_kernel_has_defaults(key: str, expected: str) -> None:
    """A key has the default of the kernel, that of all links and that of one."""
    assert expected == default_value(key, {})


def test_what_follows_from_another_key_is_as_by_default() -> None:
    """The forwarding of links follows from ip_forward, unless a link differs."""
    values = {
        "net.ipv4.ip_forward": "1",
        "net.ipv4.conf.all.forwarding": "1",
        "net.ipv4.conf.eth0.forwarding": "1",
        "net.ipv4.conf.eth1.forwarding": "0",
        "net.ipv6.conf.all.disable_ipv6": "1",
        "net.ipv6.conf.eth0.disable_ipv6": "1",
    }

    assert {
        "net.ipv4.conf.eth1.forwarding": "0",
        "net.ipv4.ip_forward": "1",
        "net.ipv6.conf.all.disable_ipv6": "1",
    } == changed_values(values)


def test_a_snapshot_lists_what_was_set(sandbox_session: Session) -> None:
    """A value that a program has set is listed in its namespace, and it alone."""
    sandbox_session.ip.netns.add("tuned")
    before = sandbox_session.snapshot()["tuned"].sysctls
    sandbox_session.netns("tuned").exec("sysctl", "-qw", "net.ipv4.ip_forward=1")
    after = sandbox_session.snapshot()["tuned"].sysctls

    assert {**before, "net.ipv4.ip_forward": "1"} == after
