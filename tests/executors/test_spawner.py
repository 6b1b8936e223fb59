"""The gate: a program inside a place that opens namespaces and starts programs there."""

import os

import pytest

from ipwrap import ExecutorError, Local, Session
from ipwrap.executors.spawner import Spawner

pytestmark = pytest.mark.live


def test_opening_a_namespace_tells_which_it_is(session: Session) -> None:
    """The answer holds the device and inode of the namespace's file, and a socket."""
    session.ip.netns.add("red")
    gate = Spawner.open(session.place)
    answer = gate.request(b"Ored")
    about = os.stat(session.place.host_path("/run/netns/red"))
    assert f"{about.st_dev} {about.st_ino}".encode() == answer.get()
    os.close(answer.fds.pop())
    gate.close()


def test_namespace_that_is_not_there_is_refused(session: Session) -> None:
    """A name that no namespace bears gives an error with the reason, and the gate goes on."""
    gate = Spawner.open(session.place)
    with pytest.raises(ExecutorError, match="No such file"):
        gate.request(b"Onope").get()
    first = gate.request(b"O")
    assert first.get()
    os.close(first.fds.pop())
    gate.close()


def test_program_is_started_with_the_descriptors_given(session: Session) -> None:
    """A started program writes to the pipe that it was given, and its status is told."""
    gate = Spawner.open(session.place)
    nothing = os.open("/dev/null", os.O_RDWR)
    ours, theirs = os.pipe()
    pid = gate.request(b"S\0sh\0-c\0echo here; exit 7", (nothing, theirs, nothing)).get()
    os.close(theirs)
    assert b"here\n" == os.read(ours, 100)
    assert b"7" == gate.request(b"Q" + pid).get()
    os.close(ours)
    os.close(nothing)
    gate.close()


def test_program_that_cannot_be_started_is_refused(session: Session) -> None:
    """A program that is not there gives an error."""
    gate = Spawner.open(session.place)
    nothing = os.open("/dev/null", os.O_RDWR)
    with pytest.raises(ExecutorError, match="No such file"):
        gate.request(b"S\0/nonexistent", (nothing,) * 3).get()
    os.close(nothing)
    gate.close()


def test_answers_that_nobody_reads_do_not_fill_the_socket(session: Session) -> None:
    """Where the program inside could not write its answers, it would take no more requests: no worker would start."""
    gate = Spawner.open(session.place)
    answers = [gate.request(b"Onope") for _ in range(1000)]
    for each in (answers[0], answers[-1]):
        with pytest.raises(ExecutorError, match="No such file"):
            each.get()
    gate.close()


def test_gate_that_is_gone_says_so() -> None:
    """Asking a gate whose program has ended is an error, and so are the answers that were still to come."""
    gate = Spawner.open(Local())
    gate._process.kill()
    gate._process.wait()
    with pytest.raises(ExecutorError, match="spawner has ended"):
        gate.request(b"O").get()
    gate.close()
    with pytest.raises(ExecutorError, match="spawner has ended"):
        gate.request(b"O")
