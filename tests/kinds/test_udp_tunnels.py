"""Tunnels over UDP: Geneve, GTP, bare UDP, AMT and PFCP; and VTI, XFRM and BATMAN."""

from typing import Any

import pytest

from ipwrap.errors import InvalidArgument
from ipwrap.kinds import Amt, Bareudp, Batadv, Geneve, Gtp, LinkKind, Pfcp, Vti, Vti6, Xfrm


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        (Geneve(id=7, remote="192.0.2.2"), "id 7 remote 192.0.2.2"),
        (Geneve(id=0, remote="2001:db8::2", flowlabel=5), "id 0 remote 2001:db8::2 flowlabel 5"),
        (Geneve(ttl="auto", tos="inherit", df="inherit"), "ttl auto tos inherit df inherit"),
        (Geneve(ttl="inherit", dstport=6081), "ttl inherit dstport 6081"),
        (Geneve(external=True, innerprotoinherit=True), "external innerprotoinherit"),
        (
            Geneve(external=False, udpcsum=False, udp6zerocsumtx=True, udp6zerocsumrx=False),
            "noexternal noudpcsum udp6zerocsumtx noudp6zerocsumrx",
        ),
        (Gtp(role="sgsn", hsize=131071, restart_count=0), "role sgsn hsize 131071 restart_count 0"),
        (
            Bareudp(dstport=6635, ethertype="mpls_uc", multiproto=True),
            "dstport 6635 ethertype mpls_uc multiproto",
        ),
        (
            Bareudp(ethertype=0x800, srcportmin=0, multiproto=False),
            "ethertype 0x800 srcportmin 0 nomultiproto",
        ),
        (Xfrm(dev="eth0", if_id=7), "dev eth0 if_id 7"),
        (Xfrm(external=True), "external"),
        (
            Amt(mode="relay", max_tunnels=10, relay_port=2268),
            "mode relay relay_port 2268 max_tunnels 10",
        ),
        (
            Amt(
                mode="gateway",
                gateway_port=2268,
                dev="eth0",
                local="192.0.2.1",
                discovery="192.0.2.2",
            ),
            "mode gateway gateway_port 2268 dev eth0 local 192.0.2.1 discovery 192.0.2.2",
        ),
        (Amt(remote="192.0.2.2"), ""),
        (Batadv(ra="BATMAN_V"), "ra BATMAN_V"),
        (Pfcp(), ""),
        (
            Vti(remote="192.0.2.2", ikey=1, okey="0.0.0.2", fwmark=3),
            "remote 192.0.2.2 ikey 1 okey 0.0.0.2 fwmark 3",
        ),
        (Vti6(remote="2001:db8::2", key=1, dev="eth0"), "remote 2001:db8::2 key 1 dev eth0"),
    ],
)
def test_tunnel_becomes_arguments(kind: LinkKind, arguments: str) -> None:
    """The arguments are those of ip-link(8); read-only fields have no arguments."""
    formatted = kind.to_args()
    assert sorted(arguments.split()) == sorted(formatted)


# Written after the print functions in ip/iplink_geneve.c, iplink_gtp.c, iplink_bareudp.c,
# iplink_amt.c and link_xfrm.c.
@pytest.mark.parametrize(
    ("kind", "data", "expected"),
    [
        (
            Geneve,
            {"id": 7, "remote": "192.0.2.2", "ttl": 0},
            Geneve(id=7, remote="192.0.2.2", ttl=0),
        ),
        (
            Geneve,
            {"remote6": "2001:db8::2", "label": "0x5"},
            Geneve(remote="2001:db8::2", flowlabel=5),
        ),
        (
            Geneve,
            {"port": 6081, "tos": "0x1", "df": "unset"},
            Geneve(dstport=6081, tos=1, df="unset", ttl="inherit"),
        ),
        (
            Geneve,
            {
                "external": True,
                "udp_csum": False,
                "udp_zero_csum6_tx": True,
                "udp_zero_csum6_rx": False,
            },
            Geneve(external=True, udpcsum=False, udp6zerocsumtx=True, udp6zerocsumrx=False),
        ),
        (Geneve, {"external": True, "id": 0}, Geneve(external=True)),
        (Geneve, {"external": True, "id": 7}, Geneve(external=True, id=7)),
        (Geneve, {"id": 0}, Geneve(id=0)),
        (Geneve, {"inner_proto_inherit": True}, Geneve(innerprotoinherit=True)),
        (
            Gtp,
            {"role": "ggsn", "hsize": 1024, "restart_count": 0},
            Gtp(role="ggsn", hsize=1024, restart_count=0),
        ),
        (
            Bareudp,
            {"ethertype": "mpls_uc", "multiproto": False},
            Bareudp(ethertype="mpls_uc", multiproto=False),
        ),
        (Bareudp, {"ethertype": "[4660]", "dstport": 1}, Bareudp(ethertype=4660, dstport=1)),
        (Xfrm, {"if_id": "0x7"}, Xfrm(if_id=7)),
        (
            Amt,
            {"mode": "gateway", "link": "eth0", "remote": "192.0.2.9"},
            Amt(mode="gateway", dev="eth0", remote="192.0.2.9"),
        ),
        (
            Vti,
            {"remote": "any", "local": "192.0.2.1", "fwmark": "0x3"},
            Vti(local="192.0.2.1", fwmark=3),
        ),
        (Vti6, {"ikey": "0.0.0.1", "okey": "0.0.0.1", "link": "eth0"}, Vti6(key=1, dev="eth0")),
    ],
)
def test_json_becomes_a_tunnel(
    kind: type[LinkKind], data: dict[str, Any], expected: LinkKind
) -> None:
    """Every key has a field, and `extra` is empty."""
    assert expected == kind.from_json(data)


@pytest.mark.parametrize(
    "kind",
    [
        Geneve(id=2**24),
        Geneve(dstport=0),
        Geneve(ttl="none"),
        Geneve(flowlabel=2**20),
        Gtp(role="pgw"),  # type: ignore[arg-type]
        Gtp(hsize=0),
        Gtp(hsize=2**17),
        Gtp(restart_count=256),
        Bareudp(ethertype=65536),
        Bareudp(ethertype=True),
        Bareudp(srcportmin=65536),
        Xfrm(if_id=0),
        Xfrm(if_id=2**32),
        Amt(mode="both"),  # type: ignore[arg-type]
        Amt(local="2001:db8::1"),
        Amt(max_tunnels=2**32),
        Batadv(ra="BATMAN_VI"),  # type: ignore[arg-type]
    ],
)
def test_invalid_tunnel_is_refused(kind: LinkKind) -> None:
    """The command is refused before it runs."""
    with pytest.raises(InvalidArgument):
        kind.to_args()
