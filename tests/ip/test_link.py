"""`ip link`: the arguments and values of every option, and the life cycle of links."""

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
    OutputError,
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
from ipwrap.objects import delete_command
from ipwrap.options.table import Option, options_of
from ipwrap.session import Namespace
from tests.labs import missing_kernel_reason

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


def get_last_command(session: Session) -> str:
    """Return the last command line of a session."""
    return session.recording.results[-1].line


def get_link(netns: Namespace, name: str) -> Link:
    """Return the link with a name."""
    (link,) = netns.ip.link.show(name)
    return link


def list_link_names(netns: Namespace | Session, **filters: Any) -> list[str]:
    """Return the sorted names of the links that match filters."""
    return sorted(link.ifname for link in netns.ip.link.show(**filters))


def get_option_names(table: type) -> set[str]:
    """Return the names of the options in a table."""
    return {option.name for option in options_of(table)}


def test_every_option_has_a_case() -> None:
    """Every option of both tables has a test case."""
    assert get_option_names(LinkOptions) == {name for name, *_ in OPTIONS}
    assert get_option_names(LinkFilter) == {name for name, *_ in FILTERS}


@pytest.mark.parametrize(("name", "value", "arguments"), OPTIONS)
def test_option_becomes_arguments(
    dry_session: Session, name: str, value: Any, arguments: str
) -> None:
    """Every option has the spelling of iproute2 for `set`, `add`, a peer, and a group."""
    ip = dry_session.ip
    expected = f" {arguments}" if arguments else ""

    ip.link.set("v0", **{name: value})

    assert f"ip link set dev v0{expected}" == get_last_command(dry_session)

    ip.link.add("v0", Dummy(), **{name: value})
    assert f"ip link add name v0{expected} type dummy" == get_last_command(dry_session)

    ip.link.set_group("pods", **{name: value})
    assert f"ip link set group pods{expected}" == get_last_command(dry_session)

    options: Any = {name: value}
    ip.link.add("v0", Veth(peer="v1", peer_options=options))

    assert f"ip link add name v0 type veth peer name v1{expected}" == get_last_command(dry_session)


@pytest.mark.parametrize(("name", "value", "arguments"), FILTERS)
def test_filter_becomes_arguments(
    dry_session: Session, name: str, value: Any, arguments: str
) -> None:
    """Every filter of `show` has the spelling of iproute2."""
    dry_session.ip.link.show(**{name: value})
    assert f"ip -j -d link show{arguments}" == get_last_command(dry_session)


KINDS: list[tuple[LinkKind, str]] = [
    (Bridge(stp_state=1), "type bridge stp_state 1"),
    (BridgeSlave(cost=3), "type bridge_slave cost 3"),
    (Kind("bond", {"mode": "802.3ad"}), "type bond mode 802.3ad"),
]


@pytest.mark.parametrize(("kind", "arguments"), KINDS)
def test_kind_comes_last(dry_session: Session, kind: LinkKind, arguments: str) -> None:
    """`set`, `set group` and `add` put the options of the kind after the options of the link."""
    ip = dry_session.ip
    ip.link.set("v0", kind, name="v9", mtu=1400)
    assert f"ip link set dev v0 name v9 mtu 1400 {arguments}" == get_last_command(dry_session)

    ip.link.set_group(7, kind, mtu=1400)
    assert f"ip link set group 7 mtu 1400 {arguments}" == get_last_command(dry_session)

    ip.link.add("v0", kind, mtu=1400)
    assert f"ip link add name v0 mtu 1400 {arguments}" == get_last_command(dry_session)


