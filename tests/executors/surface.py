"""Every verb of `ip`, `bridge` and `tc`, and calls of each verb: for reads, with every filter.

A verb without a call, and a filter without a value, is an error with the name. The calls run in the
networks of `tests.executors.worlds`.
"""

import inspect
from collections.abc import Iterator
from typing import Any, get_args

from attrs import frozen

from ipwrap.bridge import BridgeProgram
from ipwrap.cmdline.collector import CommandCollector
from ipwrap.ip import Ip
from ipwrap.ip.address import NegatableFlag
from ipwrap.kinds import Bridge, BridgeSlave, Macvlan, Veth, Vxlan
from ipwrap.options.codecs import NoPrefixFlag
from ipwrap.options.table import options_of
from ipwrap.qdiscs import Htb, HtbClass, Netem, Prio
from ipwrap.qdiscs.ingress import Clsact
from ipwrap.tc import TcProgram
from ipwrap.tc.actions import Gact
from ipwrap.tc.filters import Matchall
from ipwrap.verbs.base import ObjectCommands
from ipwrap.verbs.runner import Runner

__all__ = [
    "CALLS",
    "CHANGES",
    "FLUSHES",
    "LAST",
    "NOT_CALLED",
    "READS",
    "Call",
    "call",
    "calls_of",
    "parts_of",
    "verbs",
]

PROGRAMS = {"ip": Ip, "bridge": BridgeProgram, "tc": TcProgram}
MAC = "02:00:00:00:00:77"
GROUP = "01:00:5e:00:00:07"
KEY = ("01", "00112233445566778899aabbccddeeff")


@frozen
class Call:
    """A verb by name, such as "ip.route.show", and its arguments."""

    verb: str
    args: tuple[Any, ...] = ()
    options: tuple[tuple[str, Any], ...] = ()

    def __str__(self) -> str:
        options = [f"{name}={value!r}" for name, value in self.options]
        arguments = [*map(repr, self.args), *options]
        return f"{self.verb}({', '.join(arguments)})"

    def run(self, runner: Runner, netns: str) -> Any:
        """Call the verb with a runner, in a namespace."""
        program, *names = self.verb.split(".")
        target: Any = PROGRAMS[program](runner, netns)
        for name in names:
            target = getattr(target, name)
        return target(*self.args, **dict(self.options))


def call(verb: str, *args: Any, **options: Any) -> Call:
    """Return a call."""
    return Call(verb, args, tuple(options.items()))


def group_by_verb(*calls: Call) -> dict[str, list[Call]]:
    """Return calls by verb."""
    calls_by_verb: dict[str, list[Call]] = {}
    for single_call in calls:
        calls_by_verb.setdefault(single_call.verb, []).append(single_call)

    return calls_by_verb


def parts_of(verb: str) -> tuple[str, ...]:
    """Return the parts of a network that a change needs."""
    for name, parts in PARTS.items():
        if verb.startswith(f"{name}."):
            return parts

    return ()


def verbs() -> dict[str, Any]:
    """Return the methods of all objects of the three programs, by name."""
    methods: dict[str, Any] = {}
    for program, program_class in PROGRAMS.items():
        methods.update(_verbs(program, program_class(CommandCollector())))

    return methods


def _verbs(prefix: str, program: Any) -> Iterator[tuple[str, Any]]:
    """Yield the public methods of a program or an object, and of the objects in its properties."""
    for name, member in inspect.getmembers(type(program)):
        if name.startswith("_") and name != "__call__":
            continue
        if isinstance(member, property):
            commands = getattr(program, name)
            if isinstance(commands, ObjectCommands):
                yield from _verbs(f"{prefix}.{name}", commands)
        elif inspect.isfunction(member):
            yield f"{prefix}.{name}", member


def filters(method: Any) -> Iterator[tuple[str, bool]]:
    """Yield the keyword arguments of a verb, and whether False differs from an omission."""
    for name, parameter in inspect.signature(method).parameters.items():
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
            yield name, False
        elif parameter.kind is inspect.Parameter.VAR_KEYWORD:
            options_class = get_args(parameter.annotation)[0]
            for option in options_of(options_class):
                yield option.name, isinstance(option.codec, (NegatableFlag, NoPrefixFlag))


