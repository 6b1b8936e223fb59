"""What counts when states are compared: what a command named does, what the kernel chose does not."""

from typing import Any

import pytest

from ipwrap import Command
from ipwrap.named import GENERATED, Named
from ipwrap.state.normal import CHOSEN, COUNT_IF_NAMED, items

MAC = "02:00:00:00:00:01"
Json = dict[str, Any]


def named(*lines: str) -> Named:
    """Return the words of some command lines."""
    return Named(Command(line.split()) for line in lines)


def one(noun: str, data: Json, words: Named | None = None) -> tuple[tuple[str, ...], Json]:
    """Return what counts of the one thing that an object holds."""
    (item,) = items(noun, [data], words or named())
    return item


def none(noun: str, data: Json, words: Named | None = None) -> bool:
    """Tell whether nothing of an object counts."""
    return not list(items(noun, [data], words or named()))


@pytest.mark.parametrize("word", ["10.0.0.1/24", "10.0.0.1", "FD00::1", "fd00::1", "link"])
def test_words_are_named_in_any_case_and_without_their_length(word: str) -> None:
    """A prefix names its address too, and capitals are no difference."""
    assert word in named("ip address add local 10.0.0.1/24 dev link", "ip address add local fd00::1/64 dev x")


@pytest.mark.parametrize("word", ["10.0.0.2", "in", None, 7])
def test_what_no_command_said_is_not_named(word: object) -> None:
    """A part of a word is not a word, and what is no text was never said."""
    assert word not in named("ip address add local 10.0.0.1/24 dev link")


@pytest.mark.parametrize(
    ("mac", "expected"),
    [
        (MAC, MAC),
        ("02:00:00:00:00:aa", "02:00:00:00:00:aa"),
        ("02:00:00:00:00:02", GENERATED),
        ("00:00:00:00:00:00", "00:00:00:00:00:00"),
        ("ff:ff:ff:ff:ff:ff", "ff:ff:ff:ff:ff:ff"),
        (None, None),
    ],
)
def test_a_mac_that_was_not_given_is_a_token(mac: str | None, expected: str | None) -> None:
    """Given addresses are compared, random ones are not, and none and all are nobody's choice."""
    assert expected == named(f"ip link set dev x address {MAC}", "ip link set dev y address 02:00:00:00:00:AA").mac(mac)


@pytest.mark.parametrize("key", sorted(CHOSEN - {"id", "no"}))
def test_what_the_kernel_chose_does_not_count(key: str) -> None:
    """Indexes, counters, timers and what the carrier brings are no part of a link."""
    assert (("x",), {"ifname": "x", "flags": []}) == one("link", {"ifname": "x", key: 1})


def test_timers_do_not_count() -> None:
    """A key that ends in _timer is the time that is left."""
    data = {"ifname": "x", "linkinfo": {"info_kind": "bridge", "info_data": {"gc_timer": 1.5, "ageing_time": 300}}}

    assert {"ifname": "x", "flags": [], "info_kind": "bridge", "ageing_time": 300} == one("link", data)[1]


@pytest.mark.parametrize(("key", "word"), sorted(COUNT_IF_NAMED.items()))
def test_what_depends_on_the_machine_counts_if_it_was_named(key: str, word: str) -> None:
    """The number of queues, say, is the machine's, unless a command gave one."""
    data = {"ifname": "x", key: 4}

    assert {"ifname": "x", "flags": []} == one("link", data)[1]
    assert {"ifname": "x", "flags": [], key: 4} == one("link", data, named(f"ip link add name x {word} 4 type bridge"))[
        1
    ]


def test_a_link_counts_with_its_kind_and_its_port_options() -> None:
    """Options of the kind are the link's, those as a port are set apart."""
    data = {
        "ifname": "x",
        "ifindex": 7,
        "mtu": 1400,
        "flags": ["UP", "LOWER_UP", "BROADCAST"],
        "address": "02:00:00:00:00:02",
        "linkinfo": {
            "info_kind": "vxlan",
            "info_data": {"id": 5, "port": 4789},
            "info_slave_kind": "bridge",
            "info_slave_data": {"hairpin": True, "no": "0x1", "hold_timer": 0.5},
        },
    }

    assert (
        ("x",),
        {
            "ifname": "x",
            "mtu": 1400,
            "flags": ["BROADCAST", "UP"],
            "address": GENERATED,
            "info_kind": "vxlan",
            "info_slave_kind": "bridge",
            "id": 5,
            "port": 4789,
            "port hairpin": True,
        },
    ) == one("link", data)


