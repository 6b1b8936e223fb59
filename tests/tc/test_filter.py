"""`tc filter`: the arguments of filters and actions, and the filters that the kernel reports."""

from typing import Any

import pytest

from ipwrap import (
    CommandError,
    InvalidArgument,
    NotFound,
    NotSupported,
    OutputError,
    Session,
    UnknownOption,
    UsageError,
)
from ipwrap.models.filter_options import U32Options
from ipwrap.options.table import options_of
from ipwrap.qdiscs import Clsact, Htb, HtbClass, TcKind
from ipwrap.session import Namespace
from ipwrap.tc import (
    U32,
    Action,
    Bits,
    Cfm,
    Filter,
    Flower,
    Gact,
    Lse,
    Matchall,
    Mirred,
    Offset,
    Police,
)
from ipwrap.tc.filter import FilterOptions, FilterSelector

DROP = Gact("drop")

CASES: list[tuple[TcKind, str]] = [
    (Mirred(dev="v1"), "egress redirect dev v1"),
    (
        Mirred(direction="ingress", action="mirror", dev="v1", control="pass"),
        "ingress mirror dev v1 pass",
    ),
    (Mirred(blockid=7, index=3), "egress redirect blockid 7 index 3"),
    (
        Mirred(dev="v1", index=3, cookie="cafe01", hw_stats="any", no_percpu=True, skip_sw=True),
        "egress redirect dev v1 index 3 cookie cafe01 hw_stats any no_percpu skip_sw",
    ),
    (Mirred(dev="v1", skip_hw=True), "egress redirect dev v1 skip_hw"),
    (
        Gact("drop", cookie="00", hw_stats="delayed", no_percpu=True, skip_hw=True, skip_sw=True),
        "drop cookie 00 hw_stats delayed no_percpu skip_hw skip_sw",
    ),
    (
        Police(
            mtu=1, cookie="00" * 16, hw_stats="disabled", no_percpu=True, skip_hw=True, skip_sw=True
        ),
        f"mtu 1 cookie {'00' * 16} hw_stats disabled no_percpu skip_hw skip_sw",
    ),
    (Gact("drop"), "drop"),
    (Gact(7), "goto chain 7"),
    (Gact("pass", index=3), "pass index 3"),
    (Gact("pass", random=("netrand", "drop", 10)), "pass random netrand drop 10"),
    (
        Gact("pass", random=("determ", 7, 10000), index=1),
        "pass random determ goto chain 7 10000 index 1",
    ),
    (Police(rate="1mbit", burst="10kb"), "rate 1mbit burst 10240"),
    (Police(pkts_rate=1000, pkts_burst=100, index=7), "pkts_rate 1000 pkts_burst 100 index 7"),
    (Police(mtu=1500, mpu=64, peakrate="2mbit"), "mtu 1500 mpu 64 peakrate 2mbit"),
    (Police(avrate="1mbit", overhead=4, linklayer="atm"), "avrate 1mbit overhead 4 linklayer atm"),
    (Police(mtu=1, conform_exceed="drop"), "mtu 1 conform-exceed drop"),
    (Police(mtu=1, conform_exceed=("drop", "pipe")), "mtu 1 conform-exceed drop/pipe"),
    (Action("skbedit", {"priority": "1:20"}), "priority 1:20"),
    (Matchall(), ""),
    (Matchall(classid="1:20", skip_hw=True, skip_sw=True), "classid 1:20 skip_hw skip_sw"),
    (Matchall(action=DROP), "action gact drop"),
    (
        Matchall(action=(Mirred(dev="v1", action="mirror"), DROP)),
        "action mirred egress mirror dev v1 action gact drop",
    ),
    (Matchall(action=Police(rate="1mbit", burst=1)), "action police rate 1mbit burst 1"),
    (U32(src="10.0.0.0/8", dst="10.0.0.1"), "match ip src 10.0.0.0/8 match ip dst 10.0.0.1"),
    (
        U32(protocol=6, sport=1, dport=80),
        "match ip protocol 6 0xff match ip sport 1 0xffff match ip dport 80 0xffff",
    ),
    (U32(tos=16, ihl=5, nofrag=True), "match ip tos 16 0xff match ip ihl 5 0x0f match ip nofrag"),
    (U32(firstfrag=True, df=True, mf=False), "match ip firstfrag match ip df"),
    (
        U32(mf=True, icmp_type=8, icmp_code=0),
        "match ip mf match ip icmp_type 8 0xff match ip icmp_code 0 0xff",
    ),
    (U32(src6="fd00::/8", dst6="fd00::1"), "match ip6 src fd00::/8 match ip6 dst fd00::1"),
    (U32(protocol6=6, priority6=8), "match ip6 protocol 6 0xff match ip6 priority 8 0xff"),
    (U32(flowlabel6=7, mark=(7, 255)), "match ip6 flowlabel 7 0xfffff match mark 0x7 0xff"),
    (U32(tcp_src=1, tcp_dst=80), "match tcp src 1 0xffff match tcp dst 80 0xffff"),
    (U32(udp_src=1, udp_dst=53), "match udp src 1 0xffff match udp dst 53 0xffff"),
    (
        U32(ether_src="02:00:00:00:00:01", ether_dst="02:00:00:00:00:02"),
        "match ether src 02:00:00:00:00:01 match ether dst 02:00:00:00:00:02",
    ),
    (U32(bits=Bits("u16", 80, 0xFFFF, at=22)), "match u16 0x50 0xffff at 22"),
    (
        U32(bits=(Bits("u8", 6, 255, at=-5), Bits("u32", 0, 0, 4, nexthdr=True))),
        "match u8 0x6 0xff at -5 match u32 0x0 0x0 at nexthdr+4",
    ),
    (
        U32(offset=Offset(at=0, mask=0xF00, shift=6, plus=0, eat=True), hashkey=(255, 12)),
        "offset at 0 mask 0xf00 shift 6 plus 0 eat hashkey mask 0xff at 12",
    ),
    (U32(sample=(Bits("u8", 6, 255, at=9), 256)), "sample u8 0x6 0xff at 9 divisor 256"),
    (U32(police=Police(rate="1mbit", burst=1)), "police rate 1mbit burst 1"),
    (
        U32(match=(("u32", "0", "0"), ("ip6", "dst", "fd00::/8"))),
        "match u32 0 0 match ip6 dst fd00::/8",
    ),
    (U32(indev="v1", flowid="1:20", skip_hw=True, skip_sw=False), "indev v1 flowid 1:20 skip_hw"),
    (U32(divisor=256, order=2, ht="800:", link="1:"), "divisor 256 order 2 ht 800: link 1:"),
    (U32(others=("offset", "at", "0"), action=DROP), "offset at 0 action gact drop"),
    (Flower(indev="v1", src_mac="02:00:00:00:00:01"), "indev v1 src_mac 02:00:00:00:00:01"),
    (
        Flower(dst_mac="02:00:00:00:00:01", num_of_vlans=2),
        "dst_mac 02:00:00:00:00:01 num_of_vlans 2",
    ),
    (Flower(vlan_id=7, vlan_prio=1, vlan_ethtype="ip"), "vlan_id 7 vlan_prio 1 vlan_ethtype ip"),
    (Flower(ip_proto="tcp", ip_tos=16, ip_ttl=64), "ip_proto tcp ip_tos 16 ip_ttl 64"),
    (Flower(src_ip="10.0.0.0/8", dst_ip="fd00::1"), "src_ip 10.0.0.0/8 dst_ip fd00::1"),
    (
        Flower(ip_proto=6, src_port=(1000, 2000), dst_port=80),
        "ip_proto 0x6 src_port 1000-2000 dst_port 80",
    ),
    (Flower(icmp_type=8, icmp_code=0), "type 8 code 0"),
    (Flower(enc_key_id=7, enc_dst_port=4789), "enc_key_id 7 enc_dst_port 4789"),
    (
        Flower(enc_src_ip="10.0.0.1", enc_dst_ip="10.0.0.2"),
        "enc_src_ip 10.0.0.1 enc_dst_ip 10.0.0.2",
    ),
    (
        Flower(cvlan_id=7, cvlan_prio=1, cvlan_ethtype="ip"),
        "cvlan_id 7 cvlan_prio 1 cvlan_ethtype ip",
    ),
    (
        Flower(mpls_label=7, mpls_tc=1, mpls_bos=True, mpls_ttl=64),
        "mpls_label 7 mpls_tc 1 mpls_bos 1 mpls_ttl 64",
    ),
    (Flower(mpls=Lse(depth=1, label=7)), "mpls lse depth 1 label 7"),
    (
        Flower(mpls=(Lse(depth=1, tc=1), Lse(depth=2, bos=True, ttl=64)), cfm=Cfm(mdl=3, op=5)),
        "mpls lse depth 1 tc 1 lse depth 2 bos 1 ttl 64 cfm mdl 3 op 5",
    ),
    (Flower(pppoe_sid=7, ppp_proto="ip"), "pppoe_sid 7 ppp_proto ip"),
    (Flower(ip_tos="0x10/0xfc", ip_flags="nofrag"), "ip_tos 0x10/0xfc ip_flags nofrag"),
    (Flower(dst_port="80/0xfff0", tcp_flags="0x2/0x12"), "dst_port 80/0xfff0 tcp_flags 0x2/0x12"),
    (
        Flower(ip_proto=17, tcp_flags=18, l2tpv3_sid=7, spi=16),
        "ip_proto 0x11 tcp_flags 0x12 l2tpv3_sid 7 spi 0x10",
    ),
    (
        Flower(arp_op="request", arp_sip="10.0.0.1", arp_tip="10.0.0.0/8"),
        "arp_op request arp_sip 10.0.0.1 arp_tip 10.0.0.0/8",
    ),
    (
        Flower(arp_sha="02:00:00:00:00:01", arp_tha="02::/8"),
        "arp_sha 02:00:00:00:00:01 arp_tha 02::/8",
    ),
    (Flower(enc_tos=4, enc_ttl=64, enc_flags="csum"), "enc_tos 4 enc_ttl 64 enc_flags csum"),
    (Flower(geneve_opts="0102:80:11", vxlan_opts="1/1"), "geneve_opts 0102:80:11 vxlan_opts 1/1"),
    (
        Flower(erspan_opts="1:2:0:0", gtp_opts="01:02", pfcp_opts="01:2"),
        "erspan_opts 1:2:0:0 gtp_opts 01:02 pfcp_opts 01:2",
    ),
    (
        Flower(ct_state="+trk+est", ct_zone=7, ct_mark="1/1", ct_label="01"),
        "ct_state +trk+est ct_zone 7 ct_mark 1/1 ct_label 01",
    ),
    (Flower(l2_miss=True, hw_tc=1, verbose=True), "l2_miss 1 hw_tc 1 verbose"),
    (Flower(others=("mpls", "lse"), classid="1:20"), "mpls lse classid 1:20"),
    (Flower(skip_hw=True, skip_sw=True, action=DROP), "skip_hw skip_sw action gact drop"),
    (Filter("fw", {"classid": "1:20"}), "classid 1:20"),
]

