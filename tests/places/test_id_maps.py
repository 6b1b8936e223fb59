"""The users of a sandbox: subordinate ids, and the identity map."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ipwrap import PlaceError
from ipwrap.places import id_maps, sandbox
from ipwrap.places.holder import (
    DROPPED,
    MAPPED_BY_ROOT,
    SELF_MAPPED,
    SELF_MAPPED_ROOT,
    SUB_IDS,
)
from ipwrap.system.programs import find_program

# Runs as an ordinary user who has subordinate ids, after Python has read its files as root.
CHANGE_USER = """
import codecs, os, subprocess
codecs.lookup("ascii")
from ipwrap import Sandbox
os.chdir("/")
os.setgroups([])
os.setresgid(65534, 65534, 65534)
os.setresuid(65534, 65534, 65534)
place = Sandbox()
place.open()
print(place.confinement)
script = (
    "setpriv --reuid 33 --regid 33 --clear-groups id -u; touch /run/x; chown 33:33 /run/x; "
    "stat -c %u:%g /run/x; ip netns add red; ip netns exec red cat /proc/self/uid_map"
)
completed = subprocess.run(place.wrap(("sh", "-c", script)), capture_output=True, text=True)
print(completed.stdout, completed.stderr)
place.close()
"""


@pytest.mark.live
@pytest.mark.parametrize("grants_groups", [True, False])
def test_programs_change_user_with_subordinate_ids(tmp_path: Path, *, grants_groups: bool) -> None:
    """With an entry in /etc/subuid and /etc/subgid, programs inside change user; else all is as
    without.
    """
    if os.geteuid() != 0:
        pytest.skip("only root can give an ordinary user subordinate ids, in a mount namespace")
    if not find_program("newuidmap") or not find_program("newgidmap"):
        pytest.skip("newuidmap is not installed: apt-get install uidmap")
    if not all(path.exists() for path in id_maps.SUB_ID_FILES.values()):
        pytest.skip("no /etc/subuid or /etc/subgid to mount on")

    (tmp_path / "subuid").write_text("65534:200000:65536\n")
    (tmp_path / "subgid").write_text("65534:200000:65536\n" if grants_groups else "")
    mounts = " && ".join(
        f"mount --bind {tmp_path}/{name} /etc/{name}" for name in ("subuid", "subgid")
    )
    argv = ("unshare", "--mount", "sh", "-c", f'{mounts} && exec "$@"', "sh")
    completed = subprocess.run(
        (*argv, sys.executable, "-c", CHANGE_USER), capture_output=True, text=True, check=False
    )

    words = completed.stdout.split()
    assert 0 == completed.returncode, completed.stderr
    if grants_groups:
        assert completed.stdout.startswith(f"{SUB_IDS.title}\n33\n33:33\n")
        assert ["0", "0", "1", "1", "1", "65536"] == words[-6:]
    else:
        assert completed.stdout.startswith(f"{SELF_MAPPED.title}\n")


def test_identity_map_has_the_inner_ids() -> None:
    """Each range of a map is mapped to itself."""
    assert "0 0 1\n1 1 65536\n" == id_maps._identity_of("  0 1000 1\n  1 100000 65536\n")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("other:1:2\n{user}:100000:65536\n{user}:7:8\n", (100000, 65536)),
        ("{user}:100000\n", None),
        ("{user}:x:65536\n", None),
        ("{user}:100000:0\n", None),
        ("", None),
        (None, None),
    ],
)
def test_entry_of_a_user(
    lines: str | None,
    expected: tuple[int, int] | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first entry with this user's number or name counts, unless it cannot be read."""
    path = tmp_path / "subuid"
    if lines is not None:
        path.write_text(lines.format(user=os.geteuid()))
    monkeypatch.setitem(id_maps.SUB_ID_FILES, "uid", path)

    assert expected == id_maps._sub_ids("uid")


def test_user_without_a_name_has_entries_by_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A user who is not in /etc/passwd is looked up by number."""
    path = tmp_path / "subuid"
    path.write_text("4242:5:6\n")
    monkeypatch.setitem(id_maps.SUB_ID_FILES, "uid", path)
    monkeypatch.setattr(os, "geteuid", lambda: 4242)

    assert (5, 6) == id_maps._sub_ids("uid")


def test_ids_that_cannot_be_mapped_are_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An entry that is gone, and a program that fails, are errors of the place."""
    monkeypatch.setitem(id_maps.SUB_ID_FILES, "uid", tmp_path / "missing")

    with pytest.raises(PlaceError, match="has no entry for this user"):
        id_maps.map_sub_ids(os.getpid())
    with pytest.raises(PlaceError, match="broken"):
        id_maps._run(("sh", "-c", "echo broken >&2; exit 3"), ("true",))
    with pytest.raises(PlaceError, match="status 3"):
        id_maps._run(("sh", "-c", "exit 3"))
    with pytest.raises(PlaceError, match="No such file"):
        id_maps._run(("/missing/program",))


def test_program_without_end_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that maps ids, and waits for ever, is ended."""
    monkeypatch.setattr(id_maps, "TIMEOUT_SECONDS", 0.05)

    with pytest.raises(PlaceError, match="did not end"):
        id_maps._run(("sleep", "1000"))


def test_map_of_another_process_is_refused() -> None:
    """A process whose namespace cannot be mapped is an error that names the file."""
    with pytest.raises(PlaceError, match=r"/proc/self/uid_map: "):
        id_maps.map_identity("self")  # type: ignore[arg-type]  # already mapped, for anyone


@pytest.mark.parametrize(
    ("user", "has_sub_ids", "expected"),
    [
        (1000, True, [SUB_IDS, SELF_MAPPED]),
        (1000, False, [SELF_MAPPED]),
        (0, False, [MAPPED_BY_ROOT, SELF_MAPPED_ROOT, DROPPED]),
    ],
)
def test_order_of_confinements(
    user: int, expected: list[object], monkeypatch: pytest.MonkeyPatch, *, has_sub_ids: bool
) -> None:
    """The strictest confinement is tried first, and subordinate ids before a single user."""
    monkeypatch.setattr(os, "geteuid", lambda: user)
    monkeypatch.setattr(sandbox, "has_sub_ids", lambda: has_sub_ids)

    assert expected == list(sandbox._confinements(privileged=False))


def test_root_needs_no_subordinate_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    """Root maps all users, whatever /etc/subuid holds."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)

    assert not id_maps.has_sub_ids()
