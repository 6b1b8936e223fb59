"""The options of GRE over IPv4 and IPv6, and of ERSPAN with its two versions."""

from typing import Any

import pytest

from ipwrap.errors import InvalidArgument
from ipwrap.kinds import Erspan, Gre, Gretap, Ip6erspan, Ip6gre, Ip6gretap, LinkKind

OVER_4: list[type[Gre]] = [Gre, Gretap, Erspan]
OVER_6: list[type[Ip6gre]] = [Ip6gre, Ip6gretap, Ip6erspan]


@pytest.mark.parametrize("kind", OVER_4)
@pytest.mark.parametrize(
    ("options", "arguments"),
    [
        ({"ttl": 64, "tos": 16, "pmtudisc": True}, "ttl 64 tos 0x10 pmtudisc"),
        ({"ttl": "inherit", "tos": "inherit"}, "ttl inherit tos inherit"),
        ({"ttl": 0, "pmtudisc": False, "ignore_df": True}, "ttl 0 nopmtudisc ignore-df"),
        ({"ignore_df": False}, "noignore-df"),
        ({"dev": "eth0", "fwmark": 255}, "dev eth0 fwmark 255"),
        ({"external": True}, "external"),
    ],
)
def test_gre_over_ipv4_becomes_arguments(
    kind: type[Gre], options: dict[str, Any], arguments: str
) -> None:
    """The arguments of the three kinds are those of ip-link(8)."""
    expected = tuple(arguments.split())

    assert expected == kind(**options).to_args()


@pytest.mark.parametrize("kind", OVER_6)
@pytest.mark.parametrize(
    ("options", "arguments"),
    [
        ({"ttl": 64, "encaplimit": 4}, "ttl 64 encaplimit 4"),
        ({"encaplimit": "none"}, "encaplimit none"),
        ({"tos": 10, "flowlabel": 10}, "tos 0xa flowlabel 0xa"),
        (
            {"tos": "inherit", "flowlabel": "inherit", "dscp": "inherit"},
            "tos inherit flowlabel inherit dscp inherit",
        ),
        ({"fwmark": "inherit"}, "fwmark inherit"),
        ({"fwmark": 10, "allow_localremote": False}, "fwmark 10 noallow-localremote"),
        ({"erspan": 7, "erspan_ver": 1}, "erspan 7 erspan_ver 1"),
    ],
)
def test_gre_over_ipv6_becomes_arguments(
    kind: type[Ip6gre], options: dict[str, Any], arguments: str
) -> None:
    """Traffic class and flow label have the prefix 0x: iproute2 reads them as hexadecimal."""
    expected = tuple(arguments.split())

    assert expected == kind(**options).to_args()


@pytest.mark.parametrize("kind", [Erspan, Ip6erspan])
@pytest.mark.parametrize(
    ("options", "arguments"),
    [
        ({"erspan_ver": 1, "erspan": 123}, "erspan 123 erspan_ver 1"),
        (
            {"erspan_ver": 2, "erspan_dir": "egress", "erspan_hwid": 5},
            "erspan_ver 2 erspan_dir egress erspan_hwid 5",
        ),
    ],
)
def test_mirror_becomes_arguments(
    kind: type[LinkKind], options: dict[str, Any], arguments: str
) -> None:
    """The keyword of the index is `erspan`."""
    expected = tuple(arguments.split())

    assert expected == kind(**options).to_args()


# Written after gre_print_opt() in ip/link_gre.c and ip/link_gre6.c.
@pytest.mark.parametrize(
    ("kind", "data", "expected"),
    [
        (Gre, {"link": "eth0", "ttl": 0, "pmtudisc": True}, Gre(dev="eth0", ttl=0, pmtudisc=True)),
        (
            Gre,
            {"tos": "0x10", "fwmark": "0xff", "ignore_df": True},
            Gre(tos=16, fwmark=255, ignore_df=True),
        ),
        (Gre, {"tos": "0x1"}, Gre(tos=1)),
        (
            Gre,
            {"erspan_index": 7, "erspan_ver": 1, "erspan_hwid": "0x5"},
            Gre(erspan=7, erspan_ver=1, erspan_hwid=5),
        ),
        (Erspan, {"erspan_index": 7, "erspan_ver": 1}, Erspan(erspan=7, erspan_ver=1)),
        (Erspan, {"erspan_index": 0, "erspan_ver": 1}, Erspan(erspan_ver=1)),
        (
            Erspan,
            {"erspan_ver": 2, "erspan_dir": "ingress", "erspan_hwid": "0x3f"},
            Erspan(erspan_ver=2, erspan_dir="ingress", erspan_hwid=63),
        ),
        (Ip6gre, {"tclass": "0x0a", "flowlabel": "0x0000a"}, Ip6gre(tos=10, flowlabel=10)),
        (Ip6gre, {"tclass": "0x00", "encap_limit": 4}, Ip6gre(tos=0, encaplimit=4)),
        (Ip6gre, {"ip6_tnl_f_ign_encap_limit": True}, Ip6gre(encaplimit="none")),
        (
            Ip6gre,
            {"ip6_tnl_f_use_orig_tclass": True, "ip6_tnl_f_use_orig_flowlabel": True},
            Ip6gre(tos="inherit", flowlabel="inherit"),
        ),
        (
            Ip6gre,
            {"ip6_tnl_f_rcv_dscp_copy": True, "ip6_tnl_f_use_orig_fwmark": True},
            Ip6gre(dscp="inherit", fwmark="inherit"),
        ),
        (
            Ip6gre,
            {"ip6_tnl_f_allow_local_remote": True, "fwmark": "0x5"},
            Ip6gre(allow_localremote=True, fwmark=5),
        ),
    ],
)
def test_json_becomes_a_tunnel(
    kind: type[LinkKind], data: dict[str, Any], expected: LinkKind
) -> None:
    """Every key has a field; `inherit` and `none` have keys of their own."""
    assert expected == kind.from_json(data)


@pytest.mark.parametrize(
    "kind",
    [
        Gre(ttl=256),
        Gre(ttl="auto"),
        Gre(tos=256),
        Gre(fwmark=2**32),
        Ip6gre(tos=256),
        Ip6gre(tos="AF11"),
        Ip6gre(flowlabel=2**20),
        Ip6gre(encaplimit=256),
        Ip6gre(dscp="copy"),  # type: ignore[arg-type]
        Erspan(erspan=0),
        Erspan(erspan=2**20),
        Erspan(erspan_ver=3),
        Erspan(erspan_dir="in"),  # type: ignore[arg-type]
        Erspan(erspan_hwid=65536),
    ],
)
def test_invalid_gre_is_refused(kind: LinkKind) -> None:
    """The command is refused before it runs."""
    with pytest.raises(InvalidArgument):
        kind.to_args()


def test_gre_has_no_erspan_options() -> None:
    """Some kernels report the attributes of an ERSPAN for any GRE."""
    assert () == Gre(erspan=7, erspan_ver=1, erspan_dir="egress", erspan_hwid=5).to_args()
