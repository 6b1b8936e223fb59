"""The process that writes a recording, its namespaces, and the folder for recordings."""

import os
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from ipwrap import RecordingError
from ipwrap.system import process_identity
from ipwrap.system.process_identity import NamespaceIds, ProcessIdentity, crash_folder


def test_folder_is_in_the_state_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder follows the XDG base directory specification."""
    monkeypatch.setenv("XDG_STATE_HOME", "/x")
    assert Path("/x/ipwrap") == crash_folder()

    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", "/home/me")
    assert Path("/home/me/.local/state/ipwrap") == crash_folder()


def test_user_without_a_home_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without HOME and without an entry in the user database the error has advice."""
    for name in ("HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", {}.__getitem__)

    with pytest.raises(RecordingError, match="no home directory; set HOME or XDG_STATE_HOME"):
        crash_folder()


ME = ProcessIdentity.current()


def namespaces(**changes: Any) -> NamespaceIds:
    """Return the namespaces of this process with changes."""
    assert ME.namespaces is not None
    return evolve(ME.namespaces, **changes)


def test_namespaces_are_those_of_the_process() -> None:
    """The device and the inode of each namespace's file, with a cookie of the network."""
    for kind in ("net", "mnt", "pid"):
        status = os.stat(f"/proc/self/ns/{kind}")
        assert f"{status.st_dev}:{status.st_ino}" == getattr(namespaces(), kind)
    assert () == namespaces().differing_from(namespaces())
    pid = namespaces().process_inside("pid")
    assert pid is not None
    assert Path(f"/proc/{pid}").exists()
    assert namespaces(net="0:0").process_inside("net") is None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"net": "0:1"}, ("net",)),
        ({"mnt": "0:1", "pid": "0:2"}, ("mnt", "pid")),
        ({"net_cookie": 2**63}, ("net",)),
        ({"net_cookie": None}, ()),
    ],
)
def test_differing_namespaces(changes: dict[str, Any], expected: tuple[str, ...]) -> None:
    """A new network namespace may have the inode of one that is gone, and not its cookie."""
    other = namespaces(net_cookie=1)
    if "net_cookie" not in changes:
        changes = {**changes, "net_cookie": 1}
    assert expected == other.differing_from(evolve(other, **changes))


def test_process_of_another_pid_namespace_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its pid is another one here: the pid inside, and the pid namespace, tell."""
    elsewhere = evolve(ME, namespaces=namespaces(pid="0:1"))
    assert not elsewhere.is_in_this_pid_namespace
    assert not elsewhere.is_alive

    # Below `unshare --pid`, /proc may number the processes of the namespace above.
    monkeypatch.setattr(process_identity, "proc_is_of_this_pid_namespace", lambda: False)
    assert ME.is_alive
    assert not evolve(ME, pid=2**22 + 1).is_alive
    assert not evolve(ME, namespaces=None).is_alive


def test_missing_proc_leaves_the_namespaces_unknown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nothing can be compared then, and no process is seen."""
    monkeypatch.setattr(process_identity, "PROC", tmp_path / "none")
    assert NamespaceIds.current() is None
    assert namespaces().process_inside("net") is None
    assert not process_identity.proc_is_of_this_pid_namespace()
