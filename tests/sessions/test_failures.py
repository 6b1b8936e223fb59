"""`raise_first`: the first failure, with notes of the next ones."""

import pytest

from ipwrap import Command, CommandError, IpwrapError, Result
from ipwrap.sessions.failures import MAX_NOTED_FAILURES, raise_first, summarise


def failure(name: str) -> CommandError:
    """Return the error of a command."""
    result = Result(Command(("ip", "link", "set", name)), 1, stderr=f"{name} failed\nmore\n")
    with pytest.raises(CommandError) as caught:
        result.check()
    return caught.value


def test_no_failure_raises_nothing() -> None:
    """Without a failure nothing is raised."""
    raise_first([], done_count=3, where="in bulk")


def test_a_single_failure_has_a_summary() -> None:
    """A single failure has one note."""
    with pytest.raises(CommandError) as caught:
        raise_first([failure("a")], done_count=3, where="in bulk")
    assert ["in bulk: 3 changes were done, 1 failed"] == caught.value.__notes__


def test_further_failures_are_notes_up_to_a_limit() -> None:
    """The next failures are named, up to a number of them."""
    failures = [failure(f"v{number}") for number in range(MAX_NOTED_FAILURES + 5)]
    with pytest.raises(CommandError) as caught:
        raise_first(failures, done_count=0, where="in a batch")

    summary, *further = caught.value.__notes__
    assert summary == "in a batch: 0 changes were done, 15 failed, with these after it:"
    assert MAX_NOTED_FAILURES == len(further)
    assert further[0].endswith("v1 failed (EINVAL): ip link set v1")


def test_summary_is_the_first_line() -> None:
    """An error without a command is told by its first line."""
    assert "the first" == summarise(IpwrapError("the first\nthe second"))
