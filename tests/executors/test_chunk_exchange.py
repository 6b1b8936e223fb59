"""`ChunkExchange`: one fence for many lines, and the line that fails or ends the worker."""

import errno
import fcntl
import os
import select
from collections.abc import Iterator

import pytest

from ipwrap import Session
from ipwrap.executors.chunk_exchange import MAX_LINE_BYTES, ChunkExchange, has_packet_mode
from ipwrap.executors.spawner import Spawner
from ipwrap.executors.worker import Worker, WorkerDied, WorkerReply
from tests.executors.links import names_of
from tests.waiting import LIMIT

pytestmark = pytest.mark.live


@pytest.fixture
def ip_worker(session: Session) -> Iterator[Worker]:
    """A worker for changes, which the session does not know."""
    spawner = Spawner.open(session.place)
    worker = Worker.start(spawner, None, argv=("ip", "-force", "-batch", "-"), remembers_all=False)
    yield worker
    worker.close()
    spawner.close()


def receive(exchange: ChunkExchange) -> list[WorkerReply]:
    """Return the replies to all lines."""
    while not exchange.is_finished:
        poll = select.poll()
        exchange.watch(poll)
        assert poll.poll(LIMIT * 1000)
        exchange.read()
        exchange.write()

    return list(exchange.replies)


def bridges(*numbers: int) -> list[bytes]:
    """Return lines that create bridges."""
    return [b"link add name br%d type bridge" % number for number in numbers]


def test_failed_lines_are_told_by_their_number(session: Session, ip_worker: Worker) -> None:
    """Of a chunk, only the failed lines fail, each with its own message."""
    exchange = ChunkExchange(ip_worker)
    exchange.send([*bridges(1, 1, 2), b"link set dev nope up", *bridges(3)])
    exchange.send(bridges(3))
    replies = receive(exchange)

    assert [False, True, False, True, False, True] == [reply.failed for reply in replies]
    assert [b"", b"RTNETLINK answers: File exists\n", b""] == [reply.err for reply in replies[:3]]
    assert b'Cannot find device "nope"\n' == replies[3].err
    assert ["lo", "br1", "br2", "br3"] == names_of(session.ip.link.show())


def test_exchanges_of_a_worker_follow_each_other(session: Session, ip_worker: Worker) -> None:
    """The next exchange goes on with the numbers, and single commands as well."""
    for number in (1, 2):
        exchange = ChunkExchange(ip_worker)
        exchange.send(bridges(number, number + 10))
        receive(exchange)
        exchange.end()

    assert ip_worker.run(b"link add name br1 type bridge").failed
    assert not ip_worker.run(b"link add name br3 type bridge").failed
    assert 6 == len(session.ip.link.show())


def test_warning_is_part_of_the_reply_to_the_last_line(ip_worker: Worker) -> None:
    """What a successful line prints on stderr is kept; it fails no line."""
    exchange = ChunkExchange(ip_worker)
    exchange.send([b"link add name vx0 type vxlan id 7", *bridges(1, 2)])
    replies = receive(exchange)

    assert [False, False, False] == [reply.failed for reply in replies]
    assert [b"", b""] == [reply.err for reply in replies[:2]]
    assert replies[2].err.startswith(b"vxlan: destination port not specified")


@pytest.mark.parametrize("position", [0, 5, 19])
def test_line_that_ends_the_worker_is_known(
    session: Session, ip_worker: Worker, position: int
) -> None:
    """The lines before it have replies, and those behind it have not run."""
    lines = bridges(*range(20))
    lines[position] = b"link add name bad type bridge stp_state x"
    exchange = ChunkExchange(ip_worker)
    exchange.send([*bridges(100), *lines])
    with pytest.raises(WorkerDied) as caught:
        receive(exchange)

    assert position + 1 == len(exchange.replies)
    assert not any(reply.failed for reply in exchange.replies)
    assert b"stp_state" in caught.value.err
    assert position + 2 == len(session.ip.link.show())


def test_line_that_ends_the_worker_without_packet_mode(
    ip_worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where pipes have no packet mode, each line has a fence, which tells the same."""
    monkeypatch.setattr(ChunkExchange, "_set_packet_mode", lambda *_: False)
    exchange = ChunkExchange(ip_worker)
    exchange.send([*bridges(1, 1, 2), b"link add name bad type bridge stp_state x", *bridges(3)])
    with pytest.raises(WorkerDied):
        receive(exchange)

    assert [False, True, False] == [reply.failed for reply in exchange.replies]


def test_more_lines_than_the_pipe_takes(session: Session, ip_worker: Worker) -> None:
    """Lines wait for room in the pipe, and all of them run."""
    fcntl.fcntl(ip_worker.stdin, fcntl.F_SETPIPE_SZ, 4096)
    exchange = ChunkExchange(ip_worker)
    exchange.send([b"link set dev lo mtu %d" % (1300 + number) for number in range(3000)])

    assert exchange.has_unwritten
    replies = receive(exchange)
    assert 3000 == len(replies)
    assert not any(reply.failed for reply in replies)
    assert 4299 == session.ip.link.show("lo")[0].mtu


def test_longest_line_is_read_as_a_whole(session: Session, ip_worker: Worker) -> None:
    """A line of the greatest length and its fence are one packet."""
    line = b"link add name br0 type bridge"
    exchange = ChunkExchange(ip_worker)
    exchange.send([line + b" " * (MAX_LINE_BYTES - len(line))])

    assert [False] == [reply.failed for reply in receive(exchange)]
    assert ["lo", "br0"] == names_of(session.ip.link.show())


def test_packet_mode_ends_with_the_exchange(ip_worker: Worker) -> None:
    """Other exchanges write several lines at once, which packets would cut off."""
    exchange = ChunkExchange(ip_worker)
    during = fcntl.fcntl(ip_worker.stdin, fcntl.F_GETFL) & os.O_DIRECT
    exchange.end()

    assert during
    assert not fcntl.fcntl(ip_worker.stdin, fcntl.F_GETFL) & os.O_DIRECT


@pytest.mark.parametrize("flags", [None, 0])
def test_packet_mode_is_seen_and_not_assumed(
    flags: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kernel that refuses the mode, or takes the flag and ignores it, has no packet mode."""

    def open_pipe(_: int) -> tuple[int, int]:
        if flags is None:
            raise OSError(errno.EINVAL, "Invalid argument")
        return os.pipe()

    assert has_packet_mode()
    monkeypatch.setattr(os, "pipe2", open_pipe)
    assert not has_packet_mode.__wrapped__()