def address(**data: Any) -> Json:
    """Return a link with one address."""
    return {"ifname": "x", "addr_info": [{"family": "inet", "local": "10.0.0.1", "prefixlen": 24, **data}]}


def test_an_address_counts_by_link_and_prefix() -> None:
    """An address is told from others by its link and its length."""
    expected = (("x", "10.0.0.1/24"), {"family": "inet", "local": "10.0.0.1", "prefixlen": 24, "valid": "forever"})

    assert expected == one("address", address(tentative=True, valid_life_time=2**32 - 1, preferred_life_time=5))


def test_a_lifetime_counts_as_limited() -> None:
    """How long an address still lives passes; that it does not live forever stays."""
    assert "limited" == one("address", address(valid_life_time=59))[1]["valid"]


@pytest.mark.parametrize(
    ("data", "gone"),
    [
        ({"family": "inet6", "local": "fe80::1", "scope": "link"}, True),
        ({"family": "inet6", "local": "fd00::1", "scope": "global", "dynamic": True}, True),
        ({"family": "inet6", "local": "fd00::1", "scope": "global"}, False),
        ({"family": "inet6", "local": "fe80::7", "scope": "link"}, False),
        ({"family": "inet", "local": "169.254.0.1", "scope": "link"}, False),
    ],
)
def test_addresses_that_the_kernel_made_do_not_count(data: Json, gone: bool) -> None:
    """Nobody asked for a link-local address of IPv6 that no command named, or for one that a router announced."""
    assert gone == none("address", address(**data), named("ip address add local fe80::7/64 dev x"))


def test_a_link_without_addresses_has_none() -> None:
    """The list may be missing."""
    assert none("address", {"ifname": "x"})


@pytest.mark.parametrize(
    ("data", "gone"),
    [
        ({"dst": "10.0.0.1", "type": "local", "table": "local", "protocol": "kernel"}, True),
        ({"dst": "ff00::/8", "type": "multicast", "protocol": "kernel"}, True),
        ({"dst": "fe80::/64", "protocol": "kernel"}, True),
        ({"dst": "fe80::1", "protocol": "ra"}, True),
        ({"dst": "10.0.0.0/24", "protocol": "kernel"}, False),
        ({"dst": "default", "protocol": "ra"}, False),
        ({"dst": "10.0.0.9", "type": "local", "table": "local", "protocol": "kernel"}, False),
        ({"dst": "10.9.0.0/16", "type": "local", "table": "local", "protocol": "static"}, False),
        ({"dst": "fe80::/64", "protocol": "static"}, False),
    ],
)
def test_routes_that_follow_from_addresses_do_not_count(data: Json, gone: bool) -> None:
    """The kernel's own entries of the local table, and its link-local routes, are no one's choice, unless named."""
    assert gone == none("route", data, named("ip route add to local 10.0.0.9 dev lo"))


def test_a_route_counts_without_the_state_of_its_link() -> None:
    """Whether the link of a route, or of one of its ways, has a carrier does not count."""
    data = {
        "dst": "10.1.0.0/16",
        "table": "77",
        "dev": "x",
        "metric": 5,
        "flags": ["onlink", "linkdown"],
        "expires": 9,
        "nexthops": [{"dev": "y", "weight": 2, "flags": ["dead", "onlink"]}],
    }

    identity, values = one("route", data)

    assert ("10.1.0.0/16", "77", "x", "5") == identity
    assert (["onlink"], ["onlink"], False) == (values["flags"], values["nexthops"][0]["flags"], "expires" in values)


def test_comparing_a_route_leaves_it_as_it_is() -> None:
    """What a snapshot holds is not changed by looking at what counts of it."""
    data = {"dst": "10.1.0.0/16", "flags": ["dead"], "nexthops": [{"dev": "y", "flags": ["dead"]}]}

    one("route", data)

    assert {"dst": "10.1.0.0/16", "flags": ["dead"], "nexthops": [{"dev": "y", "flags": ["dead"]}]} == data


