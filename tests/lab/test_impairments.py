"""Delay and loss of the ends of links: the commands, in a dry run."""

import pytest

from ipwrap import CommandError, DryRun, InvalidArgument, Local, NotSupported, Session
from ipwrap.lab import Lab, Node
from ipwrap.qdiscs import Netem
from tests.labs import open_sandbox

SLOW = Netem(delay="20ms")
FILTER = "tc -n h1 filter add dev eth0 parent 1:"


@pytest.fixture
def lab() -> Lab:
    """A lab of three nodes on a switch, up in a dry run."""
    lab = Lab(Session(Local(), DryRun()), pools=("10.0.0.0/16", "fd00::/48"))
    switch = lab.switch("sw1")
    for name in ("h1", "h2", "h3"):
        lab.link(lab.node(name), switch)
    return lab.up()


def new_commands(lab: Lab, count: int) -> list[str]:
    """Return the commands behind the first ones, as plain lines."""
    return [event.command.line for event in list(lab.session.recording.commands)[count:]]


def test_both_ends_or_each_have_a_netem(lab: Lab) -> None:
    """A single netem is of both ends, a pair of each; False takes it away."""
    count = len(list(lab.session.recording.commands))
    link = lab.get("h1").links["eth0"]
    link.set(netem=SLOW)
    link.set(netem=(False, None))

    assert new_commands(lab, count) == [
        "tc -n h1 qdisc replace dev eth0 root netem delay 20ms",
        "tc -n sw1 qdisc replace dev port1 root netem delay 20ms",
        "tc -n h1 qdisc delete dev eth0 root",
    ]
    assert [end.netem for end in link.spec.ends] == [None, SLOW]


def test_a_path_has_a_class_and_filters_by_address(lab: Lab) -> None:
    """The end of the first node has a class with a netem for the addresses of the second one."""
    count = len(list(lab.session.recording.commands))
    lab.set_path("h1", "h2", netem=(SLOW, None))

    assert new_commands(lab, count) == [
        "tc -n h1 qdisc replace dev eth0 root handle 1: htb default 1",
        "tc -n h1 class add dev eth0 parent 1: classid 1:1 htb rate 100gbit quantum 60000",
        "tc -n h1 class add dev eth0 parent 1: classid 1:2 htb rate 100gbit quantum 60000",
        "tc -n h1 qdisc add dev eth0 parent 1:2 netem delay 20ms",
        f"{FILTER} protocol ip pref 1 u32 match ip dst 10.0.0.2/32 flowid 1:2",
        f"{FILTER} protocol ipv6 pref 2 u32 match ip6 dst fd00::2/128 flowid 1:2",
    ]
    assert Lab.of(lab.topology()).topology() == lab.topology()


def test_a_path_is_taken_away(lab: Lab) -> None:
    """Without any path the qdisc of the end is deleted."""
    lab.set_path("h1", "h2", netem=(SLOW, None))
    count = len(list(lab.session.recording.commands))
    lab.set_path("h1", "h2", netem=False)

    assert new_commands(lab, count) == ["tc -n h1 qdisc delete dev eth0 root"]


def test_nodes_without_a_common_segment_have_no_path(lab: Lab) -> None:
    """The error names both nodes."""
    lab.node("far")

    with pytest.raises(InvalidArgument, match="h1 and far have no segment in common"):
        lab.set_path("h1", "far", netem=SLOW)


@pytest.mark.parametrize("netem", ["20ms", (SLOW,), True])
def test_what_is_no_netem_is_refused(lab: Lab, netem: object) -> None:
    """Text, a single one in a tuple, and True are refused."""
    with pytest.raises(InvalidArgument, match="lab: netem"):
        lab.get("h1").links["eth0"].set(netem=netem)  # type: ignore[arg-type]


@pytest.mark.live
def test_a_kernel_without_netem_is_named(sandbox_session: Session) -> None:
    """The error says which options of the kernel are missing."""
    lab = Lab(sandbox_session)
    link = lab.link(lab.node("h1"), lab.node("h2"))
    lab.up()

    problem = ""
    try:
        link.set(netem=SLOW)
    except NotSupported as error:
        problem = str(error)

    kinds = {qdisc.kind for qdisc in lab.get("h1").tc.qdisc.show("eth0")}
    assert ("netem" in kinds) != ("CONFIG_NET_SCH_NETEM" in problem)


@pytest.mark.live
def test_a_path_is_slow_and_the_others_are_not() -> None:
    """Packets to one node of a segment wait, both ways; the end itself may be slow as well."""
    with open_sandbox() as session:
        lab = Lab(session, pools="10.0.0.0/16")
        switch = lab.switch("sw1")
        h1, h2, h3 = (lab.node(name) for name in ("h1", "h2", "h3"))
        for node in (h1, h2, h3):
            lab.link(node, switch)
        lab.up()
        try:
            lab.set_path(h1, h2, netem=SLOW)
        except NotSupported as error:
            pytest.skip(f"this kernel: {error.reason}")
        h1.links["eth0"].set(netem=(Netem(delay="1ms"), None))

        assert milliseconds(h1, h2) >= 40
        assert 1 <= milliseconds(h1, h3) < 40


def milliseconds(first: Node, second: Node) -> float:
    """Return the shortest time of a ping there and back."""
    printed = first.exec("ping", "-q", "-c", "3", "-i", "0.1", "-w", "20", second.address).stdout
    return float(printed.rpartition(" = ")[2].partition("/")[0])


def test_a_path_to_a_node_without_addresses_is_refused() -> None:
    """Before anything runs, in a lab that is up, and in one that comes up; the lab is as it was."""
    lab = Lab(Session(Local(), DryRun()))
    lab.link(lab.node("h1"), lab.node("h2"))
    lab.set_path("h1", "h2", netem=SLOW)
    with pytest.raises(InvalidArgument, match="h1: the node has no address to filter by"):
        lab.up()
    assert new_commands(lab, 0) == []

    lab.set_path("h1", "h2", netem=False)
    lab.up()
    before, count = lab.topology(), len(list(lab.session.recording.commands))
    with pytest.raises(InvalidArgument, match="the node has no address to filter by"):
        lab.set_path("h1", "h2", netem=SLOW)

    assert new_commands(lab, count) == []
    assert (lab.topology(), lab.failure) == (before, None)


@pytest.mark.live
def test_a_setting_that_fails() -> None:
    """The link is declared as before, and the lab refuses changes until it is built anew."""
    with open_sandbox() as session:
        lab = Lab(session)
        link = lab.link(lab.node("h1"), lab.node("h2"))
        lab.up()
        before = lab.topology()
        for options in ({"mtu": 1400}, {"netem": SLOW}):
            session.netns("h2").ip.link.delete("eth0")
            with pytest.raises(CommandError):
                link.set(**options)
            assert lab.topology() == before
            with pytest.raises(InvalidArgument, match="an earlier change failed"):
                link.set(mtu=1300)
            lab.down()
            lab.up()
