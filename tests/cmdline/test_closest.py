"""The created, deleted and renamed objects of a typed line."""

import pytest

from ipwrap import Command
from ipwrap.cmdline import ParsedCommand, closest_command
from ipwrap.objects import delete_command

IN_X = "ip address delete local 10.0.0.1/24 dev x"


def closest_change(line: str) -> Command:
    """Return the command of the closest verb, or a command without effects."""
    return closest_command(ParsedCommand.of(line.split())) or Command(("true",))


def created_by(line: str) -> list[tuple[str | None, str, tuple[str, ...]]]:
    """Return the namespace, deletion and dependencies of every object that a line creates."""
    return [
        (
            created_object.netns,
            " ".join(delete_command(created_object).argv),
            created_object.depends_on,
        )
        for created_object in closest_change(line).creates
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ip net a red", [(None, "ip netns delete red", ())]),
        ("ip netns attach red 1", [(None, "ip netns delete red", ())]),
        ("ip l a x type dummy", [(None, "ip link delete dev x", ())]),
        (
            "ip link add mtu 1400 name x up type bridge stp_state 1",
            [(None, "ip link delete dev x", ())],
        ),
        ("ip link add dev x netns red type dummy", [("red", "ip link delete dev x", ())]),
        ("ip -n red link add dev x netns 1 type dummy", [(None, "ip link delete dev x", ())]),
        (
            "ip link add link e0 name e0.5 type vlan id 5",
            [(None, "ip link delete dev e0.5", ("e0",))],
        ),
        (
            "ip link add v type vxlan id 1 dev e0 dstport 4789",
            [(None, "ip link delete dev v", ("e0",))],
        ),
        (
            "ip l a v type veth peer p netns red",
            [(None, "ip link delete dev v", ()), ("red", "ip link delete dev p", ())],
        ),
        (
            "ip -n red link add v type veth peer name b",
            [("red", "ip link delete dev v", ()), ("red", "ip link delete dev b", ())],
        ),
        ("ip tuntap add dev t0 mode tap", [(None, "ip link delete dev t0", ())]),
        ("ip tunnel add t1 mode gre remote 10.0.0.1", [(None, "ip link delete dev t1", ())]),
        ("ip -n red tunl a name t1 mode gre dev e0", [("red", "ip link delete dev t1", ())]),
        (
            "ip link property add dev x altname y altname z",
            [(None, f"ip link property del dev x altname {altname}", ("x",)) for altname in "yz"],
        ),
        (
            "ip a a 10.0.0.1/24 brd + dev x",
            [(None, "ip address delete local 10.0.0.1/24 dev x", ("x",))],
        ),
        (
            "ip -n red addr add dev x 10.0.0.1/24",
            [("red", "ip address delete local 10.0.0.1/24 dev x", ("x",))],
        ),
        (
            "ip a r 10.0.0.1 peer 10.0.0.2 dev x",
            [(None, "ip address delete local 10.0.0.1 dev x peer 10.0.0.2", ("x",))],
        ),
        ("ip r a default via 10.0.0.1", [(None, "ip route delete to default via 10.0.0.1", ())]),
        ("ip -6 r a default dev x", [(None, "ip route delete to ::/0 dev x", ("x",))]),
        (
            "ip route add blackhole 10.0.0.0/8 table 7 metric 5",
            [(None, "ip route delete blackhole 10.0.0.0/8 table 7 metric 5", ())],
        ),
        (
            "ip route replace 10/8 nexthop via 10.0.0.1 dev x nexthop via 10.0.0.2",
            [
                (
                    None,
                    "ip route delete to 10/8 nexthop via 10.0.0.1 dev x nexthop via 10.0.0.2",
                    ("x",),
                )
            ],
        ),
        (
            "ip route add 10.0.0.0/8 via inet6 fe80::1 dev x onlink",
            [(None, "ip route delete to 10.0.0.0/8 via inet6 fe80::1 dev x onlink", ("x",))],
        ),
        (
            "ip ru a from 10.0.0.0/8 lookup 7 pref 5",
            [(None, "ip rule delete from 10.0.0.0/8 priority 5 table 7", ())],
        ),
        (
            "ip n a 10.0.0.2 lladdr 02:00:00:00:00:01 dev x nud permanent",
            [(None, "ip neigh delete to 10.0.0.2 dev x", ("x",))],
        ),
        (
            "ip neigh add proxy 10.0.0.2 dev x",
            [(None, "ip neigh delete proxy 10.0.0.2 dev x", ("x",))],
        ),
        ("ip nexthop add id 7 via 10.0.0.1 dev x", [(None, "ip nexthop delete id 7", ("x",))]),
        ("ip nexthop add id 8 group 7/6", [(None, "ip nexthop delete id 8", ())]),
        (
            "bridge fdb append 00:00:00:00:00:00 dev v dst 10.0.0.9 self permanent",
            [(None, "bridge fdb delete to 00:00:00:00:00:00 dev v dst 10.0.0.9 self", ("v",))],
        ),
        ("bridge vlan add vid 5-7 dev x", [(None, "bridge vlan delete vid 5-7 dev x", ("x",))]),
        ("tc q a dev x root netem delay 10ms", [(None, "tc qdisc delete dev x root", ("x",))]),
        ("tc qdisc add dev x clsact", [(None, "tc qdisc delete dev x clsact", ("x",))]),
        (
            "ip maddr add 33:33:00:00:00:01 dev x",
            [(None, "ip maddress delete address 33:33:00:00:00:01 dev x", ("x",))],
        ),
        ("ip link add type veth", []),
        ("ip link add x", []),
        ("ip a a 10.0.0.1/24", []),
        ("ip l a a type dummy", []),  # which is `address type`
        ("ip link set x up", []),
        ("ip link", []),
        ("tc class add dev x parent 1: classid 1:1 htb rate 1mbit", []),
    ],
)
def test_created_objects_of_a_line(
    line: str,
    expected: list[tuple[str | None, str, tuple[str, ...]]],
) -> None:
    """The deletion is the same as for a verb; an unreadable line creates no known object."""
    assert expected == created_by(line)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ip link add x mystery 5 type dummy", [(None, "ip link delete dev x", ())]),
        ("ip link add x mtu 99999999999 type dummy", [(None, "ip link delete dev x", ())]),
        ("ip link add x type mystery mode 5", [(None, "ip link delete dev x", ())]),
        (
            "ip link add v type vxlan id 1 mystery 5 dev e0 other",
            [(None, "ip link delete dev v", ("e0",))],
        ),
        ("ip -force -zap address add 10.0.0.1/24 mystery dev x", [(None, IN_X, ("x",))]),
        (
            "ip route add 10.0.0.0/8 mystery 7 dev x",
            [(None, "ip route delete to 10.0.0.0/8 dev x", ("x",))],
        ),
        ("tc qdisc add dev x root mystery rate 5", [(None, "tc qdisc delete dev x root", ("x",))]),
        ("ip rule add from 10.0.0.0/8 mystery 5", []),
        ("ip rule add mystery", []),
        ("ip mystery add x", []),
        ("ip fou add port 5", []),
        ("ip netns delete", []),
        ("ip tunnel add", []),
    ],
)
def test_created_objects_despite_unknown_arguments(
    line: str,
    expected: list[tuple[str | None, str, tuple[str, ...]]],
) -> None:
    """Unknown arguments are ignored, except for a rule, whose identity has every argument."""
    assert expected == created_by(line)


