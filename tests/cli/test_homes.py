"""Commands on a machine with an unwritable home, state, temporary or current directory.

A read-only file system, mounted in a separate mount namespace, makes a folder unwritable, even for
root.
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
from tests.labs import open_sandbox

RECORDINGS = Path(__file__).resolve().parents[2] / "recordings"
READ_ONLY = 'mount -t tmpfs tmpfs "$0"; mkdir -p "$0/.local/state/ipwrap"; mount -o remount,ro "$0"'
WITH_KEPT = (
    'mount -t tmpfs tmpfs "$0"; mkdir -p "$0/.local/state/ipwrap"; '
    'cp "$1" "$0/.local/state/ipwrap/1-1.jsonl"'
)

pytestmark = pytest.mark.live


@pytest.fixture
def place() -> Iterator[Place]:
    """A place with a separate mount namespace."""
    with open_sandbox() as session:
        yield session.place


@pytest.fixture
def read_only_home(place: Place, tmp_path: Path) -> Path:
    """A home directory on a read-only file system."""
    home = tmp_path / "home"
    home.mkdir()
    subprocess.run(place.wrap(("sh", "-ec", READ_ONLY, str(home))), check=True)
    return home


def run_python(
    place: Place, *arguments: str, cwd: Path | None = None, **env: str
) -> "subprocess.CompletedProcess[str]":
    """Run Python in the place, with environment variables but without the user's XDG folders."""
    env_without_xdg = {
        name: value for name, value in os.environ.items() if not name.startswith("XDG_")
    }
    chdir = () if cwd is None else ("env", f"--chdir={cwd}")
    argv = place.wrap((*chdir, sys.executable, *arguments))
    return subprocess.run(
        argv, capture_output=True, text=True, check=False, env={**env_without_xdg, **env}
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("show", str(RECORDINGS / "veth.jsonl")),
        ("export", str(RECORDINGS / "veth.jsonl")),
        ("schema", "link"),
        ("clean",),
        ("sandbox", "true"),
        ("replay", str(RECORDINGS / "veth.jsonl")),
    ],
    ids=lambda arguments: arguments[0],
)
def test_command_needs_no_writable_home(
    arguments: tuple[str, ...], place: Place, read_only_home: Path
) -> None:
    """A command that keeps no state writes neither to the home nor to the current folder."""
    completed = run_python(
        place,
        "-m",
        "ipwrap",
        *arguments,
        cwd=read_only_home,
        HOME=str(read_only_home),
        TMPDIR=str(read_only_home),
    )

    assert "Traceback" not in completed.stderr
    assert "cannot be" not in completed.stderr
    assert completed.returncode == 0 or arguments[0] == "replay"


def test_host_session_works_without_a_writable_home(place: Place, read_only_home: Path) -> None:
    """A session on the host works without a kept recording for `ipwrap clean`."""
    code = (
        "import ipwrap\n"
        "with ipwrap.Session() as session:\n"
        "    session.ip.link.set('lo', mtu=2000)\n"
        "    print(session.recording.path)\n"
    )

    completed = run_python(place, "-c", code, HOME=str(read_only_home))

    assert 0 == completed.returncode
    assert "None\n" == completed.stdout
    assert "" == completed.stderr


def test_record_reports_the_unwritable_state_folder(
    place: Place, read_only_home: Path, tmp_path: Path
) -> None:
    """`ipwrap record` on the host needs the state folder, and fails before the program runs."""
    arguments = ("record", "-o", str(tmp_path / "x.jsonl"), "touch", str(tmp_path / "ran"))

    completed = run_python(place, "-m", "ipwrap", *arguments, HOME=str(read_only_home))

    assert 1 == completed.returncode
    assert "" == completed.stdout
    assert completed.stderr.startswith(f"ipwrap: {read_only_home}/.local/state/ipwrap/")
    assert completed.stderr.endswith(
        "Read-only file system; set XDG_STATE_HOME to a writable folder, or use --sandbox\n"
    )
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("command", ["clean", "record"])
def test_user_without_a_home_is_an_error(command: str, place: Place, tmp_path: Path) -> None:
    """Without a home directory, no folder named ~ is created."""
    code = "import os, sys, pwd\npwd.getpwuid = {}.__getitem__\nos.environ.pop('HOME', None)\n"
    code += f"sys.argv = ['ipwrap', {command!r}, *{(['true'] if command == 'record' else [])}]\n"
    code += "from ipwrap.cli import main\nmain()"

    completed = run_python(place, "-c", code, cwd=tmp_path)

    expected = (
        "~/.local/state/ipwrap: this user has no home directory; set HOME or XDG_STATE_HOME\n"
    )
    assert 1 == completed.returncode
    assert f"ipwrap: {expected}" == completed.stderr
    assert [] == list(tmp_path.iterdir())


