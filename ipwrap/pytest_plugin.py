"""The pytest plugin: sandboxes, recordings that replace the kernel, and a check for leftovers.

Fixtures: ``ipwrap_session``, ``ipwrap_lab``, ``ip_recording``, ``no_leftovers``; ``session`` and
``lab`` are short names of the first two, unless the ini file has ``ipwrap_short_names = false``.
Marks: ``requires_sandbox``, ``requires_kind("bond")``, ``ipwrap_recording(ordered=…)``. Options:
``--ipwrap-record`` and ``--ipwrap-no-leftovers``; in the ini file ``ipwrap_record`` and
``ipwrap_no_leftovers``.

pytest loads this file in every project of an environment. Therefore the functions import ipwrap
itself on first use.
"""

import re
import sys
import time
from collections.abc import Generator, Iterator
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest

if TYPE_CHECKING:
    from ipwrap.session import Session
    from ipwrap.testing.workers import WorkerLog

__all__ = [
    "MakeLab",
    "ShortNames",
    "ip_recording",
    "ipwrap_lab",
    "ipwrap_session",
    "no_leftovers",
    "pytest_addoption",
    "pytest_assertrepr_compare",
    "pytest_collection_modifyitems",
    "pytest_configure",
    "pytest_itemcollected",
    "pytest_runtest_makereport",
    "pytest_runtest_protocol",
    "pytest_runtest_setup",
]

MODES = ("none", "once", "new", "all")
MARKS = (
    "requires_sandbox: skip the test where no sandbox can be opened",
    "requires_kind(*kinds): skip the test where the kernel lacks a kind of links, such as 'bond'",
    (
        "ipwrap_recording(**options): how ip_recording plays and records: "
        "ordered, allow_playback_repeats, normalise"
    ),
)
UNSAFE_IN_FILE_NAME = re.compile(r"[^\w.,=+@()\[\]-]+", re.ASCII)
MAX_FILE_NAME = 200
MAX_UNPLAYED_LINES = 10
MAX_CONCURRENT_LINES = 10

PASSED = pytest.StashKey[bool]()
RECORDED = pytest.StashKey[tuple[Path, "Session"]]()
WORKER_LOG = pytest.StashKey["WorkerLog"]()

# Tests of this group share a worker of pytest-xdist with --dist loadgroup.
HOST_GROUP = "ipwrap-host"


