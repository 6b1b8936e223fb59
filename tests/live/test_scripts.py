"""The labs in scripts/ run, and their replays and exported scripts build the same state."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from ipwrap import PlaceError, Recording, Session
from ipwrap.cli.group import cli
from ipwrap.cli.run import VIA
from ipwrap.export.markdown import markdown
from ipwrap.export.shell import shell
from ipwrap.system.programs import find_program
from scripts.recordings import KUBERNETES, WITHOUT_NFTABLES, is_lab
from tests.labs import diff_states, open_sandbox, run_script_inside, write_script
from tests.waiting import wait_until_equal

pytestmark = pytest.mark.live

ROOT = Path(__file__).parents[2]
IS_USER_MODE_LINUX = "User Mode Linux" in Path("/proc/cpuinfo").read_text()  # ten times slower
host_only = pytest.mark.skipif(
    IS_USER_MODE_LINUX,
    reason="this needs no full kernel: the test runs on the host",
)


LABS = sorted(path.stem for path in (ROOT / "scripts").glob("*.py") if is_lab(path))
LABS += KUBERNETES
# Of these, Python is enough besides the script; `nox -s lint` has their stored scripts checked.
LATER = ("router_chain", "anycast", "mtu", *KUBERNETES)
EARLIER = [name for name in LABS if name not in LATER]


@pytest.fixture(scope="module", params=LABS)
def lab(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recording of a lab, run by `ipwrap run`."""
    missing = [program for program in ("ping", "sysctl") if find_program(program) is None]
    if missing:
        pytest.skip(f"not installed here: {', '.join(missing)}")

    script = ROOT / "scripts" / f"{request.param}.py"
    prose = script.read_text()
    needs = [line for line in prose.splitlines() if "Needs a kernel" in line]
    if IS_USER_MODE_LINUX and not needs:
        pytest.skip("this lab needs no full kernel: the test runs on the host")

    try:
        with Session(sandbox=True):
            pass
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")

    folder = tmp_path_factory.mktemp(script.stem)
    record = folder / f"{script.stem}.jsonl"
    argv = (
        sys.executable,
        "-m",
        "ipwrap",
        "run",
        str(script),
        "--record",
        str(record),
    )
    process = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False)
    is_unsupported = "EOPNOTSUPP" in process.stderr or WITHOUT_NFTABLES.search(process.stderr)
    if process.returncode and needs and is_unsupported:
        pytest.skip(f"this kernel: {process.stderr.splitlines()[0]}; {needs[0]}")
    if process.returncode and "apt-get install" in prose and "no such program" in process.stderr:
        pytest.skip(f"not installed here: {process.stderr.splitlines()[0]}")

    assert (0, "") == (process.returncode, process.stderr)
    assert process.stdout

    return record


@pytest.fixture(autouse=True)
def lab_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run each lab in a folder of its own, for the files that it writes."""
    monkeypatch.chdir(tmp_path)


def test_there_are_labs() -> None:
    """The folder scripts/ has labs."""
    assert {"bridge", "isolation", "netns", "pods", "veth"} <= set(LABS)


def test_a_lab_has_notes(lab: Path) -> None:
    """A lab has notes for readers."""
    assert "    # " in shell(Recording.load(lab))


@pytest.mark.parametrize("lab", EARLIER, indirect=True)
def test_the_script_of_a_lab_passes_shellcheck(lab: Path, tmp_path: Path) -> None:
    """Shellcheck finds no fault in the script of a lab."""
    if shutil.which("shellcheck") is None:
        pytest.skip("shellcheck is not installed")
    if IS_USER_MODE_LINUX:
        pytest.skip("shellcheck never ends on user-mode Linux: the test runs on the host")

    script = write_script(Recording.load(lab), tmp_path / "x.sh")

    process = subprocess.run(
        ("shellcheck", str(script)),
        capture_output=True,
        text=True,
        check=False,
    )

    assert (0, "") == (process.returncode, process.stdout)


def test_the_script_of_a_lab_builds_and_tears_down(lab: Path, tmp_path: Path) -> None:
    """The script builds the recorded state in an empty place, and `down` empties the place."""
    recording = Recording.load(lab)
    script = write_script(recording, tmp_path / "x.sh")

    assert recording.end is not None
    assert recording.end.state is not None
    with open_sandbox() as sandbox_session:
        sandbox_session.watch_state(recording.end.state)
        empty = sandbox_session.state()
        up = run_script_inside(sandbox_session, script)

        assert (0, []) == (
            up.returncode,
            diff_states(recording.end.state, sandbox_session.state(), recording),
        )

        down = run_script_inside(sandbox_session, script, "down")

        assert (0, "") == (down.returncode, down.stderr)
        assert [] == _settled_differences(sandbox_session, empty)


def _settled_differences(
    session: Session,
    expected: dict[str, dict[str, list[dict[str, object]]]],
) -> list[str]:
    """Return the differences from a state, after the kernel has deleted the links of namespaces."""
    return wait_until_equal(lambda: diff_states(expected, session.state()), lambda lines: not lines)


@pytest.mark.parametrize("via", VIA)
@pytest.mark.parametrize("lab", EARLIER, indirect=True)
def test_every_export_of_a_lab_builds_the_recorded_state(lab: Path, via: str) -> None:
    """Every runnable export builds the recorded state; Python also repeats output."""
    replay_and_check(lab, via)


@pytest.mark.parametrize("lab", LATER, indirect=True)
def test_python_of_a_later_lab_builds_the_recorded_state(lab: Path) -> None:
    """Python builds the recorded state."""
    replay_and_check(lab, "python")


def replay_and_check(recording: Path, via: str) -> None:
    """Replay a recording by an export, which has to build the recorded state."""
    process = CliRunner().invoke(cli, ["replay", "--check", "--via", via, str(recording)])

    assert (0, "") == (process.exit_code, process.stdout)
    assert "the end state" in process.stderr


@host_only
@pytest.mark.parametrize("name", LABS)
def test_the_stored_script_is_current(name: str) -> None:
    """recordings/NAME.sh is the current export of recordings/NAME.jsonl."""
    recording, script = ROOT / "recordings" / f"{name}.jsonl", ROOT / "recordings" / f"{name}.sh"

    assert shell(Recording.load(recording), name=script.name) == script.read_text()


@host_only
@pytest.mark.parametrize("name", LABS)
def test_the_stored_transcript_is_current(name: str) -> None:
    """recordings/NAME.md is the current transcript of recordings/NAME.jsonl, with text output."""
    transcript = (ROOT / "recordings" / f"{name}.md").read_text()

    assert markdown(Recording.load(ROOT / "recordings" / f"{name}.jsonl")) == transcript
    assert '[{"' not in transcript


@host_only
def test_pods_accepts_a_number(tmp_path: Path) -> None:
    """`--pods 2` is an option of the script."""
    record = str(tmp_path / "x.jsonl")
    argv = (
        sys.executable,
        "-m",
        "ipwrap",
        "run",
        "scripts/pods.py",
        "--record",
        record,
        "--pods",
        "2",
    )
    process = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)

    assert (0, "2 pods on cni0, 4 pings, all answered\n") == (process.returncode, process.stdout)


@host_only
@pytest.mark.parametrize("pods", ["0", "1001", "many"])
def test_pods_refuses_invalid_numbers(pods: str) -> None:
    """A number outside the range is a usage error."""
    argv = (sys.executable, "-m", "ipwrap", "run", "scripts/pods.py", "--pods", pods)
    process = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)

    assert (2, "") == (process.returncode, process.stdout)