def calls_of(verb: str, method: Any) -> list[Call]:
    """Return the calls of a verb: the listed ones, and one for each value of a filter."""
    listed = CALLS[verb]
    if verb.rpartition(".")[2] not in FILTERING:
        return listed

    first_call = listed[0]
    options = dict(first_call.options)
    calls = list(listed)
    for name, has_two in filters(method):
        if name in options:
            continue
        values = _values(verb, name, has_two=has_two)
        calls += [call(verb, *first_call.args, **options, **{name: value}) for value in values]

    return calls


def _values(verb: str, name: str, *, has_two: bool) -> tuple[Any, ...]:
    """Return the values to try for a filter. Raises `KeyError` for an unknown filter."""
    object_name = verb.rpartition(".")[0]
    if (verb, name) in VALUES:
        return VALUES[verb, name]
    if (object_name, name) in VALUES:
        return VALUES[object_name, name]
    if name in FLAGS or has_two:
        return (True, False) if has_two else (True,)
    return VALUES["", name]


FILTERING = frozenset(
    {"show", "flush", "get", "list", "list_id", "tunnelshow", "xstats", "afstats"}
)
FLAGS = frozenset(
    {
        "cached",
        "compress",
        "connected",
        "details",
        "dynamic",
        "fdb",
        "fibmatch",
        "groups",
        "invisible",
        "l3mdev",
    }
    | {"nomaster", "not_", "novf", "proxy", "self_", "unused", "up"}
)

