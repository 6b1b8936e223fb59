"""The common codecs of tunnels: addresses, keys, directions and the encapsulation."""

import json
from pathlib import Path
from typing import Any

import pytest

from ipwrap.errors import InvalidArgument
from ipwrap.kinds import Gre, Ip6gre, Ip6tnl, Ipip, LinkKind, Vti, Vti6, kind_from_json

ENCAPSULATED = (
    "gre",
    "gretap",
    "erspan",
    "ip6gre",
    "ip6gretap",
    "ip6erspan",
    "ipip",
    "sit",
    "ip6tnl",
)
OTHERS = ("vti", "vti6", "geneve", "gtp", "bareudp", "xfrm", "amt", "batadv")
CAPTURES = Path(__file__).parents[1] / "cases" / "captures" / "synthetic"
RELEASES = ("v6.1", "v6.6", "v6.12", "v7.1")  # older ones break off at an ERSPAN
UDP = {"type": "gue", "sport": 0, "dport": 5555, "csum": False, "csum6": True, "remcsum": False}


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        (Gre(remote="192.0.2.2", local="any"), "remote 192.0.2.2 local any"),
        (Ip6gre(remote="2001:db8::2", local="any"), "remote 2001:db8::2 local any"),
        (Gre(key=5), "key 5"),
        (Gre(ikey="10.0.0.1", okey=2**32 - 1), "ikey 10.0.0.1 okey 4294967295"),
        (Gre(key=False), "nokey"),
        (Gre(key=0), "key 0"),
        (Gre(ikey=False, okey=False), "noikey nookey"),
        (Gre(seq=True, csum=False), "seq nocsum"),
        (Gre(iseq=True, oseq=False, icsum=False, ocsum=True), "iseq nooseq noicsum ocsum"),
        (Vti(key=5), "key 5"),
        (
            Ipip(encap="gue", encap_sport="auto", encap_dport=5555),
            "encap gue encap-sport auto encap-dport 5555",
        ),
        (Ipip(encap_sport=0), "encap-sport 0"),
        (
            Ipip(encap_csum=False, encap_udp6_csum=True, encap_remcsum=False),
            "noencap-csum encap-udp6-csum noencap-remcsum",
        ),
        (Ipip(encap="none"), "encap none"),
    ],
)
def test_tunnel_becomes_arguments(kind: LinkKind, arguments: str) -> None:
    """The arguments are those of ip-link(8); False removes a key, a sequence or a checksum."""
    expected = tuple(arguments.split())

    assert expected == kind.to_args()


@pytest.mark.parametrize(
    "kind",
    [
        Gre(remote="2001:db8::2"),
        Ip6tnl(remote="192.0.2.2"),
        Vti6(local="192.0.2.2"),
        Gre(local="192.0.2.0/24"),
        Gre(key=True),
        Gre(key=-1),
        Gre(key=2**32),
        Gre(key="5"),
        Gre(ikey="2001:db8::1"),
        Gre(key="any"),
        Vti(key=False),
        Gre(seq=1),  # type: ignore[arg-type]
        Gre(encap="udp"),  # type: ignore[arg-type]
        Gre(encap_sport="any"),
        Gre(encap_dport=65536),
        Gre(encap_csum="on"),  # type: ignore[arg-type]
    ],
)
def test_invalid_tunnel_is_refused(kind: LinkKind) -> None:
    """The command is refused before it runs."""
    with pytest.raises(InvalidArgument):
        kind.to_args()


