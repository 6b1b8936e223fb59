"""Links between nodes of two hosts: a VXLAN each, over the network between the hosts."""

from collections.abc import Iterator

import pytest
from attrs import evolve

from ipwrap import AlreadyExists, DryRun, InvalidArgument, Local, Session, until
from ipwrap.lab import Lab
from ipwrap.lab.tunnels import PORT, choose_vni
from ipwrap.qdiscs import Netem
from tests.lab.test_hosts import HOSTS, PING, RULE, UNDERLAY, open_lab, places
from tests.remote_hosts import FarHosts


@pytest.fixture(scope="module")
def lab(remote_hosts: FarHosts) -> Iterator[Lab]:
    """Two nodes on two hosts, up, shared by the tests of this file."""
    with open_lab(remote_hosts) as lab:
        lab.link(lab.node("a1"), lab.node("b1"))
        yield lab.up()


def test_a_link_is_a_vxlan_of_its_own(lab: Lab) -> None:
    """Each end has the number, the port and both addresses, and learns nothing."""
    link = lab.links[0]
    kinds = [port.ip.link.get(port.name).kind for port in link.ports]
    told = [(kind.id, kind.local, kind.remote, kind.dstport, kind.learning) for kind in kinds]  # type: ignore[union-attr]

    assert [
        (link.vni, "192.0.2.1", "192.0.2.2", PORT, False),
        (link.vni, "192.0.2.2", "192.0.2.1", PORT, False),
    ] == told


def test_a_pulled_link_comes_back(lab: Lab) -> None:
    """The other end has no carrier, as that of a veth; plugged in, both families pass again."""
    link = lab.links[0]
    first, second = link.ports

    link.pull()
    flags = first.ip.link.get(first.name).flags or ()
    without = first.node.exec("ping", "-c", "1", "-W", "1", second.node.address, check=False).ok
    link.plug()
    target = second.addresses[1].partition("/")[0]
    first.node.wait_for(until.succeeds(*PING, target), timeout=60)

    assert (True, False) == ("NO-CARRIER" in flags, without)
    assert first.node.exec(*PING, second.node.address).ok


def test_the_mtu_fits_into_the_underlay(lab: Lab) -> None:
    """Packets of the whole MTU pass; another one is set on both hosts, and then the first again."""
    link = lab.links[0]
    first, second = link.ports

    def mtus() -> list[int | None]:
        return [port.ip.link.get(port.name).mtu for port in link.ports]

    assert [1450, 1450] == mtus()
    whole = ("-M", "do", "-s", str(1450 - 28))
    assert first.node.exec(*PING, *whole, second.node.address).ok
    link.set(mtu=1300)
    assert [1300, 1300] == mtus()
    plan = lab.topology()
    lab.apply(evolve(plan, links=(evolve(plan.links[0], mtu=None),)))
    assert [1450, 1450] == mtus()


def test_an_underlay_of_ipv6(remote_hosts: FarHosts, lab: Lab) -> None:
    """The outer headers are longer by 20 bytes."""
    (addresses,) = remote_hosts.add_underlay("fd00:192::")
    underlay = dict(zip(("lab1", "lab2"), addresses.values(), strict=True))
    with Lab(
        places(remote_hosts), name="v6", underlay=underlay, place=RULE, pools="10.1.0.0/16"
    ) as other:
        first, second = other.node("a6"), other.node("b6")
        other.link(first, second)
        other.up()
        whole = ("-M", "do", "-s", str(1430 - 28))
        is_reached = first.exec(*PING, *whole, second.address).ok
        other.down()

    assert is_reached
    assert lab.links[0].vni != other.links[0].vni


def test_a_number_that_is_taken_is_told(remote_hosts: FarHosts, lab: Lab) -> None:
    """Another lab of the name has the same numbers: the error says what to do."""
    with Lab(places(remote_hosts), underlay=UNDERLAY, place=RULE) as other:
        other.link(other.node("a7"), other.node("b7"))
        with pytest.raises(AlreadyExists, match="VNI already exists") as raised:
            other.up()
        assert raised.value.__notes__[-1].endswith("give this one another name=")
        other.down()
    assert {"host1": ["a1"], "host2": ["b1"]} == remote_hosts.namespaces()
    assert lab.is_up


def test_the_commands_of_a_link() -> None:
    """Each host has those of its own end: the VXLAN, the port of a switch, netem, MTU, carrier."""
    with Session(Local(), DryRun()) as first, Session(Local(), DryRun()) as second:
        lab = Lab({"lab1": first, "lab2": second}, underlay=UNDERLAY, place=RULE)
        netems = (Netem(delay="1ms"), Netem(loss=1))
        link = lab.link(lab.node("a1"), lab.switch("s1"), netem=netems, mtu=1400)
        lab.up()
        link.set(mtu=1300)
        link.pull()
        link.plug()
        lines = {host: text.splitlines() for host, text in lab.export("plain").items()}

    vxlan = f"type vxlan id {link.vni} remote 192.0.2.{{}} local 192.0.2.{{}} dstport {PORT}"
    assert lines == {
        "lab1": [
            *("#!/bin/sh", "set -eu", "ip netns add a1", "ip -n a1 link set lo up"),
            f"ip link add eth0 mtu 1400 netns a1 {vxlan.format(2, 1)} nolearning",
            "ip -n a1 link set eth0 up",
            "tc -n a1 qdisc replace dev eth0 root netem delay 1ms",
            "ip -n a1 link set eth0 mtu 1300",
            "ip -n a1 link set eth0 protodown on",
            "ip -n a1 link set eth0 protodown off",
        ],
        "lab2": [
            *("#!/bin/sh", "set -eu", "ip netns add s1", "ip -n s1 link set lo up"),
            "ip -n s1 link add br0 up type bridge",
            f"ip link add port1 mtu 1400 netns s1 {vxlan.format(1, 2)} nolearning",
            "ip -n s1 link set port1 master br0",
            "ip -n s1 link set port1 up",
            "tc -n s1 qdisc replace dev port1 root netem loss random 1%",
            "ip -n s1 link set port1 mtu 1300",
            "ip -n s1 link set port1 down",
            "ip -n s1 link set port1 up",
        ],
    }


def test_numbers_are_those_of_the_name() -> None:
    """Each link has the first free number; all are in the 24 bits."""
    first = choose_vni("lab", ())

    assert [first, first + 1, first + 2] == [
        choose_vni("lab", range(first, first + count)) for count in range(3)
    ]
    assert all(0 < choose_vni(f"lab{number}", ()) < 2**24 - 4095 for number in range(100))
    assert choose_vni("lab", ()) != choose_vni("other", ())


@pytest.mark.parametrize(
    ("underlay", "message"),
    [
        ({"lab1": "192.0.2.1"}, "host lab2 has a link to another host, and no address"),
        ({"lab1": "192.0.2.1", "lab2": "fd00::2"}, "192.0.2.1 and fd00::2, are of two families"),
    ],
)
def test_hosts_need_addresses_of_one_family(underlay: dict[str, str], message: str) -> None:
    """A link between hosts is refused when it is declared; one on a host needs no underlay."""
    lab = Lab(HOSTS, underlay=underlay, place=RULE)
    first, second, other = lab.node("a1"), lab.node("b1"), lab.node("a2")
    local = lab.link(first, other)

    with pytest.raises(InvalidArgument, match=message):
        lab.link(first, second)
    assert ([local], None) == (lab.links, local.vni)
    assert "eth1" == lab.link(first, other).ports[0].name
