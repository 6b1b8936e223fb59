"""What a session built is taken away again, exactly, and what was there before stays."""

from pathlib import Path

import pytest

from ipwrap import Command, CommandError, Recording, Session
from ipwrap.kinds import Bridge, Macvlan, Veth, Vxlan
from ipwrap.qdiscs import Clsact, Qdisc
from ipwrap.state import State
from ipwrap.teardown.ledger import Ledger, shell_delete_line, teardown_commands
from tests import waiting
from tests.labs import Lab, differences, exported, furnished, sh_inside

FIRST = "/proc/1/ns/net"


def links_and_what_stands_on_them(s: Session) -> None:
    """Links and what stands on them."""
    s.ip.link.add("n", Bridge(), up=True)
    s.ip.address.add("10.0.0.1/24", dev="n")
    s.ip.route.add("10.9.0.0/16", via="10.0.0.9")
    s.ip.neigh.add("10.0.0.5", dev="n", lladdr="02:00:00:00:00:05")


def namespaces_with_links(s: Session) -> None:
    """Namespaces with links."""
    s.ip.netns.add("x")
    s.netns("x").ip.link.add("n", Bridge(), up=True)
    s.netns("x").ip.address.add("10.0.0.1/24", dev="n")


def things_on_a_link_that_was_there(s: Session) -> None:
    """Things on a link that was there."""
    s.ip.address.add("10.0.0.1/24", dev="keep")
    s.ip.address.add("fd00::1/64", dev="keep", nodad=True)
    s.ip.route.add("10.1.0.0/16", dev="va")
    s.ip.route.add("default", via="192.0.2.7")
    s.ip.neigh.add("192.0.2.77", dev="va", proxy=True)
    s.ip.neigh.add("192.0.2.5", dev="keep", lladdr="02:00:00:00:00:05")
    s.bridge.fdb.add("02:00:00:00:00:07", dev="va")
    s.bridge.mdb.add("239.1.1.1", "keep", port="keep")
    s.ip.link.property_add("keep", "another")


def things_in_a_namespace_that_was_there(s: Session) -> None:
    """Things in a namespace that was there."""
    old = s.netns("oldns")
    old.ip.link.add("n", Bridge())
    old.ip.address.add("10.0.0.1/24", dev="o1")
    old.ip.neigh.add("10.0.0.5", dev="o1", lladdr="02:00:00:00:00:05")


def a_link_renamed_that_was_there(s: Session) -> None:
    """A link renamed that was there."""
    s.ip.link.set("keep", name="kept")


def a_link_renamed_there_and_back_and_again(s: Session) -> None:
    """A link renamed there and back and again."""
    for old, new in (("keep", "kept"), ("kept", "keep"), ("keep", "kept")):
        s.ip.link.set(old, name=new)


def two_links_that_swap_their_names(s: Session) -> None:
    """Two links that swap their names."""
    for old, new in (("va", "aside"), ("vb", "va"), ("aside", "vb")):
        s.ip.link.set(old, name=new)


def a_link_renamed_and_another_made_of_its_name(s: Session) -> None:
    """A link renamed and another made of its name."""
    s.ip.link.set("va", name="vx")
    s.ip.link.add("va", Bridge())


def a_made_link_renamed_to_the_old_name_of_another(s: Session) -> None:
    """A made link renamed to the old name of another."""
    s.ip.link.add("n", Bridge())
    s.ip.link.set("va", name="vx")
    s.ip.link.set("n", name="va")


def an_address_on_a_link_before_and_after_its_renaming(s: Session) -> None:
    """An address on a link before and after its renaming."""
    s.ip.address.add("10.0.0.1/24", dev="va")
    s.ip.link.set("va", name="vx")
    s.ip.address.add("10.0.1.1/24", dev="vx")


def a_made_link_renamed_with_an_address_on_it(s: Session) -> None:
    """A made link renamed with an address on it."""
    s.ip.link.add("n", Bridge())
    s.ip.address.add("10.0.0.1/24", dev="n")
    s.ip.link.set("n", name="m")


def a_link_moved_that_was_there(s: Session) -> None:
    """A link moved that was there."""
    s.ip.link.set("vb", netns="oldns")


def a_link_moved_into_a_made_namespace_and_renamed(s: Session) -> None:
    """A link moved into a made namespace and renamed."""
    s.ip.netns.add("x")
    s.ip.link.set("vb", netns="x", name="inside")
    s.netns("x").ip.link.set("inside", name="again")
    s.netns("x").ip.address.add("10.0.0.1/24", dev="again")


