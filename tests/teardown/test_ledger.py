"""Teardown deletes exactly the objects that a session created."""

import subprocess
from pathlib import Path

import pytest

from ipwrap import Command, CommandError, Recording, Session
from ipwrap.kinds import Bridge, Macvlan, Veth, Vxlan
from ipwrap.qdiscs import Clsact, Qdisc
from ipwrap.state import State
from ipwrap.teardown.ledger import Ledger, shell_delete_line, teardown_commands
from tests import waiting
from tests.labs import Lab, diff_states, open_furnished_sandbox, run_script_inside, write_script

FIRST_NETNS = "/proc/1/ns/net"
# `down` says so where the script makes nothing at all.
NOTHING = "nothing to take away"


def links_with_dependents(session: Session) -> None:
    """Links with dependents."""
    session.ip.link.add("n", Bridge(), up=True)
    session.ip.address.add("10.0.0.1/24", dev="n")
    session.ip.route.add("10.9.0.0/16", via="10.0.0.9")
    session.ip.neigh.add("10.0.0.5", dev="n", lladdr="02:00:00:00:00:05")


def namespaces_with_links(session: Session) -> None:
    """Namespaces with links."""
    session.ip.netns.add("x")
    session.netns("x").ip.link.add("n", Bridge(), up=True)
    session.netns("x").ip.address.add("10.0.0.1/24", dev="n")


def objects_on_a_preexisting_link(session: Session) -> None:
    """Objects on a preexisting link."""
    session.ip.address.add("10.0.0.1/24", dev="keep")
    session.ip.address.add("fd00::1/64", dev="keep", nodad=True)
    session.ip.route.add("10.1.0.0/16", dev="va")
    session.ip.route.add("default", via="192.0.2.7")
    session.ip.neigh.add("192.0.2.77", dev="va", proxy=True)
    session.ip.neigh.add("192.0.2.5", dev="keep", lladdr="02:00:00:00:00:05")
    session.bridge.fdb.add("02:00:00:00:00:07", dev="va")
    session.bridge.mdb.add("239.1.1.1", "keep", port="keep")
    session.ip.link.property_add("keep", "another")


def objects_in_a_preexisting_namespace(session: Session) -> None:
    """Objects in a preexisting namespace."""
    namespace = session.netns("oldns")
    namespace.ip.link.add("n", Bridge())
    namespace.ip.address.add("10.0.0.1/24", dev="o1")
    namespace.ip.neigh.add("10.0.0.5", dev="o1", lladdr="02:00:00:00:00:05")


def a_preexisting_link_renamed(session: Session) -> None:
    """A preexisting link renamed."""
    session.ip.link.set("keep", name="kept")


def a_link_renamed_back_and_forth(session: Session) -> None:
    """A link renamed back and forth."""
    for old, new in (("keep", "kept"), ("kept", "keep"), ("keep", "kept")):
        session.ip.link.set(old, name=new)


def two_links_with_swapped_names(session: Session) -> None:
    """Two links with swapped names."""
    for old, new in (("va", "aside"), ("vb", "va"), ("aside", "vb")):
        session.ip.link.set(old, name=new)


def a_link_renamed_and_its_name_reused(session: Session) -> None:
    """A link renamed and its name reused."""
    session.ip.link.set("va", name="vx")
    session.ip.link.add("va", Bridge())


def a_created_link_renamed_to_a_former_name(session: Session) -> None:
    """A created link renamed to a former name."""
    session.ip.link.add("n", Bridge())
    session.ip.link.set("va", name="vx")
    session.ip.link.set("n", name="va")


def addresses_before_and_after_a_rename(session: Session) -> None:
    """Addresses before and after a rename."""
    session.ip.address.add("10.0.0.1/24", dev="va")
    session.ip.link.set("va", name="vx")
    session.ip.address.add("10.0.1.1/24", dev="vx")


def a_created_link_renamed_with_an_address(session: Session) -> None:
    """A created link renamed with an address."""
    session.ip.link.add("n", Bridge())
    session.ip.address.add("10.0.0.1/24", dev="n")
    session.ip.link.set("n", name="m")


def a_preexisting_link_moved(session: Session) -> None:
    """A preexisting link moved."""
    session.ip.link.set("vb", netns="oldns")


def a_link_moved_into_a_created_namespace(session: Session) -> None:
    """A link moved into a created namespace."""
    session.ip.netns.add("x")
    session.ip.link.set("vb", netns="x", name="inside")
    session.netns("x").ip.link.set("inside", name="again")
    session.netns("x").ip.address.add("10.0.0.1/24", dev="again")