OPTIONS: list[tuple[str, Any, str]] = [
    ("protocol", "ip", "protocol ip"),
    ("protocol", 2048, "protocol 2048"),
    ("pref", 3, "pref 3"),
    ("chain", 0, "chain 0"),
    ("handle", "800::1", "handle 800::1"),
    ("handle", 7, "handle 7"),
    ("estimator", (1, "8s"), "estimator 1s 8s"),
]


def last_line(session: Session) -> str:
    """Return the last command line of a session."""
    return session.recording.commands[-1].command.line


@pytest.mark.parametrize(("kind", "arguments"), CASES, ids=str)
def test_kind_formats_its_options(kind: TcKind, arguments: str) -> None:
    """Each option of a filter or action has tc's notation."""
    assert arguments.split() == list(kind.to_args())


@pytest.mark.parametrize("cls", [Mirred, Gact, Police, Matchall, U32, Flower])
def test_every_option_of_a_kind_has_a_case(cls: type[TcKind]) -> None:
    """Every option of a kind is tested."""
    names = {option.name for option in options_of(cls)}

    tested = set()
    for kind, _ in CASES:
        if type(kind) is cls:
            tested |= {name for name in names if getattr(kind, name) is not None}

    assert names == tested


def test_every_option_of_the_verbs_has_a_case() -> None:
    """Every keyword of the verbs is tested."""
    tested = {name for name, *_ in OPTIONS}
    selectors = tested - {"handle", "estimator"}

    assert tested == {option.name for option in options_of(FilterOptions)}
    assert selectors == {option.name for option in options_of(FilterSelector)}


