"""A shortage of descriptors, processes or memory, as an error that tells the remedy."""

import contextlib
import errno
import os
from collections.abc import Iterator

from ipwrap.errors import IpwrapError

__all__ = ["SHORTAGES", "describe", "describe_file_error", "raise_as", "require_descriptors"]

# By number, the limit that is reached and how to raise it. getrlimit(2), fork(2).
SHORTAGES = {
    errno.EMFILE: "this process has too many: raise `ulimit -n`, or close some",
    errno.ENFILE: "this machine has too many: raise the sysctl fs.file-max",
    errno.EAGAIN: "this user has too many processes: raise `ulimit -u`, or end some",
    errno.ENOMEM: "this machine is out of memory, or `ulimit -v` is reached",
}


def describe(error: OSError) -> str:
    """Return the text of an error, with the remedy if a limit is reached."""
    reason = error.strerror or str(error)
    remedy = SHORTAGES.get(error.errno or 0)

    return reason if remedy is None else f"{reason}: {remedy}"


def describe_file_error(error: OSError) -> str:
    """Return the text of an error of a file, with the remedy if a limit is reached.

    EAGAIN is no limit there: a pipe that is full.
    """
    if error.errno == errno.EAGAIN:
        return error.strerror or str(error)

    return describe(error)


@contextlib.contextmanager
def raise_as(kind: type[IpwrapError], what: str) -> Iterator[None]:
    """Raise an `OSError` of the block as an error of ipwrap, whose message begins with ``what``."""
    try:
        yield
    except IpwrapError:  # a CommandError is an OSError as well
        raise
    except OSError as error:
        raise kind(f"{what}: {describe(error)}") from error


def require_descriptors(count: int) -> None:
    """Raise `OSError` (EMFILE, ENFILE) unless so many descriptors are free."""
    descriptors = [os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)]

    try:
        while len(descriptors) < count:
            descriptors.append(os.dup(descriptors[0]))
    finally:
        for descriptor in descriptors:
            os.close(descriptor)
