"""The pytest plugin in a separate project: recorded once, then played by an ordinary user."""

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

# A plugin that refuses every new process: a playback starts none.
ALONE = """
import sys

def refuse(event, args):
    if event in (
        *("subprocess.Popen", "os.fork", "os.forkpty"),
        *("os.posix_spawn", "os.exec", "os.system"),
    ):
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
    """A copy of the project, and the runs of its tests."""

    folder: Path

    @property
    def recordings(self) -> list[str]:
        """The paths of the recordings, relative to the project."""
        return sorted(str(path.relative_to(self.folder)) for path in self.folder.rglob("*.jsonl"))

    def argv(self, *arguments: str) -> tuple[str, ...]:
        """Return the argv that runs the project's tests."""
        disabled_plugins: list[str] = []
        for plugin in ("cacheprovider", "hypothesispytest", "xdist"):
            disabled_plugins += ["-p", f"no:{plugin}"]

        return (sys.executable, "-m", "pytest", *disabled_plugins, "-rs", "-v", *PLUGIN, *arguments)

    def run_tests(self, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """Run the project's tests."""
        return self._run(self.argv(*arguments), environment)

    def play_tests(self, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """Run the project's tests as an ordinary user, without iproute2 and new processes."""
        (self.folder / "alone.py").write_text(ALONE)
        user = NOBODY if os.geteuid() == 0 else ()
        # An ordinary user cannot write the coverage data.
        coverage_names = [name for name in os.environ if name.startswith("COVERAGE_")]
        unset_options = [f"--unset={name}" for name in coverage_names]
        argv = ("env", *unset_options, "PATH=/nonexistent", *self.argv("-p", "alone", *arguments))
        return self._run((*user, *argv), environment)

    def _run(
        self, argv: tuple[str, ...], environment: dict[str, str]
    ) -> "subprocess.CompletedProcess[str]":
        """Run a program in the project's folder."""
        path = f"{ROOT}{os.pathsep}{self.folder}"
        env = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", **environment}
        return subprocess.run(
            argv, cwd=self.folder, env=env, capture_output=True, text=True, check=False
        )


@pytest.fixture(scope="module")
def project() -> Iterator[Project]:
    """A copy of the project, readable for any user, with its recordings."""
    folder = Path(tempfile.mkdtemp(prefix="ipwrap-project-"))
    try:
        folder.chmod(0o755)
        shutil.copytree(
            PROJECT, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__")
        )
        project = Project(folder)
        completed = project.run_tests("--ipwrap-record=once")
        if "no sandbox here" in completed.stdout:
            pytest.skip("no sandbox here")
        assert 0 == completed.returncode, completed.stdout + completed.stderr
        yield project
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def changeable_project(project: Project) -> Iterator[Project]:
    """A copy of the project with its recordings, for tests that change files."""
    folder = Path(tempfile.mkdtemp(prefix="ipwrap-project-"))
    folder.chmod(0o755)
    shutil.copytree(project.folder, folder, dirs_exist_ok=True)
    yield Project(folder)
    shutil.rmtree(folder)


pytestmark = pytest.mark.live


def test_recordings_are_beside_the_tests(project: Project) -> None:
    """A recording is named after its test's module, class and function."""
    assert [
        "recordings/test_bridgelab/TestPorts.test_missing_port_is_missing.jsonl",
        "recordings/test_bridgelab/TestPorts.test_port_and_host_are_a_pair[1400].jsonl",
        "recordings/test_bridgelab/TestPorts.test_port_and_host_are_a_pair[9000].jsonl",
        "recordings/test_bridgelab/test_hosts_have_addresses.jsonl",
        "recordings/test_bridgelab/test_states_are_played_back.jsonl",
    ] == project.recordings


def test_recordings_are_played_by_an_ordinary_user(project: Project) -> None:
    """The recorded tests pass without root, without iproute2, and without new processes."""
    completed = project.play_tests(
        "--ipwrap-record=none", "-k", "not live and not no_such and not test_bond"
    )

    assert 0 == completed.returncode, completed.stdout + completed.stderr
    assert "5 passed, 3 deselected" in completed.stdout


def test_file_names_are_valid_and_unique() -> None:
    """Invalid characters are replaced, and changed names stay unique."""
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


def test_new_recordings_are_reproducible(changeable_project: Project) -> None:
    """Kernel-assigned values are placeholders, so a new recording has the same content."""
    name = "recordings/test_bridgelab/TestPorts.test_missing_port_is_missing.jsonl"
    before = (changeable_project.folder / name).read_bytes()
    stamp = (changeable_project.folder / name).stat().st_mtime_ns
    assert 0 == changeable_project.run_tests("--ipwrap-record=all", "-k", "missing").returncode

    assert before == (changeable_project.folder / name).read_bytes()
    assert stamp != (changeable_project.folder / name).stat().st_mtime_ns


def test_header_lists_normalised_values(project: Project) -> None:
    """The header lists the normalised values; times, processes and MAC addresses are masked."""
    recording = Recording.load(project.folder / project.recordings[1])

    assert ("mac", "ifindex", "pid", "time") == recording.header.normalised
    assert 0.0 == recording.header.started
    assert recording.header.owner is None
    words = [word for event in recording.commands for word in event.command.argv]
    assert words[words.index("lladdr") + 1].startswith("02:00:00:00:00:")


def test_missing_kinds_are_reported(project: Project) -> None:
    """A test that requires a missing kind is skipped with the kernel's error."""
    completed = project.run_tests("-k", "no_such_kind")

    assert "1 skipped" in completed.stdout
    assert "this kernel makes no links of type no-such-kind: " in completed.stdout


def test_tests_are_skipped_without_sandboxes(changeable_project: Project) -> None:
    """Without sandboxes, fixtures and marks skip with the reason, and recordings are played."""
    (changeable_project.folder / "forbidden.py").write_text(FORBIDDEN)
    (changeable_project.folder / changeable_project.recordings[0]).unlink()
    arguments = ("--ipwrap-record=once", "test_bridgelab.py", "mistakes.py::test_model")
    completed = changeable_project.run_tests("-p", "forbidden", *arguments)

    assert 0 == completed.returncode, completed.stdout
    assert "4 passed, 5 skipped" in completed.stdout
    assert "no sandbox here to record in: a setting forbids it" in completed.stdout
    assert "no sandbox here: a setting forbids it" in completed.stdout


def test_once_records_missing_recordings_only(changeable_project: Project) -> None:
    """The mode once does not replace an existing recording."""
    first, *_, last = (changeable_project.folder / name for name in changeable_project.recordings)
    before = first.stat().st_mtime_ns
    last.unlink()
    assert (
        0
        == changeable_project.run_tests(
            "--ipwrap-record=once", "-k", "ports or states or missing"
        ).returncode
    )

    assert before == first.stat().st_mtime_ns
    assert last.exists()


def test_mode_of_the_ini_file(changeable_project: Project) -> None:
    """`ipwrap_record` in the ini file is the default mode; an invalid mode is refused."""
    (changeable_project.folder / changeable_project.recordings[0]).unlink()
    ini = changeable_project.folder / "pytest.ini"
    ini.write_text(ini.read_text() + "ipwrap_record = once\n")
    assert 0 == changeable_project.run_tests("-k", "missing").returncode
    ini.write_text(ini.read_text().replace("= once", "= twice"))
    assert (
        "ipwrap_record: 'twice' is not one of none, once, new, all"
        in changeable_project.run_tests().stderr
    )


def test_missing_recording_is_an_error(changeable_project: Project) -> None:
    """The error for a missing recording has the command that creates the recording."""
    (changeable_project.folder / changeable_project.recordings[0]).unlink()
    completed = changeable_project.play_tests("-k", "missing")

    assert 1 == completed.returncode
    assert "does not exist, and mode none records nothing" in completed.stdout
    assert (
        "pytest --ipwrap-record=once 'test_bridgelab.py::TestPorts::test_missing_port_is_missing'"
        in completed.stdout
    )


def test_mismatch_shows_the_different_arguments(changeable_project: Project) -> None:
    """A changed lab is a playback mismatch, with the different arguments and advice."""
    completed = changeable_project.play_tests("-k", "addresses", BRIDGELAB_MTU="1280")

    assert 1 == completed.returncode
    assert "playback mismatch: the session and its recording differ" in completed.stdout
    assert "mtu [-1500-]{+1280+}" in completed.stdout
    assert "--ipwrap-record=all 'test_bridgelab.py::test_hosts_have_addresses'" in completed.stdout
    assert "recorded, and not asked for:\n  ip link add name to-red " in completed.stdout


def test_new_appends_to_the_recording(changeable_project: Project) -> None:
    """The mode new plays the recorded commands, then runs and records the new ones."""
    name = "recordings/test_bridgelab/TestPorts.test_port_and_host_are_a_pair[1400].jsonl"
    before = Recording.load(changeable_project.folder / name)
    tests = changeable_project.folder / "test_bridgelab.py"
    more = """        ip_recording.ip.neigh.add("10.7.0.8", dev="br0", lladdr=host.address)
        neighbours = ip_recording.ip.neigh.show(dev="br0", nud="permanent")
        assert {host.address} == {neighbour.lladdr for neighbour in neighbours}
        assert [port] == ip_recording.ip.link.show("to-red")

    def test_missing"""
    tests.write_text(tests.read_text().replace("\n    def test_missing", more, 1))
    arguments = ("-k", "pair and 1400")
    assert 1 == changeable_project.play_tests(*arguments).returncode
    assert 0 == changeable_project.play_tests("--ipwrap-record=new", "-k", "missing").returncode
    completed = changeable_project.run_tests("--ipwrap-record=new", *arguments)
    assert 0 == completed.returncode, completed.stdout
    after = Recording.load(changeable_project.folder / name)
    assert 0 == changeable_project.play_tests(*arguments).returncode

    assert before.results == after.results[: len(before.results)]
    assert len(before.results) + 3 == len(after.results)
    assert before.header == after.header
    assert before.initial_state == after.initial_state
    assert after.end is not None
    assert after.end.state is not None


def test_failed_test_keeps_no_recording(changeable_project: Project) -> None:
    """The recording of a failed test is discarded."""
    assert (
        1
        == changeable_project.run_tests(
            "--ipwrap-record=all", "mistakes.py::test_broken"
        ).returncode
    )
    assert [] == [name for name in changeable_project.recordings if "mistakes" in name]


def test_swallowed_mismatch_fails(changeable_project: Project) -> None:
    """A playback mismatch fails the test, even if the code under test catches the error."""
    assert (
        0
        == changeable_project.run_tests(
            "--ipwrap-record=once", "mistakes.py::test_swallows"
        ).returncode
    )
    completed = changeable_project.play_tests("mistakes.py::test_swallows", BRIDGELAB_MTU="1280")

    assert 1 == completed.returncode
    assert "the test has caught this error, and passed" in completed.stdout


def test_differences_are_explained(project: Project) -> None:
    """`assert a == b` of states, models and lists of models shows the differences."""
    completed = project.run_tests("-vv", "mistakes.py", "-k", "states or model")

    assert "3 failed" in completed.stdout
    assert "the states differ:" in completed.stdout
    assert "+ (host)  link br0" in completed.stdout
    assert "+ red  address eth0 10.7.0.1/24" in completed.stdout
    assert "~ (host)  link br0: mtu 1500 -> 1280" in completed.stdout
    assert "~ lo: ifindex 1 -> 7" in completed.stdout


@pytest.mark.parametrize("option", [True, False])
def test_leftovers_fail(session: Session, project: Project, option: bool) -> None:
    """A test with leftovers is an error, by the fixture and by the option for all tests."""
    arguments = ("mistakes.py", "-k", "leaves", *(("--ipwrap-no-leftovers",) if option else ()))
    argv = ("env", f"--chdir={project.folder}", f"PYTHONPATH={ROOT}", *project.argv(*arguments))
    completed = session.exec(*argv, check=False)

    assert "2 passed" in completed.stdout
    assert "1 error" in completed.stdout
    assert "+ (host)  link lost0" in completed.stdout
    assert "+ (host)  netns forgotten" in completed.stdout
    assert "+ (host)  route 10.9.0.0/16" in completed.stdout
    assert (
        "ERROR mistakes.py::test_leaves_something" in completed.stdout
        or "ERROR at teardown of test_leaves" in completed.stdout
    )


CONCURRENT_TESTS = """\
import subprocess
import time
from pathlib import Path


def wait_for(name):
    end = time.monotonic() + 60
    while not Path(name).exists():
        assert time.monotonic() < end, name
        time.sleep(0.01)


def test_guarded(no_leftovers):
    Path("begun").touch()
    wait_for("made")


def test_other():
    wait_for("begun")
    subprocess.run(("ip", "link", "add", "lost0", "type", "bridge"), check=True)
    Path("made").touch()
"""


def run_workers(session: Session, folder: Path) -> str:
    """Run the tests of a folder in two workers of pytest-xdist, and return the output."""
    argv = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n", "2", "-v", *PLUGIN)
    env = ("env", f"--chdir={folder}", f"PYTHONPATH={ROOT}")
    basetemp = f"--basetemp={folder}/temp"
    return session.exec(*env, *argv, basetemp, check=False).stdout


def test_another_workers_test_is_named(session: Session, tmp_path: Path) -> None:
    """Under pytest-xdist the report names the tests that ran meanwhile."""
    pytest.importorskip("xdist")
    (tmp_path / "test_concurrent.py").write_text(CONCURRENT_TESTS)

    output = run_workers(session, tmp_path)

    assert "2 passed, 1 error" in output
    assert "+ (host)  link lost0" in output
    assert re.search(
        r"one that another worker ran meanwhile, has done it:\n"
        r" *gw[01]: test_concurrent.py::test_other\n"
        r" *to know which: pytest -n 0 --ipwrap-no-leftovers 'test_concurrent.py::test_guarded'",
        output,
    )


GROUPED_TESTS = """\
import pytest


def groups(request):
    return [mark.args for mark in request.node.iter_markers("xdist_group")]


def test_guarded(no_leftovers, request):
    assert [("ipwrap-host",)] == groups(request)


@pytest.mark.xdist_group("mine")
def test_of_a_group(no_leftovers, request):
    assert [("mine",)] == groups(request)


def test_other(request):
    assert [] == groups(request)
"""


def test_guarded_tests_are_a_group(session: Session, tmp_path: Path) -> None:
    """`--dist loadgroup` gives the tests that ask for the fixture to one worker, one by one."""
    pytest.importorskip("xdist")
    (tmp_path / "test_grouped.py").write_text(GROUPED_TESTS)

    output = run_workers(session, tmp_path)

    assert "3 passed" in output, output


def test_collection_does_not_import_ipwrap(tmp_path: Path) -> None:
    """In a project without ipwrap, only the plugin module is imported."""
    (tmp_path / "test_other.py").write_text(
        "import sys\n"
        "def test_other():\n"
        "    system = {'ipwrap.system', 'ipwrap.system.imports', 'ipwrap.system.lazy'}\n"
        "    allowed = {'ipwrap', 'ipwrap.pytest_plugin', *system}\n"
        "    assert allowed >= {name for name in sys.modules if 'ipwrap' in name}\n"
        "    assert not {'attrs', 'msgspec'} & set(sys.modules)\n"
    )
    completed = Project(tmp_path).run_tests()

    assert 0 == completed.returncode, completed.stdout


def test_help_lists_the_options(tmp_path: Path) -> None:
    """`pytest --help` and `--markers` list the options and marks."""
    completed = Project(tmp_path).run_tests("--help")
    marks = Project(tmp_path).run_tests("--markers")

    assert "--ipwrap-record={none,once,new,all}" in completed.stdout
    assert "ipwrap_no_leftovers" in completed.stdout
    assert "requires_kind(*kinds)" in marks.stdout


FIXTURE_TESTS = """
from ipwrap.kinds import Bridge

def test_session(ipwrap_session):
    ipwrap_session.ip.link.add("br0", Bridge())
    assert "br0" in [link.ifname for link in ipwrap_session.ip.link.show()]

def test_lab(ipwrap_lab):
    session = ipwrap_lab("red", "blue")
    assert ["blue", "red"] == sorted(netns.name for netns in session.ip.netns.list())
"""
SHORT_NAME_TESTS = """
def test_short_names(session, ipwrap_session, lab, ipwrap_lab):
    assert session is ipwrap_session
    assert lab is ipwrap_lab
"""
# Another plugin with a fixture of this name, as projects with a database have.
DATABASE_PLUGIN = """
import pytest

@pytest.fixture
def session():
    return "a database"
"""
DATABASE_TESTS = """
def test_session(session, ipwrap_session):
    assert "a database" == session
    assert ipwrap_session is not None
"""


def test_fixtures_have_names_of_their_own(tmp_path: Path) -> None:
    """`ipwrap_session` and `ipwrap_lab` open sandboxes; the short names are the same objects."""
    (tmp_path / "test_long.py").write_text(FIXTURE_TESTS)
    (tmp_path / "test_short.py").write_text(SHORT_NAME_TESTS)

    completed = Project(tmp_path).run_tests()

    assert 0 == completed.returncode, completed.stdout
    assert "3 passed" in completed.stdout or "no sandbox here" in completed.stdout


def test_short_names_are_switched_off(tmp_path: Path) -> None:
    """With `ipwrap_short_names = false` a fixture of another plugin has the name."""
    (tmp_path / "pytest.ini").write_text("[pytest]\nipwrap_short_names = false\n")
    (tmp_path / "database_plugin.py").write_text(DATABASE_PLUGIN)
    (tmp_path / "test_database.py").write_text(DATABASE_TESTS)

    completed = Project(tmp_path).run_tests("-p", "database_plugin")
    fixtures = Project(tmp_path).run_tests("--fixtures", "-p", "database_plugin")

    assert 0 == completed.returncode, completed.stdout
    assert "\nlab " not in fixtures.stdout


def test_fixtures_of_a_test_file_come_first(tmp_path: Path) -> None:
    """A project's own `session` takes the name without any setting."""
    (tmp_path / "conftest.py").write_text(DATABASE_PLUGIN)
    (tmp_path / "test_database.py").write_text(DATABASE_TESTS)

    completed = Project(tmp_path).run_tests()

    assert 0 == completed.returncode, completed.stdout


def test_fixtures_are_documented(tmp_path: Path) -> None:
    """`pytest --fixtures` says what each fixture is, with an example."""
    output = Project(tmp_path).run_tests("--fixtures").stdout

    for name in ("ipwrap_session", "ipwrap_lab", "ip_recording", "no_leftovers", "session", "lab"):
        assert f"\n{name} -- " in output
    assert "def test_pair(ipwrap_lab):" in output
    assert "The fixture ipwrap_session, by a short name" in output


def test_fixtures_are_safe_among_workers(tmp_path: Path) -> None:
    """Two workers of pytest-xdist have a sandbox for each test, and record beside each other."""
    pytest.importorskip("xdist")
    recorded = "\n".join(
        f"def test_{number}(ip_recording):\n    ip_recording.ip.netns.add('red')\n"
        for number in range(4)
    )
    (tmp_path / "test_long.py").write_text(FIXTURE_TESTS + recorded)
    argv = (sys.executable, "-m", "pytest", "-n", "2", "-p", "no:cacheprovider", *PLUGIN)

    completed = Project(tmp_path)._run((*argv, "--ipwrap-record=once"), {})

    assert 0 == completed.returncode, completed.stdout
    if "no sandbox here" not in completed.stdout:
        assert 4 == len(Project(tmp_path).recordings)
