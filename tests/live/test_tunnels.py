"""Options of tunnels can be unset, and tunnels carry packets between namespaces."""

from collections.abc import Callable

import pytest

from ipwrap import NotSupported, RejectedByKernel, Session
from ipwrap.kinds import Geneve, Gre, Gretap, Ip6gre, Ip6gretap, Ip6tnl, Ipip, LinkKind, Veth, Xfrm

pytestmark = pytest.mark.live


def show_kind(session: Session, name: str) -> LinkKind | None:
    """Return the kind of a link."""
    (link,) = session.ip.link.show(name)
    return link.kind


@pytest.mark.parametrize(
    ("first", "change", "name"),
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
def test_an_option_can_be_unset(
    sandbox_session: Session,
    first: LinkKind,
    change: LinkKind,
    name: str,
) -> None:
    """An option is shown after the first command, and not shown after the second command."""
    try:
        sandbox_session.ip.link.add("new", first)
    except NotSupported as error:
        pytest.skip(f"this kernel: {error.reason}")
    except RejectedByKernel as error:
        if name != "encap":
            raise
        pytest.skip(f"this kernel: it has no CONFIG_NET_FOU_IP_TUNNELS: {error.reason}")

    before = getattr(show_kind(sandbox_session, "new"), name)
    sandbox_session.ip.link.set("new", change)

    assert (getattr(first, name), None) == (
        before,
        getattr(show_kind(sandbox_session, "new"), name),
    )


@pytest.mark.parametrize("cls", [Geneve, Gre, Gretap, Ip6gre, Ip6gretap, Ip6tnl, Ipip, Xfrm])
def test_an_external_tunnel_can_be_built_again(
    sandbox_session: Session, cls: Callable[..., LinkKind]
) -> None:
    """The shown options of an external tunnel are valid options for a new tunnel."""
    try:
        sandbox_session.ip.link.add("new", cls(external=True))
    except NotSupported as error:
        pytest.skip(f"this kernel: {error.reason}")

    first = show_kind(sandbox_session, "new")

    assert first is not None
    sandbox_session.ip.link.delete("new")
    sandbox_session.ip.link.add("new", first)

    assert first == show_kind(sandbox_session, "new")


def test_a_key_differs_by_direction(sandbox_session: Session) -> None:
    """Different keys for both directions are shown separately."""
    try:
        sandbox_session.ip.link.add(
            "new",
            Gre(remote="192.0.2.2", local="192.0.2.1", ikey=5, okey="10.0.0.1"),
        )
    except NotSupported as error:
        pytest.skip(f"this kernel: {error.reason}")

    kind = show_kind(sandbox_session, "new")

    assert isinstance(kind, Gre)
    assert (None, 5, 0x0A000001) == (kind.key, kind.ikey, kind.okey)


@pytest.mark.parametrize("cls", [Gre, Ipip])
def test_a_tunnel_carries_packets(sandbox_session: Session, cls: type[Gre] | type[Ipip]) -> None:
    """A ping through a tunnel between two namespaces is answered."""
    sandbox_session.ip.netns.add("far")
    far = sandbox_session.netns("far")
    sandbox_session.ip.link.add("under", Veth(peer="under", peer_netns="far"), up=True)
    far.ip.link.set("under", up=True)
    for session, local_host, remote_host in ((sandbox_session, 1, 2), (far, 2, 1)):
        session.ip.address.add(f"192.0.2.{local_host}/24", dev="under")
        try:
            session.ip.link.add(
                "tun",
                cls(local=f"192.0.2.{local_host}", remote=f"192.0.2.{remote_host}", ttl=64),
                up=True,
            )
        except NotSupported as error:
            pytest.skip(f"this kernel: {error.reason}")

        session.ip.address.add(f"10.0.0.{local_host}/24", dev="tun")

    assert "1 received" in sandbox_session.exec("ping", "-c", "1", "-W", "2", "10.0.0.2").stdout
