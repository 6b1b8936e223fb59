"""Port states in several spanning trees in the JSON of iproute2 6.15."""

import json

from ipwrap.models import Mst, PortMsts, dump_all, parse

PRINTED = """[{"ifname":"v0","mst":[{"msti":0,"state":"forwarding"},{"msti":3,"state":"learning"}]},
{"ifname":"v1","mst":[{"msti":0,"state":9}]}]"""


def test_states_are_read_and_written() -> None:
    """A state is a name, or a number without a name, and `dump_all` returns the same JSON."""
    ports = parse("bridge mst", PRINTED)

    assert [
        PortMsts(ifname="v0", mst=(Mst(msti=0, state="forwarding"), Mst(msti=3, state="learning"))),
        PortMsts(ifname="v1", mst=(Mst(msti=0, state=9),)),
    ] == ports
    assert json.loads(PRINTED) == dump_all(ports)
