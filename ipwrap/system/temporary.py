"""Temporary files, on a machine that may lack space for them."""

from collections.abc import Iterator
from contextlib import contextmanager

from ipwrap.errors import IpwrapError

__all__ = ["temporary_files"]


@contextmanager
def temporary_files() -> Iterator[None]:
    """Raise `IpwrapError` with advice if the block fails to write a temporary file."""
    try:
        yield
    except OSError as error:
        advice = "set TMPDIR to a folder that can be written and has room"
        raise IpwrapError(
            f"a temporary file cannot be written: {error.strerror}; {advice}"
        ) from error
