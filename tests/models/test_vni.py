"""VNIs of a vxlan in the JSON of iproute2 6.15."""

import json

from ipwrap.models import Vni, VniStats, VxlanVnis, dump_all, parse

COUNTERS = (
    '"rx_bytes":1,"rx_pkts":2,"rx_drops":3,"rx_errors":4,'
    '"tx_bytes":5,"tx_pkts":6,"tx_drops":7,"tx_errors":8'
)
PRINTED = f"""[{{"ifname":"vx0","vnis":[
{{"vni":10,"vniEnd":12,"remote":"10.0.0.2"}},
{{"vni":30,"group":"239.1.1.1"}},
{{"vni":40,"stats":{{{COUNTERS}}}}}]}}]"""


def test_vnis_are_read_and_written() -> None:
    """A range, a VNI with a group and a VNI with counters are models, and JSON is preserved."""
    vxlans = parse("bridge vni", PRINTED)

    stats = VniStats(
        rx_bytes=1,
        rx_pkts=2,
        rx_drops=3,
        rx_errors=4,
        tx_bytes=5,
        tx_pkts=6,
        tx_drops=7,
        tx_errors=8,
    )
    assert [
        VxlanVnis(
            ifname="vx0",
            vnis=(
                Vni(vni=10, vniEnd=12, remote="10.0.0.2"),
                Vni(vni=30, group="239.1.1.1"),
                Vni(vni=40, stats=stats),
            ),
        )
    ] == vxlans
    assert json.loads(PRINTED) == dump_all(vxlans)
