"""`ip link`: the words of every option, each option read back as it was set, and the life of a link."""

import pathlib
from collections.abc import Callable
from typing import Any

import pytest

from ipwrap import (
    AlreadyExists,
    Busy,
    CommandError,
    InvalidArgument,
    NotFound,
    NotSupported,
    RejectedByKernel,
    Session,
    UnknownOption,
    UsageError,
)
from ipwrap.command import LinkRename
from ipwrap.ip.link import LinkFilter, XstatsKind, XstatsPart
from ipwrap.kinds import (
    Bridge,
    BridgeSlave,
    Dummy,
    Ifb,
    Kind,
    LinkKind,
    Macvlan,
    Macvtap,
    Veth,
    Vlan,
    Vxlan,
)
from ipwrap.kinds.ipv4_conf import Ipv4Conf
from ipwrap.kinds.link_options import LinkOptions, Vf, Xdp
from ipwrap.models import Link, dump
from ipwrap.options.table import options_of
from ipwrap.session import Namespace
from tests.labs import too_new

OPTIONS: list[tuple[str, Any, str]] = [
    ("link", "v1", "link v1"),
    ("index", 77, "index 77"),
    ("address", "02:00:00:00:00:07", "address 02:00:00:00:00:07"),
    ("broadcast", "ff:ff:ff:ff:ff:ff", "broadcast ff:ff:ff:ff:ff:ff"),
    ("txqueuelen", 0, "txqueuelen 0"),
    ("mtu", 9000, "mtu 9000"),
    ("netns", "ns1", "netns ns1"),
    ("netns", 1, "netns 1"),
    ("netns", "/proc/1/ns/net", "netns /proc/1/ns/net"),
    ("link_netns", "ns1", "link-netns ns1"),
    ("link_netnsid", 0, "link-netnsid 0"),
    ("multicast", False, "multicast off"),
    ("allmulticast", True, "allmulticast on"),
    ("promisc", True, "promisc on"),
    ("trailers", False, "trailers off"),
    ("arp", False, "arp off"),
    ("dynamic", True, "dynamic on"),
    ("carrier", False, "carrier off"),
    ("up", True, "up"),
    ("up", False, "down"),
    ("master", "br0", "master br0"),
    ("vrf", "red", "vrf red"),
    ("nomaster", True, "nomaster"),
    ("nomaster", False, ""),
    ("alias", "it's a link", "alias 'it'\"'\"'s a link'"),
    ("alias", "", "alias ''"),
    ("group", "pods", "group pods"),
    ("group", 0, "group 0"),
    ("mode", "dormant", "mode dormant"),
    ("state", "up", "state up"),
    ("numtxqueues", 4, "numtxqueues 4"),
    ("numrxqueues", 4, "numrxqueues 4"),
    ("addrgenmode", "none", "addrgenmode none"),
    ("inet", Ipv4Conf(forwarding=True, rp_filter=0), "inet forwarding on rp_filter 0"),
    ("protodown", False, "protodown off"),
    ("protodown_reason", (3, True), "protodown_reason 3 on"),
    ("gso_max_size", 65536, "gso_max_size 65536"),
    ("gso_max_segs", 1, "gso_max_segs 1"),
    ("gro_max_size", 65536, "gro_max_size 65536"),
    ("gso_ipv4_max_size", 65536, "gso_ipv4_max_size 65536"),
    ("gro_ipv4_max_size", 65536, "gro_ipv4_max_size 65536"),
    ("parentdev", "0000:00:04.0", "parentdev 0000:00:04.0"),
    (
        "vf",
        Vf(num=0, mac="02:00:00:00:00:07", spoofchk=True),
        "vf 0 mac 02:00:00:00:00:07 spoofchk on",
    ),
    (
        "vf",
        (Vf(num=0, vlan=5, qos=1), Vf(num=1, state="auto")),
        "vf 0 vlan 5 qos 1 vf 1 state auto",
    ),
    ("xdp", "off", "xdp off"),
    (
        "xdp",
        Xdp(object="prog.o", section="xdp", verbose=True),
        "xdp object prog.o section xdp verbose",
    ),
    ("xdpgeneric", Xdp(pinned="/sys/fs/bpf/prog"), "xdpgeneric pinned /sys/fs/bpf/prog"),
    ("xdpdrv", "off", "xdpdrv off"),
    ("xdpoffload", "off", "xdpoffload off"),
]

FILTERS: list[tuple[str, Any, str]] = [
    ("group", "default", " group default"),
    ("group", 0, " group 0"),
    ("up", True, " up"),
    ("master", "br0", " master br0"),
    ("vrf", "red", " vrf red"),
    ("type", "veth", " type veth"),
    ("nomaster", True, " nomaster"),
    ("nomaster", False, ""),
    ("novf", True, " novf"),
]


