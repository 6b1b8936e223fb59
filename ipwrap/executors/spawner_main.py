"""The helper program inside a place: starts workers in namespaces and opens sockets there.

`ipwrap.executors.spawner` starts the helper with a SEQPACKET socket as stdin. Requests begin with a
number and a space, and the reply has the same number: ``7 +…`` or ``7 -reason``. The helper ends
with the socket, and ends the started programs. The helper imports nothing of ipwrap: it has to
start in milliseconds, and perhaps runs as another user. For the same reason it does without
`contextlib`, `signal` and the Python part of `socket`, which more than double the time of the
start. Requests::

    O name                        open a namespace
                                  -> device and inode, and a socket with link notifications
    S name \\0 arg \\0 arg … (+3 fds)  start a program with the fds as stdin, stdout, stderr -> pid
    I                             -> an inotify(7) descriptor for deleted names of namespaces
    D                             the socket is about to be closed, the programs are still in use
    Q pid                         wait for a program that is about to end -> its exit status;
                                  a program that stays is killed
    K pid                         kill a program, and wait until it has ended
    A pid processor …             let a program run on these processors only; without any, on
                                  those of this helper
"""

import _socket
import errno
import os
import struct
import sys
import time

NETNS_DIR = os.path.realpath("/var/run") + "/netns/"
CLONE_NEWNET = 0x40000000
IN_MOVED_FROM, IN_DELETE = 0x40, 0x200
RTM_GETLINK, NLM_F_REQUEST_DUMP, RTMGRP_LINK = 18, 0x301, 1
IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS = 29, 8
MAX_REQUEST = 1 << 20
MAX_DESCRIPTORS = 3  # of a request
DESCRIPTOR_BYTES = struct.calcsize("i")
SIGKILL, SIGTERM = 9, 15  # signal(7): on every architecture

# For a program to end after the end of its input, before it gets SIGTERM; then before SIGKILL.
STOP_SECONDS, TERMINATE_SECONDS, KILL_SECONDS = 3.0, 0.5, 5.0
MAX_PAUSE = 0.01  # seconds between two looks whether a program has ended

# The descriptors that are on their way between all processes of a user may not be more than the
# limit of open files: ETOOMANYREFS, unix(7). It passes as soon as they are received.
SEND_SECONDS = 1.0

running: set[int] = set()  # pids of programs that have not been reaped
statuses: dict[int, int] = {}  # exit status by pid, of programs reaped but not asked for yet


def set_namespace(fd: int) -> None:
    """Enter the network namespace of a descriptor: setns(2)."""
    if sys.version_info >= (3, 12):
        os.setns(fd, CLONE_NEWNET)
        return

    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(fd, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def run_inside(name: bytes, action: "object", *, home: int) -> tuple[bytes, list[int]]:
    """Call an action with the path of a namespace, inside the namespace, then return home."""
    assert callable(action)
    if not name:
        return action("/proc/self/ns/net")  # type: ignore[no-any-return]

    path = NETNS_DIR + os.fsdecode(name)
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        set_namespace(fd)
        try:
            return action(path)  # type: ignore[no-any-return]
        finally:
            set_namespace(home)
    finally:
        os.close(fd)


def open_namespace(path: str) -> tuple[bytes, list[int]]:
    """Return the namespace's device and inode, and a socket with a pending dump of its links."""
    # Subscribe before the dump is requested: no change can fall between the two.
    listener = _socket.socket(
        _socket.AF_NETLINK, _socket.SOCK_RAW | _socket.SOCK_CLOEXEC, _socket.NETLINK_ROUTE
    )
    listener.bind((0, RTMGRP_LINK))

    ifinfomsg = struct.pack("=BxHiII", 0, 0, 0, 0, 0)
    body = ifinfomsg + struct.pack("=HHI", 8, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS)
    header = struct.pack("=IHHII", 16 + len(body), RTM_GETLINK, NLM_F_REQUEST_DUMP, 1, 0)
    listener.send(header + body)

    status = os.stat(path)
    return b"+%d %d" % (status.st_dev, status.st_ino), [listener.detach()]


def start(argv: list[bytes], fds: list[int]) -> tuple[bytes, list[int]]:
    """Start a program with the descriptors as stdin, stdout and stderr."""
    # The kernel drops what would be beyond the limit of this process: unix(7), MSG_CTRUNC. The
    # program would then read the requests of this helper.
    if len(fds) < 3:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    actions = [(os.POSIX_SPAWN_DUP2, fd, number) for number, fd in enumerate(fds)]
    pid = os.posix_spawnp(argv[0], argv, os.environ, file_actions=actions)

    running.add(pid)
    statuses.pop(pid, None)  # of an earlier program with the same pid
    return b"+%d" % pid, []


def watch_deletions() -> tuple[bytes, list[int]]:
    """Return an inotify(7) descriptor for the names deleted from the directory of namespaces."""
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    fd = libc.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK)
    mask = IN_DELETE | IN_MOVED_FROM
    if fd < 0 or libc.inotify_add_watch(fd, os.fsencode(NETNS_DIR), mask) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

    return b"+", [fd]


