"""Namespaces that only processes have are part of a snapshot."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ipwrap import Session
from ipwrap.state.process_namespaces import (
    ProcessNamespace,
    find_namespaces,
    is_process_key,
    read_process_namespaces,
)
from tests.labs import open_sandbox

# A container without a name: it makes a link, says so, and stays until its stdin ends.
CONTAINER = """
ip link add c0 type veth peer name c1 && sysctl -qw net.ipv4.ip_forward=1 && echo ready && read line
"""


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    """A session in a sandbox of its own."""
    with open_sandbox() as session:
        yield session


@contextmanager
def running_container(session: Session) -> Iterator[None]:
    """Run a process in a network namespace without a name."""
    argv = session.place.wrap(("unshare", "--net", "sh", "-c", CONTAINER))
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert b"ready\n" == process.stdout.readline()
        yield
        process.stdin.close()


def test_a_container_is_in_the_snapshot_by_its_process(session: Session) -> None:
    """The links, and the sysctls, of a namespace without a name are read."""
    with running_container(session):
        snapshot = session.snapshot()

    (key,) = filter(is_process_key, snapshot)
    assert ({"lo", "c0", "c1"}, True, "1") == (
        {link.ifname for link in snapshot[key].links},
        key.endswith("(sh)"),
        snapshot[key].sysctls["net.ipv4.ip_forward"],
    )


def test_processes_can_be_left_out(session: Session) -> None:
    """Without processes, only named namespaces are read; a snapshot can drop them as well."""
    with running_container(session):
        without = session.snapshot(processes=False)
        complete = session.snapshot()

    assert ([""], [""]) == ([*without], [*complete.without_processes()])


def test_a_process_that_has_ended_is_left_out(session: Session) -> None:
    """A namespace that is gone before it is read leaves no trace, and no error."""
    gone = ProcessNamespace(2**22 + 1, "gone")

    assert {} == read_process_namespaces(session._unrecorded, (gone,))


def test_the_origin_identifies_the_place(session: Session) -> None:
    """Two looks at a place have the same origin, another place has another one."""
    first = find_namespaces(session._unrecorded).origin
    with open_sandbox() as other:
        second = find_namespaces(other._unrecorded).origin

    assert (True, False) == (first == find_namespaces(session._unrecorded).origin, first == second)


@pytest.mark.parametrize(
    ("name", "expected"), [("pid:12 (a b)", True), ("pid:x", False), ("red", False), ("", False)]
)
def test_the_key_of_a_process_is_told_from_a_name(name: str, expected: bool) -> None:
    """A key has the pid and the program; a slash in the program's name becomes another sign."""
    assert expected == is_process_key(name)
    assert "pid:7 (a_b)" == ProcessNamespace(7, "a/b").key