def line(session: Session) -> str:
    """Return the last command."""
    return session.recording.results[-1].line


def link(there: Namespace, name: str) -> Link:
    """Return one link."""
    (found,) = there.ip.link.show(name)
    return found


def names(there: Namespace, **which: Any) -> list[str]:
    """Return the names of the links that a filter lists, sorted."""
    return sorted(each.ifname for each in there.ip.link.show(**which))


def test_every_option_has_a_case() -> None:
    """No option of the tables is left untested."""
    assert {row.name for row in options_of(LinkOptions)} == {name for name, *_ in OPTIONS}
    assert {row.name for row in options_of(LinkFilter)} == {name for name, *_ in FILTERS}


@pytest.mark.parametrize(("name", "value", "words"), OPTIONS)
def test_option_becomes_words(dry: Session, name: str, value: Any, words: str) -> None:
    """Each option is spelled as iproute2 spells it: for `set`, `add`, a veth's peer, and all of a group."""
    said = f" {words}" if words else ""
    dry.ip.link.set("v0", **{name: value})
    assert f"ip link set dev v0{said}" == line(dry)
    dry.ip.link.add("v0", Dummy(), **{name: value})
    assert f"ip link add name v0{said} type dummy" == line(dry)
    dry.ip.link.set_group("pods", **{name: value})
    assert f"ip link set group pods{said}" == line(dry)
    options: Any = {name: value}
    dry.ip.link.add("v0", Veth(peer="v1", peer_options=options))
    assert f"ip link add name v0 type veth peer name v1{said}" == line(dry)


@pytest.mark.parametrize(("name", "value", "words"), FILTERS)
def test_filter_becomes_words(dry: Session, name: str, value: Any, words: str) -> None:
    """Each filter of `show` is spelled as iproute2 spells it."""
    dry.ip.link.show(**{name: value})
    assert f"ip -j -d link show{words}" == line(dry)


KINDS: list[tuple[LinkKind, str]] = [
    (Bridge(stp_state=1), "type bridge stp_state 1"),
    (BridgeSlave(cost=3), "type bridge_slave cost 3"),
    (Kind("bond", {"mode": "802.3ad"}), "type bond mode 802.3ad"),
]


@pytest.mark.parametrize(("kind", "words"), KINDS)
def test_kind_comes_last(dry: Session, kind: LinkKind, words: str) -> None:
    """The kind's options follow the link's: `set`, `set group` and `add` alike."""
    dry.ip.link.set("v0", kind, name="v9", mtu=1400)
    assert f"ip link set dev v0 name v9 mtu 1400 {words}" == line(dry)
    dry.ip.link.set_group(7, kind, mtu=1400)
    assert f"ip link set group 7 mtu 1400 {words}" == line(dry)
    dry.ip.link.add("v0", kind, mtu=1400)
    assert f"ip link add name v0 mtu 1400 {words}" == line(dry)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Veth(), ""),
        (Veth(peer="eth0"), " peer name eth0"),
        (Veth(peer="eth0", peer_netns="ns1"), " peer name eth0 netns ns1"),
        (Veth(peer_netns="ns1"), " peer netns ns1"),
        (Veth(peer_options={"mtu": 1400}), " peer mtu 1400"),
        (
            Veth(peer="eth0", peer_options={"netns": "ns1", "up": True}),
            " peer name eth0 netns ns1 up",
        ),
    ],
)
def test_peer_of_a_veth(dry: Session, kind: Veth, words: str) -> None:
    """The peer's name is its first word, and its options follow."""
    dry.ip.link.add("v0", kind)
    assert f"ip link add name v0 type veth{words}" == line(dry)


def test_other_verbs_become_words(dry: Session) -> None:
    """`delete`, `property` and `show` say `dev` or `group` before a name."""
    verbs = dry.netns("ns1").ip.link
    verbs.delete("up")
    assert "ip -n ns1 link delete dev up" == line(dry)
    verbs.delete("up", type="veth")
    assert "ip -n ns1 link delete dev up type veth" == line(dry)
    verbs.delete_group("pods")
    assert "ip -n ns1 link delete group pods" == line(dry)
    verbs.property_add("up", "a", "b")
    assert "ip -n ns1 link property add dev up altname a altname b" == line(dry)
    verbs.property_del("up", "a")
    assert "ip -n ns1 link property del dev up altname a" == line(dry)
    verbs.show("up", stats=True)
    assert "ip -n ns1 -j -d -s link show dev up" == line(dry)
    verbs.show(stats=2)
    assert "ip -n ns1 -j -d -s -s link show" == line(dry)
    verbs.afstats()
    assert "ip -n ns1 -j link afstats" == line(dry)
    verbs.afstats("up")
    assert "ip -n ns1 -j link afstats dev up" == line(dry)


