"""Results of a host session say which links a change created, renamed or moved."""

from pathlib import Path

import pytest
from attrs import evolve

from ipwrap import Command, Recording, Session
from ipwrap.kinds import Bridge, Veth
from ipwrap.result import RecordedLink, Result
from ipwrap.sessions.journal import Journal
from ipwrap.sessions.link_query import changed_links, describe_link, find_links
from tests.labs import open_sandbox


def test_links_of_a_command_are_listed() -> None:
    """Verbs declare them, and plain commands are read as calls of verbs."""
    assert [(None, "x")] == [*changed_links(Command(("ip", "link", "add", "x", "type", "bridge")))]
    move = Command(("ip", "link", "set", "x", "netns", "red", "name", "y"))
    assert [("red", "y")] == [*changed_links(move)]
    assert [] == [*changed_links(Command(("ip", "link", "set", "x", "up")))]
    assert [] == [*changed_links(Command(("ip", "link", "no-such-verb")))]
    assert [] == [*changed_links(Command(("ip", "link", "show"), changes=False))]
    assert [] == [*changed_links(Command(("sysctl", "link")))]
    assert [] == [*changed_links(Command(("ip", "r", "add", "10.0.0.0/8", "dev", "x")))]


@pytest.mark.parametrize(
    ("line", "location"),
    [
        ("ip l a x type bridge", (None, "x")),
        ("/usr/sbin/ip link add x type bridge", (None, "x")),
        ("ip netns exec red ip link add x type bridge", ("red", "x")),
        ("ip tunt add mode tap x", (None, "x")),
    ],
)
def test_links_of_typed_commands_are_listed(line: str, location: tuple[str | None, str]) -> None:
    """Abbreviated, by the path of the program, or behind `ip netns exec`."""
    assert [location] == [*changed_links(Command(tuple(line.split())))]


@pytest.mark.parametrize(
    ("data", "address"),
    [
        ({"address": "02:00:00:00:00:01"}, "02:00:00:00:00:01"),
        ({"address": "02:00:00:00:00:01", "linkinfo": {"info_slave_kind": "bond"}}, None),
        (
            {"address": "02:00:00:00:00:01", "linkinfo": {"info_slave_kind": "bridge"}},
            "02:00:00:00:00:01",
        ),
        ({"address": "02:00:00:00:00:01", "linkinfo": {"info_kind": "bridge"}}, None),
        ({"address": "00:00:00:00:00:00"}, None),
        ({"address": "10.0.0.1"}, None),
        ({}, None),
    ],
)
def test_address_that_follows_other_links_is_no_identity(
    data: dict[str, object], address: str | None
) -> None:
    """Of a bridge, of a port of a bond, of a link without a MAC address."""
    link = describe_link({"ifname": "x", "ifindex": 7, **data}, "red")
    assert ("red", "x", 7, address) == (link.netns, link.name, link.ifindex, link.address)


@pytest.fixture
def host_session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Session":
    """A session on a sandbox that counts as a host."""
    monkeypatch.setattr(Journal, "records_links", True)
    return Session(sandbox=True, record=tmp_path / "x.jsonl")


@pytest.mark.live
@pytest.mark.parametrize("in_batch", [False, True])
def test_links_are_recorded_behind_the_change(host_session: Session, in_batch: bool) -> None:
    """Under the name that the link has then, also in a batch block; reads have none."""
    with host_session as session:

        def build() -> None:
            session.ip.netns.add("red")
            session.ip.link.add("br0", Bridge())
            session.ip.link.add("v0", Veth(peer="e0", peer_netns="red"))
            session.ip.link.set("br0", name="br1")
            session.ip.link.set("br1", up=True)

        if in_batch:
            with session.batch():
                build()
        else:
            build()
        indexes = {link.ifname: link.ifindex for link in session.ip.link.show()}
        session.exec("ip", "link", "set", "nothing", "name", "x", check=False)

    links = {
        event.command.line: result.links
        for event, result in Recording.load(str(session.recording.path)).pairs()
        if hasattr(event, "command") and result is not None
    }
    names = {
        line: None if found is None else [(link.netns, link.name) for link in found]
        for line, found in links.items()
    }
    assert {
        "ip netns add red": None,
        "ip link add name br0 type bridge": [(None, "br0")],
        "ip link add name v0 type veth peer name e0 netns red": [(None, "v0"), ("red", "e0")],
        "ip link set dev br0 name br1": [(None, "br1")],
        "ip link set dev br1 up": None,
        "ip -j -d link show": None,
        "ip link set nothing name x": None,
    } == names
    (bridge,) = links["ip link add name br0 type bridge"] or ()
    index = indexes["br1"]
    assert index is not None
    assert RecordedLink(netns=None, name="br0", ifindex=index, kind="bridge") == bridge
    (renamed,) = links["ip link set dev br0 name br1"] or ()
    assert evolve(bridge, name="br1") == renamed


@pytest.mark.live
def test_links_of_a_sandbox_are_not_asked_for() -> None:
    """They go with the sandbox."""
    with open_sandbox() as session:
        session.ip.link.add("br0", Bridge())
        assert [None] == [result.links for result in session.recording.results]


@pytest.mark.parametrize(
    ("stderr", "expected"),
    [
        ('Device "x" does not exist.', ()),
        ('setting the network namespace "red" failed: Operation not permitted', None),
    ],
)
def test_link_that_cannot_be_looked_at_is_not_gone(
    stderr: str, expected: tuple[RecordedLink, ...] | None
) -> None:
    """Whoever may not enter a namespace does not know its links: undo then asks for the kind."""

    class Refusing:
        """Refuses every command."""

        def run(self, command: Command, *, check: bool = True) -> Result:
            """Return a failure."""
            assert not check
            return Result(command, 1, stderr=stderr)

    command = Command(("ip", "link", "add", "x", "type", "bridge"), "red")
    assert expected == find_links(Refusing(), command)