def test_a_read_has_no_closest_command() -> None:
    """A read-only line has no closest command."""
    assert closest_command(ParsedCommand.of(("ip", "link", "show", "x"))) is None


def test_a_name_like_an_index_needs_no_lookup() -> None:
    """The deletion of a name like an index is known without a lookup."""
    assert (("link", None, "if7"),) == closest_change("ip link delete if7").deletes


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ip net d red", [("netns", None, "red")]),
        ("ip -all netns delete", [("netns", None, "*")]),
        ("ip -n red l d x", [("link", "red", "x")]),
        ("ip tunnel del t1", [("link", None, "t1")]),
        ("ip link del group pods", []),
        ("ip link del group pods mystery 5", []),
        ("ip link del dev x type dummy", [("link", None, "x")]),
        ("ip tuntap del dev t0 mode tap", [("link", None, "t0")]),
        ("ip a d 10.0.0.1/24 dev x", [("address", None, "10.0.0.1/24 dev x")]),
        ("ip r d default", [("route", None, "to default")]),
        ("ip neigh del 10.0.0.2 dev x", [("neigh", None, "to 10.0.0.2 dev x")]),
        ("ip nexthop del id 7", [("nexthop", None, "7")]),
        ("ip link property del dev x altname y", [("altname", None, "x y")]),
        (
            "bridge vlan del vid 5 dev x",
            [("vlan", None, "5 dev x"), ("vlan tunnel", None, "5 dev x")],
        ),
        ("tc qdisc del dev x root", [("qdisc", None, "x root")]),
    ],
)
def test_deleted_objects_of_a_line(line: str, expected: list[tuple[str, str | None, str]]) -> None:
    """Deleted objects have the names of created objects."""
    assert expected == list(closest_change(line).deletes)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ip l s x name y", ("x", "y", None)),
        ("ip -n red l s dev x netns blue name y", ("x", "y", "blue")),
        ("ip -n red link set x netns 1", ("x", "x", None)),
        ("ip link set x mtu 1400 netns blue up", ("x", "x", "blue")),
    ],
)
def test_renamed_links_of_a_line(line: str, expected: tuple[str, str, str | None]) -> None:
    """A line renames a link or moves a link to another namespace."""
    rename = closest_change(line).renames

    assert rename is not None
    assert expected == (rename.link, rename.name, rename.netns)
