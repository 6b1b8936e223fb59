"""Objects that close themselves in a forked child."""

import os

import pytest
from attrs import define

from ipwrap.system.forks import close_in_children, describe_foreign_process


@define
class Pipe:
    """The writing end of a pipe, compared by value: such an object cannot be hashed."""

    fd: int
    fails: bool = False

    def close_in_child(self) -> None:
        """Close this process's copy, or fail."""
        if self.fails:
            raise RuntimeError
        os.close(self.fd)


@pytest.mark.parametrize("fails", [False, True], ids=["alone", "behind-a-failure"])
def test_child_closes_its_copies(*, fails: bool) -> None:
    """A reader sees the end of a pipe while a child lives; the parent's end stays open before."""
    read_end, write_end = os.pipe()
    wake_read, wake_write = os.pipe()
    broken, pipe = Pipe(write_end, fails=True), Pipe(write_end)
    if fails:
        close_in_children(broken)
    close_in_children(pipe)

    pid = os.fork()
    if pid == 0:
        os.close(wake_write)
        os.read(wake_read, 1)
        os._exit(0)
    os.write(write_end, b"parent")
    os.close(write_end)
    texts = [os.read(read_end, 100), os.read(read_end, 100)]

    assert [b"parent", b""] == texts
    for fd in (read_end, wake_read, wake_write):
        os.close(fd)
    os.waitpid(pid, 0)


def test_description_names_both_processes() -> None:
    """The text for an error message holds the pid of the owner and one's own."""
    text = describe_foreign_process(7)
    assert f"opened by process 7, and this is process {os.getpid()}, forked from it" == text
