"""What pytest gets from ipwrap: sandboxes, recordings that stand in for a kernel, and a host that stays as it was.

Fixtures: ``session``, ``lab``, ``ip_recording``, ``no_leftovers``. Marks: ``requires_sandbox``,
``requires_kind("bond")``, ``ipwrap_recording(ordered=…)``. Options: ``--ipwrap-record`` and ``--ipwrap-no-leftovers``,
in the ini file ``ipwrap_record`` and ``ipwrap_no_leftovers``.

pytest loads this file in every project of an environment, so ipwrap itself is imported when a test first needs it.
"""

import re
import sys
from collections.abc import Generator, Iterator
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest

if TYPE_CHECKING:
    from ipwrap.session import Session

__all__ = [
    "MakeLab",
    "ip_recording",
    "lab",
    "no_leftovers",
    "pytest_addoption",
    "pytest_assertrepr_compare",
    "pytest_collection_modifyitems",
    "pytest_configure",
    "pytest_runtest_makereport",
    "pytest_runtest_setup",
    "session",
]

MODES = ("none", "once", "new", "all")
MARKS = (
    "requires_sandbox: skip the test where no sandbox can be opened",
    "requires_kind(*kinds): skip the test where the kernel lacks a kind of links, such as 'bond'",
    "ipwrap_recording(**options): how ip_recording plays and records: ordered, allow_playback_repeats, normalise",
)
UNFIT = re.compile(r"[^\w.,=+@()\[\]-]+", re.ASCII)  # for the name of a file
LONGEST = 200

PASSED = pytest.StashKey[bool]()
RECORDED = pytest.StashKey[tuple[Path, "Session"]]()


class MakeLab(Protocol):
    """What the fixture `lab` is: a function that opens sandboxes."""

    def __call__(self, *netns: str) -> "Session":
        """Open a session in a sandbox of its own, with namespaces of these names."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the options of this plugin."""
    group = parser.getgroup("ipwrap")
    group.addoption(
        "--ipwrap-record",
        choices=MODES,
        help="recordings of ip_recording: none plays them, once makes those that are not there, new goes on where they "
        "end, all makes them anew (default: the ini file's ipwrap_record, or none)",
    )
    group.addoption(
        "--ipwrap-no-leftovers", action="store_true", help="every test uses no_leftovers"
    )
    parser.addini(
        "ipwrap_record",
        "how ip_recording treats recordings: none, once, new or all",
        default="none",
    )
    parser.addini("ipwrap_no_leftovers", "every test uses no_leftovers", type="bool", default=False)


def pytest_configure(config: pytest.Config) -> None:
    """Tell pytest of the marks."""
    for mark in MARKS:
        config.addinivalue_line("markers", mark)
    if _mode(config) not in MODES:
        raise pytest.UsageError(
            f"ipwrap_record: {_mode(config)!r} is not one of {', '.join(MODES)}"
        )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let every test use `no_leftovers`, if that is asked for; first, so that it looks again when all else is done."""
    if not (config.getoption("ipwrap_no_leftovers") or config.getini("ipwrap_no_leftovers")):
        return
    for item in items:
        if isinstance(item, pytest.Function) and "no_leftovers" not in item.fixturenames:
            item.fixturenames.insert(0, "no_leftovers")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test that this machine cannot run; one that is played back needs nothing of it."""
    needed = [kind for mark in item.iter_markers("requires_kind") for kind in mark.args]
    if not needed and item.get_closest_marker("requires_sandbox") is None:
        return
    if not _is_played(item) and (reason := _lacking(needed)):
        pytest.skip(reason)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember whether the test passed: only then its recording is kept. Tell of the recording where it failed."""
    report = yield
    if report.when == "call":
        item.stash[PASSED] = report.passed
        if report.failed and RECORDED in item.stash:
            report.sections.append(("ipwrap recording", _about(item, *item.stash[RECORDED])))
    return report


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Show where two states, models or lists of models differ; nobody has any before ipwrap was imported."""
    if op != "==" or "ipwrap.session" not in sys.modules:
        return None
    from ipwrap.testing import explain

    return explain(left, right)


@pytest.fixture
def session() -> Iterator["Session"]:
    """A session in a fresh sandbox, closed when the test is done. The test is skipped where there is none to be had."""
    with _sandbox() as opened:
        yield opened


@pytest.fixture
def lab() -> Iterator[MakeLab]:
    """A function that opens sandboxes: ``lab("red", "blue")`` is a session in a fresh one with these two namespaces."""
    opened: list[Session] = []

    def make(*netns: str) -> "Session":
        session = _sandbox()
        opened.append(session)
        for name in netns:
            session.ip.netns.add(name)
        return session

    yield make
    for session in reversed(opened):
        session.close()


