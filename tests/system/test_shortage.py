"""A reached limit is an error of ipwrap, with the remedy."""

import errno
import os
import resource
from pathlib import Path

import pytest

from ipwrap import ExecutorError, NotFound, PlaceError, Result
from ipwrap.command import Command
from ipwrap.system.shortage import describe, describe_file_error, raise_as, require_descriptors


def test_a_limit_has_a_remedy() -> None:
    """Too many open files: the message names the limit and how to raise it."""
    error = OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    assert (
        "Too many open files: this process has too many: raise `ulimit -n`, or close some"
        == describe(error)
    )


@pytest.mark.parametrize(
    ("error", "text"),
    [(OSError(errno.EIO, "Input/output error"), "Input/output error"), (OSError("torn"), "torn")],
)
def test_another_error_is_its_own_text(error: OSError, text: str) -> None:
    """An error that no limit causes has no remedy."""
    assert text == describe(error)


def test_full_pipe_is_no_limit() -> None:
    """EAGAIN of a file has no remedy, unlike that of fork(2)."""
    error = OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    assert "Resource temporarily unavailable" == describe_file_error(error)
    assert "ulimit -u" in describe(error)
    assert "ulimit -n" in describe_file_error(OSError(errno.EMFILE, "Too many open files"))


def test_an_error_of_a_block_is_one_of_ipwrap() -> None:
    """The message begins with what failed, and the cause is kept."""
    with (
        pytest.raises(PlaceError, match="no place: Permission denied") as info,
        raise_as(PlaceError, "no place"),
    ):
        raise PermissionError(errno.EACCES, "Permission denied")

    assert isinstance(info.value.__cause__, PermissionError)


def test_an_error_of_ipwrap_stays() -> None:
    """A failed command, which is an `OSError` as well, is raised unchanged."""
    failed = NotFound(Result(Command(("ip", "link")), 1, stderr="Cannot find device"))
    with pytest.raises(NotFound), raise_as(ExecutorError, "x"):
        raise failed


def test_too_few_descriptors_are_noticed_and_given_back() -> None:
    """Those that were opened for the check are closed in any case."""
    before = sorted(os.listdir("/proc/self/fd"))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    require_descriptors(5)

    highest = max(int(Path(name).name) for name in before)
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 2, hard))
    try:
        with pytest.raises(OSError, match="Too many open files"):
            require_descriptors(highest + 2)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert before == sorted(os.listdir("/proc/self/fd"))
