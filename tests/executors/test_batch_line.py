"""`BatchLine`: the facts about a command's arguments that a worker needs."""

import pytest

from ipwrap.errors import NotBatchable
from ipwrap.executors.batch_line import BatchLine, parse_line


def test_read_has_separate_options() -> None:
    """A worker gets the global options at its start; the line holds the arguments behind."""
    line = parse_line(("ip", "-j", "-d", "link", "show", "dev", "v0"))
    assert (
        BatchLine(
            flags=("-j", "-d"),
            text=b"link show dev v0",
            arguments=frozenset({"link", "show", "dev", "v0"}),
            devices=frozenset({"v0"}),
            namespaces=frozenset(),
            target_link=None,
            changes_altnames=False,
            lists_links=False,
        )
        == line
    )


@pytest.mark.parametrize(
    ("arguments", "devices"),
    [
        ("link set dev a master b", {"a", "b"}),
        ("route add 10.0.0.0/8 via 10.0.0.1 dev c", {"c"}),
        ("link add name new link base type vlan id 7", {"base"}),
        ("neigh show vrf red", {"red"}),
        ("netns add dev", set()),
        ("link set v0 up", {"v0"}),
        ("link add e type bridge", set()),
    ],
)
def test_existing_links(arguments: str, devices: set[str]) -> None:
    """Existing links are found by their keywords."""
    assert devices == parse_line(("ip", *arguments.split())).devices


@pytest.mark.parametrize(
    ("arguments", "namespaces"),
    [
        ("link set dev a netns n1", {"n1"}),
        (
            "link add name a link-netns n2 netns n1 type veth peer name b netns n3",
            {"n1", "n2", "n3"},
        ),
        ("route add 10.0.0.0/8 dev netns", set()),
        ("netns add netns", set()),
    ],
)
def test_namespaces_a_worker_may_hold_open(arguments: str, namespaces: set[str]) -> None:
    """Only `ip link` opens a namespace by a keyword."""
    assert namespaces == parse_line(("ip", *arguments.split())).namespaces


@pytest.mark.parametrize(
    ("arguments", "target_link"),
    [
        ("link set dev a up", "a"),
        ("link add name b type bridge", "b"),
        ("link delete dev c", "c"),
        ("link show dev d", None),
        ("link set f up", "f"),
        ("link add g type bridge", "g"),
        ("link delete h", "h"),
        ("link set up dev i", None),
        ("link set dev", None),
        ("link set", None),
        ("link", None),
        ("address add 10.0.0.1/8 dev e", None),
    ],
)
def test_link_forgotten_by_iproute2(arguments: str, target_link: str | None) -> None:
    """The target link is the one that `ip link` adds, changes or deletes."""
    assert target_link == parse_line(("ip", *arguments.split())).target_link


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (("ip", "link", "property", "add", "dev", "a", "altname", "b"), True),
        (("ip", "link", "set", "dev", "property"), False),
        (("ip", "netns", "property"), False),
        (("bridge", "link", "show"), False),
    ],
)
def test_command_for_alternative_names(argv: tuple[str, ...], expected: bool) -> None:
    """Only `ip link property` changes alternative names."""
    assert expected is parse_line(argv).changes_altnames


def test_line_is_cached() -> None:
    """A repeated command is not parsed again."""
    assert parse_line(("ip", "link", "show")) is parse_line(("ip", "link", "show"))


@pytest.mark.parametrize("argv", [("ping", "x"), ("ip", "link", "set", "alias", "'\"")])
def test_arguments_that_cannot_be_a_line(argv: tuple[str, ...]) -> None:
    """Another program, and an argument that the tokenizer cannot take, are refused."""
    with pytest.raises(NotBatchable):
        parse_line(argv)


@pytest.mark.parametrize(
    ("line", "lists_links"),
    [
        ("ip neigh add 10.0.0.1 dev v0", True),
        ("ip -6 neighbour replace fd00::1 dev v0", True),
        ("ip n del 10.0.0.1 dev v0", True),
        ("bridge link set dev v0 cost 5", True),
        ("tc qdisc add dev v0 root pfifo", True),
        ("ip link set dev neigh up", False),
        ("ip nexthop add id 1 dev v0", False),
        ("ip netns add neigh", False),
    ],
)
def test_what_lists_all_links(line: str, lists_links: bool) -> None:
    """bridge and tc read the names of all links with the first change, `ip` with few objects."""
    assert lists_links is parse_line(tuple(line.split())).lists_links