def a_link_moved_back_and_forth(session: Session) -> None:
    """A link moved back and forth."""
    session.ip.netns.add("x")
    session.ip.link.set("vb", netns="x")
    session.netns("x").ip.link.set("vb", netns=FIRST_NETNS)


def a_link_moved_out_of_a_preexisting_namespace(session: Session) -> None:
    """A link moved out of a preexisting namespace."""
    session.netns("oldns").ip.link.set("o1", netns=FIRST_NETNS)


def veth_pairs_across_namespaces(session: Session) -> None:
    """Veth pairs across namespaces."""
    session.ip.netns.add("x")
    session.ip.netns.add("y")
    session.ip.link.add("a1", Veth(peer="a2"))
    session.ip.link.add("b1", Veth(peer="b2", peer_netns="x"))
    session.ip.link.add("c1", Veth(peer="c2", peer_netns="y"), netns="x")
    session.ip.link.add("d1", Veth(peer="d2", peer_netns="oldns"))
    session.ip.link.add("e1", Veth(peer="e2", peer_netns="oldns"), netns="x")
    session.ip.link.add("f1", Veth(peer="f2", peer_netns="oldns"), netns="oldns")
    session.netns("x").ip.link.set("b2", netns="oldns")


def a_veth_pair_older_than_its_namespace(session: Session) -> None:
    """A veth pair older than its namespace."""
    session.ip.link.add("p", Veth(peer="q"))
    session.ip.netns.add("x")
    session.ip.link.set("q", netns="x")


def both_ends_of_a_veth_pair_moved(session: Session) -> None:
    """Both ends of a veth pair moved."""
    session.ip.netns.add("x")
    session.ip.link.add("p", Veth(peer="q", peer_netns="x"))
    session.ip.link.set("p", name="pp")
    session.netns("x").ip.link.set("q", name="qq", netns="oldns")


def a_veth_with_a_peer_named_by_the_kernel(session: Session) -> None:
    """A veth with a peer named by the kernel."""
    session.ip.link.add("alone", Veth())


def an_address_on_a_link_whose_name_is_reused(session: Session) -> None:
    """An address on a link whose name is reused."""
    session.ip.address.add("10.0.0.1/24", dev="va")
    session.ip.link.set("va", name="vx")
    session.ip.link.add("va", Bridge())


def an_address_on_a_moved_link(session: Session) -> None:
    """The kernel drops the address when the link moves."""
    session.ip.address.add("10.0.0.1/24", dev="vb")
    session.ip.link.set("vb", netns="oldns")


def an_alternative_name_of_a_moved_link(session: Session) -> None:
    """The kernel keeps the alternative name when the link moves."""
    session.ip.link.property_add("vb", "another")
    session.ip.link.set("vb", netns="oldns")


def a_created_link_moved_with_dependents(session: Session) -> None:
    """A created link moved with dependents."""
    session.ip.link.add("n", Veth(peer="m"))
    session.ip.address.add("10.0.0.1/24", dev="n")
    session.ip.link.property_add("n", "another")
    session.ip.link.add("mv", Macvlan(), link="n")
    session.ip.link.set("n", netns="oldns")


def links_above_links(session: Session) -> None:
    """Links above links."""
    session.ip.link.add("low", Veth(peer="lowp"))
    session.ip.link.add("mv", Macvlan(), link="low")
    session.ip.link.add("mvold", Macvlan(), link="va")
    session.ip.link.add("vx0", Vxlan(id=1, dstport=4789, dev="low"))
    session.ip.link.set("low", name="lower")


def objects_that_the_session_deleted(session: Session) -> None:
    """Objects that the session deleted."""
    session.ip.link.add("a1", Veth(peer="a2"))
    session.ip.address.add("10.0.0.1/24", dev="a1")
    session.ip.link.delete("a2")
    session.ip.netns.add("x")
    session.ip.link.add("b1", Veth(peer="b2", peer_netns="x"))
    session.ip.netns.delete("x")
    session.ip.address.add("10.0.5.1/24", dev="keep")
    session.ip.address.delete("10.0.5.1/24", dev="keep")
    session.ip.route.add("10.6.0.0/16", dev="va")
    session.ip.route.delete("10.6.0.0/16", dev="va")
    session.ip.neigh.add("10.0.0.5", dev="va", lladdr="02:00:00:00:00:05")
    session.ip.neigh.delete("10.0.0.5", dev="va")
    session.ip.link.property_add("keep", "another")
    session.ip.link.property_del("keep", "another")


