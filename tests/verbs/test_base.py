"""Names of links: misleading names are refused, and every valid name works with every command."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from attrs import define, field

from ipwrap import Command, InvalidArgument, OutputError, Result, Session
from ipwrap.kinds import Bridge, BridgeSlave, Macvlan, Veth, Vxlan
from ipwrap.session import Namespace
from ipwrap.verbs.base import ObjectCommands, format_device, link_key

MAC = "02:00:00:00:00:01"

# Every command with the name of an existing link, in every parameter for a link.
NamedCommand = Callable[[Session | Namespace, str], Any]
LINK_COMMANDS: dict[str, NamedCommand] = {
    "ip address add": lambda netns, dev: netns.ip.address.add("10.0.0.1/24", dev),
    "ip address change": lambda netns, dev: netns.ip.address.change("10.0.0.1/24", dev),
    "ip address replace": lambda netns, dev: netns.ip.address.replace("10.0.0.1/24", dev),
    "ip address show": lambda netns, dev: netns.ip.address.show(dev),
    "ip address show master": lambda netns, dev: netns.ip.address.show(master=dev),
    "ip address delete": lambda netns, dev: netns.ip.address.delete("10.0.0.1/24", dev),
    "ip address flush": lambda netns, dev: netns.ip.address.flush(dev),
    "ip link set": lambda netns, dev: netns.ip.link.set(dev, up=True, alias="x"),
    "ip link show": lambda netns, dev: netns.ip.link.show(dev),
    "ip link show master": lambda netns, dev: netns.ip.link.show(master=dev),
    "ip link property add": lambda netns, dev: netns.ip.link.property_add(dev, "other"),
    "ip link property del": lambda netns, dev: netns.ip.link.property_del(dev, "other"),
    "ip link add link": lambda netns, dev: netns.ip.link.add("new0", Macvlan(), link=dev),
    "ip link add vxlan dev": lambda netns, dev: netns.ip.link.add(
        "new1", Vxlan(id=7, dev=dev, dstport=4789)
    ),
    "ip neigh add": lambda netns, dev: netns.ip.neigh.add("10.0.0.2", dev, lladdr=MAC),
    "ip neigh change": lambda netns, dev: netns.ip.neigh.change("10.0.0.2", dev, lladdr=MAC),
    "ip neigh replace": lambda netns, dev: netns.ip.neigh.replace("10.0.0.2", dev, lladdr=MAC),
    "ip neigh show": lambda netns, dev: netns.ip.neigh.show(dev),
    "ip neigh show master": lambda netns, dev: netns.ip.neigh.show(master=dev),
    "ip neigh get": lambda netns, dev: netns.ip.neigh.get("10.0.0.2", dev),
    "ip neigh delete": lambda netns, dev: netns.ip.neigh.delete("10.0.0.2", dev),
    "ip neigh flush": lambda netns, dev: netns.ip.neigh.flush(dev),
    "ip route add": lambda netns, dev: netns.ip.route.add("10.1.0.0/16", dev=dev),
    "ip route append": lambda netns, dev: netns.ip.route.append("10.1.0.0/16", dev=dev, metric=7),
    "ip route change": lambda netns, dev: netns.ip.route.change("10.1.0.0/16", dev=dev),
    "ip route replace": lambda netns, dev: netns.ip.route.replace("10.1.0.0/16", dev=dev),
    "ip route show": lambda netns, dev: netns.ip.route.show(dev=dev),
    "ip route get": lambda netns, dev: netns.ip.route.get("10.1.0.1", oif=dev),
    "ip route delete": lambda netns, dev: netns.ip.route.delete("10.1.0.0/16", dev=dev),
    "ip route flush": lambda netns, dev: netns.ip.route.flush(dev=dev),
    "bridge fdb add": lambda netns, dev: netns.bridge.fdb.add(MAC, dev),
    "bridge fdb replace": lambda netns, dev: netns.bridge.fdb.replace(MAC, dev),
    "bridge fdb show": lambda netns, dev: netns.bridge.fdb.show(dev),
    "bridge fdb show brport": lambda netns, dev: netns.bridge.fdb.show(brport=dev),
    "bridge fdb delete": lambda netns, dev: netns.bridge.fdb.delete(MAC, dev),
    "bridge link show": lambda netns, dev: netns.bridge.link.show(dev),
    "bridge mdb show": lambda netns, dev: netns.bridge.mdb.show(dev),
    "bridge vlan show": lambda netns, dev: netns.bridge.vlan.show(dev),
    "bridge vlan tunnelshow": lambda netns, dev: netns.bridge.vlan.tunnelshow(dev),
    "ip link delete": lambda netns, dev: netns.ip.link.delete(dev),
}

# Commands that need the name of a bridge port.
PORT_COMMANDS: dict[str, NamedCommand] = {
    "ip link set type": lambda netns, dev: netns.ip.link.set(dev, BridgeSlave(hairpin=True)),
    "bridge link set": lambda netns, dev: netns.bridge.link.set(dev, cost=7),
    "bridge fdb add master": lambda netns, dev: netns.bridge.fdb.add(MAC, dev, master=True),
    "bridge fdb get": lambda netns, dev: netns.bridge.fdb.get(MAC, dev=dev),
    "bridge fdb delete master": lambda netns, dev: netns.bridge.fdb.delete(MAC, dev, master=True),
    "bridge mdb add port": lambda netns, dev: netns.bridge.mdb.add(
        "239.1.1.1", "br0", port=dev, permanent=True
    ),
    "bridge mdb delete port": lambda netns, dev: netns.bridge.mdb.delete(
        "239.1.1.1", "br0", port=dev
    ),
    "ip link set nomaster": lambda netns, dev: netns.ip.link.set(dev, nomaster=True),
}

# Commands that need the name of a bridge.
BRIDGE_COMMANDS: dict[str, NamedCommand] = {
    "ip link set master": lambda netns, dev: netns.ip.link.set("port", master=dev),
    "ip link show master": lambda netns, dev: netns.ip.link.show(master=dev),
    "bridge fdb show br": lambda netns, dev: netns.bridge.fdb.show(br=dev),
    "bridge fdb flush": lambda netns, dev: netns.bridge.fdb.flush(dev, dynamic=True),
    "bridge link show master": lambda netns, dev: netns.bridge.link.show(master=dev),
}

# Names of links that look like keywords, options or shell syntax.
MISLEADING = [
    "a",
    "up",
    "dev",
    "type",
    "-x",
    "h",
    "help",
    "--",
    "name",
    "all-",
    "if",
    "ifx",
    "'",
    '"',
    "#",
    "é",
    "$x",
    "a@b",
]

# Names that no link can have.
INVALID = ["", "x" * 128, "/", "a/b", "..", ".", "a b", "a\tb", "a\nb", " ", "a\0b"]

ALL_COMMANDS = {**LINK_COMMANDS, **PORT_COMMANDS, **BRIDGE_COMMANDS}


@pytest.fixture
def empty_netns(sandbox_session: Session) -> Iterator[Namespace]:
    """The commands of a new namespace, with `lo` only."""
    sandbox_session.ip.netns.add("ns1")

    yield sandbox_session.netns("ns1")

    sandbox_session.ip.netns.delete("ns1")


@define
class FakeRunner:
    """A runner that records command lines, and returns the same links for every command."""

    links: str = "[]"
    commands: list[str] = field(factory=list)

    def run(
        self,
        command: Command,
        *,
        check: bool = True,  # noqa: ARG002 - a parameter of the protocol
    ) -> Result:
        """Record a command, and return the links as its output."""
        self.commands.append(command.line)
        return Result(command, stdout=self.links)


def skip_without_argument(command: str) -> None:
    """Skip a command that filters by name in Python, without the name as an argument."""
    if command == "bridge link show master":
        pytest.skip("ipwrap selects the ports by the name of their master: no argument to test")


def test_unambiguous_name_needs_no_query() -> None:
    """Only a name like an interface index costs a query."""
    runner = FakeRunner()
    ObjectCommands(runner)._run_change("x", format_device("eth0"))

    assert ["ip x eth0"] == runner.commands


@pytest.mark.parametrize(
    "links",
    ['[{"ifname":"if7"}]', '[{"ifname":"eth0","altnames":["if7"]}]', '[{},{"ifname":"if7"}]'],
)
def test_ifindex_lookalike_is_queried_first(links: str) -> None:
    """A name such as `if7` is accepted as the name or alternative name of a link."""
    runner = FakeRunner(links)
    ObjectCommands(runner, "ns1")._run_change("x", format_device("if7"))

    assert ["ip -n ns1 -j link show dev if7", "ip -n ns1 x if7"] == runner.commands


@pytest.mark.parametrize(
    "links", ["[]", "", '[{"ifname":"eth0"}]', '[{"ifname":"eth0","altnames":["x"]}]']
)
def test_ifindex_lookalike_without_a_link_is_refused(links: str) -> None:
    """A command does not run if iproute2 would take its link's name for an index."""
    runner = FakeRunner(links)
    with pytest.raises(InvalidArgument, match="'if7'"):
        ObjectCommands(runner)._run_change("x", format_device("if7"))

    assert ["ip -j link show dev if7"] == runner.commands