def a_link_moved_there_and_back(s: Session) -> None:
    """A link moved there and back."""
    s.ip.netns.add("x")
    s.ip.link.set("vb", netns="x")
    s.netns("x").ip.link.set("vb", netns=FIRST)


def a_link_moved_out_of_a_namespace_that_was_there(s: Session) -> None:
    """A link moved out of a namespace that was there."""
    s.netns("oldns").ip.link.set("o1", netns=FIRST)


def veth_pairs_across_all_namespaces(s: Session) -> None:
    """Veth pairs across all namespaces."""
    s.ip.netns.add("x")
    s.ip.netns.add("y")
    s.ip.link.add("a1", Veth(peer="a2"))
    s.ip.link.add("b1", Veth(peer="b2", peer_netns="x"))
    s.ip.link.add("c1", Veth(peer="c2", peer_netns="y"), netns="x")
    s.ip.link.add("d1", Veth(peer="d2", peer_netns="oldns"))
    s.ip.link.add("e1", Veth(peer="e2", peer_netns="oldns"), netns="x")
    s.ip.link.add("f1", Veth(peer="f2", peer_netns="oldns"), netns="oldns")
    s.netns("x").ip.link.set("b2", netns="oldns")


def a_veth_pair_made_before_the_namespace_of_its_peer(s: Session) -> None:
    """A veth pair made before the namespace of its peer."""
    s.ip.link.add("p", Veth(peer="q"))
    s.ip.netns.add("x")
    s.ip.link.set("q", netns="x")


def both_ends_of_a_veth_pair_moved_and_renamed(s: Session) -> None:
    """Both ends of a veth pair moved and renamed."""
    s.ip.netns.add("x")
    s.ip.link.add("p", Veth(peer="q", peer_netns="x"))
    s.ip.link.set("p", name="pp")
    s.netns("x").ip.link.set("q", name="qq", netns="oldns")


def a_veth_whose_peer_the_kernel_names(s: Session) -> None:
    """A veth whose peer the kernel names."""
    s.ip.link.add("alone", Veth())


def an_address_on_a_link_that_was_renamed_and_another_made_of_its_name(s: Session) -> None:
    """An address on a link that was renamed and another made of its name."""
    s.ip.address.add("10.0.0.1/24", dev="va")
    s.ip.link.set("va", name="vx")
    s.ip.link.add("va", Bridge())


def an_address_on_a_link_that_was_moved(s: Session) -> None:
    """An address on a link that was moved, which the kernel does not carry over."""
    s.ip.address.add("10.0.0.1/24", dev="vb")
    s.ip.link.set("vb", netns="oldns")


def an_alternative_name_of_a_link_that_was_moved(s: Session) -> None:
    """An alternative name of a link that was moved, which the kernel carries over."""
    s.ip.link.property_add("vb", "another")
    s.ip.link.set("vb", netns="oldns")


def a_made_link_moved_with_all_that_stands_on_it(s: Session) -> None:
    """A made link moved with all that stands on it."""
    s.ip.link.add("n", Veth(peer="m"))
    s.ip.address.add("10.0.0.1/24", dev="n")
    s.ip.link.property_add("n", "another")
    s.ip.link.add("mv", Macvlan(), link="n")
    s.ip.link.set("n", netns="oldns")


def links_on_links(s: Session) -> None:
    """Links on links."""
    s.ip.link.add("low", Veth(peer="lowp"))
    s.ip.link.add("mv", Macvlan(), link="low")
    s.ip.link.add("mvold", Macvlan(), link="va")
    s.ip.link.add("vx0", Vxlan(id=1, dstport=4789, dev="low"))
    s.ip.link.set("low", name="lower")


def things_that_it_took_away_itself(s: Session) -> None:
    """Things that it took away itself."""
    s.ip.link.add("a1", Veth(peer="a2"))
    s.ip.address.add("10.0.0.1/24", dev="a1")
    s.ip.link.delete("a2")
    s.ip.netns.add("x")
    s.ip.link.add("b1", Veth(peer="b2", peer_netns="x"))
    s.ip.netns.delete("x")
    s.ip.address.add("10.0.5.1/24", dev="keep")
    s.ip.address.delete("10.0.5.1/24", dev="keep")
    s.ip.route.add("10.6.0.0/16", dev="va")
    s.ip.route.delete("10.6.0.0/16", dev="va")
    s.ip.neigh.add("10.0.0.5", dev="va", lladdr="02:00:00:00:00:05")
    s.ip.neigh.delete("10.0.0.5", dev="va")
    s.ip.link.property_add("keep", "another")
    s.ip.link.property_del("keep", "another")