def test_wrong_version_of_ip_is_named() -> None:
    """The message names the version that the tunnel accepts."""
    with pytest.raises(
        InvalidArgument, match=r"^remote: '::1' is not an IPv4 address, which this tunnel takes"
    ):
        Gre(remote="::1").to_args()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"ikey": "0.0.0.5", "okey": "0.0.0.5"}, {"key": 5}),
        ({"ikey": "0.0.0.5", "okey": "1.2.3.4"}, {"ikey": 5, "okey": 0x01020304}),
        ({"ikey": "0.0.0.5"}, {"ikey": 5}),
        ({"okey": "255.255.255.255"}, {"okey": 2**32 - 1}),
        ({"iseq": True, "oseq": True}, {"seq": True}),
        ({"iseq": True}, {"iseq": True}),
        ({"oseq": True, "icsum": True}, {"oseq": True, "icsum": True}),
        ({"icsum": True, "ocsum": True}, {"csum": True}),
        ({}, {}),
    ],
)
def test_equal_directions_are_read_as_one_option(
    data: dict[str, Any], expected: dict[str, Any]
) -> None:
    """A dotted quad is read as a number."""
    assert Gre(**expected) == Gre.from_json(data)


@pytest.mark.parametrize("kind", [*ENCAPSULATED, "vti", "vti6"])
def test_any_is_an_omitted_endpoint(kind: str) -> None:
    """iproute2 shows `any` for a missing endpoint (tnl_print_endpoint() in ip/tunnel.c)."""
    assert kind_from_json(kind, {}) == kind_from_json(kind, {"remote": "any", "local": "any"})


@pytest.mark.parametrize("kind", ENCAPSULATED)
def test_encapsulation_is_an_object(kind: str) -> None:
    """Every key of the object has a field, and `extra` is empty."""
    read: Any = kind_from_json(kind, {"encap": UDP})
    fields = (
        read.encap,
        read.encap_sport,
        read.encap_dport,
        read.encap_csum,
        read.encap_udp6_csum,
        read.encap_remcsum,
    )
    assert (("gue", 0, 5555, False, True, False), {}) == (fields, read.extra)


@pytest.mark.parametrize("kind", ENCAPSULATED)
def test_newer_encapsulation_has_no_name(kind: str) -> None:
    """iproute2 shows null for an unknown encapsulation."""
    read: Any = kind_from_json(kind, {"encap": {**UDP, "type": None}})
    assert (None, 5555) == (read.encap, read.encap_dport)


@pytest.mark.parametrize("kind", ENCAPSULATED)
def test_external_is_a_bare_keyword(kind: str) -> None:
    """JSON shows the flag only if it is set."""
    assert ("external",) == kind_from_json(kind, {"external": True}).to_args()


def captured_tunnels(release: str) -> list[tuple[str, dict[str, Any]]]:
    """Return the kind and the JSON of every synthetic tunnel that a release has printed."""
    links = json.loads((CAPTURES / release / "ip_j_d_link_show.json").read_text())
    infos = [link["linkinfo"] for link in links if "info_kind" in link.get("linkinfo", {})]
    kinds = {*ENCAPSULATED, *OTHERS}
    return [
        (info["info_kind"], info.get("info_data", {}))
        for info in infos
        if info["info_kind"] in kinds
    ]


@pytest.mark.parametrize("release", RELEASES)
def test_output_of_a_release_is_read(release: str) -> None:
    """Every kind is in the output, and `extra` is empty."""
    types = set()
    for name, data in captured_tunnels(release):
        kind = kind_from_json(name, data)
        types.add(kind.type)
        assert {} == kind.extra

    assert {*ENCAPSULATED, *OTHERS} == types


@pytest.mark.parametrize("release", RELEASES)
def test_output_of_a_release_becomes_arguments(release: str) -> None:
    """Every value in the output has arguments."""
    by_kind = {
        kind: kind_from_json(kind, data).to_args()
        for kind, data in captured_tunnels(release)
        if "key" not in data
    }
    assert (
        "encap gue encap-sport 7 encap-dport 8 noencap-csum noencap-udp6-csum encap-remcsum"
        in " ".join(by_kind["sit"])
    )
    assert "6rd-prefix 2001:db8::/32 6rd-relay_prefix 10.0.0.0/8" in " ".join(by_kind["sit"])
    assert "ikey 77" in " ".join(by_kind["ip6erspan"])
    assert all(arguments for kind, arguments in by_kind.items() if kind != "batadv")
