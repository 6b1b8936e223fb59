"""Multicast groups in the JSON of iproute2 6.15."""

import json

from ipwrap.models import Mdb, MdbEntry, MdbSource, RouterPort, dump_all, parse
from ipwrap.models.unknown_keys import unknown_keys

PRINTED = """[{"mdb":[
{"index":7,"dev":"br0","port":"v0","grp":"ff02::99","state":"temp","filter_mode":"exclude",
"source_list":[{"address":"fd00::1","timer":"0.00"}],"protocol":"static","flags":["blocked"],
"vid":11,
"timer":" 259.96"},
{"index":12,"dev":"vx0","port":"vx0","grp":"239.1.1.1","state":"permanent","flags":[],
"dst":"10.0.0.5","dst_port":99,
"vni":7,"src_vni":10,"via":"br0"}],
"router":{"br0":[{"port":"v1","timer":"   0.00","type":"permanent"},{"port":"v2"}],"br1":[]}}]"""


def test_entries_and_router_ports_are_read_and_written() -> None:
    """Entries of bridges and vxlans, and router ports by bridge, are models; JSON is preserved."""
    (mdb,) = models = parse("bridge mdb", PRINTED)

    assert (
        MdbEntry(
            index=7,
            dev="br0",
            port="v0",
            grp="ff02::99",
            state="temp",
            filter_mode="exclude",
            source_list=(MdbSource(address="fd00::1", timer="0.00"),),
            protocol="static",
            flags=("blocked",),
            vid=11,
            timer=" 259.96",
        )
        == mdb.mdb[0]
    )
    assert ("10.0.0.5", 99, 7, 10, "br0") == tuple(
        getattr(mdb.mdb[1], name) for name in ("dst", "dst_port", "vni", "src_vni", "via")
    )
    assert {
        "br0": (RouterPort(port="v1", timer="   0.00", type="permanent"), RouterPort(port="v2")),
        "br1": (),
    } == mdb.router
    assert json.loads(PRINTED) == dump_all(models)


def test_unknown_keys_are_kept() -> None:
    """Unknown keys on every level are preserved, and `unknown_keys` has their paths."""
    text = (
        '[{"mdb":[{"new":1,"source_list":[{"new":2}]}],'
        '"router":{"br0":[{"port":"v1","new":3}],"br1":[{"new":4}]},"new":5}]'
    )

    models = parse(Mdb, text)

    assert json.loads(text) == dump_all(models)
    assert {"mdb.new": 1, "mdb.source_list.new": 1, "router.new": 1, "new": 1} == unknown_keys(
        models
    )


def test_entries_of_mdb_get() -> None:
    """`mdb get` prints entries without an outer object."""
    text = '[{"index":4,"dev":"br0","port":"v1","grp":"239.1.1.1","flags":[]}]'

    (entry,) = parse("bridge mdb get", text)

    assert MdbEntry(index=4, dev="br0", port="v1", grp="239.1.1.1", flags=()) == entry