@pytest.mark.parametrize(
    ("kind", "dev", "part", "words"),
    [
        ("bridge", None, None, ""),
        ("bridge", "up", "mcast", " mcast dev up"),
        ("bridge_slave", "up", "stp", " stp dev up"),
        ("bond", None, "802.3ad", " 802.3ad"),
        ("bond_slave", "up", None, " dev up"),
    ],
)
def test_xstats_become_words(
    dry: Session, kind: XstatsKind, dev: str | None, part: XstatsPart | None, words: str
) -> None:
    """The kind comes first, for its own parser takes the rest; a process of its own runs it."""
    dry.ip.link.xstats(kind, dev, part=part)
    assert f"ip -j link xstats type {kind}{words}" == line(dry)
    assert not dry.recording.results[-1].command.batch


@pytest.mark.parametrize(
    ("kind", "part"), [("vxlan", None), ("bond", "mcast"), ("bridge", "802.3ad")]
)
def test_xstats_of_what_has_none_are_refused(dry: Session, kind: Any, part: Any) -> None:
    """Before anything runs."""
    with pytest.raises(InvalidArgument, match="type"):
        dry.ip.link.xstats(kind, part=part)
    assert [] == dry.recording.commands


@pytest.mark.parametrize("stats", [3, -1, "yes"])
def test_counters_that_are_none_are_refused(dry: Session, stats: Any) -> None:
    """There are two steps."""
    with pytest.raises(InvalidArgument, match="stats"):
        dry.ip.link.show(stats=stats)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"mtu": -1}, InvalidArgument, "mtu"),
        ({"mtu": "1400"}, InvalidArgument, "mtu"),
        ({"mtu": True}, InvalidArgument, "mtu"),
        ({"index": 0}, InvalidArgument, "index"),
        ({"up": 1}, InvalidArgument, "up"),
        ({"alias": "x" * 256}, InvalidArgument, "alias"),
        ({"alias": "a\0b"}, InvalidArgument, "NUL"),
        ({"address": "02:00"}, None, ""),
        ({"address": "zz:00"}, InvalidArgument, "address"),
        ({"mode": "awake"}, InvalidArgument, "mode"),
        ({"state": "UP"}, InvalidArgument, "state"),
        ({"netns": "a/b"}, InvalidArgument, "netns"),
        ({"netns": "../.."}, InvalidArgument, "netns"),
        ({"netns": ""}, InvalidArgument, "netns"),
        ({"netns": 0}, InvalidArgument, "netns"),
        ({"master": ""}, InvalidArgument, "master"),
        ({"master": "a b"}, InvalidArgument, "master"),
        ({"group": ""}, InvalidArgument, "group"),
        ({"protodown_reason": 3}, InvalidArgument, "pair"),
        ({"mtuu": 3}, UnknownOption, "did you mean 'mtu'"),
        ({"colour": 3}, UnknownOption, "there are: .*mtu"),
    ],
)
def test_what_iproute2_cannot_take_is_refused(
    dry: Session, options: dict[str, Any], error: type[InvalidArgument] | None, message: str
) -> None:
    """A value or an option that cannot be is refused before anything runs."""
    if error is None:
        dry.ip.link.set("v0", **options)
        assert 1 == len(dry.recording.commands)
        return
    with pytest.raises(error, match=message):
        dry.ip.link.set("v0", **options)
    assert [] == dry.recording.commands


@pytest.mark.parametrize("group", ["", None, True])
def test_group_without_a_name_is_refused(dry: Session, group: Any) -> None:
    """What names no group is refused before anything runs: every link is in some group."""
    runs: list[Callable[[], object]] = [
        lambda: dry.ip.link.set_group(group, up=False),
        lambda: dry.ip.link.delete_group(group),
    ]
    for run in runs:
        with pytest.raises(InvalidArgument, match="group"):
            run()
    assert [] == dry.recording.commands


def test_properties_without_a_name_are_refused(dry: Session) -> None:
    """At least one alternative name has to be given."""
    runs: list[Callable[[], object]] = [
        lambda: dry.ip.link.property_add("v0"),
        lambda: dry.ip.link.property_del("v0"),
    ]
    for run in runs:
        with pytest.raises(InvalidArgument, match="at least one"):
            run()
    assert [] == dry.recording.commands


