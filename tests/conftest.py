"""What all tests share, besides ipwrap's own plugin: the proof that the host is as it was."""

import os
import signal
import subprocess
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from ipwrap import DryRun, Local, Session
from tests.lacking import Lacking

pytest_plugins = () if entry_points(group="pytest11", name="ipwrap") else ("ipwrap.pytest_plugin",)
collect_ignore = ["cases"]  # the tests of another project are run by tests/test_pytest_plugin.py
# A slow machine is no failure, a run leaves no files, and what passed once will pass again:
# `--hypothesis-profile=search` tries other values each time.
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
    """Take the name of a file for the tests that this kernel cannot run."""
    parser.addoption(
        "--lacking",
        metavar="FILE",
        type=Path,
        help="write there which tests this kernel could not run",
    )


def pytest_configure(config: pytest.Config) -> None:
    """See that Ctrl-C is heard, which a shell has its background ignore: tests send it to programs that inherit that.

    Note the tests that this kernel cannot run, if that is asked for; of those that run side by side, one does.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if (file := config.getoption("lacking")) and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Lacking(file))


def _host() -> tuple[str, ...]:
    """Return what this host's first namespace holds; no output at all is an empty list, as without /run/netns."""
    commands = (("ip", "-j", "-d", "link"), ("ip", "-j", "netns", "list"), ("ip", "-j", "address"))
    ran = (
        subprocess.run(each, capture_output=True, text=True, check=False).stdout.strip()
        for each in commands
    )
    return tuple(said or "[]" for said in ran)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Keep how the host is before the tests; those that run side by side have one who looks."""
    if not hasattr(session.config, "workerinput"):
        session.config.stash[BEFORE] = _host()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail if the tests have not left the host's links, addresses and namespaces as they were."""
    if BEFORE in session.config.stash and session.config.stash[BEFORE] != (after := _host()):
        print(f"the host is not as it was:\n  {session.config.stash[BEFORE]}\n  {after}")  # noqa: T201
        session.exitstatus = 1


@pytest.fixture
def dry() -> Iterator[Session]:
    """A session in which nothing runs: its recording tells which words would have been."""
    with Session(Local(), DryRun()) as opened:
        yield opened


@pytest.fixture
def marker(request: pytest.FixtureRequest) -> str:
    """A number of seconds that no other process of this machine sleeps."""
    return f"{abs(hash(request.node.nodeid)) % 10**6 + 10**6}.{os.getpid()}"
