"""Virtual functions, programs, counters, as print_vfinfo(), xdp_dump_json() and print_stats64() print them."""

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


def link(**data: object) -> Link:
    """Return a link from the JSON object that these keys make."""
    (found,) = load(Link, [{"ifname": "a", "flags": [], **data}])
    return found


def test_a_virtual_function_is_typed() -> None:
    """Also what it counts, and the keys with a blank."""
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
    assert (expected,) == link(vfinfo_list=[VF]).vfinfo_list


def test_a_virtual_function_without_a_vlan_shows_none() -> None:
    """The list holds an empty object then, which is left out."""
    found = link(vfinfo_list=[{"vf": 1, "vlan_list": [{}]}]).vfinfo_list
    assert (VfInfo(vf=1, vlan_list=()),) == found


def test_programs_are_typed() -> None:
    """Each where it runs."""
    program = XdpProgram(
        id=7, name="drop", tag="3b18", jited=1, load_time=99, created_by_uid=0, btf_id=3
    )
    attached = (XdpAttached(mode=1, prog=program), XdpAttached(mode=3, prog=XdpProgram(id=8)))
    assert XdpInfo(mode=4, prog=program, attached=attached) == link(xdp=XDP).xdp


def test_counters_are_typed() -> None:
    """What they do not know is kept."""
    rx = Received(bytes=1, packets=1, errors=0, dropped=0, over_errors=0, multicast=2, nohandler=3)
    tx = Sent(
        bytes=1, packets=1, errors=0, dropped=0, carrier_errors=0, collisions=0, extra={"new": 1}
    )
    assert LinkStats(rx=rx, tx=tx) == link(stats64=STATS).stats64 == link(stats=STATS).stats


def test_a_can_bus_counts_besides() -> None:
    """What its driver tells."""
    (found,) = load(
        Link,
        [
            {
                "ifname": "can0",
                "linkinfo": {"info_kind": "can", "info_xstats": {"restarts": 1, "bus_off": 0}},
            }
        ],
    )
    assert found.linkinfo is not None
    assert CanStats(restarts=1, bus_off=0) == found.linkinfo.info_xstats


def test_nothing_is_lost() -> None:
    """What is read is written again."""
    data = {"ifname": "a", "flags": [], "xdp": XDP, "vfinfo_list": [VF], "stats64": STATS}
    assert data == dump(link(**data))