def reap() -> None:
    """Store the exit status of every program that has ended."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            running.clear()
            return
        if pid == 0:
            return
        running.discard(pid)
        statuses[pid] = os.waitstatus_to_exitcode(status)


def wait_until_ended(pids: set[int], seconds: float) -> bool:
    """Wait until programs have ended, and reap them. Return False if one still runs."""
    deadline = time.monotonic() + seconds
    pause = 0.0001

    reap()
    while not running.isdisjoint(pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
        pause = min(2 * pause, MAX_PAUSE)
        reap()

    return True


def end_programs(pids: set[int]) -> bool:
    """Wait for programs whose input has ended; end lasting programs by SIGTERM, then by SIGKILL.

    A stopped program (SIGSTOP) does not see the end of the input, nor SIGTERM.
    """
    if wait_until_ended(pids, STOP_SECONDS):
        return True

    for number, seconds in ((SIGTERM, TERMINATE_SECONDS), (SIGKILL, KILL_SECONDS)):
        for pid in running & pids:
            os.kill(pid, number)
        if wait_until_ended(pids, seconds):
            return True

    return False


def status_of(pid: int) -> bytes:
    """Return the exit status of a program that has ended or is about to end."""
    if pid not in statuses and not end_programs({pid}):
        return b"-process %d does not end, not even by SIGKILL" % pid
    if pid not in statuses:
        return b"-process %d is not a program of this helper" % pid

    return b"+%d" % statuses.pop(pid)


def run_on(pid: int, *processors: int) -> bytes:
    """Let a program run on some processors only; without any, on those of this helper."""
    if pid in running:  # a pid that was reaped may be another process by now
        os.sched_setaffinity(pid, processors or os.sched_getaffinity(0))
    return b"+"


def handle(request: bytes, fds: list[int], *, home: int) -> tuple[bytes, list[int]]:
    """Carry out a request. Return the reply and the descriptors to send along."""
    kind, rest = request[:1], request[1:]

    if kind == b"O":
        return run_inside(rest, open_namespace, home=home)
    if kind == b"S":
        name, *argv = rest.split(b"\0")
        return run_inside(name, lambda _: start(argv, fds), home=home)
    if kind == b"I":
        return watch_deletions()
    if kind == b"Q":
        return status_of(int(rest)), []
    if kind == b"A":
        return run_on(*map(int, rest.split())), []

    if int(rest) in running:  # a pid that was reaped may be another process by now
        os.kill(int(rest), SIGKILL)
        wait_until_ended({int(rest)}, KILL_SECONDS)
    return b"+", []


def receive(requests: _socket.socket) -> tuple[bytes, list[int]]:
    """Return the next request and its descriptors; an empty request is the end."""
    room = _socket.CMSG_SPACE(MAX_DESCRIPTORS * DESCRIPTOR_BYTES)
    try:
        request, messages, _, _ = requests.recvmsg(MAX_REQUEST, room, _socket.MSG_CMSG_CLOEXEC)
    except OSError:  # ECONNRESET: the other end was closed before it had read every reply
        return b"", []

    fds: list[int] = []
    for _level, _type, data in messages:  # no other kind of message was asked for
        count = len(data) // DESCRIPTOR_BYTES
        fds += struct.unpack(f"{count}i", data[: count * DESCRIPTOR_BYTES])
    return request, fds


def send(requests: _socket.socket, packet: bytes, *, fds: list[int]) -> None:
    """Send a reply and its descriptors; a refusal where the descriptors cannot be sent."""
    rights = struct.pack(f"{len(fds)}i", *fds)
    messages = [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, rights)] if fds else []
    deadline = time.monotonic() + SEND_SECONDS

    while True:
        try:
            requests.sendmsg([packet], messages)
            return
        except OSError as error:
            if error.errno != errno.ETOOMANYREFS or time.monotonic() > deadline:
                send_refusal(requests, packet, reason=error)
                return
        time.sleep(MAX_PAUSE)


def send_refusal(requests: _socket.socket, packet: bytes, *, reason: OSError) -> None:
    """Send a refusal in place of a reply that cannot be sent."""
    number, _, _ = packet.partition(b" ")
    try:
        requests.send(number + b" -" + str(reason).encode())
    except OSError:
        return  # the other end is closed: the next request is the end


def finish(*, in_use: bool) -> None:
    """End the programs at the end of the socket; those still in use end with their input."""
    if in_use:
        wait_until_ended(set(running), float("inf"))
    else:
        end_programs(set(running))


def main() -> None:
    """Handle requests until the socket ends."""
    requests = _socket.socket(fileno=0)
    home = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    in_use = False

    while True:
        request, fds = receive(requests)
        if not request:
            finish(in_use=in_use)
            return

        reap()
        number, _, content = request.partition(b" ")
        if content == b"D":
            in_use = True
            continue

        try:
            reply, reply_fds = handle(content, fds, home=home)
        except (OSError, ChildProcessError) as error:
            reply, reply_fds = b"-" + str(error).encode(), []
        for fd in fds:
            os.close(fd)

        send(requests, number + b" " + reply, fds=reply_fds)
        for fd in reply_fds:
            os.close(fd)


if __name__ == "__main__":
    main()
    # Without the clean-up of Python, for which the owner would wait.
    os._exit(0)
