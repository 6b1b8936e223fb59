"""Virtual functions, XDP programs and counters of links.

The JSON follows print_vfinfo(), xdp_dump_json() and print_stats64().
"""

from typing import Any

from ipwrap.models import (
    CanStats,
    Link,
    LinkStats,
    Received,
    Sent,
    VfInfo,
    VfRate,
    VfReceived,
    VfSent,
    VfStats,
    VfVlan,
    XdpAttached,
    XdpInfo,
    XdpProgram,
    dump,
    load,
)

VF: dict[str, Any] = {
    "vf": 0,
    "link_type": "infiniband",
    "address": "02:00:00:00:00:07",
    "link_pointtopoint": True,
    "broadcast": "ff:ff:ff:ff:ff:ff",
    "vlan_list": [{"vlan": 5, "qos": 1, "protocol": "802.1ad"}],
    "tx_rate": 100,
    "rate": {"max_tx": 100, "min_tx": 10},
    "spoofchk": True,
    "node guid": "00:11:22:33:44:55:66:77",
    "port guid": "00:11:22:33:44:55:66:78",
    "link_state": "auto",
    "trust": False,
    "query_rss_en": False,
    "stats": {
        "rx": {"bytes": 1, "packets": 2, "multicast": 3, "broadcast": 4, "dropped": 5},
        "tx": {"tx_bytes": 6, "tx_packets": 7, "dropped": 8},
    },
}
PROGRAM = {
    "id": 7,
    "name": "drop",
    "tag": "3b18",
    "jited": 1,
    "load_time": 99,
    "created_by_uid": 0,
    "btf_id": 3,
}
XDP = {
    "mode": 4,
    "prog": PROGRAM,
    "attached": [{"mode": 1, "prog": PROGRAM}, {"mode": 3, "prog": {"id": 8}}],
}
STATS = {
    "rx": {
        "bytes": 1,
        "packets": 1,
        "errors": 0,
        "dropped": 0,
        "over_errors": 0,
        "multicast": 2,
        "nohandler": 3,
    },
    "tx": {
        "bytes": 1,
        "packets": 1,
        "errors": 0,
        "dropped": 0,
        "carrier_errors": 0,
        "collisions": 0,
        "new": 1,
    },
}


def load_link(**data: object) -> Link:
    """Return a link with the given JSON keys."""
    (link,) = load(Link, [{"ifname": "a", "flags": [], **data}])
    return link


def test_virtual_function_is_typed() -> None:
    """Every key of a virtual function has a field, also counters and keys with a blank."""
    expected = VfInfo(
        vf=0,
        link_type="infiniband",
        address="02:00:00:00:00:07",
        link_pointtopoint=True,
        broadcast="ff:ff:ff:ff:ff:ff",
        vlan_list=(VfVlan(vlan=5, qos=1, protocol="802.1ad"),),
        tx_rate=100,
        rate=VfRate(max_tx=100, min_tx=10),
        spoofchk=True,
        node_guid="00:11:22:33:44:55:66:77",
        port_guid="00:11:22:33:44:55:66:78",
        link_state="auto",
        trust=False,
        query_rss_en=False,
        stats=VfStats(
            rx=VfReceived(bytes=1, packets=2, multicast=3, broadcast=4, dropped=5),
            tx=VfSent(tx_bytes=6, tx_packets=7, dropped=8),
        ),
    )

    assert (expected,) == load_link(vfinfo_list=[VF]).vfinfo_list


def test_virtual_function_without_a_vlan() -> None:
    """iproute2 prints an empty object for the missing VLAN, which the model drops."""
    link = load_link(vfinfo_list=[{"vf": 1, "vlan_list": [{}]}])

    assert (VfInfo(vf=1, vlan_list=()),) == link.vfinfo_list


def test_xdp_programs_are_typed() -> None:
    """Every attached program has its mode and its properties."""
    program = XdpProgram(
        id=7, name="drop", tag="3b18", jited=1, load_time=99, created_by_uid=0, btf_id=3
    )
    attached = (XdpAttached(mode=1, prog=program), XdpAttached(mode=3, prog=XdpProgram(id=8)))

    assert XdpInfo(mode=4, prog=program, attached=attached) == load_link(xdp=XDP).xdp


def test_counters_are_typed() -> None:
    """64-bit and 32-bit counters are models, with unknown counters in ``extra``."""
    rx = Received(bytes=1, packets=1, errors=0, dropped=0, over_errors=0, multicast=2, nohandler=3)
    tx = Sent(
        bytes=1, packets=1, errors=0, dropped=0, carrier_errors=0, collisions=0, extra={"new": 1}
    )
    stats = LinkStats(rx=rx, tx=tx)

    assert stats == load_link(stats64=STATS).stats64
    assert stats == load_link(stats=STATS).stats


def test_can_counters_are_typed() -> None:
    """The counters of a CAN driver are a model in ``linkinfo``."""
    counters = {"restarts": 1, "bus_off": 0}

    link = load_link(linkinfo={"info_kind": "can", "info_xstats": counters})

    assert link.linkinfo is not None
    assert CanStats(restarts=1, bus_off=0) == link.linkinfo.info_xstats


def test_json_is_preserved() -> None:
    """`dump` returns the JSON that `load` read."""
    data = {"ifname": "a", "flags": [], "xdp": XDP, "vfinfo_list": [VF], "stats64": STATS}

    assert data == dump(load_link(**data))
