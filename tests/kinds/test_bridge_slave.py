"""The state of a port is a number on this command line and a word in JSON."""

from typing import Any

import pytest

from ipwrap.errors import InvalidArgument
from ipwrap.kinds import BridgeSlave


@pytest.mark.parametrize(
    ("port", "arguments"),
    [
        (BridgeSlave(state="disabled"), "state 0"),
        (BridgeSlave(state="blocking"), "state 4"),
        (BridgeSlave(hairpin=True, guard=False), "hairpin on guard off"),
        (BridgeSlave(priority=0, cost=65535), "priority 0 cost 65535"),
        (BridgeSlave(mcast_router=2), "mcast_router 2"),
        (BridgeSlave(group_fwd_mask=8), "group_fwd_mask 8"),
        (BridgeSlave(backup_port="v1", backup_nhid=5), "backup_port v1 backup_nhid 5"),
        (BridgeSlave(nobackup_port=True, fdb_flush=True), "fdb_flush nobackup_port"),
        (BridgeSlave(no=3, id=0x8001, hold_timer=0.5), ""),
    ],
)
def test_port_becomes_arguments(port: BridgeSlave, arguments: str) -> None:
    """The arguments are those of ip-link(8); read-only fields have no arguments."""
    expected = tuple(arguments.split())

    assert expected == port.to_args()


@pytest.mark.parametrize(
    ("data", "port"),
    [
        ({"state": "forwarding"}, BridgeSlave(state="forwarding")),
        ({"state_index": 9}, BridgeSlave(state=9)),
        ({"multicast_router": 1}, BridgeSlave(mcast_router=1)),
        ({"id": "0x8001", "no": "0x1"}, BridgeSlave(id=0x8001, no=1)),
        (
            {"group_fwd_mask": "0", "group_fwd_mask_str": "0x0"},
            BridgeSlave(group_fwd_mask=0, group_fwd_mask_str="0x0"),
        ),
        ({"config_pending": 0, "hairpin": False}, BridgeSlave(config_pending=False, hairpin=False)),
    ],
)
def test_json_becomes_a_port(data: dict[str, Any], port: BridgeSlave) -> None:
    """Every key has a field, and `extra` is empty."""
    assert port == BridgeSlave.from_json(data)


@pytest.mark.parametrize("state", ["", "FORWARDING", 3, 9, None.__class__])
def test_invalid_state_is_refused(state: Any) -> None:
    """The message lists the states."""
    with pytest.raises(
        InvalidArgument, match=r"^state: .* is not one of disabled, listening, learning, forward"
    ):
        BridgeSlave(state=state).to_args()
