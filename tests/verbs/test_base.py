"""Names of links: what iproute2 would misunderstand is refused, and all else works with every verb."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from attrs import define, field

from ipwrap import Command, InvalidArgument, OutputError, PlaceError, Result, Session
from ipwrap.kinds import Bridge, BridgeSlave, Macvlan, Veth, Vxlan
from ipwrap.session import Namespace
from ipwrap.verbs.base import ObjectCommands, device_word, link_key

MAC = "02:00:00:00:00:01"

# Every verb that takes the name of a link that has to exist, with that name in each of its places.
Verb = Callable[[Session | Namespace, str], Any]
VERBS: dict[str, Verb] = {
    "ip address add": lambda there, dev: there.ip.address.add("10.0.0.1/24", dev),
    "ip address change": lambda there, dev: there.ip.address.change("10.0.0.1/24", dev),
    "ip address replace": lambda there, dev: there.ip.address.replace("10.0.0.1/24", dev),
    "ip address show": lambda there, dev: there.ip.address.show(dev),
    "ip address show master": lambda there, dev: there.ip.address.show(master=dev),
    "ip address delete": lambda there, dev: there.ip.address.delete("10.0.0.1/24", dev),
    "ip address flush": lambda there, dev: there.ip.address.flush(dev),
    "ip link set": lambda there, dev: there.ip.link.set(dev, up=True, alias="x"),
    "ip link show": lambda there, dev: there.ip.link.show(dev),
    "ip link show master": lambda there, dev: there.ip.link.show(master=dev),
    "ip link property add": lambda there, dev: there.ip.link.property_add(dev, "other"),
    "ip link property del": lambda there, dev: there.ip.link.property_del(dev, "other"),
    "ip link add link": lambda there, dev: there.ip.link.add("new0", Macvlan(), link=dev),
    "ip link add vxlan dev": lambda there, dev: there.ip.link.add(
        "new1", Vxlan(id=7, dev=dev, dstport=4789)
    ),
    "ip neigh add": lambda there, dev: there.ip.neigh.add("10.0.0.2", dev, lladdr=MAC),
    "ip neigh change": lambda there, dev: there.ip.neigh.change("10.0.0.2", dev, lladdr=MAC),
    "ip neigh replace": lambda there, dev: there.ip.neigh.replace("10.0.0.2", dev, lladdr=MAC),
    "ip neigh show": lambda there, dev: there.ip.neigh.show(dev),
    "ip neigh show master": lambda there, dev: there.ip.neigh.show(master=dev),
    "ip neigh get": lambda there, dev: there.ip.neigh.get("10.0.0.2", dev),
    "ip neigh delete": lambda there, dev: there.ip.neigh.delete("10.0.0.2", dev),
    "ip neigh flush": lambda there, dev: there.ip.neigh.flush(dev),
    "ip route add": lambda there, dev: there.ip.route.add("10.1.0.0/16", dev=dev),
    "ip route append": lambda there, dev: there.ip.route.append("10.1.0.0/16", dev=dev, metric=7),
    "ip route change": lambda there, dev: there.ip.route.change("10.1.0.0/16", dev=dev),
    "ip route replace": lambda there, dev: there.ip.route.replace("10.1.0.0/16", dev=dev),
    "ip route show": lambda there, dev: there.ip.route.show(dev=dev),
    "ip route get": lambda there, dev: there.ip.route.get("10.1.0.1", oif=dev),
    "ip route delete": lambda there, dev: there.ip.route.delete("10.1.0.0/16", dev=dev),
    "ip route flush": lambda there, dev: there.ip.route.flush(dev=dev),
    "bridge fdb add": lambda there, dev: there.bridge.fdb.add(MAC, dev),
    "bridge fdb replace": lambda there, dev: there.bridge.fdb.replace(MAC, dev),
    "bridge fdb show": lambda there, dev: there.bridge.fdb.show(dev),
    "bridge fdb show brport": lambda there, dev: there.bridge.fdb.show(brport=dev),
    "bridge fdb delete": lambda there, dev: there.bridge.fdb.delete(MAC, dev),
    "bridge link show": lambda there, dev: there.bridge.link.show(dev),
    "bridge mdb show": lambda there, dev: there.bridge.mdb.show(dev),
    "bridge vlan show": lambda there, dev: there.bridge.vlan.show(dev),
    "bridge vlan tunnelshow": lambda there, dev: there.bridge.vlan.tunnelshow(dev),
    "ip link delete": lambda there, dev: there.ip.link.delete(dev),
}

# The same, where the name has to be a bridge's port, or a bridge.
PORT_VERBS: dict[str, Verb] = {
    "ip link set type": lambda there, dev: there.ip.link.set(dev, BridgeSlave(hairpin=True)),
    "bridge link set": lambda there, dev: there.bridge.link.set(dev, cost=7),
    "bridge fdb add master": lambda there, dev: there.bridge.fdb.add(MAC, dev, master=True),
    "bridge fdb get": lambda there, dev: there.bridge.fdb.get(MAC, dev=dev),
    "bridge fdb delete master": lambda there, dev: there.bridge.fdb.delete(MAC, dev, master=True),
    "bridge mdb add port": lambda there, dev: there.bridge.mdb.add(
        "239.1.1.1", "br0", port=dev, permanent=True
    ),
    "bridge mdb delete port": lambda there, dev: there.bridge.mdb.delete(
        "239.1.1.1", "br0", port=dev
    ),
    "ip link set nomaster": lambda there, dev: there.ip.link.set(dev, nomaster=True),
}
BRIDGE_VERBS: dict[str, Verb] = {
    "ip link set master": lambda there, dev: there.ip.link.set("port", master=dev),
    "ip link show master": lambda there, dev: there.ip.link.show(master=dev),
    "bridge fdb show br": lambda there, dev: there.bridge.fdb.show(br=dev),
    "bridge fdb flush": lambda there, dev: there.bridge.fdb.flush(dev, dynamic=True),
    "bridge link show master": lambda there, dev: there.bridge.link.show(master=dev),
}

HOSTILE = [
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
BAD = ["", "x" * 128, "/", "a/b", "..", ".", "a b", "a\tb", "a\nb", " ", "a\0b"]


@pytest.fixture(scope="module")
def shared() -> Iterator[Session]:
    """One sandbox for all tests of this file."""
    try:
        opened = Session(sandbox=True).__enter__()
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")
    with opened:
        yield opened


@pytest.fixture
def there(shared: Session) -> Iterator[Namespace]:
    """The verbs of a fresh namespace."""
    shared.ip.netns.add("ns1")
    yield shared.netns("ns1")
    shared.ip.netns.delete("ns1")


@define
class Answers:
    """A runner that remembers what it is asked, and knows links by name."""

    links: str = "[]"
    asked: list[str] = field(factory=list)

    def run(self, command: Command, *, check: bool = True) -> Result:  # noqa: ARG002 - as the protocol has it
        """Answer a question for a link, and take everything else as done."""
        self.asked.append(command.line)
        return Result(command, stdout=self.links)


def test_nothing_is_asked_of_a_name_that_is_clear() -> None:
    """Only a doubtful name costs a question."""
    runner = Answers()
    ObjectCommands(runner)._run_change("x", device_word("eth0"))
    assert ["ip x eth0"] == runner.asked


@pytest.mark.parametrize(
    "links",
    ['[{"ifname":"if7"}]', '[{"ifname":"eth0","altnames":["if7"]}]', '[{},{"ifname":"if7"}]'],
)
def test_doubtful_name_is_asked_for_first(links: str) -> None:
    """A name such as `if7` passes if a link bears it, as its own or as an alternative name."""
    runner = Answers(links)
    ObjectCommands(runner, "ns1")._run_change("x", device_word("if7"))
    assert ["ip -n ns1 -j link show dev if7", "ip -n ns1 x if7"] == runner.asked


@pytest.mark.parametrize(
    "links", ["[]", "", '[{"ifname":"eth0"}]', '[{"ifname":"eth0","altnames":["x"]}]']
)
def test_doubtful_name_that_no_link_bears_is_refused(links: str) -> None:
    """What iproute2 would take for an index is not run."""
    runner = Answers(links)
    with pytest.raises(InvalidArgument, match="'if7'"):
        ObjectCommands(runner)._run_change("x", device_word("if7"))
    assert ["ip -j link show dev if7"] == runner.asked


@pytest.mark.parametrize("links", ['["if7"]', '{"ifname":"if7"}', "7"])
def test_answer_of_another_shape_is_no_link(links: str) -> None:
    """An iproute2 that prints otherwise is told of, and nothing is changed."""
    runner = Answers(links)
    with pytest.raises(OutputError, match="expected a list of objects"):
        ObjectCommands(runner)._run_change("x", device_word("if7"))
    assert ["ip -j link show dev if7"] == runner.asked


def test_key_of_a_link() -> None:
    """A link is known by its namespace and name."""
    assert ("link", "ns1", "eth0") == link_key("ns1", "eth0")


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("verb", [*VERBS, *PORT_VERBS, *BRIDGE_VERBS])
def test_name_that_no_link_can_bear_is_refused(dry: Session, verb: str, name: str) -> None:
    """A name that the kernel would refuse is refused before anything runs, in every place of every verb."""
    if verb == "bridge link show master":
        pytest.skip("ipwrap itself picks the ports by their master's name: no word is said")
    with pytest.raises(InvalidArgument):
        {**VERBS, **PORT_VERBS, **BRIDGE_VERBS}[verb](dry, name)
    assert [] == dry.recording.commands


@pytest.mark.parametrize("name", [*BAD, "x" * 16, "é" * 8, "a:b", "a%d"])
@pytest.mark.parametrize(
    "verb",
    [
        lambda there, name: there.ip.link.add(name, Bridge()),
        lambda there, name: there.ip.link.add("v0", Veth(peer=name)),
        lambda there, name: there.ip.link.set("v0", name=name),
    ],
    ids=["add", "add-peer", "set-name"],
)
def test_name_that_a_new_link_cannot_bear_is_refused(dry: Session, verb: Verb, name: str) -> None:
    """A new link's name has at most 15 bytes, too; a longer one would be cut or refused only by the kernel."""
    with pytest.raises(InvalidArgument):
        verb(dry, name)
    assert [] == dry.recording.commands