def test_undeletable_kept_recording_is_reported(place: Place, tmp_path: Path) -> None:
    """`ipwrap clean` reports a kept recording on a read-only file system."""
    home = tmp_path / "home"
    home.mkdir()
    old_recording = Recording(
        Header(place="local", owner=ProcessIdentity(1, 1, "another boot"))
    ).save(tmp_path / "old.jsonl")
    script = f'{WITH_KEPT}; mount -o remount,ro "$0"'
    subprocess.run(place.wrap(("sh", "-ec", script, str(home), str(old_recording))), check=True)

    completed = run_python(place, "-m", "ipwrap", "clean", HOME=str(home))

    kept = home / ".local/state/ipwrap/1-1.jsonl"
    expected = f"ipwrap: {kept}: cannot be deleted: Read-only file system\n"
    assert 1 == completed.returncode
    assert expected == completed.stderr


def test_unreadable_state_folder_is_reported(place: Place, tmp_path: Path) -> None:
    """`ipwrap clean` reports a file in place of the state folder."""
    (tmp_path / "ipwrap").write_text("")

    completed = run_python(place, "-m", "ipwrap", "clean", XDG_STATE_HOME=str(tmp_path))

    advice = "run this as the user whose session it was"
    expected = f"ipwrap: {tmp_path}/ipwrap: cannot be read: Not a directory; {advice}\n"
    assert 1 == completed.returncode
    assert expected == completed.stderr


@pytest.mark.parametrize(
    ("path", "reason"),
    [("none/x.jsonl", "its folder does not exist"), ("folder", "'folder' is a directory")],
)
def test_record_checks_the_output_file_before_the_run(
    path: str, reason: str, place: Place, tmp_path: Path
) -> None:
    """An impossible output path is an error before the program runs."""
    (tmp_path / "folder").mkdir()

    completed = run_python(
        place, "-m", "ipwrap", "record", "-o", path, "touch", "ran", cwd=tmp_path
    )

    assert completed.returncode in (1, 2)
    assert reason in completed.stderr.lower()
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("arguments", [(), ("-o", "ours.jsonl")])
def test_record_names_the_unwritable_output_file(
    arguments: tuple[str, ...], place: Place, read_only_home: Path
) -> None:
    """The error names the default or given output file, and the option for a different path."""
    completed = run_python(
        place,
        "-m",
        "ipwrap",
        "record",
        "--sandbox",
        *arguments,
        "true",
        cwd=read_only_home,
        HOME=str(read_only_home),
    )

    name = arguments[-1] if arguments else "recording.jsonl"
    advice = "you may not write to its folder; give another path with -o FILE"
    assert 1 == completed.returncode
    assert f"ipwrap: {name}: cannot be written: {advice}\n" == completed.stderr


def test_replay_needs_no_temporary_directory(place: Place, read_only_home: Path) -> None:
    """Without a writable temporary directory, an export is replayed as well."""
    code = "import sys, tempfile\ntempfile._candidate_tempdir_list = lambda: ['/proc']\n"
    code += f"sys.argv = ['ipwrap', 'replay', '--via', 'sh', {str(RECORDINGS / 'veth.jsonl')!r}]\n"
    code += "from ipwrap.cli import main\nmain()"

    completed = run_python(place, "-c", code)

    assert (0, "") == (completed.returncode, completed.stdout), completed.stderr
