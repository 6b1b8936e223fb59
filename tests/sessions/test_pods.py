"""`Session.pods`: its commands, the pods in the kernel, and what is refused before any runs."""

from typing import Any

import pytest

from ipwrap import AlreadyExists, InvalidArgument, NotFound, Session
from ipwrap.kinds import Bridge
from ipwrap.sessions.pods import port_name


def lines_of(session: Session) -> list[str]:
    """Return the command lines of a session."""
    return [result.line for result in session.recording.results]


def test_pods_are_commands_of_verbs(dry_session: Session) -> None:
    """A bridge with the gateway, and for each pod a namespace, a cable, an address and a route."""
    (pod,) = dry_session.pods(1, bridge="cni0", subnet="10.244.0.0/24")

    assert dry_session.netns("pod1") == pod
    assert [
        "ip -j -d address show type bridge",
        "ip link add name cni0 type bridge",
        "ip address add local 10.244.0.1/24 dev cni0",
        "ip link set dev cni0 up",
        "ip netns add pod1",
        "ip -n pod1 link set dev lo up",
        "ip link add name veth-pod1 type veth peer name eth0 netns pod1",
        "ip link set dev veth-pod1 master cni0",
        "ip link set dev veth-pod1 up",
        "ip -n pod1 address add local 10.244.0.2/24 dev eth0",
        "ip -n pod1 link set dev eth0 up",
        "ip -n pod1 route add to default via 10.244.0.1",
    ] == lines_of(dry_session)


def test_pods_without_a_gateway(dry_session: Session) -> None:
    """Without a gateway the bridge has no address, the pods have no route, and the first its."""
    dry_session.pods(1, bridge="cni0", subnet="10.244.0.0/24", gateway=False, mtu=1450)

    lines = lines_of(dry_session)
    assert "ip link add name cni0 mtu 1450 type bridge" in lines
    assert "ip -n pod1 address add local 10.244.0.1/24 dev eth0" in lines
    assert [] == [
        line for line in lines if "route" in line or ("address add" in line and "cni0" in line)
    ]


def test_pods_without_a_subnet(dry_session: Session) -> None:
    """Pods without addresses are namespaces on a bridge."""
    dry_session.pods(2, bridge="cni0")

    assert [] == [line for line in lines_of(dry_session) if "address add" in line]


def test_another_gateway(dry_session: Session) -> None:
    """An address of the subnet is the gateway, and no pod has it."""
    dry_session.pods(3, bridge="cni0", subnet="10.244.0.0/29", gateway="10.244.0.2")

    addresses = [line.split()[-3] for line in lines_of(dry_session) if "address add" in line]
    assert ["10.244.0.2/29", "10.244.0.1/29", "10.244.0.3/29", "10.244.0.4/29"] == addresses


@pytest.mark.parametrize(
    ("names", "start", "expected"),
    [
        ("pod", 1, ["pod1", "pod2"]),
        ("web-", 4, ["web-4", "web-5"]),
        (["red", "blue"], 1, ["red", "blue"]),
    ],
)
def test_names_of_pods(dry_session: Session, names: Any, start: int, expected: list[str]) -> None:
    """Names are a prefix with numbers, or given."""
    pods = dry_session.pods(2, bridge="cni0", names=names, start=start)

    assert expected == [pod.name for pod in pods]


@pytest.mark.parametrize(
    ("count", "options", "message"),
    [
        (6, {"subnet": "10.0.0.0/29"}, r"10\.0\.0\.0/29 has addresses for 5 pods, and not for 6"),
        (2, {"subnet": "10.0.0.0/29", "start": 5}, "for 5 pods, and not for 6"),
        (7, {"subnet": "10.0.0.0/29", "gateway": False}, "for 6 pods"),
        (3, {"subnet": ("10.0.0.0/8", "fd00::/126")}, "fd00::/126 has addresses for 2 pods"),
        (2, {"subnet": "10.0.0.0/31"}, "for 1 pods"),
        (1, {"subnet": "10.0.0.0/32"}, "for 0 pods"),
        (1, {"subnet": "10.0.0.1/24"}, "has host bits set"),
        (1, {"subnet": "10.0.0.0/8", "gateway": "10"}, "gateway: '10' does not appear"),
        (1, {"subnet": "10.0.0.0/8", "gateway": "11.0.0.1"}, "11.0.0.1 is not in the subnet"),
        (1, {"gateway": "11.0.0.1"}, "is that of one subnet"),
        (0, {}, "count: 0 is no number of 1 or more"),
        ("5", {}, "count: '5'"),
        (1, {"start": 0}, "start: 0"),
        (2, {"names": ["red"]}, "2 pods and 1 names"),
        (2, {"names": ["red", "red"]}, "a name twice"),
        (1, {"names": ["a/b"]}, "name: 'a/b'"),
        (1, {"bridge": "node:"}, "'node:' names no link"),
    ],
)
def test_wrong_pods_are_refused(
    dry_session: Session, count: Any, options: dict[str, Any], message: str
) -> None:
    """What cannot be built whole is refused before a command runs."""
    with pytest.raises(InvalidArgument, match=message):
        dry_session.pods(count, **{"bridge": "cni0", **options})

    assert [] == lines_of(dry_session)


