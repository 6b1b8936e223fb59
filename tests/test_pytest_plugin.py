"""The plugin for pytest, in the tests of another small project: recorded once, played back by an ordinary user."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from attrs import frozen

from ipwrap import Recording, Session
from ipwrap.pytest_plugin import _file_name

ROOT = Path(__file__).parent.parent
PROJECT = ROOT / "tests" / "cases" / "otherproject"
PLUGIN = () if entry_points(group="pytest11", name="ipwrap") else ("-p", "ipwrap.pytest_plugin")
READS = "-all,+dac_read_search"  # the interpreter may be below /root
NOBODY = (
    *("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"),
    *(f"--inh-caps={READS}", f"--ambient-caps={READS}", f"--bounding-set={READS}", "--"),
)

# What a playback must not do: a plugin that refuses every new process.
ALONE = """
import sys

def refuse(event, args):
    if event in ("subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.exec", "os.system"):
        raise RuntimeError(f"a process was started: {event} {args}")

sys.addaudithook(refuse)
"""

FORBIDDEN = """
from ipwrap import PlaceError, Sandbox

def refuse(self):
    raise PlaceError("a setting forbids it")

Sandbox.open = refuse
"""


@frozen
class Project:
    """A copy of the project, which its tests are run in."""

    folder: Path

    @property
    def recordings(self) -> list[str]:
        """The recordings that are there."""
        return sorted(str(path.relative_to(self.folder)) for path in self.folder.rglob("*.jsonl"))

    def argv(self, *words: str) -> tuple[str, ...]:
        """Return the words that run its tests."""
        without = (
            part
            for name in ("cacheprovider", "hypothesispytest", "xdist")
            for part in ("-p", f"no:{name}")
        )
        return (sys.executable, "-m", "pytest", *without, "-rs", "-v", *PLUGIN, *words)

    def pytest(self, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """Run its tests."""
        return self._run(self.argv(*words), environment)

    def played(self, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """Run its tests as an ordinary user, without iproute2 on PATH, and without any new process."""
        (self.folder / "alone.py").write_text(ALONE)
        user = NOBODY if os.geteuid() == 0 else ()
        unmeasured = (
            f"--unset={name}" for name in os.environ if name.startswith("COVERAGE_")
        )  # it cannot write that
        inside = ("env", *unmeasured, "PATH=/nonexistent", *self.argv("-p", "alone", *words))
        return self._run((*user, *inside), environment)

    def _run(
        self, argv: tuple[str, ...], environment: dict[str, str]
    ) -> "subprocess.CompletedProcess[str]":
        """Run a program in the folder."""
        path = f"{ROOT}{os.pathsep}{self.folder}"
        given = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", **environment}
        return subprocess.run(
            argv, cwd=self.folder, env=given, capture_output=True, text=True, check=False
        )


@pytest.fixture(scope="module")
def project() -> Iterator[Project]:
    """A copy of the project where any user can read it, with its recordings made."""
    folder = Path(tempfile.mkdtemp(prefix="ipwrap-project-"))
    try:
        folder.chmod(0o755)
        shutil.copytree(
            PROJECT, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__")
        )
        made = Project(folder)
        ran = made.pytest("--ipwrap-record=once")
        if "no sandbox here" in ran.stdout:
            pytest.skip("no sandbox here")
        assert 0 == ran.returncode, ran.stdout + ran.stderr
        yield made
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def copy(project: Project) -> Iterator[Project]:
    """A copy of the project with its recordings, to be changed."""
    folder = Path(tempfile.mkdtemp(prefix="ipwrap-project-"))
    folder.chmod(0o755)
    shutil.copytree(project.folder, folder, dirs_exist_ok=True)
    yield Project(folder)
    shutil.rmtree(folder)


pytestmark = pytest.mark.live


def test_recordings_are_beside_the_tests(project: Project) -> None:
    """One for each test that passed, by the names of its module, its class and its own."""
    assert [
        "recordings/test_bridgelab/TestPorts.test_missing_port_is_missing.jsonl",
        "recordings/test_bridgelab/TestPorts.test_port_and_host_are_a_pair[1400].jsonl",
        "recordings/test_bridgelab/TestPorts.test_port_and_host_are_a_pair[9000].jsonl",
        "recordings/test_bridgelab/test_hosts_have_addresses.jsonl",
        "recordings/test_bridgelab/test_states_are_played_back.jsonl",
    ] == project.recordings


def test_recordings_are_played_by_an_ordinary_user(project: Project) -> None:
    """No root, no iproute2, no process: the recorded tests pass; no other test is needed for that."""
    ran = project.played("--ipwrap-record=none", "-k", "not live and not no_such and not test_bond")

    assert 0 == ran.returncode, ran.stdout + ran.stderr
    assert "5 passed, 3 deselected" in ran.stdout


def test_names_of_files_are_fit_and_apart() -> None:
    """What a file cannot be called is changed, and two that are changed to the same are still two."""
    names = [
        "test_a[1400-fe80::1]",
        "test_a[1400-fe80--1]",
        "test_a[1400-fe80-:1]",
        "é" * 300,
        "x" * 301,
    ]
    files = [_file_name(name) for name in names]

    assert "test_a[1400-fe80--1].jsonl" == files[1]
    assert 5 == len(set(files))
    assert [] == [
        file for file in files if len(file) > 255 or not re.fullmatch(r"[\w.\[\]-]+", file)
    ]


def test_recordings_made_again_are_the_same(copy: Project) -> None:
    """What the kernel chooses does not show: a recording that is made anew differs only in what timing decides."""
    name = "recordings/test_bridgelab/TestPorts.test_missing_port_is_missing.jsonl"
    before = (copy.folder / name).read_bytes()
    stamp = (copy.folder / name).stat().st_mtime_ns
    assert 0 == copy.pytest("--ipwrap-record=all", "-k", "missing").returncode

    assert before == (copy.folder / name).read_bytes()
    assert stamp != (copy.folder / name).stat().st_mtime_ns


def test_a_recording_says_what_was_normalised(project: Project) -> None:
    """The header lists it, holds no time and no process, and MAC addresses are stand-ins."""
    recording = Recording.load(project.folder / project.recordings[1])

    assert ("mac", "ifindex", "pid", "time") == recording.header.normalised
    assert (0.0, None) == (recording.header.started, recording.header.owner)
    words = [word for asked in recording.commands for word in asked.command.argv]
    assert words[words.index("lladdr") + 1].startswith("02:00:00:00:00:")


def test_kinds_that_the_kernel_lacks_are_told(project: Project) -> None:
    """A test that requires a kind is skipped with the kernel's own words."""
    ran = project.pytest("-k", "no_such_kind")

    assert "1 skipped" in ran.stdout
    assert "this kernel makes no links of type no-such-kind: " in ran.stdout