@pytest.mark.parametrize("verb", ["add", "change", "replace"])
@pytest.mark.parametrize(("name", "value", "arguments"), OPTIONS)
def test_option_is_formatted_before_the_kind(
    dry_session: Session, verb: str, name: str, value: Any, arguments: str
) -> None:
    """Each option of each verb precedes the kind."""
    run_verb = getattr(dry_session.tc.filter, verb)

    result = run_verb("v0", Matchall(action=DROP), **{name: value})

    assert f"tc filter {verb} dev v0 {arguments} matchall action gact drop" == last_line(
        dry_session
    )
    assert not result.command.batch


@pytest.mark.parametrize(
    ("attach_point", "arguments"),
    [
        ({}, "dev v0"),
        ({"parent": "ingress"}, "dev v0 ingress"),
        ({"parent": "egress"}, "dev v0 egress"),
        ({"parent": "root"}, "dev v0 root"),
        ({"parent": "1:"}, "dev v0 parent 1:"),
        ({"dev": None, "block": 7}, "block 7"),
    ],
)
def test_attach_point_is_formatted(
    dry_session: Session, attach_point: dict[str, Any], arguments: str
) -> None:
    """Every verb has the same arguments for the attach point, and omits missing options."""
    tc_filter = dry_session.netns("ns1").tc.filter
    where = {"dev": "v0", **attach_point}

    tc_filter.add(kind=Matchall(), **where)
    assert f"tc -n ns1 filter add {arguments} matchall" == last_line(dry_session)

    tc_filter.show(**where, pref=3, stats=True)
    assert f"tc -n ns1 -j -d -s filter show {arguments} pref 3" == last_line(dry_session)

    tc_filter.delete(**where, protocol="ip", pref=3, chain=1, handle="0x1", kind="matchall")
    deletion = f"filter delete {arguments} protocol ip pref 3 chain 1 handle 0x1 matchall"
    assert f"tc -n ns1 {deletion}" == last_line(dry_session)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (
            Matchall(action="drop"),  # type: ignore[arg-type]
            "action: 'drop' is not an action",
        ),
        (Matchall(action=()), "action: .* is not an action"),
        (Matchall(classid="20"), "classid: '20' is not the number of a class"),
        (
            Gact("explode"),  # type: ignore[arg-type]
            "explode",
        ),
        (Gact(-1), "-1 is not within"),
        (
            Mirred(direction="up", dev="v1"),  # type: ignore[arg-type]
            "direction: 'up' is not one of egress, ingress",
        ),
        (
            Police(conform_exceed=("drop", "pipe", "pass")),  # type: ignore[arg-type]
            "conform-exceed",
        ),
        (U32(src="10.x"), "src: .* is not an address"),
        (
            U32(match="u32 0 0"),  # type: ignore[arg-type]
            "match: 'u32 0 0' is not a tuple of matches",
        ),
        (Gact("pass", random=("netrand", "drop", 0)), "random: 0 is not within 1 to 10000"),
        (
            Gact("pass", random=("often", "drop", 1)),  # type: ignore[arg-type]
            "random: 'often' is not one of",
        ),
        (Flower(dst_port=70000), "dst_port: 70000 is not within 0 to 65535"),
        (
            Flower(dst_port=(1, 2, 3)),  # type: ignore[arg-type]
            "dst_port: .* is not a pair",
        ),
        (
            Flower(others="arp_op"),  # type: ignore[arg-type]
            "others: 'arp_op' is not a tuple",
        ),
    ],
    ids=str,
)
def test_invalid_option_is_refused(dry_session: Session, kind: TcKind, reason: str) -> None:
    """An invalid value raises an error with the name of the option, before a command runs."""
    with pytest.raises(InvalidArgument, match=reason):
        dry_session.tc.filter.add("v0", kind)

    assert [] == dry_session.recording.commands