# The values of each filter that is no flag, by verb or object and filter, or by filter alone.
VALUES: dict[tuple[str, str], tuple[Any, ...]] = {
    ("", "as_"): ("10.7.0.9",),
    ("", "block"): (),  # excludes a link: has a separate call
    ("", "br"): ("br0", "br1", "nope"),
    ("", "brport"): ("v0", "v2"),
    ("", "chain"): (0, 3),
    ("", "classid"): ("1:20",),
    ("", "dev"): ("d0", "e0", "v0", "nope"),
    ("", "dport"): (7, (7, 8)),
    ("", "dscp"): (7,),
    ("", "dst"): ("10.7.0.9",),
    ("", "dst_port"): (4789,),
    ("", "exact"): ("10.2.0.0/16", "fd02::/32"),
    ("", "family"): ("inet", "inet6"),
    ("", "flowlabel"): (7,),
    ("", "from_"): ("10.7.0.0/16", "fd73::/64"),
    ("", "from_match"): ("fd73::/64",),
    ("", "from_root"): ("fd73::/16",),
    ("", "fwmark"): (7,),
    ("", "group"): (7, 0),
    ("", "handle"): ("1:",),
    ("", "id"): (7, 10, 20, 77),
    ("", "iif"): ("d0", "nope"),
    ("", "ipproto"): ("tcp",),
    ("", "label"): ("d0:x",),
    ("", "mark"): (0, 7),
    ("", "master"): ("br0", "vrf0", "nope"),
    ("", "match"): ("10.7.7.1", "fd02::1"),
    ("", "metric"): (7,),
    ("", "nhid"): (7,),
    ("", "nud"): ("permanent", "noarp", "stale", "all", "failed"),
    ("", "oif"): ("d0", "d1", "nope"),
    ("", "parent"): ("root",),
    ("", "port"): (4789,),
    ("", "pref"): (7,),
    ("", "priority"): (70, 0),
    ("", "proto"): ("static", 4),
    ("", "protocol"): (4,),
    ("", "qdisc"): ("1:",),
    ("", "realms"): ("7",),
    ("", "root"): ("10.7.0.0/16", "fd00::/8"),
    ("", "scope"): ("link", "global"),
    ("", "sport"): (7,),
    ("", "src"): ("10.7.0.1",),
    ("", "src_vni"): (42,),
    ("", "state"): ("permanent", "static", "all"),
    ("", "stats"): (True,),
    ("", "table"): (70, 71, 72, 99, "local", "all", "cache"),
    ("", "target_nsid"): (7,),
    ("", "nsid"): (7,),
    ("", "to"): ("10.7.0.0/16", "fd07::/64", "10.2.0.0/16"),
    ("", "tos"): (16,),
    ("", "tun_id"): (7,),
    ("", "type"): ("veth", "bridge_slave", "nosuch"),
    ("", "uid"): (0,),
    ("", "uidrange"): ((0, 7),),
    ("", "via"): ("10.7.0.2", ("inet6", "fd07::9")),
    ("", "vid"): (10, 99),
    ("", "vlan"): (10,),
    ("", "vni"): (43,),
    ("", "vrf"): ("vrf0", "vrf1", "d0"),
    ("bridge.fdb", "master"): (True,),
    ("bridge.link.show", "master"): ("br0",),
    ("bridge.mdb", "port"): ("v0",),
    ("bridge.mdb", "src"): ("10.7.0.9",),
    ("ip.address", "family"): ("inet", "inet6", "link"),
    ("ip.address", "proto"): (4,),
    ("ip.address", "stats"): (True, 2),
    ("ip.address.flush", "family"): ("inet", "inet6"),
    ("ip.address.flush", "up"): (True,),
    ("ip.link", "stats"): (True, 2),
    ("ip.link.xstats", "part"): ("mcast", "stp"),
    ("ip.maddress", "family"): ("inet", "inet6", "link"),
    ("ip.nexthop", "stats"): (1, 2),
    ("ip.nexthop.bucket", "id"): (20, 7, 77),
    ("ip.nexthop.flush", "fdb"): (),  # refused
    ("ip.route", "type"): ("blackhole", "unicast", "local", "throw"),
    ("ip.route.get", "as_"): ("10.7.0.9",),
    ("ip.route.get", "dport"): (7,),
    ("ip.route.get", "from_"): ("10.7.0.1",),
    ("ip.route.get", "notify"): (),  # kept by the kernel with the route: called by another address
    ("ip.route.get", "sport"): (7,),
    ("ip.route.get", "iif"): ("d0", "nope"),
    ("ip.rule", "iif"): ("d0",),
    ("ip.rule", "oif"): ("d1",),
    ("ip.rule", "table"): (70, "main", 99),
    ("ip.rule", "to"): ("10.7.0.0/16", "fd08::/64"),
    ("ip.rule", "from_"): ("10.7.0.0/16", "fd07::/64"),
    ("ip.mroute", "from_"): ("10.7.0.0/16",),
    ("ip.mroute", "table"): ("default", "all", 99),
    ("ip.stats", "group"): ("link", "xstats", "xstats_slave", "offload", "afstats"),
    ("ip.stats", "subgroup"): (),
    ("ip.stats", "suite"): (),
    ("tc.class_", "parent"): ("root", "1:1"),
    ("tc.filter", "parent"): ("ingress", "egress"),
    ("tc.filter", "protocol"): ("ip", "all"),
    ("tc.filter.get", "chain"): (0,),
    ("tc.filter.get", "parent"): ("ingress",),
    ("tc.qdisc", "parent"): ("root", "ingress", "1:20"),
}

# Commands that run until they are stopped, or run a program: never a line of a worker.
# Verbs that run other verbs, where the state asks for them.
ENSURES = "tests/apply/test_ensure.py calls it"
NOT_CALLED = {
    "bridge.fdb.ensure": ENSURES,
    "bridge.vlan.ensure": ENSURES,
    "ip.address.ensure": ENSURES,
    "ip.link.ensure": ENSURES,
    "ip.neigh.ensure": ENSURES,
    "ip.netns.ensure": ENSURES,
    "ip.nexthop.ensure": ENSURES,
    "ip.route.ensure": ENSURES,
    "ip.rule.ensure": ENSURES,
    "tc.qdisc.ensure": ENSURES,
    "bridge.monitor.__call__": "it goes on",
    "bridge.monitor.file": "it reads a file",
    "ip.monitor.__call__": "it goes on",
    "ip.monitor.file": "it reads a file",
    "ip.netns.monitor": "it goes on",
}