@pytest.mark.parametrize("key", ["gateway", "prefsrc"])
def test_a_link_local_gateway_that_was_not_named_is_a_token(key: str) -> None:
    """An address made of a random MAC address differs each time; one that was given does not."""
    assert GENERATED == one("route", {"dst": "default", key: "fe80::1"})[1][key]
    assert (
        "fe80::1" == one("route", {"dst": "default", key: "fe80::1"}, named("ip route add to ::/0 via fe80::1"))[1][key]
    )
    assert "10.0.0.1" == one("route", {"dst": "default", key: "10.0.0.1"})[1][key]


@pytest.mark.parametrize(
    ("data", "gone"),
    [
        ({"state": ["PERMANENT"], "lladdr": MAC}, False),
        ({"state": ["REACHABLE"], "lladdr": MAC}, True),
        ({"state": ["NOARP"]}, True),
        ({"state": ["NOARP"], "dst": "10.0.0.7"}, False),
        ({"proxy": None}, False),
        ({"state": ["STALE"], "managed": None}, False),
        ({"state": ["STALE"], "extern_learn": None}, False),
        ({"state": ["STALE"], "router": None}, True),
    ],
)
def test_neighbours_that_were_learned_do_not_count(data: Json, gone: bool) -> None:
    """What was set counts, what was learned comes and goes."""
    words = named("ip neigh add to 10.0.0.7 dev x nud noarp")

    assert gone == none("neigh", {"dst": "10.0.0.5", "dev": "x", **data}, words)


def test_a_neighbour_counts_with_what_was_set() -> None:
    """Its state is the one that was set, and its address a token if nobody gave it."""
    data = {"dst": "10.0.0.5", "dev": "x", "lladdr": MAC, "state": ["PERMANENT"], "probes": 4}

    assert (("10.0.0.5", "x"), {"dst": "10.0.0.5", "dev": "x", "lladdr": GENERATED, "state": ["PERMANENT"]}) == one(
        "neigh", data
    )


def test_a_proxied_neighbour_is_another_than_a_known_one() -> None:
    """An address that is answered for is told from one that is known."""
    assert ("10.0.0.5", "x", "proxy") == one("neigh", {"dst": "10.0.0.5", "dev": "x", "proxy": None})[0]


def test_a_port_counts_with_its_options() -> None:
    """Its state follows the carrier; its cost does not."""
    data = {"ifname": "x", "ifindex": 3, "master": "br0", "state": "disabled", "cost": 2, "flags": ["UP", "LOWER_UP"]}

    assert (("x",), {"ifname": "x", "master": "br0", "cost": 2, "flags": ["UP"]}) == one("bridge link", data)


@pytest.mark.parametrize(
    ("data", "gone"),
    [
        ({"mac": MAC, "state": "permanent"}, False),
        ({"mac": MAC, "state": "static"}, False),
        ({"mac": MAC, "state": ""}, True),
        ({"mac": MAC, "state": "stale"}, True),
        ({"mac": "33:33:00:00:00:01", "state": "permanent"}, True),
        ({"mac": "01:00:5e:00:00:07", "state": "permanent"}, False),
        ({"state": "permanent"}, False),
    ],
)
def test_entries_that_were_learned_do_not_count(data: Json, gone: bool) -> None:
    """Nor do the groups that the kernel listens to, unless a command named one."""
    assert gone == none("bridge fdb", {"ifname": "x", **data}, named("bridge fdb add to 01:00:5e:00:00:07 dev x"))


def test_an_entry_is_told_by_all_that_makes_it_one() -> None:
    """The same address may be behind several ports, VLANs and destinations."""
    data = {"mac": MAC, "ifname": "x", "master": "br0", "vlan": 5, "dst": "10.0.0.1", "vni": 7, "state": "static"}

    assert (MAC, "x", "br0", "5", "10.0.0.1", "7") == one("bridge fdb", data, named(f"bridge fdb add to {MAC} dev x"))[
        0
    ]


