"""`peer` is the first word, and what follows are the options of a whole link."""

import pytest

from ipwrap import Session
from ipwrap.errors import InvalidArgument, UnknownOption
from ipwrap.kinds import Veth


@pytest.mark.parametrize(
    ("veth", "words"),
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
def test_the_peer_is_a_whole_link(veth: Veth, words: str) -> None:
    """Its name follows a keyword, so that a peer called `up` is a name."""
    assert tuple(words.split()) == veth.to_args()


def test_the_peers_name_is_checked() -> None:
    """It is a new link's name like any other."""
    with pytest.raises(InvalidArgument, match=r"^peer: "):
        Veth(peer="a/b").to_args()


def test_the_peers_options_are_checked() -> None:
    """They are those of every link."""
    with pytest.raises(UnknownOption, match="did you mean 'mtu'"):
        Veth(peer_options={"mut": 9000}).to_args()  # type: ignore[typeddict-unknown-key]


def test_the_options_given_are_not_changed() -> None:
    """The user's dict stays the user's."""
    veth = Veth(peer_netns="ns1", peer_options={"mtu": 9000})
    veth.to_args()
    assert {"mtu": 9000} == veth.peer_options


@pytest.mark.live
def test_the_kernel_makes_the_peer_as_it_was_said(session: Session) -> None:
    """Name, namespace, MTU and address of the other end are as they were asked for."""
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
