"""Unrecorded commands: the release of iproute2, the text of a read, and undo's own namespace."""

import os

import pytest

from ipwrap import Command, DryRun, Local, NotFound, Result, Session
from ipwrap.executors import Reply
from ipwrap.sessions.unrecorded import UnrecordedRunner
from ipwrap.system.release import parse_version
from tests.doubles import ExecutorDouble, PlaceDouble

READ = Result(Command(("ip", "-j", "link", "show"), changes=False), 0, "[]")
MOVE_HOME = Command(("ip", "link", "set", "dev", "v0", "netns", "/proc/1/ns/net"))
OWN_NETNS = f"/proc/{os.getpid()}/ns/net"


@pytest.mark.parametrize(
    ("output", "version"),
    [
        ("ip utility, iproute2-6.1.0, libbpf 1.1.2\n", "6.1.0"),
        ("ip utility, iproute2-6.15.0\n", "6.15.0"),
        ("ip utility, iproute2-ss190708\n", "ss190708"),
        ("BusyBox v1.36\n", None),
        ("", None),
    ],
)
def test_release_of_iproute2(output: str, version: str | None) -> None:
    """The release is that of `ip -V`, a date through 5.4; another program has none."""
    assert version == parse_version(output)


def test_nothing_runs_for_the_release_in_a_dry_run() -> None:
    """A dry run has no release, and runs no `ip -V`."""
    assert UnrecordedRunner(Local(), DryRun()).iproute2() is None


@pytest.mark.live
def test_unrecorded_commands_are_not_in_the_recording(session: Session) -> None:
    """The commands run in the place of the session, and leave no event."""
    runner = UnrecordedRunner(session.place, session.executor)
    assert session.iproute2 == runner.iproute2()

    with pytest.raises(NotFound):
        runner.run(Command(("ip", "link", "show", "dev", "nope"), changes=False))
    assert [] == session.recording.events


def test_read_gets_the_text_without_json() -> None:
    """The same command runs again without `-j`."""
    runner = UnrecordedRunner(Local(), ExecutorDouble([Reply(0, "1: lo\n")]))

    assert "1: lo\n" == runner.with_text(READ).text


@pytest.mark.parametrize(
    ("result", "replies"),
    [
        (READ, [Reply(1, "", "Device is gone")]),
        (Result(Command(("ip", "link", "show"), changes=False)), []),
        (Result(Command(("ip", "-j", "link", "add", "x", "type", "dummy"))), []),
    ],
    ids=["fails again", "text", "change"],
)
def test_result_without_another_text_is_unchanged(
    result: Result, replies: list[Reply | BaseException]
) -> None:
    """A read that fails the second time, a read that is text already, and a change."""
    assert result is UnrecordedRunner(Local(), ExecutorDouble(replies)).with_text(result)


@pytest.mark.parametrize(
    ("place", "expected"),
    [(PlaceDouble(), OWN_NETNS), (PlaceDouble(isolated=True), "/proc/1/ns/net")],
    ids=["host", "sandbox"],
)
def test_first_namespace_of_a_host_is_that_of_this_process(
    place: PlaceDouble, expected: str
) -> None:
    """On a host, process 1 may be in another namespace; a sandbox has a process 1 of its own."""
    result = UnrecordedRunner(place, ExecutorDouble()).run(MOVE_HOME)

    assert (*MOVE_HOME.argv[:-1], expected) == result.command.argv


def test_command_without_the_first_namespace_is_unchanged() -> None:
    """The runner replaces the first namespace and no other argument."""
    command = Command(("ip", "link", "delete", "dev", "v0"))

    assert command is UnrecordedRunner(PlaceDouble(), ExecutorDouble()).run(command).command