def test_every_vlan_of_a_port_counts() -> None:
    """VLANs and tunnels are told apart by port and number; their counters do not count."""
    data = {
        "ifname": "x",
        "vlans": [{"vlan": 1, "flags": ["PVID"]}, {"vid": 2, "rx_bytes": 5, "tx_packets": 1}],
        "tunnels": [{"vlan": 3, "tunid": 30}],
    }

    assert [
        (("x", "1"), {"vlan": 1, "flags": ["PVID"]}),
        (("x", "2"), {"vid": 2}),
        (("x", "3"), {"vlan": 3, "tunid": 30}),
    ] == list(items("bridge vlan", [data], named()))


def test_what_was_set_for_the_vlans_of_a_port_counts() -> None:
    """Each of a range by itself, since where a range ends depends on the others; what nobody has set does not."""
    unset = {"state": "forwarding", "mcast_router": 1, "mcast_n_groups": 3, "neigh_suppress": False}
    data = {
        "ifname": "x",
        "vlans": [
            {"vlan": 1, "flags": ["PVID"], **unset},
            {"vlan": 5, "vlanEnd": 6, **unset, "mcast_router": 2, "state": "learning"},
        ],
    }
    assert [(("x",), {"5 mcast_router": 2, "6 mcast_router": 2})] == list(items("bridge vlan details", [data], named()))
    (_, found), *_ = items("bridge vlan details", [data], named("state learning"))
    assert ("learning", None) == (found["5 state"], found.get("1 state"))


def test_a_port_without_vlans_has_none() -> None:
    """Both lists may be missing."""
    assert none("bridge vlan", {"ifname": "x"})


def test_a_group_counts_if_it_is_kept_or_was_named() -> None:
    """What hosts have joined does not count, nor does what is left of an entry's time, nor where a router is."""
    kept = {"index": 4, "dev": "br0", "port": "p", "grp": "239.1.1.1", "state": "permanent", "timer": "   0.00"}
    asked = {"dev": "br0", "port": "p", "grp": "ff02::9", "vid": 5, "state": "temp", "flags": ["offload", "blocked"]}
    sources = {"filter_mode": "include", "source_list": [{"address": "b", "timer": "3"}, {"address": "a"}]}
    joined = {"dev": "br0", "port": "p", "grp": "ff02::6a", "state": "temp"}
    words = named("bridge mdb add grp FF02::9 dev br0 port p")
    about = {"dev": "br0", "port": "p"}
    expected = [
        (("br0", "p", "239.1.1.1"), about | {"grp": "239.1.1.1", "state": "permanent", "flags": []}),
        (
            ("br0", "p", "ff02::9", "5"),
            about
            | {"grp": "ff02::9", "vid": 5, "state": "temp", "flags": ["blocked"]}
            | {"filter_mode": "include", "source_list": ["a", "b"]},
        ),
    ]
    entries: list[Json] = [kept, asked | sources, joined]
    assert expected == list(items("bridge mdb", [{"mdb": entries, "router": {"br0": [{"port": "p"}]}}], words))
    assert expected == list(items("bridge mdb get", entries, words))
    assert none("bridge mdb", {})


@pytest.mark.parametrize(
    ("noun", "data", "expected"),
    [
        (
            "bridge vni",
            {"vnis": [{"vni": 10, "vniEnd": 12, "remote": "10.0.0.2", "stats": {"rx_bytes": 1}}, {"vni": 20}]},
            [(("x", "10"), {"vni": 10, "vniEnd": 12, "remote": "10.0.0.2"}), (("x", "20"), {"vni": 20})],
        ),
        ("bridge mst", {"mst": [{"msti": 3, "state": "learning"}]}, [(("x", "3"), {"msti": 3})]),
        (
            "bridge vlan global",
            {"vlans": [{"vlan": 1, "vlanEnd": 2, "msti": 3, "router_ports": [], "mcast_querier_state_ipv4": {}}]},
            [(("x", "1"), {"msti": 3}), (("x", "2"), {"msti": 3})],
        ),
        (
            "bridge vlan tunnelshow",
            {"vlans": [], "tunnels": [{"vlan": 3, "tunid": 30}]},
            [(("x", "3"), {"vlan": 3, "tunid": 30})],
        ),
        ("bridge vni", {}, []),
        ("bridge mst", {}, []),
        ("bridge vlan global", {}, []),
    ],
)
def test_each_number_of_a_link_counts(noun: str, data: Json, expected: list[Any]) -> None:
    """Tunnels, spanning trees and VLANs, without counters, and a port's state if none was named."""
    assert expected == list(items(noun, [{"ifname": "x", **data}], named()))


