"""Snapshots as values: models, equality, files."""

import datetime
from pathlib import Path

import pytest

from ipwrap import InvalidArgument, RecordingError, Session, Snapshot, UnknownOption
from ipwrap.kinds import Veth
from ipwrap.state import State
from ipwrap.state.machine import Machine

TAKEN = datetime.datetime(2026, 1, 31, 12, tzinfo=datetime.UTC)
STATE: State = {
    "": {
        "link": [{"ifname": "eth0", "ifindex": 2, "mtu": 1500, "flags": ["UP"]}],
        "rule": [{"priority": 0, "src": "all", "table": "local"}],
        "rule inet6": [{"priority": 0, "src": "all", "table": "main"}],
        "sysctl": [{"key": "net.ipv4.ip_forward", "value": "1"}],
    },
    "red": {"link": [{"ifname": "lo", "ifindex": 1, "mtu": 65536, "flags": []}]},
}


@pytest.fixture
def snapshot() -> Snapshot:
    """A snapshot of two namespaces."""
    return Snapshot(STATE, Machine("6.1.0", "6.18.0"), taken=TAKEN, origin="boot 4:1")


def test_a_snapshot_is_a_mapping_of_namespaces(snapshot: Snapshot) -> None:
    """Namespaces are found by name, counted, and listed in order."""
    names = [*snapshot]

    assert (["", "red"], 2, True, "lo") == (
        names,
        len(snapshot),
        "red" in snapshot,
        snapshot["red"].links[0].ifname,
    )


def test_an_unknown_namespace_is_named(snapshot: Snapshot) -> None:
    """The error for a missing namespace lists those that are there."""
    with pytest.raises(KeyError, match="no namespace 'blue' in the snapshot; there are: '', 'red'"):
        snapshot["blue"]


def test_the_rules_of_both_families_are_one_list(snapshot: Snapshot) -> None:
    """Rules of IPv6, which a state lists apart, come behind those of IPv4."""
    assert ["local", "main"] == [rule.table for rule in snapshot[""].rules]


def test_a_noun_without_objects_is_an_empty_list(snapshot: Snapshot) -> None:
    """Each noun of `show` can be asked for, by any of its spellings."""
    namespace = snapshot["red"]

    assert ([], [], {}) == (namespace.fdb, namespace.models("bridge m"), namespace.sysctls)


def test_a_word_that_is_no_noun_is_refused(snapshot: Snapshot) -> None:
    """A word that names no object raises an error."""
    with pytest.raises(UnknownOption):
        snapshot["red"].models("lantern")


def test_the_representations_are_short(snapshot: Snapshot) -> None:
    """A snapshot, and a namespace in it, are told in a line."""
    assert (
        "<Snapshot: local, 2 namespaces, 2 links, 2026-01-31 12:00:00>",
        "<NamespaceSnapshot red: 1 link>",
    ) == (repr(snapshot), repr(snapshot["red"]))


def test_a_file_gives_the_same_snapshot_back(snapshot: Snapshot, tmp_path: Path) -> None:
    """What `save` has written is equal after `load`, in every attribute."""
    path = tmp_path / "now.json"
    snapshot.save(path)
    loaded = Snapshot.load(path)

    assert (snapshot, STATE, snapshot.machine, TAKEN, "boot 4:1") == (
        loaded,
        loaded.state,
        loaded.machine,
        loaded.taken,
        loaded.origin,
    )


def test_equality_is_the_absence_of_differences(snapshot: Snapshot) -> None:
    """Another index is no difference, another MTU is one, and another type is never equal."""
    renumbered = Snapshot({**STATE, "red": {"link": [{**STATE["red"]["link"][0], "ifindex": 7}]}})
    changed = Snapshot({**STATE, "red": {"link": [{**STATE["red"]["link"][0], "mtu": 1400}]}})

    assert (True, False, False) == (
        snapshot == renumbered,
        snapshot == changed,
        snapshot == STATE,
    )


def test_a_snapshot_is_compared_with_snapshots_only(snapshot: Snapshot) -> None:
    """A path instead of a snapshot is refused, with advice."""
    with pytest.raises(InvalidArgument, match="no snapshot; take one"):
        snapshot.diff("before.json")  # type: ignore[arg-type]  # the point of the test


def test_the_tree_and_the_table_show_every_namespace(snapshot: Snapshot) -> None:
    """Both drawings name the links of each namespace."""
    assert (True, True) == ("red" in snapshot.tree(), "red" in snapshot.table())


def test_a_session_takes_a_snapshot_of_its_place(sandbox_session: Session) -> None:
    """A snapshot of a live place has what a command has made there, and its machine."""
    sandbox_session.ip.netns.add("typed")
    sandbox_session.ip.link.add("t0", Veth(peer="t1", peer_netns="typed"))
    snapshot = sandbox_session.snapshot()

    assert ({"lo", "t1"}, "sandbox", sandbox_session.iproute2) == (
        {link.ifname for link in snapshot["typed"].links},
        snapshot.place,
        snapshot.machine.iproute2,
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "no snapshot: not JSON"),
        ("[]", 'the key "ipwrap_snapshot" is missing'),
        ('{"ipwrap_snapshot": true}', 'the key "ipwrap_snapshot" is missing'),
        ('{"ipwrap_snapshot": 99}', "made by a later ipwrap"),
        ('{"ipwrap_snapshot": 1, "machine": 3}', "machine is no object"),
        ('{"ipwrap_snapshot": 1, "machine": {"kernel": 6}}', "machine.kernel is no text"),
        ('{"ipwrap_snapshot": 1, "taken": "noon", "namespaces": {}}', "taken is no time"),
        ('{"ipwrap_snapshot": 1, "taken": "2026-01-31"}', "namespaces is no object"),
        (
            '{"ipwrap_snapshot": 1, "taken": "2026-01-31", "namespaces": {"": {"link": [3]}}}',
            "namespaces is no object",
        ),
        (
            '{"ipwrap_snapshot": 1, "taken": "2026-01-31", "namespaces": {"": {"link": [{}]}}}',
            "ifname",
        ),
    ],
)
def test_a_damaged_file_is_refused_by_its_name(text: str, problem: str, tmp_path: Path) -> None:
    """A file that is no snapshot raises an error with its path and the damage."""
    path = tmp_path / "damaged.json"
    path.write_text(text)

    with pytest.raises(RecordingError, match=r"damaged\.json: ") as caught:
        Snapshot.load(path)
    assert problem in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A file that is not there raises an error with its path, and so does an unwritable one."""
    with pytest.raises(RecordingError, match=r"absent\.json: cannot be read"):
        Snapshot.load(tmp_path / "absent.json")
    with pytest.raises(RecordingError, match="cannot be written"):
        Snapshot(STATE).save(tmp_path / "absent" / "now.json")
