"""A lock that a living process holds on a file."""

import os
import signal
from pathlib import Path

import pytest
from attrs import evolve

from ipwrap.system.live_lock import LiveLock, is_locked, writer_lives
from ipwrap.system.process_identity import ProcessIdentity
from tests.waiting import until


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """An empty file."""
    path = tmp_path / "x"
    path.touch()
    return path


def test_lock_is_held_until_it_is_released(file: Path) -> None:
    """A second lock of the file is refused meanwhile; a second release does nothing."""
    lock = LiveLock.hold(file)
    assert lock is not None
    assert is_locked(file)
    assert LiveLock.hold(file) is None

    lock.release()
    lock.release()
    assert not is_locked(file)


def test_missing_file_has_no_lock(tmp_path: Path) -> None:
    """A file that cannot be opened cannot be locked; what is unknown counts as locked."""
    assert LiveLock.hold(tmp_path / "none") is None
    assert not is_locked(tmp_path / "none")
    assert is_locked(Path(__file__) / "below-a-file")


def test_forked_child_does_not_keep_the_lock(file: Path) -> None:
    """The lock ends with the process, also where a child lives on."""
    read_end, write_end = os.pipe()
    holder = os.fork()
    if holder == 0:
        lock = LiveLock.hold(file)
        child = os.fork()
        if child == 0:
            signal.pause()
        os.write(write_end, f"{child}\n".encode())
        signal.pause()
        assert lock is not None
        os._exit(1)

    child = int(os.read(read_end, 32))
    try:
        assert is_locked(file)
        os.kill(holder, signal.SIGKILL)
        os.waitpid(holder, 0)
        assert until(lambda: not is_locked(file))  # the child may just have begun
    finally:
        os.kill(child, signal.SIGKILL)
        os.close(read_end)
        os.close(write_end)


def test_writer_lives_as_its_process_does(file: Path) -> None:
    """The process tells where it is seen; one of an earlier boot has ended, whatever has a lock."""
    current = ProcessIdentity.current()
    assert writer_lives(current, file)
    assert not writer_lives(evolve(current, start_ticks=1), file)

    lock = LiveLock.hold(file)
    assert not writer_lives(evolve(current, boot="earlier"), file)
    assert lock is not None
    lock.release()


def test_lock_tells_of_a_writer_that_is_not_seen(file: Path) -> None:
    """The process of another pid namespace lives as long as its lock is held."""
    current = ProcessIdentity.current()
    assert current.namespaces is not None
    elsewhere = evolve(current, pid=1, namespaces=evolve(current.namespaces, pid="0:0"))

    lock = LiveLock.hold(file)
    assert lock is not None
    assert writer_lives(elsewhere, file)

    lock.release()
    assert not writer_lives(elsewhere, file)
