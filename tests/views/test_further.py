"""Rows of tunnels, labels, actions and chains."""

import pytest

from ipwrap import parse
from ipwrap.views.table import format_object_table

ACTION = (
    '{"order":0,"kind":"gact","control_action":{"type":"drop"},"index":5,"ref":2,"bind":1,'
    '"stats":{"bytes":7,"packets":1,"drops":1}}'
)
TUNNEL = (
    '{"ifname":"t","mode":"ipv6/ipv6","remote":"fe80::2","local":"fe80::1","link":"v0",'
    '"ip6_tnl_f_ign_encap_limit":null,"hoplimit":64,"tclass":"0x10","key":0}'
)


@pytest.mark.parametrize(
    ("noun", "text", "header", "row"),
    [
        (
            "tunnel",
            '{"ifname":"t","mode":"gre/ip","remote":"any","local":"any","ikey":5,"okey":6}',
            "ifname mode remote local key",
            "t gre/ip any any in 5 out 6",
        ),
        (
            "tunnel",
            TUNNEL,
            "ifname mode remote local dev ttl tos key flags",
            "t ipv6/ipv6 fe80::2 fe80::1 v0 64 0x10 0 encaplimit none",
        ),
        ("addrlabel", '{"address":"::","prefixlen":0,"label":1}', "prefix label", "::/0 1"),
        (
            "mptcp endpoint",
            '{"address":"10.0.0.1","id":2,"signal":true,"backup":true}',
            "id address flags",
            "2 10.0.0.1 signal,backup",
        ),
        ("ioam schema", '{"schema":3,"data":[97,255]}', "schema data", "3 61 ff"),
        (
            "tc action",
            f'{{"total acts":1}},{{"actions":[{ACTION}]}}',
            "kind index action ref bind packets drops",
            "gact 5 gact drop 2 1 1 1",
        ),
        (
            "tc chain",
            '{"dev":"v0","ingress":true,"chain":3,"kind":"flower","options":{"keys":{"a":"b"}}}',
            "chain dev parent kind template",
            "3 v0 ingress flower keys.a b",
        ),
    ],
)
def test_row_has_what_matters(noun: str, text: str, header: str, row: str) -> None:
    """Each object has one row, with what tells it from others."""
    table = format_object_table(noun, parse(noun, f"[{text}]"))

    assert [header.split(), row.split()] == [line.split() for line in table.splitlines()]