@pytest.fixture
def ip_recording(request: pytest.FixtureRequest) -> Iterator["Session"]:
    """A session that is recorded in a sandbox, and played back later, with no root and no kernel.

    The recording is beside the test, in ``recordings/MODULE/TEST.jsonl``; ``--ipwrap-record`` says when one is made. It
    is kept if the test passes. The mark ``ipwrap_recording`` takes the options of `ipwrap.testing.open_recorded`.
    """
    from ipwrap.errors import ExecutorError, PlaceError, RecordingError
    from ipwrap.testing import open_recorded, save_recording

    item = request.node
    path = _path(item)
    try:
        session = open_recorded(path, _mode(request.config), **_options(item))
        session.open()
    except (ExecutorError, PlaceError) as error:
        pytest.skip(f"no sandbox here to record in: {error}")
    except RecordingError as error:
        helps = "all" if path.exists() else "once"
        pytest.fail(
            f"{error}\n  next: pytest --ipwrap-record={helps} {item.nodeid!r}", pytrace=False
        )
    item.stash[RECORDED] = (path, session)
    yield session
    session.close()
    if item.stash.get(PASSED, False):
        if missed := _missed(session):
            pytest.fail(f"the test has caught this error, and passed:\n{missed[0]}", pytrace=False)
        save_recording(session, path)


@pytest.fixture
def no_leftovers() -> Iterator[None]:
    """Fail a test that leaves a link, a route or a namespace behind on this host, or takes one away."""
    from ipwrap.testing import Host

    before = Host.look()
    yield
    if left := Host.look().since(before):
        lines = "\n  ".join(left)
        pytest.fail(
            f"the host is not as it was before this test (+ left behind, - gone):\n  {lines}",
            pytrace=False,
        )


def _sandbox() -> "Session":
    """Return an open session in a fresh sandbox, or skip the test with the reason."""
    from ipwrap.errors import ExecutorError, PlaceError
    from ipwrap.session import Session

    session = Session(sandbox=True)
    try:
        session.open()
    except (ExecutorError, PlaceError) as error:
        pytest.skip(f"no sandbox here: {error}")
    return session


def _mode(config: pytest.Config) -> Any:
    """Return when recordings are made."""
    return config.getoption("ipwrap_record") or config.getini("ipwrap_record")


def _path(item: pytest.Item) -> Path:
    """Return where a test's recording is: beside the test, by the names of its module, its classes and its own."""
    classes = [node.name for node in item.listchain() if isinstance(node, pytest.Class)]
    return (
        item.path.parent
        / "recordings"
        / item.path.stem
        / _file_name(".".join([*classes, item.name]))
    )


def _file_name(name: str) -> str:
    """Return the name of a recording's file; one that had to be changed stays apart from others by a sum."""
    fit = UNFIT.sub("-", name)[:LONGEST]
    return f"{fit}.jsonl" if fit == name else f"{fit}-{sha256(name.encode()).hexdigest()[:8]}.jsonl"


def _options(item: pytest.Item) -> dict[str, Any]:
    """Return what a test's marks say of its recording; the nearest has the last word."""
    marks = [*item.iter_markers("ipwrap_recording")]
    return {name: value for mark in reversed(marks) for name, value in mark.kwargs.items()}


def _is_played(item: pytest.Item) -> bool:
    """Tell whether a test is played back from its recording."""
    if "ip_recording" not in getattr(item, "fixturenames", ()):
        return False
    mode = _mode(item.config)
    return mode == "none" or (mode != "all" and _path(item).exists())


def _lacking(kinds: list[str]) -> str | None:
    """Return what a test needs and this machine lacks."""
    from ipwrap.testing.probe import forbidden, kind_problem

    return forbidden() or next((reason for kind in kinds if (reason := kind_problem(kind))), None)


def _missed(session: "Session") -> list[Any]:
    """Return the errors of a playback that was asked for something else."""
    from ipwrap.executors import Playback

    return session.executor.mismatches if isinstance(session.executor, Playback) else []


def _about(item: pytest.Item, path: Path, session: "Session") -> str:
    """Return what helps where a test with a recording failed."""
    lines = [f"{path}", f"to make it anew: pytest --ipwrap-record=all {item.nodeid!r}"]
    left = session.unplayed
    if left:
        lines += ["recorded, and not asked for:", *(f"  {line}" for line in left[:10])]
    return "\n".join(lines)
