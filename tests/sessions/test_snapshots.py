"""A session's snapshot is recorded as a state, and played back."""

from pathlib import Path

from ipwrap import Recording, Session
from ipwrap.kinds import Bridge
from ipwrap.recording import Snapshot as SnapshotEvent
from tests.labs import open_sandbox


def run_lab(session: Session) -> set[str]:
    """Make a bridge, and return the links of the snapshot behind it."""
    session.ip.link.add("br0", Bridge())
    return {link.ifname for link in session.snapshot()[""].links}


def test_a_snapshot_is_played_back(tmp_path: Path) -> None:
    """A script that takes a snapshot runs from its recording as well."""
    path = tmp_path / "lab.jsonl"
    with Session(sandbox=True, record=path) as session:
        recorded = run_lab(session)
    with Session.playback(path) as played:
        replayed = run_lab(played)

    assert {"lo", "br0"} == recorded == replayed
    assert [True] == [
        event.asked
        for event in Recording.load(path).events
        if isinstance(event, SnapshotEvent) and event.asked
    ]


def test_the_session_s_time_is_that_of_the_snapshot() -> None:
    """The clock of the session tells when a snapshot was taken."""
    with Session(sandbox=True, clock=lambda: 0.0) as session:
        assert 1970 == session.snapshot().taken.year


def test_a_dry_run_has_an_empty_snapshot(dry_session: Session) -> None:
    """Where nothing runs there is nothing to see."""
    assert [] == dry_session.snapshot()[""].links


def test_two_snapshots_by_two_sessions_are_equal() -> None:
    """A snapshot is the same whoever takes it: the session that made the lab, or a later one."""
    with open_sandbox() as session:
        session.ip.netns.add("red")
        session.netns("red").exec("sysctl", "-qw", "net.ipv4.conf.all.rp_filter=1")
        session.exec("nft", "add", "table", "inet", "kept")
        first = session.snapshot()
        with Session(place=session.place) as later:
            second = later.snapshot()

    assert ("", {"net.ipv4.conf.all.rp_filter": "1"}) == (
        str(first.diff(second)),
        {key: value for key, value in second["red"].sysctls.items() if ".all." in key},
    )
