"""The keywords and the keys of a vxlan, many of which differ."""

from typing import Any

import pytest

from ipwrap.errors import InvalidArgument
from ipwrap.kinds import Vxlan


@pytest.mark.parametrize(
    ("vxlan", "arguments"),
    [
        (Vxlan(id=100, dstport=4789), "id 100 dstport 4789"),
        (Vxlan(id=0, dev="eth0", group="239.1.1.1"), "id 0 dev eth0 group 239.1.1.1"),
        (Vxlan(remote="fd00::2", local="fd00::1"), "remote fd00::2 local fd00::1"),
        (Vxlan(local="any"), "local any"),
        (Vxlan(ttl="auto"), "ttl auto"),
        (Vxlan(ttl=64, tos=16, df="set"), "ttl 64 tos 0x10 df set"),
        (Vxlan(tos="inherit"), "tos inherit"),
        (Vxlan(flowlabel=5), "flowlabel 5"),
        (Vxlan(ageing="none", maxaddress="unlimited"), "ageing none maxaddress unlimited"),
        (Vxlan(srcport=(10000, 20000)), "srcport 10000 20000"),
        (Vxlan(gbp=True, gpe=False), "gbp"),
        (Vxlan(learning=False, proxy=True, udpcsum=False), "nolearning proxy noudpcsum"),
        (
            Vxlan(external=True, vnifilter=True, localbypass=False),
            "external vnifilter nolocalbypass",
        ),
    ],
)
def test_vxlan_becomes_arguments(vxlan: Vxlan, arguments: str) -> None:
    """The arguments are those of ip-link(8)."""
    expected = tuple(arguments.split())

    assert expected == vxlan.to_args()


@pytest.mark.parametrize(
    ("data", "vxlan"),
    [
        ({"id": 7, "link": "eth0", "port": 4789}, Vxlan(id=7, dev="eth0", dstport=4789)),
        ({"group6": "ff05::1", "local6": "fd00::1"}, Vxlan(group="ff05::1", local="fd00::1")),
        ({"remote": "10.0.0.2"}, Vxlan(remote="10.0.0.2")),
        ({"port_range": {"low": 1, "high": 2}}, Vxlan(srcport=(1, 2))),
        ({"label": "0x5", "tos": "0x10", "limit": 9}, Vxlan(flowlabel=5, tos=16, maxaddress=9)),
        ({"gbp": None}, Vxlan(gbp=True)),
        ({"gpe": True}, Vxlan(gpe=True)),
        ({"udp_csum": False, "udp_zero_csum6_tx": True}, Vxlan(udpcsum=False, udp6zerocsumtx=True)),
    ],
)
def test_json_becomes_a_vxlan(data: dict[str, Any], vxlan: Vxlan) -> None:
    """Every key has a field, under either of two names."""
    assert vxlan == Vxlan.from_json(data)


@pytest.mark.parametrize(
    "vxlan",
    [
        Vxlan(id=2**24),
        Vxlan(id=-1),
        Vxlan(dstport=65536),
        Vxlan(srcport=(1, 65536)),
        Vxlan(srcport=(1,)),  # type: ignore[arg-type]
        Vxlan(srcport=5),  # type: ignore[arg-type]
        Vxlan(group="10.0.0.0/8"),
        Vxlan(ttl=256),
        Vxlan(ttl="forever"),
        Vxlan(df="yes"),  # type: ignore[arg-type]
        Vxlan(learning="no"),  # type: ignore[arg-type]
    ],
)
def test_invalid_vxlan_is_refused(vxlan: Vxlan) -> None:
    """The command is refused before it runs."""
    with pytest.raises(InvalidArgument):
        vxlan.to_args()


def test_external_vxlan_omits_its_number() -> None:
    """JSON shows the number 0, which iproute2 refuses beside `external`."""
    observed = Vxlan.from_json({"id": 0, "external": True, "port": 4789})
    assert ("dstport", "4789", "external") == observed.to_args()


def test_lower_link_of_a_vxlan_is_its_dev() -> None:
    """The kernel deletes the vxlan along with ``dev``."""
    assert ("eth0", None) == (Vxlan(id=7, dev="eth0").lower_link, Vxlan(id=7).lower_link)