@pytest.mark.parametrize("links", ['["if7"]', '{"ifname":"if7"}', "7"])
def test_unexpected_reply_is_an_error(links: str) -> None:
    """A reply of the wrong JSON shape raises `OutputError`, and the command does not run."""
    runner = FakeRunner(links)
    with pytest.raises(OutputError, match="expected a list of objects"):
        ObjectCommands(runner)._run_change("x", format_device("if7"))

    assert ["ip -j link show dev if7"] == runner.commands


def test_key_of_a_link() -> None:
    """The key of a link is its namespace and name."""
    assert ("link", "ns1", "eth0") == link_key("ns1", "eth0")


@pytest.mark.parametrize("name", INVALID)
@pytest.mark.parametrize("command", ALL_COMMANDS)
def test_invalid_link_name_is_refused(dry_session: Session, command: str, name: str) -> None:
    """A name that the kernel rejects is refused before a command runs."""
    skip_without_argument(command)

    with pytest.raises(InvalidArgument):
        ALL_COMMANDS[command](dry_session, name)

    assert [] == dry_session.recording.commands


@pytest.mark.parametrize("name", [*INVALID, "x" * 16, "é" * 8, "a:b", "a%d"])
@pytest.mark.parametrize(
    "command",
    [
        lambda netns, name: netns.ip.link.add(name, Bridge()),
        lambda netns, name: netns.ip.link.add("v0", Veth(peer=name)),
        lambda netns, name: netns.ip.link.set("v0", name=name),
    ],
    ids=["add", "add-peer", "set-name"],
)
def test_invalid_new_name_is_refused(
    dry_session: Session, command: NamedCommand, name: str
) -> None:
    """The name of a new link has at most 15 bytes, without `:` and `%`."""
    with pytest.raises(InvalidArgument):
        command(dry_session, name)

    assert [] == dry_session.recording.commands


