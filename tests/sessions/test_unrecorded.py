"""What leaves no trace: the release of iproute2, and what a person would see."""

import pytest

from ipwrap import Command, DryRun, Local, NotFound, Result, Session
from ipwrap.executors import Reply
from ipwrap.sessions.unrecorded import UnrecordedRunner
from ipwrap.system.release import version_of
from tests.doubles import Scripted

READ = Result(Command(("ip", "-j", "link", "show"), changes=False), 0, "[]")


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("ip utility, iproute2-6.1.0, libbpf 1.1.2\n", "6.1.0"),
        ("ip utility, iproute2-6.15.0\n", "6.15.0"),
        ("ip utility, iproute2-ss190708\n", "ss190708"),
        ("BusyBox v1.36\n", None),
        ("", None),
    ],
)
def test_release_of_iproute2(said: str, version: str | None) -> None:
    """The release is what `ip -V` says, a date through 5.4; another program has none."""
    assert version == version_of(said)


def test_nothing_runs_for_the_release_in_a_dry_run() -> None:
    """Where nothing runs, there is none."""
    assert UnrecordedRunner(DryRun(), Local()).iproute2() is None


@pytest.mark.live
def test_what_is_quiet_is_not_recorded(session: Session) -> None:
    """It runs where the session's commands run, and leaves no trace."""
    quiet = UnrecordedRunner(session.executor, session.place)
    assert session.iproute2 == quiet.iproute2()
    with pytest.raises(NotFound):
        quiet.run(Command(("ip", "link", "show", "dev", "nope"), changes=False))
    assert [] == session.recording.events


def test_a_read_gets_the_text_that_a_person_would_see() -> None:
    """By the same command without `-j`."""
    assert (
        "1: lo\n" == UnrecordedRunner(Scripted([Reply(0, "1: lo\n")]), Local()).with_text(READ).text
    )


@pytest.mark.parametrize(
    ("result", "answers"),
    [
        (READ, [Reply(1, "", "Device is gone")]),
        (Result(Command(("ip", "link", "show"), changes=False)), []),
        (Result(Command(("ip", "-j", "link", "add", "x", "type", "dummy"))), []),
    ],
)
def test_a_result_without_another_text_is_itself(
    result: Result, answers: list[Reply | BaseException]
) -> None:
    """One that failed the second time, one that was text already, and a change, which runs once."""
    assert result is UnrecordedRunner(Scripted(answers), Local()).with_text(result)