READS = group_by_verb(
    call("bridge.fdb.get", "02:00:00:00:00:05", br="br0"),
    call("bridge.fdb.get", "02:00:00:00:00:05", dev="vx0", self_=True),
    call("bridge.fdb.get", MAC, dev="v0", master=True),
    call("bridge.fdb.show"),
    call("bridge.fdb.show", "v0"),
    call("bridge.fdb.show", "nope"),
    call("bridge.link.show"),
    call("bridge.link.show", "v1"),
    call("bridge.link.show", "nope"),
    call("bridge.mdb.get", "239.1.1.1", "br0"),
    call("bridge.mdb.get", "239.1.1.77", "br0"),
    call("bridge.mdb.show"),
    call("bridge.mdb.show", "br1"),
    call("bridge.mdb.show", "nope"),
    call("bridge.mst.show"),
    call("bridge.mst.show", "v0"),
    call("bridge.vlan.global_.show"),
    call("bridge.vlan.global_.show", "br0"),
    call("bridge.vlan.show"),
    call("bridge.vlan.show", "v0"),
    call("bridge.vlan.tunnelshow"),
    call("bridge.vlan.tunnelshow", "v0"),
    call("bridge.vni.show"),
    call("bridge.vni.show", "vx1"),
    call("bridge.vni.show", "vx0"),
    call("ip.address.get", "d0"),
    call("ip.address.get", "nope"),
    call("ip.address.show"),
    call("ip.address.show", "d0"),
    call("ip.address.show", "nope"),
    call("ip.address.show", "d0", scope="link"),
    call("ip.address.show", "e0", to="10.7.0.0/16"),
    call("ip.link.afstats"),
    call("ip.link.afstats", "d0"),
    call("ip.link.get", "d0"),
    call("ip.link.get", "nope"),
    call("ip.link.get", "wan"),
    call("ip.link.show"),
    call("ip.link.show", "d0"),
    call("ip.link.show", "nope"),
    call("ip.link.show", "wan"),
    call("ip.link.show", "d0", group=0),
    call("ip.link.show", "d0", type="bridge"),
    call("ip.link.xstats", "bridge"),
    call("ip.link.xstats", "bridge", "br0"),
    call("ip.link.xstats", "bridge_slave", "v0"),
    call("ip.link.xstats", "bond"),
    call("ip.macsec.show"),
    call("ip.macsec.show", "ms0"),
    call("ip.macsec.show", "d0"),
    call("ip.maddress.show"),
    call("ip.maddress.show", "d0"),
    call("ip.maddress.show", "nope"),
    call("ip.mroute.show"),
    call("ip.mroute.show", "239.1.1.1"),
    call("ip.neigh.get", "10.7.0.9", "d0"),
    call("ip.neigh.get", "10.7.0.77", "d0"),
    call("ip.neigh.get", "10.7.0.20", "d0", proxy=True),
    call("ip.neigh.show"),
    call("ip.neigh.show", "d0"),
    call("ip.neigh.show", "nope"),
    call("ip.neigh.show", "d0", proxy=True),
    call("ip.neigh.show", nud="all", master="br0"),
    call("ip.netns.identify"),
    call("ip.netns.list"),
    call("ip.netns.list_id"),
    call("ip.netns.pids", "nope"),
    call("ip.nexthop.bucket.get", 20, 0),
    call("ip.nexthop.bucket.get", 20, 99),
    call("ip.nexthop.bucket.show"),
    call("ip.nexthop.bucket.show", nhid=7, dev="d0"),
    call("ip.nexthop.get", 7),
    call("ip.nexthop.get", 10),
    call("ip.nexthop.get", 77),
    call("ip.nexthop.show"),
    call("ip.route.get", "10.7.0.9"),
    call("ip.route.get", "10.2.0.1"),
    call("ip.route.get", "fd70::1"),
    call("ip.route.get", "10.80.0.1"),
    call("ip.route.get", "10.9.0.77", notify=True),
    call("ip.route.get", "10.7.7.1", from_="10.7.0.9", iif="d0"),
    call("ip.route.show"),
    call("ip.route.show", "10.7.0.0/16"),
    call("ip.route.show", "default"),
    *(
        call("ip.route.show", family="inet6", **{name: value})
        for name, value in {"dev": "d0", "table": 70}.items()
    ),
    call("ip.route.show", table="all", dev="d0"),
    call("ip.route.show", table=70, type="blackhole"),
    call("ip.route.show", family="inet6", table="all"),
    call("ip.route.show", family="inet6", table=99),
    call("ip.route.show", family="inet6", proto="static"),
    call("ip.route.show", proto="static", dev="d0"),
    call("ip.route.show", family="inet6", vrf="vrf0"),
    call("ip.route.show", family="inet6", cached=True),
    call("ip.rule.show"),
    call("ip.rule.show", family="inet6", table=70),
    call("ip.stats.show"),
    call("ip.stats.show", "d0"),
    call("ip.stats.show", "nope"),
    call("ip.stats.show", group="xstats", subgroup="bridge", suite="mcast"),
    call("ip.stats.show", group="offload", subgroup="l3_stats"),
    call("ip.token.get", "d0"),
    call("ip.token.get", "nope"),
    call("ip.token.list"),
    call("ip.token.list", "d0"),
    call("ip.tuntap.show"),
    call("ip.vrf.identify", 1),
    call("ip.vrf.pids", "vrf0"),
    call("ip.vrf.show"),
    call("ip.vrf.show", "vrf0"),
    call("ip.vrf.show", "d0"),
    call("tc.class_.show", "d0"),
    call("tc.class_.show", "e0"),
    call("tc.filter.get", "v0", protocol="ip", pref=7, handle=1, kind="matchall", parent="ingress"),
    call("tc.filter.get", "v0", protocol="ip", pref=7, handle=2, kind="matchall", parent="ingress"),
    call("tc.filter.show", "v0"),
    call("tc.filter.show", "d0"),
    call("tc.filter.show", None, block=7),
    call("tc.filter.show", "v0", parent="egress", protocol="all", chain=3),
    call("tc.qdisc.show"),
    call("tc.qdisc.show", "d0"),
    call("tc.qdisc.show", "nope"),
)

