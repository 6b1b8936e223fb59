"""What a tunnel was told can be taken back, and tunnels carry packets from one namespace to another."""

from collections.abc import Callable

import pytest

from ipwrap import NotSupported, RejectedByKernel, Session
from ipwrap.kinds import Geneve, Gre, Gretap, Ip6gre, Ip6gretap, Ip6tnl, Ipip, LinkKind, Veth, Xfrm

pytestmark = pytest.mark.live


def shown(room: Session, name: str) -> LinkKind | None:
    """Return the kind of a link, as it is shown."""
    (link,) = room.ip.link.show(name)
    return link.kind


@pytest.mark.parametrize(
    ("first", "then", "name"),
    [
        (Gre(remote="192.0.2.2", key=5), Gre(key=False), "key"),
        (Gre(remote="192.0.2.2", ikey=5), Gre(ikey=False), "ikey"),
        (Gre(remote="192.0.2.2", okey=5), Gre(okey=False), "okey"),
        (Gre(remote="192.0.2.2", seq=True), Gre(seq=False), "seq"),
        (Gre(remote="192.0.2.2", csum=True), Gre(csum=False), "csum"),
        (Ip6gre(remote="2001:db8::2", key=5), Ip6gre(key=False), "key"),
        (
            Ip6gre(remote="2001:db8::2", allow_localremote=True),
            Ip6gre(allow_localremote=False),
            "allow_localremote",
        ),
        (Ip6tnl(remote="2001:db8::2", fwmark="inherit"), Ip6tnl(fwmark=0), "fwmark"),
        (Ipip(remote="192.0.2.2", local="192.0.2.1"), Ipip(local="any"), "local"),
        (Ipip(remote="192.0.2.2", encap="fou", encap_dport=5555), Ipip(encap="none"), "encap"),
    ],
    ids=str,
)
def test_what_was_set_is_taken_back(
    room: Session, first: LinkKind, then: LinkKind, name: str
) -> None:
    """It was shown, and after a change that says False, 0, none or any it is not."""
    try:
        room.ip.link.add("new", first)
    except NotSupported as error:
        pytest.skip(f"this kernel: {error.reason}")
    except RejectedByKernel as error:
        if name != "encap":
            raise
        pytest.skip(f"this kernel: it has no CONFIG_NET_FOU_IP_TUNNELS: {error.reason}")
    before = getattr(shown(room, "new"), name)
    room.ip.link.set("new", then)
    assert (getattr(first, name), None) == (before, getattr(shown(room, "new"), name))


@pytest.mark.parametrize("cls", [Geneve, Gre, Gretap, Ip6gre, Ip6gretap, Ip6tnl, Ipip, Xfrm])
def test_an_external_tunnel_can_be_built_again(room: Session, cls: Callable[..., LinkKind]) -> None:
    """What is shown of it is what can be said of it: no more than iproute2 and the kernel take beside `external`."""
    try:
        room.ip.link.add("new", cls(external=True))
    except NotSupported as error:
        pytest.skip(f"this kernel: {error.reason}")
    first = shown(room, "new")
    assert first is not None
    room.ip.link.delete("new")
    room.ip.link.add("new", first)
    assert first == shown(room, "new")


def test_a_key_differs_by_direction(room: Session) -> None:
    """Of two that are not the same, each is shown by its own."""
    try:
        room.ip.link.add("new", Gre(remote="192.0.2.2", local="192.0.2.1", ikey=5, okey="10.0.0.1"))
    except NotSupported as error:
        pytest.skip(f"this kernel: {error.reason}")
    kind = shown(room, "new")
    assert isinstance(kind, Gre)
    assert (None, 5, 0x0A000001) == (kind.key, kind.ikey, kind.okey)


@pytest.mark.parametrize("cls", [Gre, Ipip])
def test_a_tunnel_carries_packets(room: Session, cls: type[Gre] | type[Ipip]) -> None:
    """A ping through it, between two namespaces, comes back."""
    room.ip.netns.add("far")
    far = room.netns("far")
    room.ip.link.add("under", Veth(peer="under", peer_netns="far"), up=True)
    far.ip.link.set("under", up=True)
    for place, here, there in ((room, 1, 2), (far, 2, 1)):
        place.ip.address.add(f"192.0.2.{here}/24", dev="under")
        try:
            place.ip.link.add(
                "tun", cls(local=f"192.0.2.{here}", remote=f"192.0.2.{there}", ttl=64), up=True
            )
        except NotSupported as error:
            pytest.skip(f"this kernel: {error.reason}")
        place.ip.address.add(f"10.0.0.{here}/24", dev="tun")
    assert "1 received" in room.exec("ping", "-c", "1", "-W", "2", "10.0.0.2").stdout
