"""`StreamHelper`: a helper program that runs the commands of several streams."""

import time
from collections.abc import Iterator, Mapping

import pytest

from ipwrap import Command, ExecutorError, Local
from ipwrap.executors.base import Reply
from ipwrap.executors.stream import ProcessStream
from ipwrap.executors.stream_helper import StreamHelper
from tests.processes import pids_with_mark
from tests.waiting import until

MONITOR = Command(("ip", "-o", "monitor", "link"), changes=False)


class ScarceLocal(Local):
    """This host, with a limit of descriptors that the helper reaches with its first command."""

    def wrap(
        self, argv: tuple[str, ...], *, variables: Mapping[str, str] | None = None
    ) -> tuple[str, ...]:
        """Return the argv behind the limit."""
        command = super().wrap(argv, variables=variables)
        return ("sh", "-c", 'ulimit -n 6; exec "$@"', "sh", *command)


@pytest.fixture
def mark(monkeypatch: pytest.MonkeyPatch) -> str:
    """The environment variable that all processes started from now on have."""
    value = str(time.monotonic_ns())
    monkeypatch.setenv("IPWRAP_TEST_MARK", value)
    return f"IPWRAP_TEST_MARK={value}"


@pytest.fixture
def helper(mark: str) -> Iterator[StreamHelper]:
    """A running helper."""
    del mark
    helper = StreamHelper.open(Local())
    yield helper
    helper.close()


def listen(helper: StreamHelper) -> ProcessStream:
    """Return a running monitor."""
    return ProcessStream.open(MONITOR, Local(), helper=helper)


def reply_of(script: str, helper: StreamHelper) -> Reply:
    """Return the complete output of a shell script."""
    stream = ProcessStream.open(Command(("sh", "-c", script)), Local(), helper=helper)
    while not stream.ended:
        stream.wait(5)
        stream.take()
    stream.close()
    return stream.reply


def test_streams_share_a_helper(helper: StreamHelper, mark: str) -> None:
    """Two monitors need three processes, and the end of one is not that of the other."""
    first, second = listen(helper), listen(helper)
    count = len(pids_with_mark(mark))
    first.close()

    assert 3 == count
    assert until(lambda: len(pids_with_mark(mark)) == 2)
    number = second.request_sync()
    assert until(lambda: bool(second.take()) or second.syncs_seen == number)
    second.close()


def test_each_stream_has_its_own_output(helper: StreamHelper) -> None:
    """The output and the status of a command are its own, beside a running one."""
    monitor = listen(helper)
    replies = [reply_of(f"echo {number}; exit {number}", helper) for number in (3, 4)]

    assert [Reply(3, "3\n", ""), Reply(4, "4\n", "")] == replies
    assert not monitor.ended
    monitor.close()


def test_the_helper_ends_with_the_last_command(helper: StreamHelper, mark: str) -> None:
    """A closed helper still runs a command whose socket is open; then no process is left."""
    monitor = listen(helper)
    helper._requests.close()
    assert 2 == len(pids_with_mark(mark))
    monitor.close()

    assert until(lambda: not pids_with_mark(mark))


def test_an_ended_helper_starts_nothing(helper: StreamHelper) -> None:
    """A command cannot be started by a helper that has ended."""
    helper._process.kill()
    helper._process.wait()
    with pytest.raises(ExecutorError, match="was ended from outside"):
        helper.require_running()
    with pytest.raises(ExecutorError, match="ip -o monitor link: cannot be run"):
        listen(helper)


def test_a_command_that_cannot_be_started_is_told() -> None:
    """The reply says what the helper lacks for a command, here descriptors."""
    helper = StreamHelper.open(ScarceLocal())
    try:
        reply = reply_of("true", helper)
    finally:
        helper.close()

    assert (126, True) == (reply.status, "Too many open files" in reply.stderr)