@pytest.mark.parametrize("noun", ["netns", "netns list-id"])
def test_a_namespace_counts_with_its_name(noun: str) -> None:
    """Its number is the kernel's choice; a number without a name is nothing that was made."""
    assert (("red",), {}) == one(noun, {"name": "red", "id": 3, "nsid": 3})
    assert none(noun, {"nsid": 4})


def test_a_rule_counts_with_all_that_it_says() -> None:
    """But for whether links bear its names now."""
    data = {"priority": 7, "not": None, "src": "10.0.0.0", "srclen": 8, "iif": "x", "iif_detached": None, "table": "9"}
    identity, out = one("rule", data)
    assert ("priority 7", "src 10.0.0.0", "srclen 8", "iif x", "table 9") == identity
    assert {key: value for key, value in data.items() if key != "iif_detached"} == out


def rules(*places: tuple[int, str]) -> list[dict[str, object]]:
    """Return rules of these priorities and tables."""
    return [{"priority": priority, "src": "all", "table": table} for priority, table in places]


@pytest.mark.parametrize(
    ("noun", "there", "counted"),
    [
        ("rule", [(0, "local"), (32766, "main"), (32767, "default")], 0),
        ("rule", [(0, "local"), (9, "9"), (32766, "main"), (32767, "default")], 1),
        ("rule", [(0, "local"), (32767, "default")], 2),
        ("rule inet6", [(0, "local"), (32766, "main")], 0),
        ("rule inet6", [(0, "local")], 1),
    ],
)
def test_the_rules_that_every_namespace_begins_with_do_not_count(
    noun: str, there: list[tuple[int, str]], counted: int
) -> None:
    """Unless one of them is gone."""
    assert counted == len(list(items(noun, rules(*there), named())))


@pytest.mark.parametrize(
    ("handle", "words", "expected"),
    [
        ("8001:", "", GENERATED),
        ("8001:", "tc qdisc add dev x handle 8001: root netem", "8001:"),
        ("1:", "", "1:"),
        ("ffff:", "tc qdisc add dev x handle ffff: ingress", "ffff:"),
    ],
)
def test_a_handle_counts_if_a_person_chose_it(handle: str, words: str, expected: str) -> None:
    """The kernel counts from 8001: on; so a class or a filter below it is known by that."""
    of = named(*filter(None, [words]))
    identity, out = one("tc qdisc", {"kind": "netem", "dev": "x", "root": True, "handle": handle}, of)
    _, below = one("tc class", {"class": "htb", "dev": "x", "parent": handle}, of)
    assert (expected, expected) == (out["handle"], below["parent"])
    assert expected in identity


@pytest.mark.parametrize(("words", "counts"), [("", False), ("tc qdisc add dev x root netem loss 1% seed 7", True)])
def test_a_seed_counts_if_it_was_named(words: str, counts: bool) -> None:
    """Else netem draws one."""
    _, out = one("tc qdisc", {"kind": "netem", "options": {"limit": 5, "seed": 7}}, named(*filter(None, [words])))
    assert ({"limit": 5} | ({"seed": 7} if counts else {})) == out["options"]


def test_a_nexthop_counts_with_its_number() -> None:
    """Its state, its packets and its time out of balance do not; members and timers do."""
    data = {
        "id": 7,
        "group": [{"id": 1, "weight": 2}],
        "resilient_args": {"buckets": 4, "idle_timer": 5, "unbalanced_time": 1.5},
        "group_stats": [{"id": 1, "packets": 3}],
        "flags": ["onlink", "dead", "offload"],
    }
    expected = {
        "group": [{"id": 1, "weight": 2}],
        "resilient_args": {"buckets": 4, "idle_timer": 5},
        "flags": ["onlink"],
    }
    assert (("7",), expected) == one("nexthop", data)


@pytest.mark.parametrize(("words", "expected"), [("", GENERATED), ("ip nexthop add id 7 via fe80::1", "fe80::1")])
def test_a_gateway_of_a_link_only_counts_if_it_was_named(words: str, expected: str) -> None:
    """As one of a route does."""
    _, out = one("nexthop", {"id": 7, "gateway": "fe80::1"}, named(*filter(None, [words])))
    assert expected == out["gateway"]