@pytest.mark.parametrize(
    ("keywords", "error"),
    [
        ({"dev": None}, InvalidArgument),
        ({"block": 7}, InvalidArgument),
        ({"dev": None, "block": 7, "parent": "ingress"}, InvalidArgument),
        ({"pref": 0}, InvalidArgument),
        ({"parent": "eth0"}, InvalidArgument),
        ({"prio": 1}, UnknownOption),
    ],
)
def test_invalid_attach_point_is_refused(
    dry_session: Session, keywords: dict[str, Any], error: type[InvalidArgument]
) -> None:
    """An attach point is either a link or a block."""
    with pytest.raises(error):
        dry_session.tc.filter.add(**{"dev": "v0", "kind": Matchall(), **keywords})

    assert [] == dry_session.recording.commands


def test_delete_by_handle_needs_a_kind(dry_session: Session) -> None:
    """The notation of a handle depends on the kind."""
    with pytest.raises(InvalidArgument, match="needs the kind"):
        dry_session.tc.filter.delete("v0", handle="0x1")

    assert [] == dry_session.recording.commands


GARBAGE: list[Any] = [
    "",
    "x",
    "a\0b",
    -1,
    0,
    2**70,
    1.5,
    True,
    (),
    [],
    {},
    (1, 2),
    {"a": 1},
    b"x",
    ...,
    int,
    ((),),
]