# What a script's `down` has to know of what was made.


def made(result_of: Any) -> list[tuple[str | None, str, tuple[str, ...]]]:
    """Return what a result's command made: namespace, name, what it stands on."""
    return [(each.netns, each.name, each.depends_on) for each in result_of.command.creates]


@pytest.mark.parametrize(
    ("netns", "kind", "options", "expected"),
    [
        (None, Dummy(), {}, [(None, "x", ())]),
        ("ns1", Dummy(), {}, [("ns1", "x", ())]),
        (None, Dummy(), {"netns": "ns2"}, [("ns2", "x", ())]),
        ("ns1", Dummy(), {"netns": "/proc/1/ns/net"}, [(None, "x", ())]),
        (None, Macvlan(), {"link": "v0"}, [(None, "x", ("v0",))]),
        (None, Macvlan(), {"link": "v0", "link_netns": "ns1"}, [(None, "x", ())]),
        (None, Vxlan(id=1, dev="v0"), {}, [(None, "x", ("v0",))]),
        (None, Veth(peer="y"), {}, [(None, "x", ()), (None, "y", ())]),
        (None, Veth(peer="y", peer_netns="ns1"), {}, [(None, "x", ()), ("ns1", "y", ())]),
        (
            None,
            Veth(peer="y", peer_options={"netns": "ns1"}),
            {},
            [(None, "x", ()), ("ns1", "y", ())],
        ),
        (None, Veth(), {}, [(None, "x", ())]),
    ],
)
def test_add_says_what_it_makes(
    dry: Session, netns: str | None, kind: LinkKind, options: dict[str, Any], expected: list[Any]
) -> None:
    """An `add` tells which links it makes, where, and on top of which."""
    where = dry if netns is None else dry.netns(netns)
    assert expected == made(where.ip.link.add("x", kind, **options))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"up": True}, None),
        ({"name": "w"}, LinkRename("v0", "w", "ns1")),
        ({"netns": "ns2"}, LinkRename("v0", "v0", "ns2")),
        ({"name": "w", "netns": "/proc/1/ns/net"}, LinkRename("v0", "w", None)),
    ],
)
def test_set_says_what_a_link_becomes(
    dry: Session, options: dict[str, Any], expected: LinkRename | None
) -> None:
    """A `set` that renames or moves a link tells its new name and namespace."""
    assert expected == dry.netns("ns1").ip.link.set("v0", **options).command.renames


def test_delete_says_what_is_gone(dry: Session) -> None:
    """A `delete` tells which link a script need no longer take away."""
    assert (("link", "ns1", "v0"),) == dry.netns("ns1").ip.link.delete("v0").command.deletes
    assert (("altname", None, "v0 a"), ("altname", None, "v0 b")) == dry.ip.link.property_del(
        "v0", "a", "b"
    ).command.deletes


# Every common option that JSON shows: set, then read back by its own codec.

SET: list[tuple[str, str, Any]] = [
    (dev, name, value)
    for dev in ("v0", "br0")
    for name, value in (
        ("address", "02:00:00:00:00:07"),
        ("broadcast", "ff:ff:ff:ff:ff:fe"),
        ("txqueuelen", 77),
        ("mtu", 1400),
        ("multicast", False),
        ("multicast", True),
        ("allmulticast", True),
        ("allmulticast", False),
        ("promisc", True),
        ("promisc", False),
        ("trailers", False),
        ("trailers", True),
        ("arp", False),
        ("arp", True),
        ("dynamic", True),
        ("dynamic", False),
        ("up", False),
        ("up", True),
        ("alias", 'it\'s a "link" #1'),
        ("group", "7"),
        ("mode", "dormant"),
        ("mode", "default"),
        ("addrgenmode", "none"),
        ("addrgenmode", "eui64"),
        ("addrgenmode", "random"),
        ("gso_max_size", 10_000),
        ("gso_max_segs", 100),
        ("gro_max_size", 20_000),
        ("gso_ipv4_max_size", 10_000),
        ("gro_ipv4_max_size", 20_000),
        ("carrier", False),
    )
]
SET += [
    ("v0", "master", "br0"),
    ("v0", "vrf", "br0"),
    ("v0", "state", "dormant"),
    ("m0", "protodown", True),
]

