"""The labs in scripts/: they run, they come out the same again, and their exported scripts build what they built."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from ipwrap import PlaceError, Recording, Session
from ipwrap.cli.group import cli
from ipwrap.cli.run import VIA
from ipwrap.export import markdown, shell
from ipwrap.system.programs import find
from tests.labs import differences, exported, opened, sh_inside
from tests.waiting import settled

pytestmark = pytest.mark.live

ROOT = Path(__file__).parents[2]
FULL = "User Mode Linux" in Path("/proc/cpuinfo").read_text()  # where all takes ten times as long
ANY = pytest.mark.skipif(
    FULL, reason="this needs no full kernel: it has its say where the tests run first"
)


def has_main(path: Path) -> bool:
    """Tell whether a script is a lab: whether it has main(session)."""
    functions = [
        node for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)
    ]
    return any(
        node.name == "main" and [each.arg for each in node.args.args][:1] == ["session"]
        for node in functions
    )


LABS = sorted(path.stem for path in (ROOT / "scripts").glob("*.py") if has_main(path))


@pytest.fixture(scope="module", params=LABS)
def lab(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lab's recording, made by the command line as a person would make it."""
    missing = [program for program in ("ping", "sysctl") if find(program) is None]
    if missing:
        pytest.skip(f"not installed here: {', '.join(missing)}")
    prose = (ROOT / "scripts" / f"{request.param}.py").read_text().splitlines()
    needs = [line for line in prose if "Needs a kernel" in line]
    if FULL and not needs:
        pytest.skip("this lab needs no full kernel: it has its say where the tests run first")
    try:
        with Session(sandbox=True):
            pass
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")
    record = tmp_path_factory.mktemp(request.param) / f"{request.param}.jsonl"
    argv = (
        sys.executable,
        "-m",
        "ipwrap",
        "run",
        f"scripts/{request.param}.py",
        "--record",
        str(record),
    )
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode and needs and "EOPNOTSUPP" in done.stderr:
        pytest.skip(f"this kernel: {done.stderr.splitlines()[0]}; {needs[0]}")
    if done.returncode and needs and "no such program" in done.stderr:
        pytest.skip(f"not installed here: {done.stderr.splitlines()[0]}")
    assert (0, "") == (done.returncode, done.stderr)
    assert done.stdout
    return record


def test_there_are_labs() -> None:
    """What is tested here is there."""
    assert {"bridge", "isolation", "netns", "pods", "veth"} <= set(LABS)


def test_a_lab_tells_what_it_does(lab: Path) -> None:
    """A lab is read by people: it has notes."""
    assert "    # " in shell(Recording.load(lab))


def test_a_labs_script_is_well_written(lab: Path, tmp_path: Path) -> None:
    """Shellcheck finds nothing."""
    if shutil.which("shellcheck") is None:
        pytest.skip("shellcheck is not installed")
    if FULL:
        pytest.skip(
            "shellcheck never ends on user-mode Linux; it has its say where the tests run first"
        )
    script = exported(Recording.load(lab), tmp_path / "x.sh")

    done = subprocess.run(("shellcheck", str(script)), capture_output=True, text=True, check=False)

    assert (0, "") == (done.returncode, done.stdout)


def test_a_labs_script_builds_the_same_and_takes_it_away(lab: Path, tmp_path: Path) -> None:
    """`sh x.sh` in an empty place reaches the recorded state; `sh x.sh down` leaves the place empty again."""
    recording = Recording.load(lab)
    script = exported(recording, tmp_path / "x.sh")
    assert recording.end is not None
    assert recording.end.state is not None
    with opened() as place:
        empty = place.state()
        up = sh_inside(place, script)

        assert (0, []) == (
            up.returncode,
            differences(recording.end.state, place.state(), recording),
        )

        down = sh_inside(place, script, "down")

        assert (0, "") == (down.returncode, down.stderr)
        assert [] == _settled(place, empty)


def _settled(place: Session, wanted: dict[str, dict[str, list[dict[str, object]]]]) -> list[str]:
    """Return where a place differs from a state, once the kernel has taken away the links of dead namespaces."""
    return settled(lambda: differences(wanted, place.state()), lambda found: not found)


@pytest.mark.parametrize("via", VIA)
def test_a_lab_comes_out_the_same_by_what_it_is_exported_as(lab: Path, via: str) -> None:
    """Each export that can be run is run, in a place of its own, and reaches the state that the lab reached.

    As Python, it gives the same commands with the same answers, too.
    """
    done = CliRunner().invoke(cli, ["replay", "--check", "--via", via, str(lab)])

    assert (0, "") == (done.exit_code, done.stdout)
    assert "the end state" in done.stderr


@ANY
@pytest.mark.parametrize("name", LABS)
def test_the_kept_script_is_that_of_the_kept_recording(name: str) -> None:
    """recordings/NAME.sh is what recordings/NAME.jsonl is exported as."""
    recording, script = ROOT / "recordings" / f"{name}.jsonl", ROOT / "recordings" / f"{name}.sh"

    assert shell(Recording.load(recording), name=script.name) == script.read_text()


@ANY
@pytest.mark.parametrize("name", LABS)
def test_the_kept_transcript_is_that_of_the_kept_recording(name: str) -> None:
    """recordings/NAME.md is what recordings/NAME.jsonl is exported as; what `ip` said stands there as it was said."""
    transcript = (ROOT / "recordings" / f"{name}.md").read_text()

    assert markdown(Recording.load(ROOT / "recordings" / f"{name}.jsonl")) == transcript
    assert '[{"' not in transcript


@ANY
def test_pods_takes_its_number(tmp_path: Path) -> None:
    """`--pods 2` is the script's own option."""
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
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)

    assert (0, "2 pods on cni0, 4 pings, all answered\n") == (done.returncode, done.stdout)


@ANY
@pytest.mark.parametrize("pods", ["0", "1001", "many"])
def test_pods_refuses_what_a_bridge_cannot_hold(pods: str) -> None:
    """A wrong number is wrong use."""
    argv = (sys.executable, "-m", "ipwrap", "run", "scripts/pods.py", "--pods", pods)
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)

    assert (2, "") == (done.returncode, done.stdout)