@pytest.mark.parametrize("cls", [Mirred, Police, Matchall, U32, Flower])
def test_any_value_is_formatted_or_refused(cls: type[TcKind]) -> None:
    """Any value gives arguments of text, or an `InvalidArgument`, and no other error."""
    for option in options_of(cls):
        for value in GARBAGE:
            values: dict[str, Any] = {option.name: value}
            try:
                arguments = cls(**values).to_args()
            except InvalidArgument:
                continue

            for argument in arguments:
                assert isinstance(argument, str), (option.name, value)
                assert "\0" not in argument, (option.name, value)


def add_filter(namespace: Namespace, kind: TcKind, **options: Any) -> None:
    """Add a filter to v0; skip the test if this kernel lacks the kind."""
    try:
        namespace.tc.filter.add("v0", kind, **options)
    except (NotSupported, UsageError) as error:
        pytest.skip(f"this kernel or iproute2: {error.reason.splitlines()[0]}")


LIVE: list[tuple[TcKind, dict[str, Any], list[str]]] = [
    (Matchall(action=DROP), {}, ["gact"]),
    (Matchall(action=(Mirred(dev="v1", action="mirror"), DROP)), {}, ["mirred", "gact"]),
    (
        Matchall(action=Police(rate="1mbit", burst="10kb", conform_exceed=("drop", "pipe"))),
        {},
        ["police"],
    ),
    (U32(match=(("u32", "0", "0"),), action=Mirred(dev="v1")), {}, ["mirred"]),
    (
        U32(src="10.0.0.0/8", protocol=6, dport=80, action=Mirred(dev="v1")),
        {"protocol": "ip"},
        ["mirred"],
    ),
    (
        Flower(ip_proto="tcp", src_port=(1000, 2000), dst_port=80, action=DROP),
        {"protocol": "ip"},
        ["gact"],
    ),
    (
        U32(src6="fd00::/8", priority6=8, flowlabel6=7, protocol6=6, action=Mirred(dev="v1")),
        {"protocol": "ipv6"},
        ["mirred"],
    ),
    (
        U32(tos=16, ihl=5, df=True, icmp_type=8, action=Mirred(dev="v1")),
        {"protocol": "ip"},
        ["mirred"],
    ),
    (
        U32(bits=Bits("u16", 80, 0xFFFF, at=22), mark=(7, 255), action=Mirred(dev="v1")),
        {"protocol": "ip"},
        ["mirred"],
    ),
    (
        U32(tcp_dst=80, ether_src="02:00:00:00:00:01", action=Mirred(dev="v1")),
        {"protocol": "ip"},
        ["mirred"],
    ),
    (
        Flower(mpls=(Lse(depth=1, label=7), Lse(depth=2, ttl=64)), action=DROP),
        {"protocol": "mpls_uc"},
        ["gact"],
    ),
    (Flower(cfm=Cfm(mdl=3, op=5), action=DROP), {"protocol": "cfm"}, ["gact"]),
    (Flower(dst_ip="fd00::/8", action=DROP), {"protocol": "ipv6"}, ["gact"]),
    (Flower(icmp_type=8, icmp_code=0, ip_proto="icmp", action=DROP), {"protocol": "ip"}, ["gact"]),
    (Flower(arp_op="request", arp_tip="10.0.0.1", action=DROP), {"protocol": "arp"}, ["gact"]),
    (
        Flower(ip_proto="tcp", tcp_flags="0x2/0x12", ip_tos="0x10/0xfc", ip_ttl=64, action=DROP),
        {"protocol": "ip"},
        ["gact"],
    ),
    (
        Flower(ip_flags="nofrag", enc_key_id=7, action=Gact("pass", random=("determ", "drop", 5))),
        {"protocol": "ip"},
        ["gact"],
    ),
    (Flower(src_mac="02:00:00:00:00:00/ff:00:00:00:00:00", action=DROP), {}, ["gact"]),
    (
        Flower(dst_ip="10.0.0.1", ip_proto=17, dst_port=53, action=DROP),
        {"protocol": "ip"},
        ["gact"],
    ),
    (Flower(l2_miss=False, action=DROP), {}, ["gact"]),
    (
        Flower(vlan_id=7, vlan_prio=1, vlan_ethtype="ip", action=Gact(7)),
        {"protocol": "802.1Q"},
        ["gact"],
    ),
]


