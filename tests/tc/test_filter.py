"""`tc filter`: the words of every option of every filter and action, and what the kernel made of them."""

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


def line(session: Session) -> str:
    """Return the last command."""
    return session.recording.commands[-1].command.line


@pytest.mark.parametrize(("kind", "words"), CASES, ids=str)
def test_options_become_words(kind: TcKind, words: str) -> None:
    """Each option of a filter and of an action is spelled as tc spells it."""
    assert words.split() == list(kind.to_args())


@pytest.mark.parametrize("cls", [Mirred, Gact, Police, Matchall, U32, Flower])
def test_every_option_has_a_case(cls: type[TcKind]) -> None:
    """No option is left untested."""
    said = {
        row.name
        for kind, _ in CASES
        if type(kind) is cls
        for row in options_of(cls)
        if getattr(kind, row.name) is not None
    }
    assert {row.name for row in options_of(cls)} == said
    assert {row.name for row in options_of(FilterOptions)} == {name for name, *_ in OPTIONS}
    assert {row.name for row in options_of(FilterSelector)} == {name for name, *_ in OPTIONS} - {
        "handle",
        "estimator",
    }


@pytest.mark.parametrize("verb", ["add", "change", "replace"])
@pytest.mark.parametrize(("name", "value", "words"), OPTIONS)
def test_option_becomes_words(dry: Session, verb: str, name: str, value: Any, words: str) -> None:
    """Each option of each verb stands before the kind."""
    result = getattr(dry.tc.filter, verb)("v0", Matchall(action=DROP), **{name: value})
    assert f"tc filter {verb} dev v0 {words} matchall action gact drop" == line(dry)
    assert not result.command.batch


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ({}, "dev v0"),
        ({"parent": "ingress"}, "dev v0 ingress"),
        ({"parent": "egress"}, "dev v0 egress"),
        ({"parent": "root"}, "dev v0 root"),
        ({"parent": "1:"}, "dev v0 parent 1:"),
        ({"dev": None, "block": 7}, "block 7"),
    ],
)
def test_a_filter_has_its_place(dry: Session, where: dict[str, Any], words: str) -> None:
    """Every verb says it alike; what is not said is not written."""
    verbs, place = dry.netns("ns1").tc.filter, {"dev": "v0", **where}
    verbs.add(kind=Matchall(), **place)
    assert f"tc -n ns1 filter add {words} matchall" == line(dry)
    verbs.show(**place, pref=3, stats=True)
    assert f"tc -n ns1 -j -d -s filter show {words} pref 3" == line(dry)
    verbs.delete(**place, protocol="ip", pref=3, chain=1, handle="0x1", kind="matchall")
    assert (
        f"tc -n ns1 filter delete {words} protocol ip pref 3 chain 1 handle 0x1 matchall"
        == line(dry)
    )


@pytest.mark.parametrize(
    ("kind", "named"),
    [
        (Matchall(action="drop"), "action: 'drop' is not an action"),  # type: ignore[arg-type]
        (Matchall(action=()), "action: .* is not an action"),
        (Matchall(classid="20"), "classid: '20' is not the number of a class"),
        (Gact("explode"), "explode"),  # type: ignore[arg-type]
        (Gact(-1), "-1 is not within"),
        (Mirred(direction="up", dev="v1"), "direction: 'up' is not one of egress, ingress"),  # type: ignore[arg-type]
        (Police(conform_exceed=("drop", "pipe", "pass")), "conform-exceed"),  # type: ignore[arg-type]
        (U32(src="10.x"), "src: .* is not an address"),
        (U32(match="u32 0 0"), "match: 'u32 0 0' is not a tuple of matches"),  # type: ignore[arg-type]
        (Gact("pass", random=("netrand", "drop", 0)), "random: 0 is not within 1 to 10000"),
        (Gact("pass", random=("often", "drop", 1)), "random: 'often' is not one of"),  # type: ignore[arg-type]
        (Flower(dst_port=70000), "dst_port: 70000 is not within 0 to 65535"),
        (Flower(dst_port=(1, 2, 3)), "dst_port: .* is not a pair"),  # type: ignore[arg-type]
        (Flower(others="arp_op"), "others: 'arp_op' is not a tuple"),  # type: ignore[arg-type]
    ],
    ids=str,
)
def test_what_tc_cannot_take_is_refused(dry: Session, kind: TcKind, named: str) -> None:
    """Before anything runs, with the option's name."""
    with pytest.raises(InvalidArgument, match=named):
        dry.tc.filter.add("v0", kind)
    assert [] == dry.recording.commands


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ({"dev": None}, InvalidArgument),
        ({"block": 7}, InvalidArgument),
        ({"dev": None, "block": 7, "parent": "ingress"}, InvalidArgument),
        ({"pref": 0}, InvalidArgument),
        ({"parent": "eth0"}, InvalidArgument),
        ({"prio": 1}, UnknownOption),
    ],
)
def test_a_place_that_is_none_is_refused(
    dry: Session, words: dict[str, Any], error: type[InvalidArgument]
) -> None:
    """A link or a block, and only one of them."""
    with pytest.raises(error):
        dry.tc.filter.add(**{"dev": "v0", "kind": Matchall(), **words})
    assert [] == dry.recording.commands


def test_a_number_of_no_kind_is_refused(dry: Session) -> None:
    """`delete` by number needs the kind."""
    with pytest.raises(InvalidArgument, match="needs the kind"):
        dry.tc.filter.delete("v0", handle="0x1")
    assert [] == dry.recording.commands