def test_a_bucket_counts_with_its_place() -> None:
    """Where it sends to is the kernel's choice."""
    data = {"id": 7, "bucket": {"index": 3, "idle_time": 0.5, "nhid": 1}, "flags": []}
    assert (("7", "3"), {}) == one("nexthop bucket", data)


def test_a_multicast_address_counts_if_it_was_added() -> None:
    """The others are the kernel's, and of programs."""
    mine, its = {"link": "01:00:5e:00:00:99", "features": "static"}, {"family": "inet", "address": "224.0.0.1"}
    assert (("x", "01:00:5e:00:00:99"), {}) == one("maddress", {"ifindex": 7, "ifname": "x", "maddr": [its, mine]})


def test_a_multicast_route_counts_without_what_went_there() -> None:
    """From, to, and by which links."""
    data = {"src": "10.0.0.2", "dst": "239.1.2.3", "iif": "x", "multipath": [{"oif": "y"}], "packets": 3, "expires": 1}
    identity, out = one("mroute", data)
    assert ("10.0.0.2", "239.1.2.3", "x") == identity
    assert {"src": "10.0.0.2", "dst": "239.1.2.3", "iif": "x", "multipath": [{"oif": "y"}]} == out


def test_what_a_bond_finds_out_by_itself_does_not_count() -> None:
    """Which port is active counts where a command said so; addresses and counters of ports do not."""
    info = {"info_kind": "bond", "info_data": {"mode": "active-backup", "active_slave": "a"}}
    port = {"info_slave_kind": "bond", "info_slave_data": {"perm_hwaddr": "02::1", "mii_status": "UP", "queue_id": 3}}
    link = {"ifname": "x", "flags": [], "linkinfo": {**info, **port}}
    said = Command(("ip", "link", "set", "dev", "x", "type", "bond", "active_slave", "a"))

    ((_, plain),) = items("link", [link], Named(()))
    ((_, named),) = items("link", [link], Named([said]))

    assert ("active-backup", 3, None) == (plain["mode"], plain["port queue_id"], plain.get("active_slave"))
    assert "port perm_hwaddr" not in plain
    assert "a" == named["active_slave"]


def test_a_macsec_link_counts_without_packets() -> None:
    """Its own channel counts if a command named it; those that it listens to were all named."""
    key = {"an": 0, "pn": 7, "active": True, "key": "01", "InPktsOK": 3}
    channels = [{"sci": "0x2", "active": True, "InPktsOK": 1, "sa_list": [key]}, {"sci": "0x1", "sa_list": []}]
    data = {"ifindex": 3, "ifname": "m", "sci": "0xa", "OutPktsUntagged": 7, "sa_list": [key], "rx_sc": channels}
    kept = {"an": 0, "active": True, "key": "01"}
    identity, out = one("macsec", data)
    assert ("m",) == identity
    assert {
        "ifname": "m",
        "sci": GENERATED,
        "sa_list": [kept],
        "rx_sc": [{"sci": "0x1", "sa_list": []}, {"sci": "0x2", "active": True, "sa_list": [kept]}],
    } == out
    assert "0xa" == one("macsec", data, named("ip link add m type macsec sci 000000000000000a"))[1]["sci"]


@pytest.mark.parametrize(
    ("noun", "data", "expected"),
    [
        (
            "tuntap",
            {"ifname": "t", "flags": ["tun"], "user": 7, "processes": [{"name": "x", "pid": 9}]},
            (("t",), {"ifname": "t", "flags": ["tun"], "user": 7}),
        ),
        ("token", {"ifname": "x", "token": "::5"}, (("x",), {"ifname": "x", "token": "::5"})),
        ("vrf", {"name": "blue", "table": 10}, (("blue",), {"name": "blue", "table": 10})),
        (
            "stats",
            {"ifindex": 7, "ifname": "x", "group": "xstats", "subgroup": "bond", "suite": "802.3ad", "802.3ad": {}},
            (("x", "xstats", "bond", "802.3ad"), {}),
        ),
    ],
)
def test_processes_and_counters_do_not_count(noun: str, data: Json, expected: tuple[tuple[str, ...], Json]) -> None:
    """All else does."""
    assert expected == one(noun, data)