@pytest.mark.parametrize(
    ("kind", "arguments"),
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
def test_peer_of_a_veth(dry_session: Session, kind: Veth, arguments: str) -> None:
    """The peer's name is the first argument of a peer, before its options."""
    dry_session.ip.link.add("v0", kind)
    assert f"ip link add name v0 type veth{arguments}" == get_last_command(dry_session)


def test_other_commands_become_arguments(dry_session: Session) -> None:
    """`delete`, `property` and `show` put `dev` or `group` before a name."""
    commands = dry_session.netns("ns1").ip.link

    commands.delete("up")

    assert "ip -n ns1 link delete dev up" == get_last_command(dry_session)

    commands.delete("up", type="veth")
    assert "ip -n ns1 link delete dev up type veth" == get_last_command(dry_session)

    commands.delete_group("pods")
    assert "ip -n ns1 link delete group pods" == get_last_command(dry_session)

    commands.property_add("up", "a", "b")
    assert "ip -n ns1 link property add dev up altname a altname b" == get_last_command(dry_session)

    commands.property_del("up", "a")
    assert "ip -n ns1 link property del dev up altname a" == get_last_command(dry_session)

    commands.show("up", stats=True)
    assert "ip -n ns1 -j -d -s link show dev up" == get_last_command(dry_session)

    commands.show(stats=2)
    assert "ip -n ns1 -j -d -s -s link show" == get_last_command(dry_session)

    commands.afstats()
    assert "ip -n ns1 -j link afstats" == get_last_command(dry_session)

    commands.afstats("up")
    assert "ip -n ns1 -j link afstats dev up" == get_last_command(dry_session)


@pytest.mark.parametrize(
    ("kind", "dev", "part", "arguments"),
    [
        ("bridge", None, None, ""),
        ("bridge", "up", "mcast", " mcast dev up"),
        ("bridge_slave", "up", "stp", " stp dev up"),
        ("bond", None, "802.3ad", " 802.3ad"),
        ("bond_slave", "up", None, " dev up"),
    ],
)
def test_xstats_become_arguments(
    dry_session: Session, kind: XstatsKind, dev: str | None, part: XstatsPart | None, arguments: str
) -> None:
    """The kind precedes the arguments of its parser, and the command has a process of its own."""
    dry_session.ip.link.xstats(kind, dev, part=part)

    assert f"ip -j link xstats type {kind}{arguments}" == get_last_command(dry_session)
    assert not dry_session.recording.results[-1].command.batch


@pytest.mark.parametrize(
    ("kind", "part"), [("vxlan", None), ("bond", "mcast"), ("bridge", "802.3ad")]
)
def test_xstats_of_an_invalid_kind_or_part_are_refused(
    dry_session: Session, kind: Any, part: Any
) -> None:
    """A kind without extended counters is refused before a command runs."""
    with pytest.raises(InvalidArgument, match="type"):
        dry_session.ip.link.xstats(kind, part=part)

    assert [] == dry_session.recording.commands


@pytest.mark.parametrize("stats", [3, -1, "yes"])
def test_invalid_stats_are_refused(dry_session: Session, stats: Any) -> None:
    """`stats` is False, True or 2."""
    with pytest.raises(InvalidArgument, match="stats"):
        dry_session.ip.link.show(stats=stats)


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
def test_invalid_option_is_refused(
    dry_session: Session, options: dict[str, Any], error: type[InvalidArgument] | None, message: str
) -> None:
    """An invalid value or an unknown option is refused before a command runs."""
    if error is None:
        dry_session.ip.link.set("v0", **options)
        assert 1 == len(dry_session.recording.commands)
        return

    with pytest.raises(error, match=message):
        dry_session.ip.link.set("v0", **options)

    assert [] == dry_session.recording.commands


@pytest.mark.live
def test_get_returns_the_one_link(veth_netns: Namespace) -> None:
    """`get` returns a link by its name or an alternative name, with counters on demand."""
    veth_netns.ip.link.property_add("v0", "uplink")

    assert "v0" == veth_netns.ip.link.get("v0").ifname
    assert "v0" == veth_netns.ip.link.get("uplink").ifname
    assert veth_netns.ip.link.get("v0").stats64 is None
    assert veth_netns.ip.link.get("v0", stats=True).stats64 is not None


@pytest.mark.live
def test_get_of_a_missing_link(veth_netns: Namespace) -> None:
    """A missing link is `NotFound`, also where its name looks like an index."""
    with pytest.raises(NotFound, match="nope"):
        veth_netns.ip.link.get("nope")
    with pytest.raises(InvalidArgument, match="if1"):
        veth_netns.ip.link.get("if1")


def test_get_of_a_dry_run(dry_session: Session) -> None:
    """A dry run has the command of `show`, and no link."""
    with pytest.raises(OutputError, match="a dry run has no replies"):
        dry_session.ip.link.get("lo")
    assert "ip -j -d link show dev lo" == get_last_command(dry_session)


@pytest.mark.parametrize("group", ["", None, True])
def test_invalid_group_is_refused(dry_session: Session, group: Any) -> None:
    """An invalid group is refused before a command runs: every link belongs to a group."""
    runs: list[Callable[[], object]] = [
        lambda: dry_session.ip.link.set_group(group, up=False),
        lambda: dry_session.ip.link.delete_group(group),
    ]
    for run in runs:
        with pytest.raises(InvalidArgument, match="group"):
            run()

    assert [] == dry_session.recording.commands


def test_properties_without_a_name_are_refused(dry_session: Session) -> None:
    """The `property` commands need at least one alternative name."""
    runs: list[Callable[[], object]] = [
        lambda: dry_session.ip.link.property_add("v0"),
        lambda: dry_session.ip.link.property_del("v0"),
    ]
    for run in runs:
        with pytest.raises(InvalidArgument, match="at least one"):
            run()

    assert [] == dry_session.recording.commands


# Recorded changes: created, renamed and deleted objects, for the `down` part of a script.


def list_created(result: Any) -> list[tuple[str | None, str, tuple[str, ...]]]:
    """Return namespace, name and lower links of the created objects."""
    return [(link.netns, link.name, link.depends_on) for link in result.command.creates]


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
def test_add_records_created_links(
    dry_session: Session,
    netns: str | None,
    kind: LinkKind,
    options: dict[str, Any],
    expected: list[Any],
) -> None:
    """`add` records every created link, with its namespace and lower links."""
    commands = dry_session if netns is None else dry_session.netns(netns)
    result = commands.ip.link.add("x", kind, **options)

    assert expected == list_created(result)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"up": True}, None),
        ({"name": "w"}, LinkRename("v0", "w", "ns1")),
        ({"netns": "ns2"}, LinkRename("v0", "v0", "ns2")),
        ({"name": "w", "netns": "/proc/1/ns/net"}, LinkRename("v0", "w", None)),
    ],
)
def test_set_records_a_rename(
    dry_session: Session, options: dict[str, Any], expected: LinkRename | None
) -> None:
    """`set` records the new name and namespace of a link."""
    result = dry_session.netns("ns1").ip.link.set("v0", **options)
    assert expected == result.command.renames


