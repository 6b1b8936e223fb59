"""The flags and the maps of a VLAN."""

from typing import Any

import pytest

from ipwrap.errors import InvalidArgument
from ipwrap.kinds import Vlan

NO_FLAGS: dict[str, Any] = {
    "reorder_hdr": False,
    "gvrp": False,
    "mvrp": False,
    "loose_binding": False,
    "bridge_binding": False,
}


@pytest.mark.parametrize(
    ("vlan", "arguments"),
    [
        (Vlan(id=7), "id 7"),
        (Vlan(id=0, protocol="802.1ad"), "protocol 802.1ad id 0"),
        (Vlan(reorder_hdr=False, gvrp=True), "reorder_hdr off gvrp on"),
        (Vlan(ingress_qos_map={1: 2, 3: 4}), "ingress-qos-map 1:2 3:4"),
        (Vlan(egress_qos_map={0: 7}), "egress-qos-map 0:7"),
    ],
)
def test_vlan_becomes_arguments(vlan: Vlan, arguments: str) -> None:
    """The arguments are those of ip-link(8)."""
    expected = tuple(arguments.split())

    assert expected == vlan.to_args()


@pytest.mark.parametrize(
    ("data", "vlan"),
    [
        ({"id": 7, "protocol": "802.1Q"}, Vlan(id=7, protocol="802.1Q", **NO_FLAGS)),
        ({"flags": ["REORDER_HDR"]}, Vlan(**{**NO_FLAGS, "reorder_hdr": True})),
        ({"flags": []}, Vlan(**NO_FLAGS)),
        ({"ingress_qos": [{"from": 1, "to": 2}]}, Vlan(**NO_FLAGS, ingress_qos_map={1: 2})),
        ({"egress_qos": []}, Vlan(**NO_FLAGS, egress_qos_map={})),
    ],
)
def test_json_becomes_a_vlan(data: dict[str, Any], vlan: Vlan) -> None:
    """A flag is a member of a list, missing without flags; a map is a list of pairs."""
    assert vlan == Vlan.from_json(data)


@pytest.mark.parametrize(
    "vlan",
    [
        Vlan(id=4096),
        Vlan(protocol="802.1x"),  # type: ignore[arg-type]
        Vlan(gvrp="on"),  # type: ignore[arg-type]
        Vlan(ingress_qos_map=[(1, 2)]),  # type: ignore[arg-type]
        Vlan(egress_qos_map={1: "2"}),  # type: ignore[dict-item]
    ],
)
def test_invalid_vlan_is_refused(vlan: Vlan) -> None:
    """The command is refused before it runs."""
    with pytest.raises(InvalidArgument):
        vlan.to_args()