# The calls of a verb share a new network and run twice: the second call may be refused.
CHANGES = group_by_verb(
    call("bridge.fdb.add", MAC, "v0", master=True, static=True),
    call("bridge.fdb.add", MAC, "vx0", dst="10.7.0.7", vni=44, port=4790, self_=True),
    call("bridge.fdb.add", MAC, "vx0", dst="10.7.0.7", via="d0"),
    call("bridge.fdb.add", MAC, "nope"),
    call("bridge.fdb.add_many", (MAC, "02:00:00:00:00:79"), "v0", master=True, static=True),
    call("bridge.fdb.append", "00:00:00:00:00:00", "vx0", dst="10.7.0.7", self_=True),
    call("bridge.fdb.delete", "02:00:00:00:00:05", "v0", master=True),
    call("bridge.fdb.replace", MAC, "v1", master=True, dynamic=True, sticky=True),
    call("bridge.link.set", "v0", cost=5, priority=7, hairpin=True, isolated=True),
    call("bridge.link.set", "v0", state="blocking"),
    call("bridge.link.set", "d0", cost=5),
    call("bridge.link.set", "v1", backup_port="v0"),
    call("bridge.link.set", "nope", cost=5),
    call("bridge.mdb.add", "239.1.1.77", "br0", port="v0", permanent=True),
    call("bridge.mdb.add", "239.1.1.78", "br0", port="v0", src="10.7.0.9", permanent=True),
    call("bridge.mdb.add", "239.1.1.79", "d0", port="v0"),
    call("bridge.mdb.add", "239.1.1.79", "nope", port="v0"),
    call("bridge.mdb.delete", "239.1.1.1", "br0", port="v0"),
    call("bridge.mdb.replace", "239.1.1.1", "br0", port="v0", permanent=True),
    call("bridge.mst.set", "v0", msti=3, state="learning"),
    call("bridge.mst.set", "nope", msti=3, state=0),
    call("bridge.mst.set", "d0", msti=3, state=0),
    call("bridge.vlan.add", (40, 45), "v0"),
    call("bridge.vlan.add", 46, "v1", pvid=True),
    call("bridge.vlan.add", 47, "br0", self_=True),
    call("bridge.vlan.add", 48, "d0"),
    call("bridge.vlan.add", 21, "v0", tunnel_info=1021),
    call("bridge.vlan.add", 40, "nope"),
    call("bridge.vlan.add_many", (50, (51, 53)), "v0"),
    call("bridge.vlan.delete", (20, 22), "v0"),
    call("bridge.vlan.global_.set", 10, "br0", mcast_querier=True, msti=2),
    call("bridge.vlan.global_.set", 77, "br0", mcast_querier=True),
    call("bridge.vlan.set", 20, "v0", mcast_router=2),
    call("bridge.vlan.set", 77, "v0", state=1),
    call("bridge.vni.add", [30, (40, 42)], "vx1"),
    call("bridge.vni.add", 30, "vx0"),
    call("bridge.vni.add", 50, "vx1", remote="10.7.0.9"),
    call("bridge.vni.add", 50, "nope"),
    call("bridge.vni.delete", (7, 8), "vx1"),
    call("ip.address.add", "10.77.0.1/24", "d0", broadcast="+", label="d0:y", metric=7),
    call("ip.address.add", "fd77::1/64", "d0", nodad=True, valid_lft=2000, preferred_lft=1000),
    call("ip.address.add", "10.77.0.3/24", "nope"),
    call("ip.address.add", "10.77.0.4/24", "e0", autojoin=True),
    call("ip.address.add_many", ("10.77.1.1/24", "fd77:1::1/64"), "d0", nodad=True),
    call("ip.address.change", "10.7.0.1/16", "d0", noprefixroute=True),
    call("ip.address.delete", "10.7.0.2/16", "d0"),
    call("ip.address.delete", "10.8.0.1", "e0"),
    call("ip.address.replace", "10.7.0.1/16", "d0", preferred_lft=0, valid_lft=2000),
    call("ip.link.add", "n0", Veth(peer="n1"), mtu=1400, up=True, group=7),
    call("ip.link.add", "n0", Bridge()),
    call("ip.link.add", "n2", Macvlan(mode="bridge"), link="d1"),
    call("ip.link.add", "n3", Vxlan(id=7, dev="d0")),
    call("ip.link.add", "n4", Bridge(), master="nope"),
    call("ip.link.add", "n5", Veth(), link="nope"),
    call("ip.link.delete", "d0"),
    call("ip.link.delete", "lo"),
    call("ip.link.delete_group", 7),
    call("ip.link.delete_group", 77),
    call("ip.link.property_add", "d0", "one", "two"),
    call("ip.link.property_add", "nope", "one"),
    call("ip.link.property_del", "d0", "wan"),
    call("ip.link.set", "d0", mtu=1400, alias="a b", arp=False),
    call("ip.link.set", "d0", up=False),
    call("ip.link.set", "d0", name="x0"),
    call("ip.link.set", "d0", mtu=1300),
    call("ip.link.set", "x0", mtu=1200),
    call("ip.link.set", "v0", BridgeSlave(cost=7)),
    call("ip.link.set", "br0", Bridge(forward_delay=500)),
    call("ip.link.set", "v2", master="br0"),
    call("ip.link.set", "x0", master="nope"),
    call("ip.link.set", "e1", netns="nope"),
    call("ip.link.set", "x0", mtu=1),
    call("ip.link.set_group", 7, up=False, mtu=1300),
    call("ip.link.set_group", 77, up=True),
    call("ip.macsec.add", "ms0", "tx", sa=0, pn=1, on=True, key=KEY),
    call("ip.macsec.add", "ms0", "rx", port=8, address=MAC),
    call("ip.macsec.add", "d0", "rx", port=8, address=MAC),
    call("ip.macsec.delete", "ms0", "rx", port=7, address="02:00:00:00:0c:07"),
    call("ip.macsec.offload", "ms0", "phy"),
    call("ip.macsec.offload", "d0", "off"),
    call("ip.macsec.set", "ms0", "rx", port=7, address="02:00:00:00:0c:07", on=False),
    call("ip.maddress.add", GROUP, "d1"),
    call("ip.maddress.add", GROUP, "nope"),
    call("ip.maddress.delete", GROUP, "d0"),
    call("ip.neigh.add", "10.7.0.77", "d0", lladdr=MAC, router=True, protocol=4),
    call("ip.neigh.add", "10.7.0.78", "d0", proxy=True),
    call("ip.neigh.add", "10.7.0.79", "nope", lladdr=MAC),
    call("ip.neigh.add", "fd07::77", "d0", lladdr=MAC, extern_learn=True, nud="noarp"),
    call("ip.neigh.add_many", ("10.7.0.87", "fd07::87"), "d0", lladdr=MAC, nud="noarp"),
    call("ip.neigh.change", "10.7.0.9", "d0", lladdr=MAC),
    call("ip.neigh.change", "10.7.0.77", "d0", lladdr=MAC),
    call("ip.neigh.delete", "10.7.0.9", "d0"),
    call("ip.neigh.delete", "10.7.0.20", "d0", proxy=True),
    call("ip.neigh.replace", "10.7.0.9", "d0", lladdr=MAC, nud="noarp"),
    call("ip.netns.add", "made"),
    call("ip.netns.attach", "attached", 1),
    call("ip.netns.attach", "nowhere", 2**22),
    call("ip.netns.delete", "spare"),
    call("ip.netns.exec", "nope", "true", check=False),
    call("ip.netns.exec_all", "true", check=False),
    call("ip.netns.set", "spare", 7),
    call("ip.netns.set", "spare", 8),
    call("ip.netns.set", "spare", "auto"),
    call("ip.netns.set", "nope", 7),
    call("ip.nexthop.add", 30, via="10.7.0.9", dev="d0"),
    call("ip.nexthop.add", 31, group=[7, (9, 3)]),
    call("ip.nexthop.add", 32, group=[7, 99]),
    call("ip.nexthop.add", 33, group=[7], type="resilient", buckets=4),
    call("ip.nexthop.add", 34, dev="nope"),
    call("ip.nexthop.add", 35, family="inet6", dev="d0"),
    call("ip.nexthop.add", 36, blackhole=True, protocol=4),
    call("ip.nexthop.delete", 7),
    call("ip.nexthop.replace", 7, via="10.7.0.77", dev="d0"),
    call("ip.route.add", "10.77.0.0/24", via="10.7.0.2", metric=7, proto="static", mtu=1400),
    call("ip.route.add", "10.78.0.0/24", type="blackhole", table=77),
    call("ip.route.add", "10.79.0.0/24", via="10.99.0.1"),
    call("ip.route.add", "10.79.0.0/24", dev="nope"),
    call("ip.route.add", "fd77::/64", dev="d0", pref="high", expires=1000),
    call("ip.route.add_many", ("10.87.0.0/24", "10.88.0.0/24"), via="10.7.0.2", mtu=1400),
    call("ip.route.add_many", ("10.89.0.0/24", "10.90.0.0/24"), via="10.99.0.1"),
    call("ip.route.add", "10.77.1.0/24", nhid=7),
    call("ip.route.add", "10.77.1.0/24", nhid=77),
    call("ip.route.append", "10.7.7.0/24", via="10.7.0.3", metric=7),
    call("ip.route.change", "10.7.7.0/24", via="10.7.0.3", metric=7),
    call("ip.route.change", "10.77.0.0/24", via="10.7.0.3"),
    call("ip.route.delete", "10.7.7.0/24"),
    call("ip.route.delete", "10.2.0.0/16", type="blackhole"),
    call("ip.route.delete", "fd02::/32"),
    call("ip.route.prepend", "10.7.7.0/24", via="10.7.0.3", metric=7),
    call("ip.route.replace", "10.2.0.0/16", via="10.7.0.3"),
    call("ip.rule.add", from_="10.77.0.0/24", table=77, priority=80),
    call("ip.rule.add", to="fd77::/64", type="prohibit", priority=81),
    call("ip.rule.add", goto=5, priority=82),
    call("ip.rule.add", iif="nope", table=77, priority=83, suppress_prefixlength=0),
    call("ip.rule.delete", priority=70),
    call("ip.rule.delete", family="inet6", priority=70),
    call("ip.stats.set", "d0", l3_stats=True),
    call("ip.stats.set", "nope", l3_stats=True),
    call("ip.token.delete", "d0"),
    call("ip.token.delete", "nope"),
    call("ip.token.set", "::7", "d0"),
    call("ip.token.set", "::7", "nope"),
    call("ip.tuntap.add", "tap7", "tap", multi_queue=True, user=0),
    call("ip.tuntap.add", "tun7", "tun", pi=True),
    call("ip.tuntap.delete", "tap0", "tap"),
    call("ip.tuntap.delete", "tap0", "tun"),
    call("ip.vrf.exec", "nope", "true", check=False),
    call("tc.class_.add", "d0", HtbClass(rate="1mbit"), classid="1:30", parent="1:1"),
    call("tc.class_.change", "d0", HtbClass(rate="2mbit"), classid="1:20", parent="1:1"),
    call("tc.class_.delete", "d0", classid="1:20"),
    call("tc.class_.replace", "d0", HtbClass(rate="2mbit"), classid="1:20", parent="1:1"),
    call(
        "tc.filter.add",
        "v0",
        Matchall(action=Gact("drop")),
        parent="ingress",
        protocol="ip",
        pref=9,
    ),
    call(
        "tc.filter.change",
        "v0",
        Matchall(action=Gact("pass")),
        parent="ingress",
        protocol="ip",
        pref=7,
        handle=1,
    ),
    call("tc.filter.delete", "v0", parent="ingress", pref=7),
    call("tc.filter.delete", "v0", parent="egress"),
    call(
        "tc.filter.replace",
        "v0",
        Matchall(action=Gact("pass")),
        parent="ingress",
        protocol="ip",
        pref=7,
        handle=1,
    ),
    call("tc.qdisc.add", "d1", Htb(default="20"), handle="3:"),
    call("tc.qdisc.add", "e1", Clsact()),
    call("tc.qdisc.add", "e1", Netem(delay="10ms")),
    call("tc.qdisc.add", "nope", Prio()),
    call("tc.qdisc.change", "d0", Netem(delay="20ms"), parent="1:20", handle="20:"),
    call("tc.qdisc.delete", "v0", parent="clsact"),
    call("tc.qdisc.delete", "d0"),
    call("tc.qdisc.replace", "e0", Prio(), handle="4:"),
)