def test_delete_records_deleted_objects(dry_session: Session) -> None:
    """`delete` and `property_del` record the deleted objects."""
    result = dry_session.netns("ns1").ip.link.delete("v0")
    assert (("link", "ns1", "v0"),) == result.command.deletes

    result = dry_session.ip.link.property_del("v0", "a", "b")
    assert (("altname", None, "v0 a"), ("altname", None, "v0 b")) == result.command.deletes


# Every common option in JSON: set, then read with the codec of the option.

CHANGED: list[tuple[str, str, Any]] = [
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
CHANGED += [
    ("v0", "master", "br0"),
    ("v0", "vrf", "br0"),
    ("v0", "state", "dormant"),
    ("m0", "protodown", True),
]

# Options of new links only, and options of links of several kinds.
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

# `vf` needs a card with virtual functions, `xdp` a program, `parentdev` a modem. `link_netnsid`
# needs a lower link in another namespace. `protodown_reason` sets one reason, but JSON shows a
# list.
NOT_TESTED = {"vf", "xdp", "parentdev", "link_netnsid", "protodown_reason"}


def find_option(name: str) -> Option:
    """Return the option of links with a name."""
    (match,) = [option for option in options_of(LinkOptions) if option.name == name]
    return match


def read_option(link: Link, name: str) -> Any:
    """Return the value of a common option, as read by its codec."""
    option = find_option(name)

    assert option.json_key

    return option.codec.from_json(dump(link), option.json_key)


def test_every_shown_option_has_a_case() -> None:
    """Every option in JSON belongs to a table of tested options."""
    tested = {name for _, name, _ in CHANGED} | {name for _, _, name in ADDED}
    shown = {option.name for option in options_of(LinkOptions) if option.json_key}

    assert shown == tested | NOT_TESTED


@pytest.mark.live
@pytest.mark.parametrize(("dev", "name", "value"), CHANGED)
def test_option_is_read_back_as_set(veth_netns: Namespace, dev: str, name: str, value: Any) -> None:
    """The codec of an option reads the value of `set`."""
    ip = veth_netns.ip
    if dev == "m0":
        ip.link.add("m0", Macvlan(), link="v0")
    else:
        ip.link.add("br0", Bridge(), up=True)

    try:
        ip.link.set(dev, **{name: value})
    except (NotFound, NotSupported, UsageError) as error:  # a bridge is no VRF
        pytest.skip(f"this kernel or iproute2: {error.reason}")

    shown = read_option(get_link(veth_netns, dev), name)
    if shown is None:
        reason = missing_kernel_reason(find_option(name))
        if reason:
            pytest.skip(reason)

    assert value == shown


@pytest.mark.live
@pytest.mark.parametrize(("kind", "options", "name"), ADDED)
def test_option_is_read_back_as_added(
    veth_netns: Namespace, kind: LinkKind, options: dict[str, Any], name: str
) -> None:
    """The codec of an option reads the value of `add`, and the link has the same kind."""
    veth_netns.ip.link.add("br0", Bridge())
    try:
        veth_netns.ip.link.add("w0", kind, **options)
    except NotSupported as error:
        pytest.skip(f"this kernel: {error.reason}")

    link = get_link(veth_netns, "w0")

    assert options[name] == read_option(link, name)
    assert link.kind is not None
    assert kind.type == link.kind.type


@pytest.mark.live
def test_protodown_reasons_keep_a_port_down(veth_netns: Namespace) -> None:
    """A link stays down until its last protodown reason is cleared."""
    ip = veth_netns.ip
    ip.link.add("m0", Macvlan(), link="v0")
    ip.link.set("m0", protodown=True)

    for reason in (3, 5):
        ip.link.set("m0", protodown_reason=(reason, True))

    assert ("3", "5") == get_link(veth_netns, "m0").proto_down_reason

    with pytest.raises(RejectedByKernel, match="active reasons"):
        ip.link.set("m0", protodown=False)

    for reason in (3, 5):
        ip.link.set("m0", protodown_reason=(reason, False))

    ip.link.set("m0", protodown=False)
    link = get_link(veth_netns, "m0")

    assert link.proto_down is None
    assert link.proto_down_reason is None


@pytest.mark.live
def test_option_of_a_network_card_is_not_supported(veth_netns: Namespace) -> None:
    """A veth has no virtual functions; the error names the next step."""
    with pytest.raises(NotSupported, match="ipwrap doctor"):
        veth_netns.ip.link.set("v0", vf=Vf(num=0, mac="02:00:00:00:00:07"))


@pytest.mark.live
def test_group_is_set_as_a_whole(veth_netns: Namespace) -> None:
    """`set_group` changes every link of the group only."""
    veth_netns.ip.link.set("v1", group=7)
    veth_netns.ip.link.set_group(7, up=False, mtu=1300)
    member = get_link(veth_netns, "v1")

    assert (False, 1300) == (member.up, member.mtu)

    non_member = get_link(veth_netns, "v0")
    assert (True, 1500) == (non_member.up, non_member.mtu)


@pytest.mark.live
def test_group_is_deleted_as_a_whole(veth_netns: Namespace) -> None:
    """`delete_group` deletes every link of the group; an empty group is not found."""
    ip = veth_netns.ip
    ip.link.add("a", Ifb(), group=7)
    ip.link.add("b", Bridge(), group=7)
    ip.link.delete_group(7)

    assert ["lo", "v0", "v1"] == list_link_names(veth_netns)

    with pytest.raises(NotFound):
        ip.link.delete_group(7)


@pytest.mark.live
def test_unknown_group_is_a_usage_error(veth_netns: Namespace) -> None:
    """iproute2 refuses an unknown name of a group."""
    with pytest.raises(UsageError, match="nogroup"):
        veth_netns.ip.link.delete_group("nogroup")


@pytest.mark.live
def test_port_options_are_set_and_shown(veth_netns: Namespace) -> None:
    """`set` with a `BridgeSlave` changes a port, and `Link.port` shows the options."""
    ip = veth_netns.ip
    ip.link.add("br0", Bridge())
    ip.link.set("v0", master="br0")
    ip.link.set("v0", BridgeSlave(cost=33, isolated=True))
    port = get_link(veth_netns, "v0").port

    assert isinstance(port, BridgeSlave)
    assert (33, True) == (port.cost, port.isolated)


@pytest.mark.live
def test_port_options_without_a_bridge_are_not_supported(veth_netns: Namespace) -> None:
    """A link without a bridge has no port options."""
    with pytest.raises(NotSupported):
        veth_netns.ip.link.set("v0", BridgeSlave(cost=33))

    assert get_link(veth_netns, "v0").port is None


@pytest.mark.live
def test_kind_is_changed(veth_netns: Namespace) -> None:
    """`set` with a kind changes the given options and keeps the rest."""
    veth_netns.ip.link.add("br0", Bridge(priority=100, ageing_time=6000))
    veth_netns.ip.link.set("br0", Bridge(priority=200))
    kind = get_link(veth_netns, "br0").kind

    assert isinstance(kind, Bridge)
    assert (200, 6000) == (kind.priority, kind.ageing_time)


@pytest.mark.live
def test_nomaster_frees_a_port(veth_netns: Namespace) -> None:
    """`nomaster` removes a link from its bridge."""
    ip = veth_netns.ip
    ip.link.add("br0", Bridge())
    ip.link.set("v0", master="br0")

    assert "br0" == get_link(veth_netns, "v0").master

    ip.link.set("v0", nomaster=True)
    assert get_link(veth_netns, "v0").master is None


@pytest.mark.live
def test_alias_is_cleared(veth_netns: Namespace) -> None:
    """An empty alias is an argument, and clears the old alias."""
    veth_netns.ip.link.set("v0", alias="old")
    veth_netns.ip.link.set("v0", alias="")

    assert get_link(veth_netns, "v0").ifalias is None


@pytest.mark.live
def test_link_is_renamed(veth_netns: Namespace) -> None:
    """A new name replaces the old name."""
    veth_netns.ip.link.set("v0", up=False)
    veth_netns.ip.link.set("v0", name="w0")

    assert ["lo", "v1", "w0"] == list_link_names(veth_netns)


@pytest.mark.live
def test_link_moves_to_another_namespace_and_back(
    veth_netns: Namespace, sandbox_session: Session
) -> None:
    """`netns` accepts a name, and the path of the first namespace."""
    veth_netns.ip.link.set("v0", name="moved", netns="/proc/1/ns/net")
    try:
        assert "moved" in list_link_names(sandbox_session)
        sandbox_session.ip.link.set("moved", netns="ns1", name="v0", up=True)
    except CommandError:
        sandbox_session.ip.link.delete("moved")
        raise

    assert get_link(veth_netns, "v0").up


@pytest.mark.live
def test_peer_is_created_in_another_namespace(
    veth_netns: Namespace, sandbox_session: Session
) -> None:
    """The peer in `peer_netns` is shown by index and namespace id."""
    sandbox_session.ip.link.add(
        "up0", Veth(peer="eth0", peer_netns="ns1", peer_options={"mtu": 1300})
    )
    peer = get_link(veth_netns, "eth0")

    assert 1300 == peer.mtu
    assert peer.link is None
    assert peer.link_netnsid is not None


@pytest.mark.live
def test_link_is_created_in_another_namespace(
    veth_netns: Namespace, sandbox_session: Session
) -> None:
    """`netns` of `add` creates the link in the named namespace."""
    sandbox_session.ip.link.add("far", Ifb(), netns="ns1")

    assert "far" in list_link_names(veth_netns)
    assert "far" not in list_link_names(sandbox_session)


@pytest.mark.live
def test_peer_without_a_name_is_named_by_the_kernel(veth_netns: Namespace) -> None:
    """The options of a peer work without its name."""
    veth_netns.ip.link.add("w0", Veth(peer_options={"mtu": 1300}))
    peer = get_link(veth_netns, "w0").link

    assert peer is not None
    assert 1300 == get_link(veth_netns, peer).mtu


@pytest.mark.live
def test_delete_deletes_the_peer(veth_netns: Namespace) -> None:
    """The deletion of a veth deletes its peer."""
    veth_netns.ip.link.delete("v0")
    assert ["lo"] == list_link_names(veth_netns)


@pytest.mark.live
def test_deletion_of_lo_is_not_supported(veth_netns: Namespace) -> None:
    """The kernel refuses to delete `lo`."""
    with pytest.raises(NotSupported):
        veth_netns.ip.link.delete("lo")

    assert "lo" in list_link_names(veth_netns)


@pytest.mark.live
def test_alternative_names_are_added_used_and_deleted(veth_netns: Namespace) -> None:
    """Commands accept alternative names, long ones included, until their deletion."""
    ip = veth_netns.ip
    long_name = "the-door-to-the-outer-world"
    ip.link.property_add("v0", "front", long_name)

    assert ("front", long_name) == get_link(veth_netns, long_name).altnames

    ip.link.set(long_name, mtu=1300)
    assert 1300 == get_link(veth_netns, "v0").mtu

    ip.link.property_del("v0", "front", long_name)
    assert get_link(veth_netns, "v0").altnames is None

    with pytest.raises(NotFound):
        ip.link.property_del("v0", "front")


@pytest.mark.live
def test_recorded_delete_commands_of_alternative_names_work(veth_netns: Namespace) -> None:
    """The recorded delete commands of `property_add` delete the names."""
    result = veth_netns.ip.link.property_add("v0", "front", "back")
    for altname in result.command.creates:
        veth_netns.exec(*delete_command(altname).argv)
        assert ("v0",) == altname.depends_on

    assert get_link(veth_netns, "v0").altnames is None


@pytest.mark.live
def test_duplicate_alternative_name_already_exists(veth_netns: Namespace) -> None:
    """Two links cannot have the same name."""
    veth_netns.ip.link.property_add("v0", "front")
    with pytest.raises(AlreadyExists):
        veth_netns.ip.link.property_add("v1", "front")


FILTERED: list[tuple[dict[str, Any], list[str]]] = [
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
@pytest.mark.parametrize(("filters", "expected"), FILTERED)
def test_show_lists_matching_links(
    veth_netns: Namespace, filters: dict[str, Any], expected: list[str]
) -> None:
    """A filter selects exactly the matching links, in every release of iproute2."""
    ip = veth_netns.ip
    ip.link.add("br0", Bridge())
    ip.link.set("v0", master="br0")
    ip.link.set("v1", up=False, group=7)

    assert expected == list_link_names(veth_netns, **filters)


@pytest.mark.live
def test_links_are_shown_without_virtual_functions(veth_netns: Namespace) -> None:
    """`novf` lists every matching link, from iproute2 6.10 on."""
    try:
        assert ["v0", "v1"] == list_link_names(veth_netns, type="veth", novf=True)
    except NotFound as error:
        pytest.skip(f"this iproute2: {error.reason}")


@pytest.mark.live
def test_filter_is_not_taken_for_a_name(veth_netns: Namespace) -> None:
    """`up=False` does not select a link with the name `down`."""
    veth_netns.ip.link.add("down", Ifb(), up=True)
    assert "down" not in list_link_names(veth_netns, up=False)


@pytest.mark.live
def test_counters_are_shown_on_request(veth_netns: Namespace) -> None:
    """`stats=True` adds the counters."""
    (with_stats,) = veth_netns.ip.link.show("v0", stats=True)

    assert with_stats.stats64 is not None
    assert get_link(veth_netns, "v0").stats64 is None


@pytest.mark.live
def test_counters_by_error_type_are_shown_on_request(veth_netns: Namespace) -> None:
    """`stats=2` adds the counters by type of error, without unknown keys."""
    (link,) = veth_netns.ip.link.show("v0", stats=2)
    counters = link.stats64

    assert counters is not None
    assert counters.rx is not None
    assert counters.tx is not None
    assert 0 == counters.rx.crc_errors
    assert 0 == counters.tx.aborted_errors
    assert {} == counters.extra
    assert {} == counters.rx.extra
    assert {} == counters.tx.extra


@pytest.mark.live
def test_xstats_of_bridges_and_ports(veth_netns: Namespace) -> None:
    """`xstats` returns the counters of every bridge or port, or of a single link."""
    ip = veth_netns.ip
    for bridge, port in (("br0", "v0"), ("br1", "v1")):
        ip.link.add(bridge, Bridge(mcast_stats_enabled=True), up=True)
        ip.link.set(port, master=bridge)

    (bridge_counters,) = ip.link.xstats("bridge", "br1")
    assert "br1" == bridge_counters.ifname
    assert bridge_counters.multicast is not None
    assert bridge_counters.multicast.igmp_queries is not None
    assert 0 == bridge_counters.multicast.igmp_queries.rx_v1

    # The filter of a command must not affect the next command.
    counters_of_bridges = ip.link.xstats("bridge")
    assert {"br0", "br1"} == {counters.ifname for counters in counters_of_bridges}

    (port_counters,) = ip.link.xstats("bridge_slave", "v0", part="stp")
    assert port_counters.multicast is None
    assert port_counters.stp is not None


@pytest.mark.live
def test_links_without_mpls_have_no_counters(veth_netns: Namespace) -> None:
    """A link has MPLS counters after /proc/sys/net/mpls/conf/DEV/input is set."""
    if pathlib.Path("/proc/sys/net/mpls").exists():
        pytest.skip("a kernel with MPLS counts it of every link")

    assert [] == veth_netns.ip.link.afstats()


@pytest.mark.live
def test_links_with_mpls_have_counters(veth_netns: Namespace) -> None:
    """A link with /proc/sys/net/mpls/conf/DEV/input set has MPLS counters."""
    setting = "/proc/sys/net/mpls/conf/v0/input"
    result = veth_netns.exec("sh", "-c", f"echo 1 > {setting}", check=False)

    if not result.ok:
        pytest.skip("this kernel: no MPLS")

    (counters,) = veth_netns.ip.link.afstats("v0")

    assert "v0" == counters.ifname
    assert counters.rx is not None
    assert 0 == counters.rx.packets


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
def test_failure_of_add_has_an_error_class(
    veth_netns: Namespace,
    kind: LinkKind,
    name: str,
    options: dict[str, Any],
    error: type[CommandError],
) -> None:
    """A refusal of the kernel has its own class and an errno, and creates no link."""
    ip = veth_netns.ip
    ip.link.add("br0", Bridge())
    ip.link.add("port", Veth(peer="port1"), master="br0")
    names_before = list_link_names(veth_netns)

    with pytest.raises(error) as caught:
        ip.link.add(name, kind, **options)

    assert caught.value.errno is not None
    assert names_before == list_link_names(veth_netns)


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
def test_failure_of_set_has_an_error_class(
    veth_netns: Namespace, options: dict[str, Any], error: type[CommandError]
) -> None:
    """A refusal of `set` has its own class."""
    with pytest.raises(error):
        veth_netns.ip.link.set("v0", **options)


@pytest.mark.live
def test_missing_link_is_not_found(veth_netns: Namespace) -> None:
    """Every command raises `NotFound` for a missing link."""
    commands = veth_netns.ip.link

    for run in (
        lambda: commands.set("nope", up=True),
        lambda: commands.delete("nope"),
        lambda: commands.show("nope"),
        lambda: commands.property_add("nope", "x"),
        lambda: commands.property_del("nope", "x"),
    ):
        with pytest.raises(NotFound):
            run()


@pytest.mark.live
def test_commands_work_in_the_first_namespace(session: Session) -> None:
    """Without a namespace, commands run in the first namespace of the place."""
    session.ip.link.add("v0", Veth(peer="v1"), mtu=1300)
    session.ip.link.set("v0", up=True)

    (link,) = session.ip.link.show("v0")

    assert "v0" == link.ifname
    assert 1300 == link.mtu

    session.ip.link.delete("v0")
    assert ["lo"] == list_link_names(session)
