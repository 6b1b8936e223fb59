"""Tables of the host are read as iproute2 prints them."""

from typing import Any

import pytest

from ipwrap import OutputError, parse
from ipwrap.models import AddrLabel, NeighTable, Netconf, TcpMetrics


def test_netconf_of_one_link_is_text() -> None:
    """`ip -j -6 netconf show dev v0` prints text."""
    text = (
        "inet v0 forwarding off rp_filter strict mc_forwarding on odd 7 \ninet6 v0 forwarding on \n"
    )

    expected = [
        Netconf(
            family="inet", interface="v0", forwarding=False, rp_filter="strict", mc_forwarding=True
        ),
        Netconf(family="inet6", interface="v0", forwarding=True),
    ]
    assert expected == parse("netconf", text)


@pytest.mark.parametrize("text", ["inet", "inet6 \n", "7 v0 forwarding on", "inet v0\n\ninet"])
def test_netconf_of_no_link_is_refused(text: str) -> None:
    """A line without a link is no line of `ip netconf`."""
    with pytest.raises(OutputError):
        parse("netconf", text)


def test_tables_are_read() -> None:
    """Every key that iproute2 prints has a field."""
    texts: dict[type[Any], str] = {
        AddrLabel: '[{"address":"::","prefixlen":0,"ifname":"v0","label":1,"deleted":true}]',
        Netconf: '[{"family":"mpls","interface":"v0","input":false}]',
        NeighTable: '[{"family":"inet","name":"arp_cache","thresh1":1,"hash_mask":"0x7","hits":2}]',
        TcpMetrics: '[{"dst":"10.0.0.1","age":10.5,"rtt":0.0007,"cwnd":10,"fo_cookie":"00"}]',
    }

    for cls, text in texts.items():
        (model,) = parse(cls, text)
        assert {} == model.extra
