"""Shared fixtures, and the check that the tests leave the host unchanged."""

import os
import signal
import subprocess
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from ipwrap import DryRun, Local, PlaceError, Session
from tests.lacking import Lacking
from tests.remote_hosts import FarHosts, open_remote_hosts

pytest_plugins = () if entry_points(group="pytest11", name="ipwrap") else ("ipwrap.pytest_plugin",)
collect_ignore = ["cases"]  # the tests of another project are run by tests/test_pytest_plugin.py

# A slow machine is no failure, a run leaves no files, and every run tries the same values:
# `--hypothesis-profile=search` tries different values in every run.
settings.register_profile(
    "ipwrap",
    max_examples=25,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=(HealthCheck.too_slow,),
)
settings.register_profile("search", settings.get_profile("ipwrap"), derandomize=False)
settings.load_profile("ipwrap")
BEFORE = pytest.StashKey[tuple[str, ...]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options for tests that this kernel cannot run, and for a part of the tests."""
    parser.addoption(
        "--lacking",
        metavar="FILE",
        type=Path,
        help="write to FILE the tests that this kernel could not run",
    )
    parser.addoption(
        "--part", metavar="N/COUNT", help="run each COUNT-th test only, from the N-th one on"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Restore the handling of Ctrl-C, and note tests that this kernel cannot run, on request."""
    # A shell starts background jobs with SIGINT ignored, and programs of the tests inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)

    file = config.getoption("lacking")
    if file and not _is_worker(config):
        config.pluginmanager.register(Lacking(file))


def _is_worker(config: pytest.Config) -> bool:
    """Return whether this process is a worker of pytest-xdist, beside a main process."""
    return hasattr(config, "workerinput")


def _read_host() -> tuple[str, ...]:
    """Return links, namespaces and addresses of the host namespace as JSON."""
    commands = (("ip", "-j", "-d", "link"), ("ip", "-j", "netns", "list"), ("ip", "-j", "address"))

    outputs = []
    for command in commands:
        completed = subprocess.run(command, capture_output=True, text=True, check=False)
        # `ip netns list` prints nothing without /run/netns.
        outputs.append(completed.stdout.strip() or "[]")

    return tuple(outputs)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests of other parts, on request, when all else has been left out."""
    part = config.getoption("part")
    if not part:
        return

    number, _, count = part.partition("/")
    chosen = items[int(number) - 1 :: int(count)]
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = chosen


def pytest_sessionstart(session: pytest.Session) -> None:
    """Read the host before the tests, in the main process."""
    if not _is_worker(session.config):
        session.config.stash[BEFORE] = _read_host()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail if the tests have changed links, addresses or namespaces of the host."""
    if BEFORE not in session.config.stash:
        return

    before, after = session.config.stash[BEFORE], _read_host()
    if before != after:
        print(f"the tests have changed the host:\n  {before}\n  {after}")  # noqa: T201
        session.exitstatus = 1


@pytest.fixture(scope="module")
def sandbox_session() -> Iterator[Session]:
    """A session in a sandbox, shared by the tests of a file."""
    try:
        session = Session(sandbox=True).__enter__()
    except PlaceError as error:
        pytest.skip(f"no sandbox on this machine: {error}")

    with session:
        yield session


@pytest.fixture
def dry_session() -> Iterator[Session]:
    """A dry-run session: the recording has the commands, and no command runs."""
    with Session(Local(), DryRun()) as session:
        yield session


@pytest.fixture
def sleep_marker(request: pytest.FixtureRequest) -> str:
    """A unique number of seconds to sleep, which identifies a process of the test."""
    return f"{abs(hash(request.node.nodeid)) % 10**6 + 10**6}.{os.getpid()}"


@pytest.fixture(scope="module")
def remote_hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FarHosts]:
    """Two machines by ssh, shared by the tests of a file: a test leaves them as they were."""
    with open_remote_hosts(tmp_path_factory.mktemp("far")) as hosts:
        yield hosts
