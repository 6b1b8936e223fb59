"""Tunnels that are no links are read as iproute2 prints them."""

import json

from ipwrap import parse
from ipwrap.models import FouPort, L2tpSession, L2tpTunnel, Tunnel, dump


def test_tunnel_of_ipv4() -> None:
    """Keys that are no Python names, and null, have a field."""
    text = (
        '[{"ifname":"t","mode":"ipv6/ip","remote":"any","local":"10.0.0.1","nopmtudisc":null,'
        '"6rd-prefix":"2001:db8::","6rd-prefixlen":32,"flags":["rx_csum"]}]'
    )

    (tunnel,) = parse(Tunnel, text)

    assert ("2001:db8::", 32, True) == (
        tunnel.sixrd_prefix,
        tunnel.sixrd_prefixlen,
        tunnel.nopmtudisc,
    )
    assert {} == tunnel.extra
    assert json.loads(text) == [dump(tunnel)]


def test_l2tp_and_fou() -> None:
    """A tunnel, its session, and a port, as Linux 6.12 has them."""
    tunnel = '[{"tunnel_id":3,"encap":"UDP","local":"10.1.1.1","peer":"10.1.1.2","peer_tunnel":4}]'
    session = '[{"session_id":7,"tunnel_id":3,"peer_tunnel_id":4,"send_seq":null}]'
    ports = '[{"port":5556,"gue":null,"family":"inet"},{"port":5555,"ipproto":47}]'

    assert [4] == [model.peer_tunnel for model in parse(L2tpTunnel, tunnel)]
    assert [True] == [model.send_seq for model in parse(L2tpSession, session)]
    assert [(True, None), (None, 47)] == [
        (port.gue, port.ipproto) for port in parse(FouPort, ports)
    ]