class MakeLab(Protocol):
    """The type of the fixture `ipwrap_lab`: a function that opens sandboxes."""

    def __call__(self, *netns: str) -> "Session":
        """Open a session in a new sandbox, with namespaces of these names."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the plugin's options."""
    group = parser.getgroup("ipwrap")
    group.addoption(
        "--ipwrap-record",
        choices=MODES,
        help="recordings of ip_recording: none plays them, once records missing ones, new appends "
        "to existing ones, all records all anew (default: ipwrap_record in the ini file, or none)",
    )
    group.addoption(
        "--ipwrap-no-leftovers",
        action="store_true",
        help="every test uses no_leftovers",
    )
    parser.addini(
        "ipwrap_record",
        "how ip_recording treats recordings: none, once, new or all",
        default="none",
    )
    parser.addini(
        "ipwrap_no_leftovers",
        "every test uses no_leftovers",
        type="bool",
        default=False,
    )
    parser.addini(
        "ipwrap_short_names",
        "session and lab are fixtures, too: false where another plugin has fixtures of these names",
        type="bool",
        default=True,
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the marks and the short names, and check the ini file's mode."""
    for mark in MARKS:
        config.addinivalue_line("markers", mark)

    mode = _record_mode(config)
    if mode not in MODES:
        raise pytest.UsageError(f"ipwrap_record: {mode!r} is not one of {', '.join(MODES)}")

    if config.getini("ipwrap_short_names"):
        config.pluginmanager.register(ShortNames(), "ipwrap-short-names")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Make the tests that ask for `no_leftovers` themselves a group of pytest-xdist.

    pytest-xdist reads the groups at the beginning of `pytest_collection_modifyitems`.
    """
    if "no_leftovers" not in getattr(item, "fixturenames", ()):
        return

    has_group = item.get_closest_marker("xdist_group") is not None
    if item.config.pluginmanager.hasplugin("xdist") and not has_group:
        item.add_marker(pytest.mark.xdist_group(HOST_GROUP))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Add `no_leftovers` to every test, if configured.

    The fixture comes first, so that its teardown runs after all other teardowns.
    """
    functions = [item for item in items if isinstance(item, pytest.Function)]
    users = [item for item in functions if "no_leftovers" in item.fixturenames]

    if config.getoption("ipwrap_no_leftovers") or config.getini("ipwrap_no_leftovers"):
        for item in functions:
            if item not in users:
                item.fixturenames.insert(0, "no_leftovers")
        users = functions

    if users:
        _open_worker_log(config)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test that this machine cannot run. A playback needs neither sandbox nor kind."""
    kinds: list[str] = []
    for mark in item.iter_markers("requires_kind"):
        kinds += mark.args

    if not kinds and item.get_closest_marker("requires_sandbox") is None:
        return
    if _is_played(item):
        return

    reason = _machine_problem(kinds)
    if reason:
        pytest.skip(reason)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Announce the running test to the other workers of pytest-xdist."""
    log: WorkerLog | None = item.config.stash.get(WORKER_LOG, None)
    if log is None:
        return (yield)

    log.write(item.nodeid)
    try:
        return (yield)
    finally:
        log.write()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note whether the test passed, which decides about its recording.

    Add a section about the recording to the report of a failed test.
    """
    report = yield

    if report.when == "call":
        item.stash[PASSED] = report.passed
        if report.failed and RECORDED in item.stash:
            path, session = item.stash[RECORDED]
            section = _failure_section(item, path=path, session=session)
            report.sections.append(("ipwrap recording", section))

    return report


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Show the differences of two states, models or lists of models.

    Before the first import of ipwrap.session, a test cannot have any of these.
    """
    if op != "==" or "ipwrap.session" not in sys.modules:
        return None

    from ipwrap.testing import explain

    return explain(left, right)


@pytest.fixture
def ipwrap_session() -> Iterator["Session"]:
    """A session in a new sandbox of the test's own, closed behind the test; without root.

    ::

        def test_bridge(ipwrap_session):
            ipwrap_session.ip.link.add("br0", Bridge())
            assert "br0" in [link.ifname for link in ipwrap_session.ip.link.show()]

    The test is skipped, with the reason, where no sandbox can be opened.
    """
    with _open_sandbox() as opened:
        yield opened


@pytest.fixture
def ipwrap_lab() -> Iterator[MakeLab]:
    """A function that opens sandboxes with namespaces, all closed behind the test.

    ::

        def test_pair(ipwrap_lab):
            session = ipwrap_lab("red", "blue")  # a sandbox with two namespaces
            session.netns("red").ip.link.set("lo", up=True)

    The test is skipped, with the reason, where no sandbox can be opened.
    """
    sessions: list[Session] = []

    def make(*netns: str) -> "Session":
        session = _open_sandbox()
        sessions.append(session)
        for name in netns:
            session.ip.netns.add(name)
        return session

    yield make

    for session in reversed(sessions):
        session.close()


class ShortNames:
    """The short names of fixtures, unless the ini file has ``ipwrap_short_names = false``."""

    @pytest.fixture
    def session(self, ipwrap_session: "Session") -> "Session":
        """The fixture ipwrap_session, by a short name (ini file: ipwrap_short_names)."""
        return ipwrap_session

    @pytest.fixture
    def lab(self, ipwrap_lab: MakeLab) -> MakeLab:
        """The fixture ipwrap_lab, by a short name (ini file: ipwrap_short_names)."""
        return ipwrap_lab


@pytest.fixture
def ip_recording(request: pytest.FixtureRequest) -> Iterator["Session"]:
    """A session recorded in a sandbox, and played back later without root and without a kernel.

    ::

        def test_links(ip_recording):  # once: pytest --ipwrap-record=once
            assert ["lo"] == [link.ifname for link in ip_recording.ip.link.show()]

    The recording is beside the test, in ``recordings/MODULE/TEST.jsonl``; ``--ipwrap-record``
    selects when to record. A recording is kept if the test passes. The mark ``ipwrap_recording``
    takes the options of `ipwrap.testing.open_recorded`.
    """
    from ipwrap.errors import ExecutorError, PlaceError, RecordingError
    from ipwrap.testing import open_recorded, save_recording

    item = request.node
    path = _recording_path(item)

    try:
        session = open_recorded(path, _record_mode(request.config), **_recording_options(item))
        session.open()
    except (ExecutorError, PlaceError) as error:
        pytest.skip(f"no sandbox here to record in: {error}")
    except RecordingError as error:
        mode = "all" if path.exists() else "once"
        advice = f"next: pytest --ipwrap-record={mode} {item.nodeid!r}"
        pytest.fail(f"{error}\n  {advice}", pytrace=False)

    item.stash[RECORDED] = (path, session)
    yield session
    session.close()

    if not item.stash.get(PASSED, False):
        return

    mismatches = _mismatches(session)
    if mismatches:
        pytest.fail(f"the test has caught this error, and passed:\n{mismatches[0]}", pytrace=False)
    save_recording(session, path)


@pytest.fixture
def no_leftovers(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that adds or deletes a link, a route or a namespace of this host.

    Under pytest-xdist, the failure lists the tests that other workers ran at the same time, which
    may be the cause.
    """
    from ipwrap.testing import Host

    begin = time.monotonic()
    before = Host.look()
    yield
    leftovers = Host.look().since(before)

    if leftovers:
        log = request.config.stash.get(WORKER_LOG, None)
        concurrent_tests = log.concurrent_tests(begin) if log is not None else []
        # pytest-xdist appends the group to the name.
        nodeid = request.node.nodeid.removesuffix(f"@{HOST_GROUP}")
        report = _leftovers_report(leftovers, concurrent_tests, nodeid=nodeid)
        pytest.fail(report, pytrace=False)


def _open_worker_log(config: pytest.Config) -> None:
    """Open the log of the running tests, in a worker of pytest-xdist."""
    workerinput = getattr(config, "workerinput", None)
    if workerinput is None:
        return

    from ipwrap.testing.workers import WorkerLog

    # pytest-xdist gives each worker a folder of its own below that of the run.
    factory = config._tmp_path_factory  # type: ignore[attr-defined]
    folder = factory.getbasetemp().parent
    config.stash[WORKER_LOG] = WorkerLog.open(folder, workerinput["workerid"])


def _leftovers_report(leftovers: list[str], concurrent_tests: list[str], *, nodeid: str) -> str:
    """Return the failure of a test during which the host has changed."""
    report = ["the host is not as it was before this test (+ left behind, - gone):", *leftovers]
    if concurrent_tests:
        shown = concurrent_tests[:MAX_CONCURRENT_LINES]
        hidden = len(concurrent_tests) - len(shown)
        report += ["this test, or one that another worker ran meanwhile, has done it:", *shown]
        if hidden:
            report.append(f"and {hidden} more")
        report.append(
            f"to know which: pytest -n 0 --ipwrap-no-leftovers {nodeid!r}, and the others"
        )

    return "\n  ".join(report)


def _open_sandbox() -> "Session":
    """Return an open session in a new sandbox, or skip the test with the reason."""
    from ipwrap.errors import ExecutorError, PlaceError
    from ipwrap.session import Session

    session = Session(sandbox=True)
    try:
        session.open()
    except (ExecutorError, PlaceError) as error:
        pytest.skip(f"no sandbox here: {error}")

    return session


def _record_mode(config: pytest.Config) -> Any:
    """Return the mode of recordings: the option's value, or else the ini file's."""
    return config.getoption("ipwrap_record") or config.getini("ipwrap_record")


def _recording_path(item: pytest.Item) -> Path:
    """Return the path of a test's recording, named after the test's module, class and name."""
    classes = [node.name for node in item.listchain() if isinstance(node, pytest.Class)]
    file_name = _file_name(".".join([*classes, item.name]))
    return item.path.parent / "recordings" / item.path.stem / file_name


def _file_name(name: str) -> str:
    """Return the file name of a recording.

    A changed name gets a checksum of the original name, so that two tests never share a recording.
    """
    safe_name = UNSAFE_IN_FILE_NAME.sub("-", name)[:MAX_FILE_NAME]
    if safe_name == name:
        return f"{name}.jsonl"

    checksum = sha256(name.encode()).hexdigest()[:8]
    return f"{safe_name}-{checksum}.jsonl"


def _recording_options(item: pytest.Item) -> dict[str, Any]:
    """Return the options in a test's marks. The closest mark takes precedence."""
    options: dict[str, Any] = {}

    # iter_markers() yields the closest mark first.
    for mark in reversed([*item.iter_markers("ipwrap_recording")]):
        options.update(mark.kwargs)

    return options


def _is_played(item: pytest.Item) -> bool:
    """Return whether a test plays its recording."""
    if "ip_recording" not in getattr(item, "fixturenames", ()):
        return False

    mode = _record_mode(item.config)
    return mode == "none" or (mode != "all" and _recording_path(item).exists())


def _machine_problem(kinds: list[str]) -> str | None:
    """Return why this machine cannot run a test that needs a sandbox and kinds of links."""
    from ipwrap.testing.probe import kind_problem, sandbox_problem

    reason = sandbox_problem()
    if reason:
        return reason

    for kind in kinds:
        reason = kind_problem(kind)
        if reason:
            return reason

    return None


def _mismatches(session: "Session") -> list[Any]:
    """Return the playback mismatches of a session."""
    from ipwrap.executors import Playback

    return session.executor.mismatches if isinstance(session.executor, Playback) else []


def _failure_section(item: pytest.Item, *, path: Path, session: "Session") -> str:
    """Return the report section about the recording of a failed test."""
    lines = [f"{path}", f"to make it anew: pytest --ipwrap-record=all {item.nodeid!r}"]

    unplayed = session.unplayed
    if unplayed:
        lines.append("recorded, and not asked for:")
        lines += [f"  {line}" for line in unplayed[:MAX_UNPLAYED_LINES]]

    return "\n".join(lines)
