"""The options of every link."""

from typing import Any

import pytest

from ipwrap.errors import InvalidArgument, UnknownOption
from ipwrap.kinds.link_options import LinkOptions, Vf, Xdp
from ipwrap.options.table import to_args


@pytest.mark.parametrize(
    ("options", "arguments"),
    [
        ({"mtu": 9000, "up": True}, "mtu 9000 up"),
        ({"up": False}, "down"),
        ({"master": "br0"}, "master br0"),
        ({"nomaster": True}, "nomaster"),
        ({"nomaster": False}, ""),
        ({"arp": False, "multicast": True}, "multicast on arp off"),
        ({"txqueuelen": 0}, "txqueuelen 0"),
        ({"netns": 1234}, "netns 1234"),
        (
            {"link": "eth0", "link_netns": "ns1", "link_netnsid": 0},
            "link eth0 link-netns ns1 link-netnsid 0",
        ),
        ({"alias": "", "group": "default"}, "alias  group default"),
        ({"mode": "dormant", "state": "up"}, "mode dormant state up"),
        (
            {"protodown": True, "protodown_reason": (3, False)},
            "protodown on protodown_reason 3 off",
        ),
        ({"vf": Vf(num=0, vlan=5, qos=2, proto="802.1ad")}, "vf 0 vlan 5 qos 2 proto 802.1ad"),
        ({"vf": (Vf(num=0, trust=True), Vf(num=1, state="auto"))}, "vf 0 trust on vf 1 state auto"),
        ({"xdp": "off"}, "xdp off"),
        (
            {"xdpdrv": Xdp(object="a.o", program="main", verbose=True)},
            "xdpdrv object a.o program main verbose",
        ),
    ],
)
def test_options_become_arguments(options: LinkOptions, arguments: str) -> None:
    """The arguments are those of ip-link(8)."""
    assert tuple(arguments.split(" ") if arguments else ()) == to_args(LinkOptions, options)


@pytest.mark.parametrize(
    "options",
    [
        {"index": 0},
        {"mtu": -1},
        {"mtu": "1500"},
        {"up": "yes"},
        {"alias": "x" * 256},
        {"addrgenmode": "eui-64"},
        {"netns": "a/b"},
        {"protodown_reason": 3},
        {"protodown_reason": (3, "on")},
        {"vf": Vf(num=-1)},
        {"vf": Vf(num=0, state="on")},  # type: ignore[arg-type]
        {"vf": 0},
        {"xdp": "on"},
        {"address": "02-00-00-00-00-01"},
    ],
)
def test_invalid_options_are_refused(options: Any) -> None:
    """The command is refused before it runs."""
    with pytest.raises(InvalidArgument):
        to_args(LinkOptions, options)


def test_misspelled_option_gets_a_hint() -> None:
    """The message offers the closest name."""
    with pytest.raises(UnknownOption, match="'txqlen' is no option; did you mean 'txqueuelen'"):
        to_args(LinkOptions, {"txqlen": 5})