def things_that_it_took_away_and_made_anew(s: Session) -> None:
    """Things that it took away and made anew."""
    s.ip.netns.add("x")
    s.ip.netns.delete("x")
    s.ip.netns.add("x")
    s.ip.link.add("a1", Veth(peer="a2"))
    s.ip.link.delete("a1")
    s.ip.link.add("a1", Bridge())


def one_of_two_alternative_names_taken_away(s: Session) -> None:
    """One of two alternative names taken away."""
    s.ip.link.property_add("keep", "one", "two")
    s.ip.link.property_del("keep", "one")


def a_made_link_taken_away_by_its_alternative_name(s: Session) -> None:
    """A made link taken away by its alternative name."""
    s.ip.link.add("n", Bridge())
    s.ip.link.property_add("n", "another")
    s.ip.link.delete("another")


def a_link_with_a_route_through_it_taken_away(s: Session) -> None:
    """A link with a route through it taken away."""
    s.ip.link.add("n", Bridge(), up=True)
    s.ip.address.add("10.0.0.1/24", dev="n")
    s.ip.route.add("10.9.0.0/16", via="10.0.0.9", dev="n")
    s.ip.link.delete("n")


def changes_that_failed(s: Session) -> None:
    """Changes that failed."""
    with pytest.raises(CommandError):
        s.ip.link.add("keep", Bridge())
    with pytest.raises(CommandError):
        s.ip.address.add("192.0.2.1/24", dev="keep")
    with pytest.raises(CommandError):
        s.ip.netns.add("oldns")


def programs_and_reads(s: Session) -> None:
    """Programs and reads."""
    s.exec("true")
    s.ip.link.show()


EXACT: tuple[Lab, ...] = (
    links_and_what_stands_on_them,
    namespaces_with_links,
    things_on_a_link_that_was_there,
    things_in_a_namespace_that_was_there,
    a_link_renamed_that_was_there,
    a_link_renamed_there_and_back_and_again,
    two_links_that_swap_their_names,
    a_link_renamed_and_another_made_of_its_name,
    a_made_link_renamed_to_the_old_name_of_another,
    an_address_on_a_link_before_and_after_its_renaming,
    a_made_link_renamed_with_an_address_on_it,
    a_link_moved_that_was_there,
    a_link_moved_into_a_made_namespace_and_renamed,
    a_link_moved_there_and_back,
    a_link_moved_out_of_a_namespace_that_was_there,
    veth_pairs_across_all_namespaces,
    a_veth_pair_made_before_the_namespace_of_its_peer,
    both_ends_of_a_veth_pair_moved_and_renamed,
    a_veth_whose_peer_the_kernel_names,
    an_address_on_a_link_that_was_renamed_and_another_made_of_its_name,
    an_address_on_a_link_that_was_moved,
    an_alternative_name_of_a_link_that_was_moved,
    a_made_link_moved_with_all_that_stands_on_it,
    links_on_links,
    things_that_it_took_away_itself,
    things_that_it_took_away_and_made_anew,
    one_of_two_alternative_names_taken_away,
    a_made_link_taken_away_by_its_alternative_name,
    a_link_with_a_route_through_it_taken_away,
    changes_that_failed,
    programs_and_reads,
)


def settled(session: Session, wanted: State) -> list[str]:
    """Return where a place differs from a state, once the kernel has taken away the links of dead namespaces."""
    return waiting.settled(
        lambda: differences(wanted, session.state(), session.recording), lambda found: not found
    )


@pytest.mark.live
@pytest.mark.parametrize("lab", EXACT, ids=lambda lab: lab.__name__)
def test_down_takes_away_exactly_what_was_built(lab: Lab, tmp_path: Path) -> None:
    """After the session `down` leaves what was there before it, and `up` and `down` do so once more."""
    with furnished() as session:
        was = session.state()
        lab(session)
        script = exported(session.recording, tmp_path / "x.sh")

        down = sh_inside(session, script, "down")

        assert (0, "") == (down.returncode, down.stderr)
        assert [] == settled(session, was)

        up, down = sh_inside(session, script), sh_inside(session, script, "down")

        assert (0, 0, "") == (up.returncode, down.returncode, down.stderr)
        assert [] == settled(session, was)


def an_old_link_with_a_made_address(s: Session) -> None:
    """An old link with a made address."""
    s.ip.address.add("10.0.0.1/24", dev="va")
    s.ip.link.delete("va")