@pytest.mark.parametrize("verb", [*VERBS, *PORT_VERBS, *BRIDGE_VERBS])
def test_name_of_an_index_is_refused_in_a_dry_run(dry: Session, verb: str) -> None:
    """Where nobody can say whether a link is called `if1`, it is not run."""
    if verb == "bridge link show master":
        pytest.skip("ipwrap itself picks the ports by their master's name: no word is said")
    with pytest.raises(InvalidArgument, match="if1"):
        {**VERBS, **PORT_VERBS, **BRIDGE_VERBS}[verb](dry, "if1")
    assert {"ip -j link show dev if1"} == {asked.command.line for asked in dry.recording.commands}


@pytest.mark.live
@pytest.mark.parametrize("name", ["if1", "if2x", "if1.5"])
@pytest.mark.parametrize("verb", [*VERBS, *PORT_VERBS, *BRIDGE_VERBS])
def test_name_of_an_index_reaches_no_link(there: Namespace, verb: str, name: str) -> None:
    """`lo` has the index 1, and no verb that is asked for a link called `if1` touches it."""
    if verb == "bridge link show master":
        pytest.skip("ipwrap itself picks the ports by their master's name: no word is said")
    with pytest.raises(InvalidArgument, match="would take it for the link with that index"):
        {**VERBS, **PORT_VERBS, **BRIDGE_VERBS}[verb](there, name)
    (lo,) = there.ip.link.show()
    assert (1, None, False) == (lo.ifindex, lo.ifalias, lo.up)