@pytest.mark.live
@pytest.mark.parametrize(("kind", "options", "actions"), LIVE, ids=str)
@pytest.mark.parametrize("parent", ["ingress", "egress"])
def test_filter_is_added_shown_and_deleted(
    veth_netns: Namespace,
    parent: str,
    kind: TcKind,
    options: dict[str, Any],
    actions: list[str],
) -> None:
    """A filter keeps the order of its actions."""
    tc_filter = veth_netns.tc.filter
    veth_netns.tc.qdisc.add("v0", Clsact())

    add_filter(veth_netns, kind, parent=parent, pref=3, **options)
    filters = tc_filter.show("v0", parent=parent)
    assert filters

    shown_actions = []
    for model in filters:
        assert kind.type == model.kind
        assert 3 == model.pref
        assert options.get("protocol", "all") == model.protocol
        assert {} == model.extra
        shown_actions += [action.kind for action in model.actions]
    assert actions == shown_actions

    tc_filter.delete("v0", parent=parent, pref=3)
    assert [] == tc_filter.show("v0", parent=parent)

    with pytest.raises(NotFound):
        tc_filter.delete("v0", parent=parent, pref=3)


@pytest.mark.live
def test_filter_links_to_a_hash_table(veth_netns: Namespace) -> None:
    """The output has the offset of the next header, with a key for `eat`, and each match."""
    attach_point: dict[str, Any] = {"parent": "ingress", "protocol": "ip", "pref": 3}
    offset = Offset(at=0, mask=0xF00, shift=6, plus=4, eat=True)
    version_and_length = Bits("u8", 0x45, 0xFF)
    police = Police(rate="1mbit", burst="10kb")

    veth_netns.tc.qdisc.add("v0", Clsact())
    add_filter(veth_netns, U32(divisor=1), handle="1:", **attach_point)
    add_filter(
        veth_netns,
        U32(protocol=6, bits=version_and_length, offset=offset, link="1:"),
        **attach_point,
    )
    add_filter(veth_netns, U32(ht="1:", tcp_dst=80, police=police), **attach_point)

    options = [model.typed for model in veth_netns.tc.filter.show("v0", parent="ingress")]
    rules = [rule for rule in options if isinstance(rule, U32Options)]
    (linking_rule,) = [rule for rule in rules if rule.link]
    shown_offset = (
        linking_rule.offset_mask,
        linking_rule.offset_shift,
        linking_rule.offset_off,
        linking_rule.plus,
        linking_rule.eat,
    )
    assert ("f00", 6, 0, 4, True) == shown_offset

    values = sorted((match.value or "" for match in linking_rule.matches), reverse=True)
    assert ["60000", "45000000"] == values

    next_header_matches = []
    for rule in rules:
        next_header_matches += [match for match in rule.matches if match.offmask == "nexthdr+"]
    assert 1 == len(next_header_matches)