def an_old_link_that_it_renamed(s: Session) -> None:
    """An old link that it renamed."""
    s.ip.link.set("va", name="vx")
    s.ip.link.set("vx", name="vy")
    s.ip.link.delete("vy")


def an_old_link_that_it_renamed_with_an_address(s: Session) -> None:
    """An old link that it renamed with an address."""
    s.ip.address.add("10.0.0.1/24", dev="va")
    s.ip.link.set("va", name="vx")
    s.ip.link.delete("vx")


def an_old_link_that_it_moved_into_its_namespace(s: Session) -> None:
    """An old link that it moved into its namespace."""
    s.ip.netns.add("x")
    s.ip.link.set("va", netns="x", name="moved")
    s.ip.netns.delete("x")


def an_old_namespace_with_made_things(s: Session) -> None:
    """An old namespace with made things."""
    s.netns("oldns").ip.link.add("n", Veth(peer="m"))
    s.ip.link.add("p", Veth(peer="q", peer_netns="oldns"))
    s.netns("oldns").ip.address.add("10.0.0.1/24", dev="o1")
    s.ip.netns.delete("oldns")


def all_namespaces(s: Session) -> None:
    """All namespaces."""
    s.ip.link.add("n", Bridge())
    s.ip.netns.add("x")
    s.ip.link.set("keep", name="kept")
    s.ip.netns.delete_all()


GONE: tuple[tuple[Lab, str], ...] = (
    (an_old_link_with_a_made_address, "ip link delete va"),
    (an_old_link_that_it_renamed, "ip link delete va"),
    (an_old_link_that_it_renamed_with_an_address, "ip link delete va"),
    (an_old_link_that_it_moved_into_its_namespace, "ip link delete va"),
    (an_old_namespace_with_made_things, "ip netns delete oldns"),
    (all_namespaces, "ip netns delete oldns"),
)


@pytest.mark.live
@pytest.mark.parametrize(
    ("lab", "deletion"), GONE, ids=lambda each: getattr(each, "__name__", None)
)
def test_what_the_session_deleted_of_others_stays_deleted(
    lab: Lab, deletion: str, tmp_path: Path
) -> None:
    """What was there before and was deleted by the session is nothing that `down` would ask for, or stumble over."""
    with furnished() as other:
        other.exec(*deletion.split())
        wanted = other.state()
    with furnished() as session:
        lab(session)
        script = exported(session.recording, tmp_path / "x.sh")

        down = sh_inside(session, script, "down")

        assert (0, "") == (down.returncode, down.stderr)
        assert [] == settled(session, wanted)


def addresses_flushed(s: Session) -> None:
    """Addresses flushed."""
    s.ip.address.add("10.0.0.1/24", dev="keep")
    s.ip.address.add("fd00:0::1/64", dev="keep", nodad=True)
    s.ip.address.flush("keep", to="10.0.0.0/8")
    s.ip.address.flush("keep", to="fd00::/8")


def a_multicast_group_gone_with_its_time(s: Session) -> None:
    """A multicast group gone with its time."""
    s.bridge.mdb.add("239.1.1.1", "keep", port="keep")
    s.exec("bridge", "mdb", "delete", "grp", "239.1.1.1", "dev", "keep", "port", "keep")


def a_group_of_links_deleted(s: Session) -> None:
    """A group of links deleted."""
    s.ip.link.add("n", Bridge(), group=5)
    s.ip.link.delete_group(5)


def a_route_deleted_in_fewer_words(s: Session) -> None:
    """A route deleted in fewer words."""
    s.ip.route.add("default", via="198.51.100.2")
    s.ip.route.delete("default")


def a_route_gone_with_the_link_of_its_gateway(s: Session) -> None:
    """A route gone with the link of its gateway."""
    s.ip.link.add("n", Bridge(), up=True)
    s.ip.address.add("10.0.0.1/24", dev="n")
    s.ip.route.add("10.9.0.0/16", via="10.0.0.9")
    s.ip.link.delete("n")


def what_was_there_replaced_by_the_same(s: Session) -> None:
    """What was there replaced by the same."""
    s.ip.address.replace("192.0.2.1/24", dev="keep")
    s.ip.route.replace("203.0.113.0/24", via="198.51.100.2", dev="va")
    s.ip.neigh.replace("198.51.100.9", dev="va", lladdr="02:00:00:00:00:09")
    s.bridge.fdb.replace("02:00:00:00:00:08", dev="va")


