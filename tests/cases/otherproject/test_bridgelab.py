"""The tests of the small project: most of them can be played back."""

import pytest
from bridgelab import addresses, build, reaches

from ipwrap import NotFound, Session
from ipwrap.pytest_plugin import MakeLab


def test_hosts_have_addresses(ip_recording: Session) -> None:
    """Each host has one, and they reach each other."""
    build(ip_recording, "red", "blue")
    assert {"blue": ["10.7.0.2"], "red": ["10.7.0.1"]} == addresses(ip_recording)
    assert reaches(ip_recording, "red", "10.7.0.2")


@pytest.mark.ipwrap_recording(ordered="per-namespace")
class TestPorts:
    """What is said of the bridge's ports."""

    @pytest.mark.parametrize("mtu", [1400, 9000])
    def test_port_and_host_are_a_pair(self, ip_recording: Session, mtu: int) -> None:
        """Indexes lead from one end to the other; an address that was read can be used."""
        build(ip_recording, "red", mtu=mtu)
        inside = ip_recording.netns("red")
        (port,), (host,) = ip_recording.ip.link.show("to-red"), inside.ip.link.show("eth0")
        assert (port.ifindex, mtu) == (host.link_index, port.mtu)
        ip_recording.ip.neigh.add("10.7.0.9", dev="br0", lladdr=host.address)
        assert [host.address] == [
            each.lladdr for each in ip_recording.ip.neigh.show(dev="br0", nud="permanent")
        ]

    def test_missing_port_is_missing(self, ip_recording: Session) -> None:
        """An error is played back, too."""
        with pytest.raises(NotFound):
            ip_recording.ip.link.show("to-red")


@pytest.mark.requires_sandbox
@pytest.mark.requires_kind("bridge", "veth")
def test_states_are_played_back(ip_recording: Session) -> None:
    """What is played back needs neither a sandbox nor a kind of links."""
    before = ip_recording.state()
    build(ip_recording, "red")
    assert [*before, "red"] == [*ip_recording.state()]


def test_live(lab: MakeLab, session: Session) -> None:
    """Labs are apart from each other."""
    one, other = lab("red"), lab()
    build(other, "red")
    assert ["red"] == [each.name for each in one.ip.netns.list()]
    assert [] == session.ip.netns.list()
    assert ["lo"] == [link.ifname for link in one.ip.link.show()]


@pytest.mark.requires_kind("bond")
def test_bond(session: Session) -> None:
    """A kernel without bonds skips this."""


@pytest.mark.requires_kind("no-such-kind")
def test_no_such_kind(session: Session) -> None:
    """Every kernel skips this."""
    raise AssertionError