def test_get_formats_arguments(dry_session: Session) -> None:
    """Each part of the identity has an argument; the empty reply of a dry run is an error."""
    with pytest.raises(OutputError):
        dry_session.tc.filter.get(
            "v0", parent="1:", protocol="ip", pref=3, chain=0, handle="800::800", kind="u32"
        )

    identity = "dev v0 parent 1: protocol ip pref 3 chain 0 handle 800::800 u32"
    assert f"tc -j -d filter get {identity}" == last_line(dry_session)


@pytest.mark.live
def test_get_returns_one_filter(veth_netns: Namespace) -> None:
    """The handle chooses the filter; a missing handle is not found."""
    identity: dict[str, Any] = {"parent": "ingress", "protocol": "ip", "pref": 3}
    kind = U32(src="10.0.0.0/8", action=Mirred(dev="v1"))
    veth_netns.tc.qdisc.add("v0", Clsact())
    add_filter(veth_netns, kind, **identity, handle="800::7")

    tc_filter = veth_netns.tc.filter
    model = tc_filter.get("v0", **identity, handle="800::7", kind="u32")

    assert "u32" == model.kind
    assert 3 == model.pref
    (action,) = model.actions
    assert "v1" == action.to_dev
    with pytest.raises(NotFound):
        tc_filter.get("v0", **identity, handle="800::8", kind="u32")


@pytest.mark.live
def test_filter_sends_packets_to_a_class(veth_netns: Namespace) -> None:
    """The counter of the class rises, although no other filter leads to the class."""
    every_packet = (("u32", "0", "0"),)
    veth_netns.ip.address.add("10.0.0.1/24", "v0")
    veth_netns.tc.qdisc.add("v0", Htb(default="10"), handle="1:")
    for classid in ("1:10", "1:20"):
        veth_netns.tc.class_.add("v0", HtbClass(rate="8mbit"), classid=classid, parent="1:")
    add_filter(veth_netns, U32(match=every_packet, flowid="1:20"), parent="1:")

    veth_netns.exec("ping", "-c", "1", "-W", "0.1", "10.0.0.2", check=False)

    packets = {}
    for model in veth_netns.tc.class_.show("v0", stats=True):
        if model.stats:
            packets[model.handle] = model.stats.packets
    assert (packets["1:20"] or 0) > 0


@pytest.mark.live
def test_missing_attach_point_is_refused(veth_netns: Namespace) -> None:
    """A filter at an attach point without a qdisc raises an error."""
    with pytest.raises(CommandError):
        veth_netns.tc.filter.add("v0", U32(match=(("u32", "0", "0"),)), parent="ingress")