# What can only be said of a new link, and what such a link is like.
ADDED: list[tuple[LinkKind, dict[str, Any], str]] = [
    (Veth(peer="w1"), {"index": 500}, "index"),
    (Veth(peer="w1"), {"numtxqueues": 3}, "numtxqueues"),
    (Veth(peer="w1"), {"numrxqueues": 3}, "numrxqueues"),
    (Macvlan(), {"link": "br0"}, "link"),
    (Macvtap(mode="bridge"), {"link": "br0", "mtu": 1300}, "mtu"),
    (Bridge(), {"up": True}, "up"),
    (Bridge(), {"group": "9"}, "group"),
    (Ifb(), {"txqueuelen": 5}, "txqueuelen"),
    (Vxlan(id=7, dstport=4789), {"address": "02:00:00:00:00:09"}, "address"),
    (Veth(peer="w1"), {"master": "br0"}, "master"),
    (Dummy(), {"mtu": 1300}, "mtu"),
    (Vlan(id=7), {"link": "br0"}, "link"),
]

# `vf` needs a card with virtual functions, `xdp` a program, `parentdev` a modem; `link_netnsid` is shown of what lies
# elsewhere, and of `protodown_reason` one is set and all are shown.
NOT_SET = {"vf", "xdp", "parentdev", "link_netnsid", "protodown_reason"}


def read(found: Link, name: str) -> Any:
    """Return a common option of a link, as its codec reads it."""
    (row,) = (each for each in options_of(LinkOptions) if each.name == name)
    assert row.json_key
    return row.codec.from_json(dump(found), row.json_key)


def test_every_option_that_is_shown_is_read_back() -> None:
    """Each option with a key is in one of the tables of what is set and read back."""
    tried = {name for _, name, _ in SET} | {name for _, _, name in ADDED}
    assert {row.name for row in options_of(LinkOptions) if row.json_key} == tried | NOT_SET


@pytest.mark.live
@pytest.mark.parametrize(("dev", "name", "value"), SET)
def test_option_is_read_back_as_it_was_set(
    there: Namespace, dev: str, name: str, value: Any
) -> None:
    """What `set` says of a link is what its codec reads of it afterwards."""
    if dev == "m0":
        there.ip.link.add("m0", Macvlan(), link="v0")
    else:
        there.ip.link.add("br0", Bridge(), up=True)
    try:
        there.ip.link.set(dev, **{name: value})
    except (NotSupported, UsageError) as error:
        pytest.skip(f"this kernel or iproute2: {error.reason}")
    shown = read(link(there, dev), name)
    (row,) = (each for each in options_of(LinkOptions) if each.name == name)
    if shown is None and (reason := too_new(row)):
        pytest.skip(reason)
    assert value == shown


@pytest.mark.live
@pytest.mark.parametrize(("kind", "options", "name"), ADDED)
def test_option_is_read_back_as_it_was_added(
    there: Namespace, kind: LinkKind, options: dict[str, Any], name: str
) -> None:
    """What `add` says of a link is what its codec reads of it afterwards, and the link is of that kind."""
    there.ip.link.add("br0", Bridge())
    try:
        there.ip.link.add("w0", kind, **options)
    except NotSupported as error:
        pytest.skip(f"this kernel: {error.reason}")
    found = link(there, "w0")
    assert options[name] == read(found, name)
    assert found.kind is not None
    assert kind.type == found.kind.type


@pytest.mark.live
def test_port_is_held_down_for_a_reason(there: Namespace) -> None:
    """Reasons to hold a link down are added and taken one by one, and while there is one it stays down."""
    there.ip.link.add("m0", Macvlan(), link="v0")
    there.ip.link.set("m0", protodown=True)
    for reason in (3, 5):
        there.ip.link.set("m0", protodown_reason=(reason, True))
    assert ("3", "5") == link(there, "m0").proto_down_reason
    with pytest.raises(RejectedByKernel, match="active reasons"):
        there.ip.link.set("m0", protodown=False)
    for reason in (3, 5):
        there.ip.link.set("m0", protodown_reason=(reason, False))
    there.ip.link.set("m0", protodown=False)
    assert (None, None) == (link(there, "m0").proto_down, link(there, "m0").proto_down_reason)


@pytest.mark.live
def test_option_of_a_card_is_not_supported(there: Namespace) -> None:
    """A veth has no virtual functions, and the error says what came back and what to do."""
    with pytest.raises(NotSupported, match="ipwrap doctor"):
        there.ip.link.set("v0", vf=Vf(num=0, mac="02:00:00:00:00:07"))


@pytest.mark.live
def test_group_is_set_as_a_whole(there: Namespace) -> None:
    """`set_group` changes every link of the group, and no other."""
    there.ip.link.set("v1", group=7)
    there.ip.link.set_group(7, up=False, mtu=1300)
    assert (False, 1300) == (link(there, "v1").up, link(there, "v1").mtu)
    assert (True, 1500) == (link(there, "v0").up, link(there, "v0").mtu)