@pytest.mark.live
@pytest.mark.parametrize("name", [*HOSTILE, "if1", "if2x"])
def test_every_name_works_with_every_verb(there: Namespace, name: str) -> None:
    """A link may be called as a keyword, an option or an index: every verb reaches it, and no other link."""
    there.ip.link.add(name, Veth(peer="peer"))
    there.ip.link.set("peer", up=True)
    there.ip.link.set(name, up=True)
    for verb in VERBS.values():
        verb(there, name)
    assert ["lo"] == [link.ifname for link in there.ip.link.show()]


@pytest.mark.live
@pytest.mark.parametrize("name", [*HOSTILE, "if1"])
def test_every_name_works_for_a_bridge_and_its_port(there: Namespace, name: str) -> None:
    """A bridge and a port may be called so, too."""
    there.ip.link.add("br0", Bridge(), up=True)
    there.ip.link.add(name, Veth(peer="peer"), master="br0")
    for verb in PORT_VERBS.values():
        verb(there, name)
    there.ip.link.delete(name)
    there.ip.link.add(name, Bridge())
    there.ip.link.add("port", Veth(peer="peer"))
    for verb in BRIDGE_VERBS.values():
        verb(there, name)
    assert ["port"] == [port.ifname for port in there.bridge.link.show(master=name)]


@pytest.mark.live
@pytest.mark.parametrize("name", [*HOSTILE, "if9"])
def test_every_name_can_be_given(there: Namespace, name: str) -> None:
    """A link gets such a name as a peer, by `set`, and as an alternative one."""
    there.ip.link.add("v0", Veth(peer=name))
    (peer,) = there.ip.link.show(name)
    assert (name, "v0") == (peer.ifname, peer.link)
    there.ip.link.set(name, name="other")
    there.ip.link.set("v0", name=name)
    assert {"lo", "other", name} == {link.ifname for link in there.ip.link.show()}
    there.ip.link.set(name, name="v0")
    there.ip.link.property_add("v0", name)
    there.ip.link.set(name, mtu=1300)
    (link,) = there.ip.link.show("v0")
    assert (1300, (name,)) == (link.mtu, link.altnames)


@pytest.mark.live
def test_link_that_is_asked_for_is_not_made_up(there: Namespace) -> None:
    """After a link called `if1` is gone, its name is doubtful again."""
    there.ip.link.add("if1", Bridge())
    there.ip.link.set("if1", mtu=1300)
    there.ip.link.delete("if1")
    with pytest.raises(InvalidArgument):
        there.ip.link.set("if1", mtu=1200)
    (lo,) = there.ip.link.show()
    assert 65536 == lo.mtu
