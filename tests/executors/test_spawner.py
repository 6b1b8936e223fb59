"""`Spawner`: a helper program in a place that opens namespaces and starts programs."""

import os
import resource
import socket
from pathlib import Path

import pytest

from ipwrap import ExecutorError, Local, Session
from ipwrap.executors.spawner import Spawner

pytestmark = pytest.mark.live


def test_reply_to_opening_a_namespace(session: Session) -> None:
    """The reply holds the device and inode of the namespace's file, and a socket."""
    session.ip.netns.add("red")
    spawner = Spawner.open(session.place)
    reply = spawner.request(b"Ored")
    status = os.stat(session.place.host_path("/run/netns/red"))

    assert f"{status.st_dev} {status.st_ino}".encode() == reply.get()

    os.close(reply.fds.pop())
    spawner.close()


def test_missing_namespace_is_refused(session: Session) -> None:
    """A missing namespace is an error with the reason; the spawner goes on."""
    spawner = Spawner.open(session.place)
    with pytest.raises(ExecutorError, match="No such file"):
        spawner.request(b"Onope").get()
    first_reply = spawner.request(b"O")
    assert first_reply.get()

    os.close(first_reply.fds.pop())
    spawner.close()


def test_program_is_started_with_the_descriptors_given(session: Session) -> None:
    """A started program writes to the given pipe, and its exit status can be requested."""
    spawner = Spawner.open(session.place)
    null_fd = os.open("/dev/null", os.O_RDWR)
    read_end, write_end = os.pipe()
    pid = spawner.request(b"S\0sh\0-c\0echo here; exit 7", (null_fd, write_end, null_fd)).get()
    os.close(write_end)

    assert b"here\n" == os.read(read_end, 100)
    assert b"7" == spawner.request(b"Q" + pid).get()

    os.close(read_end)
    os.close(null_fd)
    spawner.close()


def test_program_that_cannot_be_started_is_refused(session: Session) -> None:
    """A missing program is an error."""
    spawner = Spawner.open(session.place)
    null_fd = os.open("/dev/null", os.O_RDWR)

    with pytest.raises(ExecutorError, match="No such file"):
        spawner.request(b"S\0/nonexistent", (null_fd,) * 3).get()

    os.close(null_fd)
    spawner.close()


def test_processors_of_other_programs_are_left_alone(session: Session) -> None:
    """Only programs of the helper are moved, also where a number is used again."""
    spawner = Spawner.open(session.place)
    before = os.sched_getaffinity(0)

    assert b"" == spawner.request(b"A%d 0" % os.getpid()).get()
    assert before == os.sched_getaffinity(0)
    spawner.close()


def test_unread_replies_do_not_fill_the_socket(session: Session) -> None:
    """A thousand unread replies do not block the helper, which would take no more requests."""
    spawner = Spawner.open(session.place)
    replies = [spawner.request(b"Onope") for _ in range(1000)]
    for reply in (replies[0], replies[-1]):
        with pytest.raises(ExecutorError, match="No such file"):
            reply.get()

    spawner.close()


def test_ended_spawner_is_an_error() -> None:
    """Requests to an ended spawner are errors, and so are its pending replies."""
    spawner = Spawner.open(Local())
    spawner._process.kill()
    spawner._process.wait()

    with pytest.raises(ExecutorError, match="spawner has ended"):
        spawner.request(b"O").get()
    spawner.close()

    with pytest.raises(ExecutorError, match="spawner has ended"):
        spawner.request(b"O")


def test_program_without_its_descriptors_is_refused(session: Session) -> None:
    """A program with fewer descriptors than three would read the requests of the helper."""
    spawner = Spawner.open(session.place)

    with pytest.raises(ExecutorError, match="Too many open files"):
        spawner.request(b"S\0cat").get()

    spawner.close()


def test_descriptors_on_their_way_refuse_a_reply_or_wait(session: Session) -> None:
    """A reply whose descriptor the kernel does not send is a refusal; later requests are served."""
    spawner = Spawner.open(session.place)
    spawner.request(b"O").get()
    sender, receiver = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    helper_pid = find_helper(spawner)
    resource.prlimit(helper_pid, resource.RLIMIT_NOFILE, (8, 8))
    for _ in range(20):
        socket.send_fds(sender, [b"held back"], [sender.fileno()])

    opened = spawner.request(b"O")
    try:
        opened.get()
    except ExecutorError as error:
        refusal = str(error)
    else:
        pytest.skip("this place keeps CAP_SYS_RESOURCE, which lifts the limit")
    finally:
        receiver.close()
        sender.close()

    assert "Too many references" in refusal
    reply = spawner.request(b"O")
    assert reply.get()
    reply.close()
    spawner.close()


def find_helper(spawner: Spawner) -> int:
    """Return the pid of the helper itself, behind the programs that enter the place."""
    pid = spawner._process.pid
    while True:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        if not children:
            return pid
        pid = int(children[0])
