"""`peer` is the first argument, and the options of a whole link follow."""

import pytest

from ipwrap import Session
from ipwrap.errors import InvalidArgument, UnknownOption
from ipwrap.kinds import Veth


@pytest.mark.parametrize(
    ("veth", "arguments"),
    [
        (Veth(), ""),
        (Veth(peer="eth0"), "peer name eth0"),
        (Veth(peer="eth0", peer_netns="ns1"), "peer name eth0 netns ns1"),
        (Veth(peer_netns="ns1"), "peer netns ns1"),
        (Veth(peer_options={"mtu": 9000}), "peer mtu 9000"),
        (
            Veth(peer="eth0", peer_netns="ns1", peer_options={"mtu": 9000, "up": True}),
            "peer name eth0 mtu 9000 netns ns1 up",
        ),
        (Veth(peer="eth0", peer_options={"netns": "ns1"}), "peer name eth0 netns ns1"),
        (
            Veth(peer="up", peer_options={"address": "02:00:00:00:00:01"}),
            "peer name up address 02:00:00:00:00:01",
        ),
    ],
)
def test_peer_is_a_whole_link(veth: Veth, arguments: str) -> None:
    """The name follows a keyword, so a peer can have the name `up`."""
    expected = tuple(arguments.split())

    assert expected == veth.to_args()


def test_name_of_the_peer_is_checked() -> None:
    """The name has the rules of every new link."""
    with pytest.raises(InvalidArgument, match=r"^peer: "):
        Veth(peer="a/b").to_args()


def test_options_of_the_peer_are_checked() -> None:
    """The options are those of every link."""
    with pytest.raises(UnknownOption, match="did you mean 'mtu'"):
        Veth(peer_options={"mut": 9000}).to_args()  # type: ignore[typeddict-unknown-key]


def test_given_options_stay_unchanged() -> None:
    """The dict of the user is not modified."""
    veth = Veth(peer_netns="ns1", peer_options={"mtu": 9000})
    veth.to_args()
    assert {"mtu": 9000} == veth.peer_options


@pytest.mark.live
def test_kernel_creates_the_peer(session: Session) -> None:
    """The peer has the requested name, namespace, MTU and address."""
    session.ip.netns.add("ns1")
    options = Veth(
        peer="up", peer_netns="ns1", peer_options={"mtu": 1400, "address": "02:00:00:00:00:01"}
    )
    session.ip.link.add("a", options)
    peer = session.netns("ns1").ip.link.show("up")[0]
    assert ("up", 1400, "02:00:00:00:00:01", Veth()) == (
        peer.ifname,
        peer.mtu,
        peer.address,
        peer.kind,
    )