@pytest.mark.live
def test_group_is_deleted_as_a_whole(there: Namespace) -> None:
    """`delete_group` takes every link of the group away; a group with none is not found."""
    there.ip.link.add("a", Ifb(), group=7)
    there.ip.link.add("b", Bridge(), group=7)
    there.ip.link.delete_group(7)
    assert ["lo", "v0", "v1"] == names(there)
    with pytest.raises(NotFound):
        there.ip.link.delete_group(7)


@pytest.mark.live
def test_group_that_is_none_is_a_usage_error(there: Namespace) -> None:
    """A word that iproute2 knows no number for is refused by it."""
    with pytest.raises(UsageError, match="nogroup"):
        there.ip.link.delete_group("nogroup")


@pytest.mark.live
def test_port_options_are_set_and_shown(there: Namespace) -> None:
    """`set` with a `BridgeSlave` changes a port, and `Link.port` shows it."""
    there.ip.link.add("br0", Bridge())
    there.ip.link.set("v0", master="br0")
    there.ip.link.set("v0", BridgeSlave(cost=33, isolated=True))
    port = link(there, "v0").port
    assert isinstance(port, BridgeSlave)
    assert (33, True) == (port.cost, port.isolated)


@pytest.mark.live
def test_port_options_of_what_is_no_port_are_not_supported(there: Namespace) -> None:
    """A link without a bridge has no options of a port."""
    with pytest.raises(NotSupported):
        there.ip.link.set("v0", BridgeSlave(cost=33))
    assert link(there, "v0").port is None


@pytest.mark.live
def test_kind_is_changed(there: Namespace) -> None:
    """`set` with a kind changes what it says, and leaves the rest."""
    there.ip.link.add("br0", Bridge(priority=100, ageing_time=6000))
    there.ip.link.set("br0", Bridge(priority=200))
    kind = link(there, "br0").kind
    assert isinstance(kind, Bridge)
    assert (200, 6000) == (kind.priority, kind.ageing_time)


@pytest.mark.live
def test_nomaster_frees_a_port(there: Namespace) -> None:
    """`nomaster` takes a link out of its bridge."""
    there.ip.link.add("br0", Bridge())
    there.ip.link.set("v0", master="br0")
    assert "br0" == link(there, "v0").master
    there.ip.link.set("v0", nomaster=True)
    assert link(there, "v0").master is None


@pytest.mark.live
def test_alias_is_cleared(there: Namespace) -> None:
    """An empty alias is said, and takes the old one away."""
    there.ip.link.set("v0", alias="old")
    there.ip.link.set("v0", alias="")
    assert link(there, "v0").ifalias is None


@pytest.mark.live
def test_link_is_renamed(there: Namespace) -> None:
    """A new name replaces the old one."""
    there.ip.link.set("v0", up=False)
    there.ip.link.set("v0", name="w0")
    assert ["lo", "v1", "w0"] == names(there)


@pytest.mark.live
def test_link_moves_to_another_namespace_and_back(there: Namespace, shared: Session) -> None:
    """`netns` takes a name, and the path of the place's first namespace."""
    there.ip.link.set("v0", name="moved", netns="/proc/1/ns/net")
    try:
        assert "moved" in {each.ifname for each in shared.ip.link.show()}
        shared.ip.link.set("moved", netns="ns1", name="v0", up=True)
    except CommandError:
        shared.ip.link.delete("moved")
        raise
    assert link(there, "v0").up


@pytest.mark.live
def test_peer_is_made_in_another_namespace(there: Namespace, shared: Session) -> None:
    """A veth's other end is where `peer_netns` says, and is shown by index and namespace number."""
    shared.ip.link.add("up0", Veth(peer="eth0", peer_netns="ns1", peer_options={"mtu": 1300}))
    peer = link(there, "eth0")
    assert (1300, None) == (peer.mtu, peer.link)
    assert peer.link_netnsid is not None


@pytest.mark.live
def test_link_is_made_in_another_namespace(there: Namespace, shared: Session) -> None:
    """`netns` of `add` makes the link there."""
    shared.ip.link.add("far", Ifb(), netns="ns1")
    assert "far" in names(there)
    assert "far" not in {each.ifname for each in shared.ip.link.show()}


@pytest.mark.live
def test_peer_without_a_name_is_named_by_the_kernel(there: Namespace) -> None:
    """Options of a peer do not need its name."""
    there.ip.link.add("w0", Veth(peer_options={"mtu": 1300}))
    peer = link(there, "w0").link
    assert peer is not None
    assert 1300 == link(there, peer).mtu


