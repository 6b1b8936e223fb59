"""On which namespaces, and on which names of links, a line of a batch depends."""

import pytest
from attrs import evolve

from ipwrap import Command
from ipwrap.export.batch_dependencies import NamespaceDependencies, new_link_names
from ipwrap.objects.effects import with_derived_effects


def ip_command(line: str, netns: str | None = None) -> Command:
    """Return a command of `ip` as read from a recording, with its effects."""
    return with_derived_effects(evolve(Command(("ip", *line.split()), netns), from_file=True))


@pytest.mark.parametrize(
    ("line", "namespaces"),
    [
        ("link set dev lo up", {"a"}),
        ("link set dev x netns b", {"a", "b"}),
        ("link set x net b", {"a", "b"}),
        ("link add name x type veth peer name y netns b", {"a", "b"}),
        ("link add name x link-netns c link y type vlan id 5", {"a", "c"}),
        ("netns set b 7", {"a", "b", "7"}),
        ("route add 10.0.0.0/8 dev x", {"a"}),
    ],
)
def test_a_command_depends_on_the_namespaces_that_it_names(line: str, namespaces: set[str]) -> None:
    """The namespace of the command counts, and those among its arguments."""
    assert namespaces == NamespaceDependencies().find(ip_command(line, "a"))


@pytest.mark.parametrize(
    "line",
    [
        "link delete dev x",
        "link delete group 7",
        "netns delete b",
        "-all netns delete",
        "netns attach b 1234",
        "link set dev x netns 1234",
        "link set dev x netns /proc/1234/ns/net",
        "-n /proc/1234/ns/net link set lo up",
        "link add name x link-netnsid 4 type vlan id 5",
    ],
)
def test_some_commands_reach_any_namespace(line: str) -> None:
    """A deletion takes peers along; a process, a path or a number may stand for any namespace."""
    assert NamespaceDependencies().find(ip_command(line)) is None


def test_a_link_on_another_connects_its_namespace() -> None:
    """After a vlan was moved, the lines of both namespaces keep their order."""
    dependencies = NamespaceDependencies()
    for line in ("link add name x link eth0 type vlan id 5", "link set dev x netns a"):
        dependencies.find(ip_command(line))

    assert {None, "a"} == dependencies.find(ip_command("link set dev x up", "a"))
    assert {None, "a"} == dependencies.find(ip_command("link set dev eth0 up"))
    assert {"b"} == dependencies.find(ip_command("link set dev lo up", "b"))


def test_a_link_that_is_moved_on_connects_all_its_namespaces() -> None:
    """The link below stays where it was, however often the upper one is moved."""
    dependencies = NamespaceDependencies()
    dependencies.find(ip_command("link add name x link eth0 netns a type vlan id 5"))
    dependencies.find(ip_command("link set dev x netns b", "a"))

    assert {None, "a", "b"} == dependencies.find(ip_command("link set dev x up", "b"))


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("link add name x type veth peer name y", ["x", "y"]),
        ("link set dev x name y", ["y"]),
        ("link property add dev x altname wan altname lan", ["wan", "lan"]),
        ("link set dev x up", []),
    ],
)
def test_a_command_gives_names_to_links(line: str, names: list[str]) -> None:
    """New links, renamed links and alternative names: the words that `ip` may look up anew."""
    assert names == list(new_link_names(ip_command(line)))