def test_where_sandboxes_are_forbidden_tests_are_skipped(copy: Project) -> None:
    """Every fixture and mark that needs one says why; what is recorded is played all the same."""
    (copy.folder / "forbidden.py").write_text(FORBIDDEN)
    (copy.folder / copy.recordings[0]).unlink()
    asked = ("--ipwrap-record=once", "test_bridgelab.py", "mistakes.py::test_model")
    ran = copy.pytest("-p", "forbidden", *asked)

    assert 0 == ran.returncode, ran.stdout
    assert "4 passed, 5 skipped" in ran.stdout
    assert "no sandbox here to record in: a setting forbids it" in ran.stdout
    assert "no sandbox here: a setting forbids it" in ran.stdout


def test_once_makes_only_what_is_not_there(copy: Project) -> None:
    """A recording that is there is played, and not made anew."""
    first, *_, last = (copy.folder / name for name in copy.recordings)
    before = first.stat().st_mtime_ns
    last.unlink()
    assert 0 == copy.pytest("--ipwrap-record=once", "-k", "ports or states or missing").returncode

    assert before == first.stat().st_mtime_ns
    assert last.exists()


def test_mode_of_the_ini_file(copy: Project) -> None:
    """`ipwrap_record` in the ini file says what no option says; another word is refused."""
    (copy.folder / copy.recordings[0]).unlink()
    ini = copy.folder / "pytest.ini"
    ini.write_text(ini.read_text() + "ipwrap_record = once\n")
    assert 0 == copy.pytest("-k", "missing").returncode
    ini.write_text(ini.read_text().replace("= once", "= twice"))
    assert "ipwrap_record: 'twice' is not one of none, once, new, all" in copy.pytest().stderr


def test_missing_recording_is_an_error(copy: Project) -> None:
    """Without a recording there is nothing to play, and the error says how to make it."""
    (copy.folder / copy.recordings[0]).unlink()
    ran = copy.played("-k", "missing")

    assert 1 == ran.returncode
    assert "does not exist, and mode none records nothing" in ran.stdout
    assert (
        "pytest --ipwrap-record=once 'test_bridgelab.py::TestPorts::test_missing_port_is_missing'"
        in ran.stdout
    )


def test_mismatch_fails_with_the_words_that_differ(copy: Project) -> None:
    """A lab that has changed goes apart from its recording: which words, and what helps."""
    ran = copy.played("-k", "addresses", BRIDGELAB_MTU="1280")

    assert 1 == ran.returncode
    assert "the session and its recording go apart" in ran.stdout
    assert "mtu [-1500-]{+1280+}" in ran.stdout
    assert "--ipwrap-record=all 'test_bridgelab.py::test_hosts_have_addresses'" in ran.stdout
    assert "recorded, and not asked for:\n  ip link add name to-red " in ran.stdout