def objects_deleted_and_created_again(session: Session) -> None:
    """Objects deleted and created again."""
    session.ip.netns.add("x")
    session.ip.netns.delete("x")
    session.ip.netns.add("x")
    session.ip.link.add("a1", Veth(peer="a2"))
    session.ip.link.delete("a1")
    session.ip.link.add("a1", Bridge())


def an_alternative_name_of_two_deleted(session: Session) -> None:
    """An alternative name of two deleted."""
    session.ip.link.property_add("keep", "one", "two")
    session.ip.link.property_del("keep", "one")


def a_created_link_deleted_by_alternative_name(session: Session) -> None:
    """A created link deleted by alternative name."""
    session.ip.link.add("n", Bridge())
    session.ip.link.property_add("n", "another")
    session.ip.link.delete("another")


def a_link_deleted_with_a_route(session: Session) -> None:
    """A link deleted with a route."""
    session.ip.link.add("n", Bridge(), up=True)
    session.ip.address.add("10.0.0.1/24", dev="n")
    session.ip.route.add("10.9.0.0/16", via="10.0.0.9", dev="n")
    session.ip.link.delete("n")


def failed_changes(session: Session) -> None:
    """Failed changes."""
    with pytest.raises(CommandError):
        session.ip.link.add("keep", Bridge())
    with pytest.raises(CommandError):
        session.ip.address.add("192.0.2.1/24", dev="keep")
    with pytest.raises(CommandError):
        session.ip.netns.add("oldns")


def programs_and_reads(session: Session) -> None:
    """Programs and reads."""
    session.exec("true")
    session.ip.link.show()


EXACT_LABS: tuple[Lab, ...] = (
    links_with_dependents,
    namespaces_with_links,
    objects_on_a_preexisting_link,
    objects_in_a_preexisting_namespace,
    a_preexisting_link_renamed,
    a_link_renamed_back_and_forth,
    two_links_with_swapped_names,
    a_link_renamed_and_its_name_reused,
    a_created_link_renamed_to_a_former_name,
    addresses_before_and_after_a_rename,
    a_created_link_renamed_with_an_address,
    a_preexisting_link_moved,
    a_link_moved_into_a_created_namespace,
    a_link_moved_back_and_forth,
    a_link_moved_out_of_a_preexisting_namespace,
    veth_pairs_across_namespaces,
    a_veth_pair_older_than_its_namespace,
    both_ends_of_a_veth_pair_moved,
    a_veth_with_a_peer_named_by_the_kernel,
    an_address_on_a_link_whose_name_is_reused,
    an_address_on_a_moved_link,
    an_alternative_name_of_a_moved_link,
    a_created_link_moved_with_dependents,
    links_above_links,
    objects_that_the_session_deleted,
    objects_deleted_and_created_again,
    an_alternative_name_of_two_deleted,
    a_created_link_deleted_by_alternative_name,
    a_link_deleted_with_a_route,
    failed_changes,
    programs_and_reads,
)


def differences_when_settled(session: Session, expected: State) -> list[str]:
    """Return the differences from a state, once the kernel has destroyed deleted namespaces."""
    return waiting.wait_until_equal(
        lambda: diff_states(expected, session.state(), session.recording),
        lambda lines: not lines,
    )


def tear_down(session: Session, recording: Recording | None = None) -> list[str]:
    """Run the commands of the ledger, unrecorded; return what they print."""
    errors = []
    for command in teardown_commands(recording or session.recording):
        argv = session.place.wrap(command.full_argv)
        process = subprocess.run(argv, capture_output=True, text=True, check=False)
        errors += process.stderr.splitlines()

    return errors


def build_and_take_down(session: Session, script: Path) -> list[str]:
    """Run `up` and `down` of a script; return the errors of `down`."""
    up = run_script_inside(session, script)
    assert 0 == up.returncode, up.stderr

    down = run_script_inside(session, script, "down")
    errors = [line for line in down.stderr.splitlines() if NOTHING not in line]
    return errors if down.returncode == 0 else [f"status {down.returncode}", *errors]


@pytest.mark.live
@pytest.mark.parametrize("lab", EXACT_LABS, ids=lambda lab: lab.__name__)
def test_down_deletes_exactly_the_created_objects(lab: Lab, tmp_path: Path) -> None:
    """The ledger restores the state before the session, and `down` the state before `up`."""
    with open_furnished_sandbox() as session:
        before = session.state()
        lab(session)
        script = write_script(session.recording, tmp_path / "x.sh")

        assert [] == tear_down(session)
        assert [] == differences_when_settled(session, before)

        assert [] == build_and_take_down(session, script)
        assert [] == differences_when_settled(session, before)


def a_preexisting_link_with_a_created_address(session: Session) -> None:
    """A preexisting link with a created address."""
    session.ip.address.add("10.0.0.1/24", dev="va")
    session.ip.link.delete("va")