@pytest.mark.live
def test_delete_takes_the_peer_too(there: Namespace) -> None:
    """With one end of a veth the other goes."""
    there.ip.link.delete("v0")
    assert ["lo"] == names(there)


@pytest.mark.live
def test_link_that_cannot_be_deleted_is_not_supported(there: Namespace) -> None:
    """`lo` stays."""
    with pytest.raises(NotSupported):
        there.ip.link.delete("lo")
    assert "lo" in names(there)


@pytest.mark.live
def test_alternative_names_are_given_used_and_taken(there: Namespace) -> None:
    """A link can be asked for by its alternative names, also by long ones, until they are taken away."""
    there.ip.link.property_add("v0", "front", "the-door-to-the-outer-world")
    assert ("front", "the-door-to-the-outer-world") == link(
        there, "the-door-to-the-outer-world"
    ).altnames
    there.ip.link.set("the-door-to-the-outer-world", mtu=1300)
    assert 1300 == link(there, "v0").mtu
    there.ip.link.property_del("v0", "front", "the-door-to-the-outer-world")
    assert link(there, "v0").altnames is None
    with pytest.raises(NotFound):
        there.ip.link.property_del("v0", "front")


@pytest.mark.live
def test_undo_of_alternative_names_takes_them_away(there: Namespace) -> None:
    """The words that `property_add` leaves for a script's `down` take away what it gave."""
    for made in there.ip.link.property_add("v0", "front", "back").command.creates:
        there.exec(*made.delete_argv)
        assert ("v0",) == made.depends_on
    assert link(there, "v0").altnames is None


@pytest.mark.live
def test_alternative_name_that_is_taken_already_exists(there: Namespace) -> None:
    """No two links bear one name."""
    there.ip.link.property_add("v0", "front")
    with pytest.raises(AlreadyExists):
        there.ip.link.property_add("v1", "front")


SHOWN: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["br0", "lo", "v0", "v1"]),
    ({"up": True}, ["lo", "v0"]),
    ({"up": False}, ["br0", "v1"]),
    ({"group": "default"}, ["br0", "lo", "v0"]),
    ({"group": 7}, ["v1"]),
    ({"master": "br0"}, ["v0"]),
    ({"nomaster": True}, ["br0", "lo", "v1"]),
    ({"type": "veth"}, ["v0", "v1"]),
    ({"type": "bridge", "up": True}, []),
    ({"type": "nosuchkind"}, []),
    ({"stats": True, "type": "bridge"}, ["br0"]),
]


@pytest.mark.live
@pytest.mark.parametrize(("which", "expected"), SHOWN)
def test_show_lists_the_links_that_match(
    there: Namespace, which: dict[str, Any], expected: list[str]
) -> None:
    """A filter lists those links and no others, whatever the release of iproute2."""
    there.ip.link.add("br0", Bridge())
    there.ip.link.set("v0", master="br0")
    there.ip.link.set("v1", up=False, group=7)
    assert expected == names(there, **which)


@pytest.mark.live
def test_links_are_shown_without_virtual_functions(there: Namespace) -> None:
    """`novf` lists all links that match, where iproute2 has it (6.10)."""
    try:
        assert ["v0", "v1"] == names(there, type="veth", novf=True)
    except NotFound as error:
        pytest.skip(f"this iproute2: {error.reason}")


@pytest.mark.live
def test_filter_is_not_taken_for_a_name(there: Namespace) -> None:
    """Where a link is called `down`, asking for the links that are down still does not ask for that link."""
    there.ip.link.add("down", Ifb(), up=True)
    assert "down" not in names(there, up=False)


@pytest.mark.live
def test_counters_are_shown_when_asked_for(there: Namespace) -> None:
    """`stats=True` adds the counters."""
    (with_stats,) = there.ip.link.show("v0", stats=True)
    assert with_stats.stats64 is not None
    assert link(there, "v0").stats64 is None


@pytest.mark.live
def test_every_sort_of_error_is_counted_when_asked_for(there: Namespace) -> None:
    """`stats=2` has what `stats=True` has, and more; nothing of it is unknown."""
    (found,) = there.ip.link.show("v0", stats=2)
    assert found.stats64 is not None
    assert (found.stats64.rx, found.stats64.tx) != (None, None)
    assert found.stats64.rx is not None
    assert found.stats64.tx is not None
    assert (0, 0) == (found.stats64.rx.crc_errors, found.stats64.tx.aborted_errors)
    assert {} == {**found.stats64.extra, **found.stats64.rx.extra, **found.stats64.tx.extra}