@pytest.mark.parametrize("cls", [Mirred, Police, Matchall, U32, Flower])
def test_any_value_is_taken_or_refused(cls: type[TcKind]) -> None:
    """Whatever the value, the answer is words of text or a `InvalidArgument`, never another error."""
    garbage: list[Any] = [
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
    for row in options_of(cls):
        for value in garbage:
            try:
                said: dict[str, Any] = {row.name: value}
                words = cls(**said).to_args()
            except InvalidArgument:
                continue
            assert all(isinstance(word, str) and "\0" not in word for word in words), (
                row.name,
                value,
            )


def add(there: Namespace, kind: TcKind, **options: Any) -> None:
    """Add a filter to v0, or skip what this kernel lacks."""
    try:
        there.tc.filter.add("v0", kind, **options)
    except CommandError as error:
        if isinstance(error, (NotSupported, UsageError)):
            pytest.skip(f"this kernel or iproute2: {error.reason.splitlines()[0]}")
        raise


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
def test_a_filter_is_made_shown_and_deleted(
    there: Namespace, parent: str, kind: TcKind, options: dict[str, Any], actions: list[str]
) -> None:
    """With all its actions, in order."""
    there.tc.qdisc.add("v0", Clsact())
    add(there, kind, parent=parent, pref=3, **options)
    found = there.tc.filter.show("v0", parent=parent)
    assert {(kind.type, 3, options.get("protocol", "all"))} == {
        (each.kind, each.pref, each.protocol) for each in found
    }
    assert actions == [action.kind for each in found for action in each.actions]
    assert [{}] * len(found) == [each.extra for each in found]
    there.tc.filter.delete("v0", parent=parent, pref=3)
    assert [] == there.tc.filter.show("v0", parent=parent)
    with pytest.raises(NotFound):
        there.tc.filter.delete("v0", parent=parent, pref=3)


@pytest.mark.live
def test_a_filter_leads_to_a_table_of_others(there: Namespace) -> None:
    """With where the next header starts, which is printed in part without a key; each match of the rule is told."""
    there.tc.qdisc.add("v0", Clsact())
    where: dict[str, Any] = {"parent": "ingress", "protocol": "ip", "pref": 3}
    add(there, U32(divisor=1), handle="1:", **where)
    offset = Offset(at=0, mask=0xF00, shift=6, plus=4, eat=True)
    add(there, U32(protocol=6, bits=Bits("u8", 0x45, 0xFF), offset=offset, link="1:"), **where)
    add(there, U32(ht="1:", tcp_dst=80, police=Police(rate="1mbit", burst="10kb")), **where)
    found = [each.typed for each in there.tc.filter.show("v0", parent="ingress")]
    rules = [each for each in found if isinstance(each, U32Options)]
    (leads,) = [each for each in rules if each.link]
    expected = ("f00", 6, 0, 4, True)
    assert expected == (
        leads.offset_mask,
        leads.offset_shift,
        leads.offset_off,
        leads.plus,
        leads.eat,
    )
    assert ["60000", "45000000"] == sorted(
        (each.value or "" for each in leads.matches), reverse=True
    )
    assert 1 == len([each for rule in rules for each in rule.matches if each.offmask == "nexthdr+"])


def test_get_becomes_words(dry: Session) -> None:
    """All that tells a filter from others is said; a dry run has no answer to give, and says so."""
    with pytest.raises(OutputError):
        dry.tc.filter.get(
            "v0", parent="1:", protocol="ip", pref=3, chain=0, handle="800::800", kind="u32"
        )
    assert (
        "tc -j -d filter get dev v0 parent 1: protocol ip pref 3 chain 0 handle 800::800 u32"
        == line(dry)
    )


@pytest.mark.live
def test_one_filter_is_got(there: Namespace) -> None:
    """By its number."""
    there.tc.qdisc.add("v0", Clsact())
    kind = U32(src="10.0.0.0/8", action=Mirred(dev="v1"))
    add(there, kind, parent="ingress", protocol="ip", pref=3, handle="800::7")
    found = there.tc.filter.get(
        "v0", parent="ingress", protocol="ip", pref=3, handle="800::7", kind="u32"
    )
    assert ("u32", 3, ["v1"]) == (found.kind, found.pref, [each.to_dev for each in found.actions])
    with pytest.raises(NotFound):
        there.tc.filter.get(
            "v0", parent="ingress", protocol="ip", pref=3, handle="800::8", kind="u32"
        )


@pytest.mark.live
def test_a_filter_sends_packets_to_a_class(there: Namespace) -> None:
    """The class of the filter counts them: nothing else leads there."""
    there.ip.address.add("10.0.0.1/24", "v0")
    there.tc.qdisc.add("v0", Htb(default="10"), handle="1:")
    for classid in ("1:10", "1:20"):
        there.tc.class_.add("v0", HtbClass(rate="8mbit"), classid=classid, parent="1:")
    add(there, U32(match=(("u32", "0", "0"),), flowid="1:20"), parent="1:")
    there.exec("ping", "-c", "1", "-W", "0.1", "10.0.0.2", check=False)
    sent = {
        each.handle: each.stats.packets
        for each in there.tc.class_.show("v0", stats=True)
        if each.stats
    }
    assert (sent["1:20"] or 0) > 0


@pytest.mark.live
def test_a_filter_of_a_place_that_is_not_there_is_refused(there: Namespace) -> None:
    """Without a qdisc for it."""
    with pytest.raises(CommandError):
        there.tc.filter.add("v0", U32(match=(("u32", "0", "0"),)), parent="ingress")
