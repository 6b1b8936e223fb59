"""Machines whose home, state directory, temporary directory or current directory cannot be written.

A read-only file system, mounted in a namespace of the test's own, stands for each: it refuses root, too.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ipwrap import Recording
from ipwrap.places import Place
from ipwrap.recording import Header
from ipwrap.system.process_identity import ProcessIdentity
from tests.labs import opened

RECORDINGS = Path(__file__).resolve().parents[2] / "recordings"
READ_ONLY = 'mount -t tmpfs tmpfs "$0"; mkdir -p "$0/.local/state/ipwrap"; mount -o remount,ro "$0"'
WITH_KEPT = 'mount -t tmpfs tmpfs "$0"; mkdir -p "$0/.local/state/ipwrap"; cp "$1" "$0/.local/state/ipwrap/1-1.jsonl"'

pytestmark = pytest.mark.live


@pytest.fixture
def place() -> Iterator[Place]:
    """A place whose mounts are its own."""
    with opened() as session:
        yield session.place


@pytest.fixture
def home(place: Place, tmp_path: Path) -> Path:
    """A home that cannot be written."""
    home = tmp_path / "home"
    home.mkdir()
    subprocess.run(place.wrap(("sh", "-ec", READ_ONLY, str(home))), check=True)
    return home


def ran(
    place: Place, *words: str, cwd: Path | None = None, **env: str
) -> "subprocess.CompletedProcess[str]":
    """Run Python with these words there, with such variables and without the user's own directories."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    into = () if cwd is None else ("env", f"--chdir={cwd}")
    argv = place.wrap((*into, sys.executable, *words))
    return subprocess.run(argv, capture_output=True, text=True, check=False, env={**own, **env})


@pytest.mark.parametrize(
    "words",
    [
        ("show", str(RECORDINGS / "veth.jsonl")),
        ("export", str(RECORDINGS / "veth.jsonl")),
        ("schema", "link"),
        ("clean",),
        ("sandbox", "true"),
        ("replay", str(RECORDINGS / "veth.jsonl")),
    ],
    ids=lambda words: words[0],
)
def test_a_command_needs_no_home(words: tuple[str, ...], place: Place, home: Path) -> None:
    """What keeps nothing writes nothing, not even where it stands."""
    done = ran(place, "-m", "ipwrap", *words, cwd=home, HOME=str(home), TMPDIR=str(home))

    assert "Traceback" not in done.stderr
    assert "cannot be" not in done.stderr
    assert done.returncode == 0 or words[0] == "replay"


def test_a_session_on_the_host_goes_on_without_a_home(place: Place, home: Path) -> None:
    """It keeps no recording for `ipwrap clean`, and has nothing to take away."""
    code = "import ipwrap\nwith ipwrap.Session() as s: s.ip.link.set('lo', mtu=2000); print(s.recording.path)"

    done = ran(place, "-c", code, HOME=str(home))

    assert (0, "None\n", "") == (done.returncode, done.stdout, done.stderr)


def test_record_says_which_folder_and_what_to_do(place: Place, home: Path, tmp_path: Path) -> None:
    """On the host it needs one, for the case of a crash; the program has not run."""
    words = ("record", "-o", str(tmp_path / "x.jsonl"), "touch", str(tmp_path / "ran"))

    done = ran(place, "-m", "ipwrap", *words, HOME=str(home))

    assert (1, "") == (done.returncode, done.stdout)
    assert done.stderr.startswith(f"ipwrap: {home}/.local/state/ipwrap/")
    assert done.stderr.endswith(
        "Read-only file system; set XDG_STATE_HOME to a folder that can be, or say --sandbox\n"
    )
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("command", ["clean", "record"])
def test_a_user_without_a_home_is_told_so(command: str, place: Place, tmp_path: Path) -> None:
    """Nothing is written to a folder that is called ~."""
    code = "import os, sys, pwd\npwd.getpwuid = {}.__getitem__\nos.environ.pop('HOME', None)\n"
    code += f"sys.argv = ['ipwrap', {command!r}, *{(['true'] if command == 'record' else [])}]\n"
    code += "from ipwrap.cli import main\nmain()"

    done = ran(place, "-c", code, cwd=tmp_path)

    expected = (
        "~/.local/state/ipwrap: this user has no home directory; set HOME or XDG_STATE_HOME\n"
    )
    assert (1, f"ipwrap: {expected}") == (done.returncode, done.stderr)
    assert [] == list(tmp_path.iterdir())


