"""`ipwrap snapshot`."""

import subprocess
import sys
from pathlib import Path

from ipwrap import Session, Snapshot


def run_in_place(session: Session, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run `ipwrap` inside the place of a session, whose host it then is."""
    argv = session.place.wrap((sys.executable, "-m", "ipwrap", *arguments))
    return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)


def test_the_file_has_the_namespaces_of_the_place(sandbox_session: Session, tmp_path: Path) -> None:
    """The written file is a snapshot of all namespaces, and stdout stays empty."""
    sandbox_session.ip.netns.add("shot")
    path = tmp_path / "now.json"
    finished = run_in_place(sandbox_session, "snapshot", "-o", str(path))

    assert ((0, "", ""), True) == (
        (finished.returncode, finished.stdout, finished.stderr),
        "shot" in Snapshot.load(path),
    )


def test_two_snapshots_of_a_place_at_rest_are_equal(sandbox_session: Session) -> None:
    """A snapshot on stdout equals the snapshot of the session in the same place."""
    finished = run_in_place(sandbox_session, "snapshot")

    assert sandbox_session.snapshot() == Snapshot.from_json(finished.stdout)