def test_links_of_pods_with_long_names() -> None:
    """A link of a long or an odd name has a checksum of it instead: 15 characters at most."""
    names = ["pod1", "a-pod-name", "a-long-pod-name", "a-long-pod-nama", "pod:1", "pöd"]
    ports = [port_name(name) for name in names]

    assert ["veth-pod1", "veth-a-pod-name"] == ports[:2]
    assert len(names) == len(set(ports))
    assert all(len(port) <= 15 and port.isascii() and ":" not in port for port in ports)


@pytest.mark.live
def test_a_bridge_that_is_there_is_used(session: Session) -> None:
    """A bridge with its address is taken as it is, and further pods continue behind the first."""
    session.ip.link.add("cni0", Bridge(), up=True)
    session.ip.address.add("10.244.0.1/24", dev="cni0")
    pods = [
        *session.pods(2, bridge="cni0", subnet="10.244.0.0/24"),
        *session.pods(1, bridge="cni0", subnet="10.244.0.0/24", start=3),
    ]

    assert ["pod1", "pod2", "pod3"] == [pod.name for pod in pods]
    assert pods[2].exec("ping", "-c", "1", "-W", "9", "10.244.0.2").ok
    assert 1 == len([line for line in lines_of(session) if "dev cni0" in line])


@pytest.mark.live
def test_pods_of_another_namespace_and_both_families(session: Session) -> None:
    """The bridge may be in a namespace, as that of a node, and a subnet of each family."""
    session.ip.netns.add("node")
    subnets = ("10.1.0.0/24", "fd00:1::/64")
    with session.batch():
        pods = session.pods(2, bridge="node:br0", subnet=subnets, names="a")

    assert "br0" == session.netns("node").ip.link.get("veth-a1").master
    for address in ("10.1.0.3", "fd00:1::3", "fd00:1::1"):
        assert pods[0].exec("ping", "-c", "1", "-W", "9", address).ok


@pytest.mark.live
def test_pods_that_are_there_already(session: Session) -> None:
    """A namespace that exists is an error with its name; a missing node is, too."""
    session.pods(1, bridge="cni0")

    with pytest.raises(AlreadyExists, match="pod1"):
        session.pods(1, bridge="cni0")
    with pytest.raises(NotFound, match="node"):
        session.pods(1, bridge="node:br0")


@pytest.mark.live
def test_pods_and_cables_are_played_back(session: Session) -> None:
    """Whether the bridge is there is read and recorded, so that a playback takes the same way."""

    def build(lab: Session) -> list[str]:
        pods = [
            *lab.pods(1, bridge="cni0", subnet="10.244.0.0/24"),
            *lab.pods(1, bridge="cni0", subnet="10.244.0.0/24", start=2),
        ]
        lab.cable("pod1:eth1", "pod2:eth1", addresses=("10.0.0.1/24", "10.0.0.2/24"))
        return [pod.name for pod in pods]

    names = build(session)
    with Session.playback(session.recording) as playback:
        assert names == build(playback)
        assert [] == playback.unplayed


LAB = '''\
"""Five pods on a bridge serve a page each, and fetch from all."""

from ipwrap import Session, until


def main(session: Session) -> None:
    """Start the servers, fetch from each in each pod, and stop them."""
    pods = session.pods(5, bridge="cni0", subnet="10.244.0.0/24")
    web = ("python3", "-m", "http.server", "8000")
    servers = [pod.spawn(*web, ready=until.listening(8000)) for pod in pods]

    for pod in pods:
        for number in range(2, 7):
            fetch = f"import urllib.request as r; r.urlopen('http://10.244.0.{number}:8000')"
            pod.exec("python3", "-c", fetch)

    for server in servers:
        server.stop()
        print(server.stderr.count('"GET / HTTP/1.1" 200'))
'''


@pytest.mark.live
def test_five_pods_that_serve_take_few_lines(
    session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    """The lab of five serving pods has at most 25 lines, and each server answers all five pods."""
    assert len(LAB.splitlines()) <= 25

    names: dict[str, Any] = {}
    exec(compile(LAB, "lab.py", "exec"), names)
    names["main"](session)
    assert ["5"] * 5 == capsys.readouterr().out.split()