def test_what_clean_cannot_take_away_is_said(place: Place, tmp_path: Path) -> None:
    """A recording that was kept before the home became read-only."""
    home = tmp_path / "home"
    home.mkdir()
    old = Recording(Header(place="local", owner=ProcessIdentity(1, 1, "another boot"))).save(
        tmp_path / "old.jsonl"
    )
    script = f'{WITH_KEPT}; mount -o remount,ro "$0"'
    subprocess.run(place.wrap(("sh", "-ec", script, str(home), str(old))), check=True)

    done = ran(place, "-m", "ipwrap", "clean", HOME=str(home))

    kept = home / ".local/state/ipwrap/1-1.jsonl"
    expected = f"ipwrap: {kept}: cannot be taken away: Read-only file system\n"
    assert (1, expected) == (done.returncode, done.stderr)


def test_a_folder_of_kept_recordings_that_cannot_be_read_is_said(
    place: Place, tmp_path: Path
) -> None:
    """A file in its place is no empty folder."""
    (tmp_path / "ipwrap").write_text("")

    done = ran(place, "-m", "ipwrap", "clean", XDG_STATE_HOME=str(tmp_path))

    advice = "run this as the user whose session it was"
    expected = f"ipwrap: {tmp_path}/ipwrap: cannot be read: Not a directory; {advice}\n"
    assert (1, expected) == (done.returncode, done.stderr)


@pytest.mark.parametrize(
    ("path", "reason"),
    [("none/x.jsonl", "its folder is not there"), ("folder", "'folder' is a directory")],
)
def test_record_says_at_once_what_it_cannot_write(
    path: str, reason: str, place: Place, tmp_path: Path
) -> None:
    """The program has not run."""
    (tmp_path / "folder").mkdir()

    done = ran(place, "-m", "ipwrap", "record", "-o", path, "touch", "ran", cwd=tmp_path)

    assert done.returncode in (1, 2)
    assert reason in done.stderr.lower()
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("words", [(), ("-o", "ours.jsonl")])
def test_record_says_where_it_cannot_write(
    words: tuple[str, ...], place: Place, home: Path
) -> None:
    """In a directory that cannot be written, with the name it would have and the option for another."""
    done = ran(
        place, "-m", "ipwrap", "record", "--sandbox", *words, "true", cwd=home, HOME=str(home)
    )

    name = words[-1] if words else "recording.jsonl"
    advice = "its folder is not yours to change; give another path with -o FILE"
    assert (1, f"ipwrap: {name}: cannot be written: {advice}\n") == (done.returncode, done.stderr)


def test_a_temporary_directory_that_is_nowhere_is_said(place: Place, home: Path) -> None:
    """TMPDIR, /tmp, /var/tmp and the current directory take nothing."""
    code = "import sys, tempfile\ntempfile._candidate_tempdir_list = lambda: ['/proc']\n"
    code += f"sys.argv = ['ipwrap', 'replay', '--via', 'sh', {str(RECORDINGS / 'veth.jsonl')!r}]\n"
    code += "from ipwrap.cli import main\nmain()"

    done = ran(place, "-c", code)

    assert (1, "") == (done.returncode, done.stdout)
    assert done.stderr.startswith(
        "ipwrap: a temporary file cannot be written: No usable temporary directory"
    )
    assert done.stderr.endswith("set TMPDIR to a folder that can be written and has room\n")