def a_renamed_link(session: Session) -> None:
    """A renamed link."""
    session.ip.link.set("va", name="vx")
    session.ip.link.set("vx", name="vy")
    session.ip.link.delete("vy")


def a_renamed_link_with_an_address(session: Session) -> None:
    """A renamed link with an address."""
    session.ip.address.add("10.0.0.1/24", dev="va")
    session.ip.link.set("va", name="vx")
    session.ip.link.delete("vx")


def a_link_in_a_created_namespace(session: Session) -> None:
    """A link in a created namespace."""
    session.ip.netns.add("x")
    session.ip.link.set("va", netns="x", name="moved")
    session.ip.netns.delete("x")


def a_preexisting_namespace_with_created_objects(session: Session) -> None:
    """A preexisting namespace with created objects."""
    session.netns("oldns").ip.link.add("n", Veth(peer="m"))
    session.ip.link.add("p", Veth(peer="q", peer_netns="oldns"))
    session.netns("oldns").ip.address.add("10.0.0.1/24", dev="o1")
    session.ip.netns.delete("oldns")


def every_namespace(session: Session) -> None:
    """Every namespace."""
    session.ip.link.add("n", Bridge())
    session.ip.netns.add("x")
    session.ip.link.set("keep", name="kept")
    session.ip.netns.delete_all()


DELETING_LABS: tuple[tuple[Lab, str], ...] = (
    (a_preexisting_link_with_a_created_address, "ip link delete va"),
    (a_renamed_link, "ip link delete va"),
    (a_renamed_link_with_an_address, "ip link delete va"),
    (a_link_in_a_created_namespace, "ip link delete va"),
    (a_preexisting_namespace_with_created_objects, "ip netns delete oldns"),
    (every_namespace, "ip netns delete oldns"),
)


@pytest.mark.live
@pytest.mark.parametrize(
    ("lab", "deletion"), DELETING_LABS, ids=lambda value: getattr(value, "__name__", None)
)
def test_preexisting_objects_that_the_session_deleted_stay_deleted(
    lab: Lab, deletion: str, tmp_path: Path
) -> None:
    """`down` neither creates the deleted objects again, nor fails because of them."""
    with open_furnished_sandbox() as reference_session:
        reference_session.exec(*deletion.split())
        expected = reference_session.state()
    with open_furnished_sandbox() as session:
        lab(session)
        script = write_script(session.recording, tmp_path / "x.sh")

        assert [] == tear_down(session)
        assert [] == differences_when_settled(session, expected)

    with open_furnished_sandbox() as session:
        assert [] == build_and_take_down(session, script)
        assert [] == differences_when_settled(session, expected)


def flushed_addresses(session: Session) -> None:
    """Flushed addresses."""
    session.ip.address.add("10.0.0.1/24", dev="keep")
    session.ip.address.add("fd00:0::1/64", dev="keep", nodad=True)
    session.ip.address.flush("keep", to="10.0.0.0/8")
    session.ip.address.flush("keep", to="fd00::/8")


def a_multicast_group_that_expired(session: Session) -> None:
    """A multicast group that expired."""
    session.bridge.mdb.add("239.1.1.1", "keep", port="keep")
    session.exec("bridge", "mdb", "delete", "grp", "239.1.1.1", "dev", "keep", "port", "keep")


def a_deleted_group_of_links(session: Session) -> None:
    """A deleted group of links."""
    session.ip.link.add("n", Bridge(), group=5)
    session.ip.link.delete_group(5)


def a_route_deleted_by_destination(session: Session) -> None:
    """A route deleted by destination."""
    session.ip.route.add("default", via="198.51.100.2")
    session.ip.route.delete("default")


def a_route_deleted_with_its_gateway(session: Session) -> None:
    """A route deleted with its gateway."""
    session.ip.link.add("n", Bridge(), up=True)
    session.ip.address.add("10.0.0.1/24", dev="n")
    session.ip.route.add("10.9.0.0/16", via="10.0.0.9")
    session.ip.link.delete("n")


def preexisting_objects_replaced(session: Session) -> None:
    """Preexisting objects replaced."""
    session.ip.address.replace("192.0.2.1/24", dev="keep")
    session.ip.route.replace("203.0.113.0/24", via="198.51.100.2", dev="va")
    session.ip.neigh.replace("198.51.100.9", dev="va", lladdr="02:00:00:00:00:09")
    session.bridge.fdb.replace("02:00:00:00:00:08", dev="va")


