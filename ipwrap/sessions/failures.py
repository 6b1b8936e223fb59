"""Raise the first of several failures, with a note of the next ones."""

from collections.abc import Sequence

from ipwrap.errors import CommandError, IpwrapError

__all__ = ["MAX_NOTED_FAILURES", "raise_first", "summarise"]

MAX_NOTED_FAILURES = 10


def raise_first(failures: Sequence[IpwrapError], *, done_count: int, where: str) -> None:
    """Raise the first failure, with a note of how much was done, and of the next failures."""
    if not failures:
        return

    first, *further = failures
    summary = f"{where}: {done_count} changes were done, {len(failures)} failed"
    first.add_note(f"{summary}, with these after it:" if further else summary)
    for failure in further[:MAX_NOTED_FAILURES]:
        first.add_note(f"  also failed: {summarise(failure)}")

    raise first


def summarise(error: IpwrapError) -> str:
    """Return the first line of an error, with the command that failed."""
    summary = str(error).splitlines()[0]
    if isinstance(error, CommandError):
        return f"{summary}: {error.result.line}"
    return summary
