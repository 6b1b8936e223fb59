"""Encapsulations of routes: the arguments of every option, and refused values."""

from typing import Any

import pytest

from ipwrap import CommandError, InvalidArgument, Session
from ipwrap.ip.encap import Bpf, Encap, Ila, Ioam6, Ip4, Ip6, Mpls, Rpl, Seg6, Seg6local, Xfrm
from ipwrap.kinds.link_options import Xdp
from ipwrap.models import Encap as ShownEncap
from ipwrap.options.table import options_of
from ipwrap.session import Namespace

PROGRAM = Xdp(object="prog.o", section="x", verbose=True)

ARGUMENTS: list[tuple[Encap, str]] = [
    (Mpls(labels="100/200"), "mpls 100/200"),
    (Mpls(labels="100", ttl=0), "mpls 100 ttl 0"),
    (
        Ip4(id=0, dst="10.0.0.9", src="10.0.0.8", tos=1, ttl=2),
        "ip id 0 dst 10.0.0.9 src 10.0.0.8 tos 1 ttl 2",
    ),
    (
        Ip4(geneve_opts="0:0:01020304", key=True, csum=True, seq=True),
        "ip geneve_opts 0:0:01020304 key csum seq",
    ),
    (Ip4(vxlan_opts=7, key=False), "ip vxlan_opts 7"),
    (Ip4(erspan_opts="1:2:0:0"), "ip erspan_opts 1:2:0:0"),
    (
        Ip6(id=2**64 - 1, dst="fd00::9", src="fd00::8", tc=1, hoplimit=2),
        f"ip6 id {2**64 - 1} dst fd00::9 src fd00::8 tc 1 hoplimit 2",
    ),
    (
        Ip6(geneve_opts="0:0:01020304", key=True, csum=True, seq=True),
        "ip6 geneve_opts 0:0:01020304 key csum seq",
    ),
    (Ip6(vxlan_opts=7), "ip6 vxlan_opts 7"),
    (Ip6(erspan_opts="2:0:1:2"), "ip6 erspan_opts 2:0:1:2"),
    (
        Ila(locator="1:2:3:4", csum_mode="no-action", ident_type="luid", hook_type="input"),
        "ila 1:2:3:4 csum-mode no-action ident-type luid hook-type input",
    ),
    (
        Seg6(mode="encap.red", tunsrc="fd00::1", segs=("fd00::2", "fd00::3"), hmac=7),
        "seg6 mode encap.red tunsrc fd00::1 segs fd00::2,fd00::3 hmac 7",
    ),
    (Seg6(mode="inline", segs="fd00::2"), "seg6 mode inline segs fd00::2"),
    (Seg6(mode="encap", segs="fd00::2", lookup=100), "seg6 mode encap segs fd00::2 lookup 100"),
    (
        Seg6local(action="End.DT6", table="main", count=True),
        "seg6local action End.DT6 table main count",
    ),
    (Seg6local(action="End.DT46", vrftable=100), "seg6local action End.DT46 vrftable 100"),
    (Seg6local(action="End.DX4", nh4="10.0.0.1"), "seg6local action End.DX4 nh4 10.0.0.1"),
    (
        Seg6local(action="End.X", nh6="fd00::1", iif="v0", oif="v1"),
        "seg6local action End.X nh6 fd00::1 iif v0 oif v1",
    ),
    (
        Seg6local(action="End", flavors=("psp", "next-csid"), lblen=32, nflen=16),
        "seg6local action End flavors psp,next-csid lblen 32 nflen 16",
    ),
    (
        Seg6local(action="End.B6", srh=Seg6(segs=["fd00::2"], hmac=1)),
        "seg6local action End.B6 srh segs fd00::2 hmac 1",
    ),
    (
        Seg6local(action="End.BPF", endpoint=PROGRAM),
        "seg6local action End.BPF endpoint object prog.o section x verbose",
    ),
    (Rpl(segs=("fd00::2", "fd00::3")), "rpl segs fd00::2,fd00::3"),
    (Ioam6(trace=(0x800000, 1, 12)), "ioam6 trace prealloc type 8388608 ns 1 size 12"),
    (
        Ioam6(freq=(1, 100), mode="encap", tunsrc="fd00::1", tundst="fd00::2", trace=(1, 0, 4)),
        (
            "ioam6 freq 1/100 mode encap tunsrc fd00::1 tundst fd00::2 "
            "trace prealloc type 1 ns 0 size 4"
        ),
    ),
    (
        Bpf(in_=PROGRAM, out=Xdp(pinned="/p"), xmit=Xdp(pinned="/q"), headroom=14),
        "bpf in object prog.o section x verbose out pinned /p xmit pinned /q headroom 14",
    ),
    (Xfrm(if_id=1, link_dev="v0"), "xfrm if_id 1 link_dev v0"),
]