# Runs last: deletes every named namespace of the sandbox.
LAST = group_by_verb(
    call("ip.netns.delete_all"),
)

# Deleted objects are restored after each call.
FLUSHES = group_by_verb(
    call("bridge.fdb.flush", "br0"),
    call("bridge.fdb.flush", "vx0", self_=True),
    call("bridge.mdb.flush", "br0"),
    call("bridge.mdb.flush", "nope"),
    call("ip.address.flush"),
    call("ip.address.flush", "d0"),
    call("ip.address.flush", "nope"),
    call("ip.neigh.flush"),
    call("ip.neigh.flush", "d0"),
    call("ip.neigh.flush", "d0", nud="all"),
    call("ip.neigh.flush", "d0", proxy=True),
    call("ip.nexthop.flush"),
    call("ip.route.flush"),
    call("ip.route.flush", "10.7.0.0/16"),
    call("ip.route.flush", family="inet6", dev="d0"),
    call("ip.route.flush", table="all", dev="d0"),
    call("ip.route.flush", family="inet6", table=70),
    call("ip.route.flush", family="inet6", proto="static"),
    call("ip.rule.flush"),
    call("ip.rule.flush", family="inet6", table=70),
)
# The parts of a network on which a change may depend; by default all parts.
PARTS = {
    "bridge": ("links", "bridge"),
    "ip.address": ("links", "addresses"),
    "ip.link": ("links", "addresses"),
    "ip.macsec": ("links",),
    "ip.maddress": ("links",),
    "ip.neigh": ("links", "addresses", "neighbours"),
    "ip.netns": ("links",),
    "ip.nexthop": ("links", "addresses", "nexthops"),
    "ip.route": ("links", "addresses", "routes", "nexthops"),
    "ip.rule": ("links", "rules"),
    "ip.stats": ("links",),
    "ip.tuntap": ("links",),
    "tc": ("links", "queues"),
}

CALLS: dict[str, list[Call]] = {**READS, **CHANGES, **FLUSHES, **LAST}