@pytest.mark.live
def test_a_bridge_counts_multicast_and_its_ports_spanning_tree(there: Namespace) -> None:
    """`xstats` tells of each bridge or of one, of each port or of one; one filter does not stay for the next."""
    for bridge, port in (("br0", "v0"), ("br1", "v1")):
        there.ip.link.add(bridge, Bridge(mcast_stats_enabled=True), up=True)
        there.ip.link.set(port, master=bridge)
    (one,) = there.ip.link.xstats("bridge", "br1")
    assert "br1" == one.ifname
    assert one.multicast is not None
    assert one.multicast.igmp_queries is not None
    assert 0 == one.multicast.igmp_queries.rx_v1
    assert {"br0", "br1"} == {each.ifname for each in there.ip.link.xstats("bridge")}
    (port_,) = there.ip.link.xstats("bridge_slave", "v0", part="stp")
    assert (None, True) == (port_.multicast, port_.stp is not None)


@pytest.mark.live
def test_links_without_mpls_have_no_counters_of_it(there: Namespace) -> None:
    """A link counts MPLS once it takes some: with /proc/sys/net/mpls/conf/DEV/input."""
    if pathlib.Path("/proc/sys/net/mpls").exists():
        pytest.skip("a kernel with MPLS counts it of every link")
    assert [] == there.ip.link.afstats()


@pytest.mark.live
def test_links_with_mpls_count_it(there: Namespace) -> None:
    """Each that takes some: with /proc/sys/net/mpls/conf/DEV/input."""
    switch = "/proc/sys/net/mpls/conf/v0/input"
    if not there.exec("sh", "-c", f"echo 1 > {switch}", check=False).ok:
        pytest.skip("this kernel: no MPLS")
    (found,) = there.ip.link.afstats("v0")
    assert ("v0", 0) == (found.ifname, found.rx and found.rx.packets)


@pytest.mark.live
@pytest.mark.parametrize(
    ("kind", "name", "options", "error"),
    [
        (Bridge(), "v0", {}, AlreadyExists),
        (Veth(peer="v0"), "w0", {}, AlreadyExists),
        (Macvlan(), "w0", {"link": "nope"}, NotFound),
        (Veth(peer="w1"), "w0", {"master": "nope"}, NotFound),
        (Veth(peer="w1", peer_netns="nope"), "w0", {}, NotFound),
        (Kind("nosuchkind"), "w0", {}, NotSupported),
        (Bridge(), "w0", {"mtu": 2**31 - 1}, RejectedByKernel),
        (Macvlan(), "w0", {"link": "port"}, Busy),
    ],
)
def test_add_that_fails_says_why(
    there: Namespace, kind: LinkKind, name: str, options: dict[str, Any], error: type[CommandError]
) -> None:
    """Each refusal of the kernel is its own class, with an errno, and nothing is left behind."""
    there.ip.link.add("br0", Bridge())
    there.ip.link.add("port", Veth(peer="port1"), master="br0")
    before = names(there)
    with pytest.raises(error) as caught:
        there.ip.link.add(name, kind, **options)
    assert caught.value.errno is not None
    assert before == names(there)


@pytest.mark.live
@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"mtu": 1}, RejectedByKernel),
        ({"netns": 4_000_000}, NotFound),
        ({"master": "v1"}, NotSupported),
        ({"index": 7}, UsageError),
        ({"name": "lo"}, AlreadyExists),
    ],
)
def test_set_that_fails_says_why(
    there: Namespace, options: dict[str, Any], error: type[CommandError]
) -> None:
    """Each refusal is its own class."""
    with pytest.raises(error):
        there.ip.link.set("v0", **options)


@pytest.mark.live
def test_link_that_is_not_there_is_not_found(there: Namespace) -> None:
    """Every verb says that the link is missing."""
    verbs = there.ip.link
    for run in (
        lambda: verbs.set("nope", up=True),
        lambda: verbs.delete("nope"),
        lambda: verbs.show("nope"),
        lambda: verbs.property_add("nope", "x"),
        lambda: verbs.property_del("nope", "x"),
    ):
        with pytest.raises(NotFound):
            run()


@pytest.mark.live
def test_verbs_work_in_the_first_namespace(session: Session) -> None:
    """Without a namespace the verbs are the place's own."""
    session.ip.link.add("v0", Veth(peer="v1"), mtu=1300)
    session.ip.link.set("v0", up=True)
    assert [("v0", 1300)] == [(each.ifname, each.mtu) for each in session.ip.link.show("v0")]
    session.ip.link.delete("v0")
    assert ["lo"] == [each.ifname for each in session.ip.link.show()]