def test_every_option_has_a_case() -> None:
    """Every option of every type of encapsulation has a test case."""
    encaps = [encap for encap, _ in ARGUMENTS]

    for cls in {type(encap) for encap in encaps}:
        options = {option.name for option in options_of(cls)}

        tested = set()
        for encap in encaps:
            if type(encap) is cls:
                tested |= {name for name in options if getattr(encap, name)}

        # Options that a case gives as 0.
        zero = {"ttl"} if cls is Mpls else {"id"}
        assert options == tested | (zero & options)


@pytest.mark.parametrize(("encap", "arguments"), ARGUMENTS)
def test_encapsulation_becomes_arguments(
    dry_session: Session, encap: Encap, arguments: str
) -> None:
    """Every option has the spelling of iproute2."""
    dry_session.ip.route.add("10.1.0.0/16", dev="v0", encap=encap)
    # The encapsulation comes last, unless iproute2 cannot parse such a line: see with_encap().
    is_first = len(arguments.split()) == 2 or isinstance(encap, Ioam6)
    expected = f"encap {arguments} dev v0" if is_first else f"dev v0 encap {arguments}"

    assert f"ip route add to 10.1.0.0/16 {expected}" == dry_session.recording.results[-1].line


INVALID: list[Any] = [
    Mpls(labels="", ttl=1),
    Mpls(labels="100", ttl=256),
    Ip4(dst="nowhere"),
    Ila(locator="1:2:3:4", hook_type="sideways"),  # type: ignore[arg-type]
    Seg6(mode="outcap", segs="fd00::1"),  # type: ignore[arg-type]
    Seg6(mode="encap", segs=()),
    Seg6local(action="End", flavors=("sweet",)),  # type: ignore[arg-type]
    Seg6local(action="End.B6", srh="fd00::1"),  # type: ignore[arg-type]
    Ioam6(freq=(2, 1)),
    Ioam6(freq=(0, 1)),
    Ioam6(freq=7),  # type: ignore[arg-type]
    Ioam6(trace=(1, 0, 5)),
    Ioam6(trace=(1, 0, 248)),
    Ioam6(trace=(0, 0, 4)),
    Bpf(headroom=0),
    Xfrm(if_id=0),
    "",
]


@pytest.mark.parametrize("encap", INVALID)
def test_invalid_encapsulation_is_refused(dry_session: Session, encap: Any) -> None:
    """An invalid value is refused before a command runs."""
    with pytest.raises(InvalidArgument):
        dry_session.ip.route.add("10.1.0.0/16", dev="v0", encap=encap)

    assert [] == dry_session.recording.commands


SHOWN: list[tuple[str, Encap, dict[str, Any]]] = [
    (
        "10.9.0.0/16",
        Mpls(labels="100/200", ttl=64),
        {"encap_type": "mpls", "dst": "100/200", "ttl": 64},
    ),
    (
        "10.9.0.0/16",
        Ip4(id=30, dst="10.0.0.9", ttl=7),
        {"encap_type": "ip", "id": 30, "dst": "10.0.0.9", "ttl": 7},
    ),
    (
        "fd09::/64",
        Ip6(id=30, dst="fd00::9", hoplimit=7),
        {"encap_type": "ip6", "id": 30, "hoplimit": 7},
    ),
    (
        "fd09::/64",
        Seg6(mode="encap", segs=("fd00::2", "fd00::3")),
        {"encap_type": "seg6", "segs": ("fd00::2", "fd00::3")},
    ),
    (
        "fd09::/64",
        Seg6local(action="End.DT6", table="main"),
        {"encap_type": "seg6local", "action": "End.DT6"},
    ),
    ("fd09::/64", Rpl(segs=("fd00::2",)), {"encap_type": "rpl"}),
    (
        "fd09::/64",
        Ioam6(trace=(0x800000, 1, 12)),
        {"encap_type": "ioam6", "trace": True, "ns": 1, "size": 12},
    ),
    ("10.9.0.0/16", Xfrm(if_id=7), {"encap_type": "xfrm", "if_id": 7}),
]


@pytest.mark.live
@pytest.mark.parametrize(("dst", "encap", "expected"), SHOWN)
def test_encapsulation_is_shown_as_created(
    veth_netns: Namespace, dst: str, encap: Encap, expected: dict[str, Any]
) -> None:
    """The model of a route holds its encapsulation, in every release of iproute2."""
    try:
        veth_netns.ip.route.add(dst, dev="v0", encap=encap)
    except CommandError as error:
        pytest.skip(f"this kernel: {error.reason}")

    family = "inet6" if ":" in dst else "inet"
    routes = veth_netns.ip.route.show(family=family)

    (shown,) = [route.encap for route in routes if route.encap]

    assert isinstance(shown, ShownEncap)
    assert expected == {name: getattr(shown, name) for name in expected}
    assert {} == shown.extra
