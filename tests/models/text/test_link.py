"""The parts of a link's text: a word means what it means in its part, in monitors as well."""

from collections import deque
from typing import Any

import pytest

from ipwrap import parse
from ipwrap.models.link import Link, LinkInfo
from ipwrap.models.text.grammar import words_of
from ipwrap.models.text.link import is_link, read_name

HEAD = "2: v0: <UP> mtu 1500 qdisc noqueue master br0 state UP mode DEFAULT group default "
HARDWARE = "\\    link/ether 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff promiscuity 1 "
FIELDS: dict[str, Any] = {
    "ifindex": 2,
    "ifname": "v0",
    "flags": ("UP",),
    "mtu": 1500,
    "qdisc": "noqueue",
    "master": "br0",
    "operstate": "UP",
    "linkmode": "DEFAULT",
    "group": "default",
    "link_type": "ether",
    "address": "02:00:00:00:00:01",
    "broadcast": "ff:ff:ff:ff:ff:ff",
    "promiscuity": 1,
}


def read_event(text: str) -> tuple[Link, tuple[str, ...]]:
    """Return the link of a line of `ip -d -o monitor link`, and the unread words."""
    (event,) = parse("monitor", text)

    assert isinstance(event.model, Link)
    return event.model, event.unread


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        (
            "\\    veth \\    bridge_slave state forwarding priority 32 cost 2 addrgenmode eui64 ",
            {
                "linkinfo": LinkInfo(
                    info_kind="veth",
                    info_slave_kind="bridge",
                    info_slave_data={"state": "forwarding", "priority": 32, "cost": 2},
                ),
                "inet6_addr_gen_mode": "eui64",
            },
        ),
        (
            "\\    veth \\    bond_slave state ACTIVE mii_status UP queue_id 0 numtxqueues 1 ",
            {
                "linkinfo": LinkInfo(
                    info_kind="veth",
                    info_slave_kind="bond",
                    info_slave_data={"state": "ACTIVE", "mii_status": "UP", "queue_id": 0},
                ),
                "num_tx_queues": 1,
            },
        ),
        (
            "\\    macvlan mode bridge bcqueuelen 1000 addrgenmode none ",
            {
                "linkinfo": LinkInfo(
                    info_kind="macvlan", info_data={"mode": "bridge", "bcqueuelen": 1000}
                ),
                "inet6_addr_gen_mode": "none",
            },
        ),
        (
            "\\    veth addrgenmode eui64 \\    alias gone to state a mtu 9000\\    altname a",
            {
                "linkinfo": LinkInfo(info_kind="veth"),
                "inet6_addr_gen_mode": "eui64",
                "ifalias": "gone to state a mtu 9000",
                "altnames": ("a",),
            },
        ),
        (
            "\\    alias  two  blanks ",
            {"ifalias": "two  blanks"},
        ),
        (
            "protodown on protodown_reason <bit1,bit5> portname p0 switchid 0a ",
            {
                "proto_down": True,
                "proto_down_reason": ("bit1", "bit5"),
                "phys_port_name": "p0",
                "phys_switch_id": "0a",
            },
        ),
    ],
    ids=["bridge port", "bond's port", "macvlan", "alias", "blanks of an alias", "details"],
)
@pytest.mark.parametrize("line_end", ["\\", "\n"])
def test_word_belongs_to_its_part(text: str, fields: dict[str, Any], line_end: str) -> None:
    """The state of a port, the mode of a macvlan and the words of an alias are not the link's."""
    line = (HEAD + HARDWARE + text).replace("\\", line_end)

    assert (Link(**FIELDS, **fields), ()) == read_event(line)


def test_unknown_words_of_a_kind_are_unread() -> None:
    """The options of a kind without a table are unread, up to the link's own words."""
    link, unread = read_event(f"{HEAD}{HARDWARE}\\    lantern mtu 7 addrgenmode eui64 ")

    info = LinkInfo(info_kind="lantern")

    assert Link(**FIELDS, linkinfo=info, inet6_addr_gen_mode="eui64") == link
    assert ("mtu", "7") == unread


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("eth0", {"ifname": "eth0"}),
        ("eth0@if3", {"ifname": "eth0", "link": "if3"}),
        ("a@b@c", {"ifname": "a@b", "link": "c"}),
        ("tun0@NONE", {"ifname": "tun0", "link": None}),
        ("@b", {"ifname": "@b"}),
    ],
)
def test_name_ends_at_its_last_at(text: str, expected: dict[str, Any]) -> None:
    """The lower link is behind the last @; NONE is null in JSON."""
    data: dict[str, Any] = {}
    read_name(text, data)

    assert expected == data


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2: eth0: <UP> mtu 1500", True),
        ("3: eth1 state UP @br0: <UP> mtu 1500", True),
        ("2: eth0 inet 10.0.0.1/8", False),
        ("2: eth0:", False),
        ("eth0 UP 02:00:00:00:00:01", False),
        ("", False),
    ],
)
def test_link_begins_with_its_index_name_and_flags(text: str, expected: bool) -> None:
    """Nothing else begins so."""
    assert expected == is_link(words_of(text))
    assert expected == is_link(deque(text.split()))