def new_objects_by_replace(session: Session) -> None:
    """New objects by replace."""
    session.ip.address.replace("10.0.0.1/24", dev="keep")
    session.ip.address.replace("fd00:0::1/64", dev="va-by-another-name", nodad=True)
    session.ip.route.replace("10.9.0.0/16", via="198.51.100.2", dev="va")
    session.ip.route.replace("10.10.0.0/16", dev="va", table=77, metric=5)
    session.ip.neigh.replace("198.51.100.8", dev="va", lladdr="02:00:00:00:00:09")
    session.ip.neigh.replace("198.51.100.8", dev="va", proxy=True)
    session.bridge.fdb.replace("02:00:00:00:00:0A", dev="va")
    session.ip.link.property_add("keep", "another")
    session.ip.nexthop.replace(9, dev="keep", via="192.0.2.9")
    session.tc.qdisc.replace("keep", Qdisc("pfifo"))
    session.tc.qdisc.replace("va", Clsact())


SNAPSHOT_LABS: tuple[Lab, ...] = (
    flushed_addresses,
    a_multicast_group_that_expired,
    a_deleted_group_of_links,
    a_route_deleted_by_destination,
    a_route_deleted_with_its_gateway,
    preexisting_objects_replaced,
    new_objects_by_replace,
)


@pytest.mark.live
@pytest.mark.parametrize("lab", SNAPSHOT_LABS, ids=lambda lab: lab.__name__)
def test_down_of_a_recording_uses_the_snapshots(lab: Lab, tmp_path: Path) -> None:
    """The states before and after show which objects pre-existed, and which are gone already."""
    with open_furnished_sandbox() as session:
        before = session.state()
        lab(session)
        recording = Recording.load(session.recording.save(tmp_path / "x.jsonl"))
        script = write_script(recording, tmp_path / "x.sh")

        assert [] == tear_down(session, recording)
        assert [] == differences_when_settled(session, before)

    with open_furnished_sandbox() as session:
        before = session.state()
        assert [] == build_and_take_down(session, script)
        assert [] == differences_when_settled(session, before)


@pytest.mark.live
def test_down_moves_a_link_home_to_the_namespace_of_the_shell(
    dry_session: Session, tmp_path: Path
) -> None:
    """Below `unshare`, as in some containers, process 1 is in another namespace."""
    dry_session.ip.link.set("v0", netns="red")
    script = write_script(dry_session.recording, tmp_path / "x.sh")
    lines = (
        "set -e",
        "ip link add name v0 type veth peer name v1",
        "ip netns add red",
        f"sh {script}; ip -n red link show dev v0",
        f"sh {script} down; ip link show dev v0",
    )
    with Session(sandbox=True) as session:
        result = session.exec("unshare", "--net", "sh", "-c", "\n".join(lines))

    assert 2 == result.stdout.count(": v0@")


def test_only_the_first_namespace_is_that_of_the_shell() -> None:
    """The path of any other namespace stays."""
    assert 'ip -n red link set dev x netns "/proc/$$/ns/net"' == shell_delete_line(
        f"ip -n red link set dev x netns {FIRST_NETNS}"
    )
    assert "ip link set dev x netns /proc/7/ns/net" == shell_delete_line(
        "ip link set dev x netns /proc/7/ns/net"
    )


def test_reads_and_programs_are_not_undone(dry_session: Session) -> None:
    """The ledger follows changes by iproute2 only."""
    dry_session.ip.link.show()
    dry_session.exec("true")

    assert [] == teardown_commands(dry_session.recording)


def test_dependents_are_not_deleted_separately(dry_session: Session) -> None:
    """The kernel deletes addresses with a link, both ends of a pair, and links with a namespace."""
    dry_session.ip.link.add("a", Veth(peer="b"))
    dry_session.ip.address.add("10.0.0.1/24", dev="a")
    dry_session.ip.netns.add("x")
    dry_session.netns("x").ip.link.add("n", Bridge())

    assert ["ip link delete dev a", "ip netns delete x"] == sorted(
        command.line for command in teardown_commands(dry_session.recording)
    )


def test_object_created_twice_is_deleted_once(dry_session: Session) -> None:
    """An address that is replaced twice was created once."""
    for _ in range(2):
        dry_session.ip.address.replace("10.0.0.1/24", dev="lo")

    assert ["ip address delete local 10.0.0.1/24 dev lo"] == [
        command.line for command in teardown_commands(dry_session.recording)
    ]


def test_command_without_effects_leaves_the_ledger_unchanged() -> None:
    """A command may create, delete and rename nothing."""
    ledger = Ledger()

    ledger.follow(Command(("ip", "link", "set", "dev", "lo", "up")))

    assert [] == ledger.pending_deletions()