def test_new_goes_on_where_the_recording_ends(copy: Project) -> None:
    """What the recording holds is played, what is asked for after it is run where the recording ended, and recorded."""
    name = "recordings/test_bridgelab/TestPorts.test_port_and_host_are_a_pair[1400].jsonl"
    before = Recording.load(copy.folder / name)
    tests = copy.folder / "test_bridgelab.py"
    more = """        ip_recording.ip.neigh.add("10.7.0.8", dev="br0", lladdr=host.address)
        assert {host.address} == {each.lladdr for each in ip_recording.ip.neigh.show(dev="br0", nud="permanent")}
        assert [port] == ip_recording.ip.link.show("to-red")

    def test_missing"""
    tests.write_text(tests.read_text().replace("\n    def test_missing", more, 1))
    asked = ("-k", "pair and 1400")
    assert 1 == copy.played(*asked).returncode
    assert 0 == copy.played("--ipwrap-record=new", "-k", "missing").returncode
    ran = copy.pytest("--ipwrap-record=new", *asked)
    assert 0 == ran.returncode, ran.stdout
    after = Recording.load(copy.folder / name)
    assert 0 == copy.played(*asked).returncode

    assert before.results == after.results[: len(before.results)]
    assert len(before.results) + 3 == len(after.results)
    assert (before.header, before.initial_state) == (after.header, after.initial_state)
    assert after.end is not None
    assert after.end.state is not None


def test_failed_test_keeps_no_recording(copy: Project) -> None:
    """What a test recorded before it failed is of no use."""
    assert 1 == copy.pytest("--ipwrap-record=all", "mistakes.py::test_broken").returncode
    assert [] == [name for name in copy.recordings if "mistakes" in name]


def test_swallowed_mismatch_fails(copy: Project) -> None:
    """Code that catches every error cannot hide that it goes another way than its recording."""
    assert 0 == copy.pytest("--ipwrap-record=once", "mistakes.py::test_swallows").returncode
    ran = copy.played("mistakes.py::test_swallows", BRIDGELAB_MTU="1280")

    assert 1 == ran.returncode
    assert "the test has caught this error, and passed" in ran.stdout


def test_differences_are_told(project: Project) -> None:
    """`assert a == b` of states, of models and of lists of them shows what differs, in words."""
    ran = project.pytest("-vv", "mistakes.py", "-k", "states or model")

    assert "3 failed" in ran.stdout
    assert "the states differ:" in ran.stdout
    assert "+ (first)  link br0" in ran.stdout
    assert "+ red  address eth0 10.7.0.1/24" in ran.stdout
    assert "~ (first)  link br0: mtu 1500 -> 1280" in ran.stdout
    assert "~ lo: ifindex 1 -> 7" in ran.stdout


@pytest.mark.parametrize("option", [True, False])
def test_leftovers_fail(session: Session, project: Project, option: bool) -> None:
    """A test that leaves something behind is an error, and not the next one; the option is for all tests."""
    words = ("mistakes.py", "-k", "leaves", *(("--ipwrap-no-leftovers",) if option else ()))
    inside = ("env", f"--chdir={project.folder}", f"PYTHONPATH={ROOT}", *project.argv(*words))
    ran = session.exec(*inside, check=False)

    assert "2 passed" in ran.stdout
    assert "1 error" in ran.stdout
    assert "+ (first)  link lost0" in ran.stdout
    assert "+ (first)  netns forgotten" in ran.stdout
    assert "+ (first)  route 10.9.0.0/16" in ran.stdout
    assert (
        "ERROR mistakes.py::test_leaves_something" in ran.stdout
        or "ERROR at teardown of test_leaves" in ran.stdout
    )


def test_collection_does_not_wait_for_ipwrap(tmp_path: Path) -> None:
    """A project that does not use it is not slowed: of ipwrap only the plugin itself is imported."""
    (tmp_path / "test_other.py").write_text(
        "import sys\n"
        "def test_other():\n"
        "    assert {'ipwrap', 'ipwrap.version', 'ipwrap.pytest_plugin'} >= {m for m in sys.modules if 'ipwrap' in m}\n"
        "    assert not {'attrs', 'msgspec'} & set(sys.modules)\n"
    )
    ran = Project(tmp_path).pytest()

    assert 0 == ran.returncode, ran.stdout


def test_options_are_told_by_help(tmp_path: Path) -> None:
    """`pytest --help` and `--markers` tell of all that there is."""
    ran = Project(tmp_path).pytest("--help")
    marks = Project(tmp_path).pytest("--markers")

    assert "--ipwrap-record={none,once,new,all}" in ran.stdout
    assert "ipwrap_no_leftovers" in ran.stdout
    assert "requires_kind(*kinds)" in marks.stdout