@pytest.mark.parametrize("command", ALL_COMMANDS)
def test_ifindex_lookalike_is_refused_in_a_dry_run(dry_session: Session, command: str) -> None:
    """A dry run has no links, so a command for `if1` is refused."""
    skip_without_argument(command)

    with pytest.raises(InvalidArgument, match="if1"):
        ALL_COMMANDS[command](dry_session, "if1")

    assert {"ip -j link show dev if1"} == {
        event.command.line for event in dry_session.recording.commands
    }


def list_link_names(netns: Namespace) -> list[str]:
    """Return the names of the links in a namespace."""
    return [link.ifname for link in netns.ip.link.show()]


@pytest.mark.live
@pytest.mark.parametrize("name", ["if1", "if2x", "if1.5"])
@pytest.mark.parametrize("command", ALL_COMMANDS)
def test_ifindex_lookalike_changes_no_link(empty_netns: Namespace, command: str, name: str) -> None:
    """`lo` has the index 1, and no command for a link `if1` changes `lo`."""
    skip_without_argument(command)

    with pytest.raises(InvalidArgument, match="would take it for the link with that index"):
        ALL_COMMANDS[command](empty_netns, name)

    (lo,) = empty_netns.ip.link.show()

    assert 1 == lo.ifindex
    assert lo.ifalias is None
    assert not lo.up


@pytest.mark.live
@pytest.mark.parametrize("name", [*MISLEADING, "if1", "if2x"])
def test_every_name_works_with_every_command(empty_netns: Namespace, name: str) -> None:
    """Every command works for a link with the name of a keyword, option or index."""
    ip = empty_netns.ip
    ip.link.add(name, Veth(peer="peer"))
    ip.link.set("peer", up=True)
    ip.link.set(name, up=True)

    for command in LINK_COMMANDS.values():
        command(empty_netns, name)

    assert ["lo"] == list_link_names(empty_netns)


@pytest.mark.live
@pytest.mark.parametrize("name", [*MISLEADING, "if1"])
def test_every_name_works_for_a_bridge_and_its_port(empty_netns: Namespace, name: str) -> None:
    """A bridge and a port may have the name of a keyword, option or index."""
    ip = empty_netns.ip
    ip.link.add("br0", Bridge(), up=True)
    ip.link.add(name, Veth(peer="peer"), master="br0")

    for command in PORT_COMMANDS.values():
        command(empty_netns, name)

    ip.link.delete(name)
    ip.link.add(name, Bridge())
    ip.link.add("port", Veth(peer="peer"))

    for command in BRIDGE_COMMANDS.values():
        command(empty_netns, name)

    ports = empty_netns.bridge.link.show(master=name)

    assert ["port"] == [port.ifname for port in ports]


@pytest.mark.live
@pytest.mark.parametrize("name", [*MISLEADING, "if9"])
def test_every_name_can_be_set(empty_netns: Namespace, name: str) -> None:
    """A misleading name works for a peer, for `set`, and as alternative name."""
    ip = empty_netns.ip
    ip.link.add("v0", Veth(peer=name))
    (peer,) = ip.link.show(name)

    assert name == peer.ifname
    assert "v0" == peer.link

    ip.link.set(name, name="other")
    ip.link.set("v0", name=name)

    assert {"lo", "other", name} == set(list_link_names(empty_netns))

    ip.link.set(name, name="v0")
    ip.link.property_add("v0", name)
    ip.link.set(name, mtu=1300)
    (link,) = ip.link.show("v0")

    assert 1300 == link.mtu
    assert (name,) == link.altnames


@pytest.mark.live
def test_ifindex_lookalike_is_refused_after_deletion(empty_netns: Namespace) -> None:
    """After the deletion of a link `if1`, the name is refused again."""
    ip = empty_netns.ip
    ip.link.add("if1", Bridge())
    ip.link.set("if1", mtu=1300)
    ip.link.delete("if1")

    with pytest.raises(InvalidArgument):
        ip.link.set("if1", mtu=1200)

    (lo,) = ip.link.show()

    assert 65536 == lo.mtu