def what_was_not_there_replaced(s: Session) -> None:
    """What was not there replaced."""
    s.ip.address.replace("10.0.0.1/24", dev="keep")
    s.ip.address.replace("fd00:0::1/64", dev="va-by-another-name", nodad=True)
    s.ip.route.replace("10.9.0.0/16", via="198.51.100.2", dev="va")
    s.ip.route.replace("10.10.0.0/16", dev="va", table=77, metric=5)
    s.ip.neigh.replace("198.51.100.8", dev="va", lladdr="02:00:00:00:00:09")
    s.ip.neigh.replace("198.51.100.8", dev="va", proxy=True)
    s.bridge.fdb.replace("02:00:00:00:00:0A", dev="va")
    s.ip.link.property_add("keep", "another")
    s.ip.nexthop.replace(9, dev="keep", via="192.0.2.9")
    s.tc.qdisc.replace("keep", Qdisc("pfifo"))
    s.tc.qdisc.replace("va", Clsact())


BY_SNAPSHOT: tuple[Lab, ...] = (
    addresses_flushed,
    a_multicast_group_gone_with_its_time,
    a_group_of_links_deleted,
    a_route_deleted_in_fewer_words,
    a_route_gone_with_the_link_of_its_gateway,
    what_was_there_replaced_by_the_same,
    what_was_not_there_replaced,
)


@pytest.mark.live
@pytest.mark.parametrize("lab", BY_SNAPSHOT, ids=lambda lab: lab.__name__)
def test_down_of_a_whole_recording_knows_by_its_snapshots(lab: Lab, tmp_path: Path) -> None:
    """What words alone do not tell, the states before and after do: what was there stays, what is gone is left."""
    with furnished() as session:
        was = session.state()
        lab(session)
        recording = Recording.load(session.recording.save(tmp_path / "x.jsonl"))
        script = exported(recording, tmp_path / "x.sh")

        down = sh_inside(session, script, "down")

        assert (0, "") == (down.returncode, down.stderr)
        assert [] == settled(session, was)


@pytest.mark.live
def test_down_gives_a_link_back_to_where_the_shell_is(dry: Session, tmp_path: Path) -> None:
    """Below `unshare`, as in some containers, process 1 is in another namespace."""
    dry.ip.link.set("v0", netns="red")
    script = exported(dry.recording, tmp_path / "x.sh")
    lines = (
        "set -e",
        "ip link add name v0 type veth peer name v1",
        "ip netns add red",
        f"sh {script}; ip -n red link show dev v0",
        f"sh {script} down; ip link show dev v0",
    )
    with Session(sandbox=True) as session:
        said = session.exec("unshare", "--net", "sh", "-c", "\n".join(lines))

    assert 2 == said.stdout.count(": v0@")


def test_only_the_first_namespace_is_that_of_the_shell() -> None:
    """A path that somebody gave is none of ours."""
    assert 'ip -n red link set dev x netns "/proc/$$/ns/net"' == shell_delete_line(
        f"ip -n red link set dev x netns {FIRST}"
    )
    assert "ip link set dev x netns /proc/7/ns/net" == shell_delete_line(
        "ip link set dev x netns /proc/7/ns/net"
    )


def test_reads_and_failures_undo_nothing(dry: Session) -> None:
    """Only changes that succeeded are entered."""
    dry.ip.link.show()
    dry.exec("true")

    assert [] == teardown_commands(dry.recording)


def test_what_goes_along_is_not_undone_by_itself(dry: Session) -> None:
    """An address goes with its link, a veth's peer with its other end, a namespace's links with the namespace."""
    dry.ip.link.add("a", Veth(peer="b"))
    dry.ip.address.add("10.0.0.1/24", dev="a")
    dry.ip.netns.add("x")
    dry.netns("x").ip.link.add("n", Bridge())

    assert ["ip link delete dev a", "ip netns delete x"] == sorted(
        command.line for command in teardown_commands(dry.recording)
    )


def test_a_thing_made_twice_is_undone_once(dry: Session) -> None:
    """Replacing an address twice makes it once."""
    for _ in range(2):
        dry.ip.address.replace("10.0.0.1/24", dev="lo")

    assert ["ip address delete local 10.0.0.1/24 dev lo"] == [
        command.line for command in teardown_commands(dry.recording)
    ]


def test_the_ledger_follows_commands_that_say_nothing() -> None:
    """A command that makes, drops and renames nothing leaves the ledger as it is."""
    ledger = Ledger()

    ledger.follow(Command(("ip", "link", "set", "dev", "lo", "up")))

    assert [] == ledger.pending_deletions()
