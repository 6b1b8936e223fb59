"""States in several spanning trees are read as iproute2 6.15 prints them."""

import json

from ipwrap.models import Mst, PortMsts, dump_all, parse

PRINTED = """[{"ifname":"v0","mst":[{"msti":0,"state":"forwarding"},{"msti":3,"state":"learning"}]},
{"ifname":"v1","mst":[{"msti":0,"state":9}]}]"""


def test_states_are_read_and_written() -> None:
    """A word, or a number that has none."""
    found = parse("bridge mst", PRINTED)
    assert [
        PortMsts(ifname="v0", mst=(Mst(msti=0, state="forwarding"), Mst(msti=3, state="learning"))),
        PortMsts(ifname="v1", mst=(Mst(msti=0, state=9),)),
    ] == found
    assert json.loads(PRINTED) == dump_all(found)
