"""A held descriptor is closed once, with its object, and in forked children."""

import os
from pathlib import Path

from ipwrap.system.held_descriptor import HeldDescriptor


def is_open(fd: int) -> bool:
    """Return whether a descriptor is open."""
    return Path(f"/proc/self/fd/{fd}").exists()


def test_a_second_close_has_no_effect() -> None:
    """The number may belong to another file by then."""
    held = HeldDescriptor(os.open("/", os.O_PATH))
    fd = held.fd

    held.close()
    assert not is_open(fd)

    other = os.open("/", os.O_PATH)
    held.close()
    assert is_open(other)
    os.close(other)


def test_it_goes_with_its_object() -> None:
    """Nothing stays open of an object that nobody uses."""
    fd = os.open("/", os.O_PATH)

    held = HeldDescriptor(fd)
    assert is_open(fd)
    del held

    assert not is_open(fd)


def test_a_forked_child_has_no_copy() -> None:
    """The parent alone holds the file."""
    held = HeldDescriptor(os.open("/", os.O_PATH))
    fd = held.fd

    pid = os.fork()
    if pid == 0:
        os._exit(1 if is_open(fd) else 0)

    assert 0 == os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert is_open(fd)
    held.close()


def test_an_object_without_a_descriptor_is_forgotten_quietly() -> None:
    """As after an interruption in its making."""
    HeldDescriptor.__new__(HeldDescriptor).__del__()
