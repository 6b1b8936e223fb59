"""The modes and the 6rd prefixes of tunnels for IP."""

from typing import Any

import pytest

from ipwrap.errors import InvalidArgument
from ipwrap.kinds import Ip6tnl, Ipip, LinkKind, Sit


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        (Ipip(mode="mplsip", ttl=64), "mode mplsip ttl 64"),
        (Ipip(pmtudisc=False, fwmark=1, external=True), "nopmtudisc fwmark 1 external"),
        (Sit(mode="ip6ip", isatap=True), "mode ip6ip isatap"),
        (Sit(sixrd_prefix="2001:db8::/32"), "6rd-prefix 2001:db8::/32"),
        (
            Sit(sixrd_reset=True, sixrd_relay_prefix="10.0.0.0/8", sixrd_prefix="2001:db8::/32"),
            "6rd-reset 6rd-prefix 2001:db8::/32 6rd-relay_prefix 10.0.0.0/8",
        ),
        (Ip6tnl(mode="ipip6", encaplimit="none"), "mode ipip6 encaplimit none"),
        (Ip6tnl(tos=10, flowlabel=10), "tos 0xa flowlabel 0xa"),
        (
            Ip6tnl(dscp="inherit", fwmark="inherit", allow_localremote=True),
            "dscp inherit fwmark inherit allow-localremote",
        ),
        (Ip6tnl(ip6_tnl_f_mip6_dev=True), ""),
    ],
)
def test_tunnel_becomes_arguments(kind: LinkKind, arguments: str) -> None:
    """The arguments are those of ip-link(8); a reset precedes the prefixes."""
    formatted = kind.to_args()
    assert sorted(arguments.split()) == sorted(formatted)
    assert "6rd-reset" not in formatted or formatted.index("6rd-reset") < formatted.index(
        "6rd-prefix"
    )


# Written after iptunnel_print_opt() in ip/link_iptnl.c and ip6tunnel_print_opt() in
# ip/link_ip6tnl.c.
@pytest.mark.parametrize(
    ("kind", "data", "expected"),
    [
        (
            Ipip,
            {"proto": "any", "ttl": 0, "pmtudisc": True},
            Ipip(mode="any", ttl=0, pmtudisc=True),
        ),
        (Sit, {"proto": "ip6ip", "isatap": True}, Sit(mode="ip6ip", isatap=True)),
        (Sit, {"prefix": "2002::", "prefixlen": 16}, Sit(sixrd_prefix="2002::/16")),
        (
            Sit,
            {
                "prefix": "2001:db8::",
                "prefixlen": 32,
                "relay_prefix": "10.0.0.0",
                "relay_prefixlen": 8,
            },
            Sit(sixrd_prefix="2001:db8::/32", sixrd_relay_prefix="10.0.0.0/8"),
        ),
        (
            Ip6tnl,
            {
                "proto": "ip6ip6",
                "ttl": 64,
                "encap_limit": 4,
                "tclass": "0x00",
                "flowlabel": "0x00000",
            },
            Ip6tnl(mode="ip6ip6", ttl=64, encaplimit=4, tos=0, flowlabel=0),
        ),
        (
            Ip6tnl,
            {
                "ip6_tnl_f_ign_encap_limit": True,
                "ip6_tnl_f_use_orig_tclass": True,
                "ip6_tnl_f_mip6_dev": True,
            },
            Ip6tnl(encaplimit="none", tos="inherit", ip6_tnl_f_mip6_dev=True),
        ),
    ],
)
def test_json_becomes_a_tunnel(
    kind: type[LinkKind], data: dict[str, Any], expected: LinkKind
) -> None:
    """Every key has a field; address and length become a prefix."""
    assert expected == kind.from_json(data)


@pytest.mark.parametrize(
    "kind",
    [
        Ipip(mode="ip6ip"),  # type: ignore[arg-type]
        Sit(mode="ip6ip6"),  # type: ignore[arg-type]
        Ip6tnl(mode="mplsip"),  # type: ignore[arg-type]
        Sit(sixrd_prefix="10.0.0.0/8"),
        Sit(sixrd_prefix="default"),
        Sit(sixrd_prefix="2001:db8::/129"),
        Sit(sixrd_relay_prefix="2001:db8::/32"),
        Sit(sixrd_relay_prefix="10.0.0.0/33"),
        Ip6tnl(tos="AF11"),
    ],
)
def test_invalid_tunnel_is_refused(kind: LinkKind) -> None:
    """The command is refused before it runs."""
    with pytest.raises(InvalidArgument):
        kind.to_args()
