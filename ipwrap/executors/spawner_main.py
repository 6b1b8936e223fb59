"""What runs inside a place, as a program of its own: it starts workers in namespaces and opens sockets there.

Started by `ipwrap.executors.spawner` with a SEQPACKET socket as stdin, it answers each request with one packet, ``+…``
or ``-reason``, and ends with the socket. It imports nothing of ipwrap, since it starts in milliseconds and perhaps as
another user::

    O name                        open a namespace: -> its device and inode, and a socket that hears of its links
    S name \\0 word \\0 word … (+3 fds)  start a program there, with these as stdin, stdout, stderr -> its pid
    I                             -> a descriptor that hears of namespaces' names that go: inotify(7)
    Q pid                         wait for a program that has ended -> its exit status
    K pid                         end a program
"""

import os
import signal
import socket
import struct
import sys

RUN = os.path.realpath("/var/run") + "/netns/"
CLONE_NEWNET = 0x40000000
IN_MOVED_FROM, IN_DELETE = 0x40, 0x200
RTM_GETLINK, NLM_F_REQUEST_DUMP, RTMGRP_LINK = 18, 0x301, 1
IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS = 29, 8

statuses: dict[int, int] = {}


def set_namespace(fd: int) -> None:
    """Enter the network namespace that a descriptor names: setns(2)."""
    if sys.version_info >= (3, 12):
        os.setns(fd, CLONE_NEWNET)
        return
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(fd, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def within(name: bytes, home: int, action: "object") -> tuple[bytes, list[int]]:
    """Do something in a namespace, and come back."""
    assert callable(action)
    if not name:
        return action("/proc/self/ns/net")  # type: ignore[no-any-return]
    path = RUN + os.fsdecode(name)
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
    """Return which namespace this is, and a socket that hears of its links and is about to list them."""
    listener = socket.socket(
        socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE
    )
    listener.bind((0, RTMGRP_LINK))
    attribute = struct.pack("=HHI", 8, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS)
    body = struct.pack("=BxHiII", 0, 0, 0, 0, 0) + attribute
    listener.send(
        struct.pack("=IHHII", 16 + len(body), RTM_GETLINK, NLM_F_REQUEST_DUMP, 1, 0) + body
    )
    about = os.stat(path)
    return b"+%d %d" % (about.st_dev, about.st_ino), [listener.detach()]


def start(words: list[bytes], fds: list[int]) -> tuple[bytes, list[int]]:
    """Start a program with these descriptors as stdin, stdout and stderr."""
    actions = [(os.POSIX_SPAWN_DUP2, fd, n) for n, fd in enumerate(fds)]
    pid = os.posix_spawnp(words[0], words, os.environ, file_actions=actions)
    statuses.pop(pid, None)
    return b"+%d" % pid, []


def hear_of_deletions() -> tuple[bytes, list[int]]:
    """Return a descriptor that hears of every name that goes from the directory of namespaces."""
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    fd = libc.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK)
    if fd < 0 or libc.inotify_add_watch(fd, os.fsencode(RUN), IN_DELETE | IN_MOVED_FROM) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return b"+", [fd]


def reap() -> None:
    """Take note of the programs that have ended."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        statuses[pid] = os.waitstatus_to_exitcode(status)


def status_of(pid: int) -> bytes:
    """Return the exit status of a program that has ended or is about to."""
    if pid not in statuses:
        statuses[pid] = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return b"+%d" % statuses.pop(pid)


def answer(request: bytes, fds: list[int], home: int) -> tuple[bytes, list[int]]:
    """Do what a request asks for."""
    kind, rest = request[:1], request[1:]
    if kind == b"O":
        return within(rest, home, open_namespace)
    if kind == b"S":
        name, *words = rest.split(b"\0")
        return within(name, home, lambda _: start(words, fds))
    if kind == b"I":
        return hear_of_deletions()
    if kind == b"Q":
        return status_of(int(rest)), []
    os.kill(int(rest), signal.SIGKILL)
    return b"+", []


def main() -> None:
    """Answer requests until the socket ends."""
    gate = socket.socket(fileno=0)
    home = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    while True:
        request, fds, _, _ = socket.recv_fds(gate, 1 << 20, 3, socket.MSG_CMSG_CLOEXEC)
        if not request:
            return
        reap()
        try:
            reply, given = answer(request, fds, home)
        except (OSError, ChildProcessError) as error:
            reply, given = b"-" + str(error).encode(), []
        for fd in fds:
            os.close(fd)
        try:
            socket.send_fds(gate, [reply], given)
        except OSError:  # nobody waits for it any more
            return
        for fd in given:
            os.close(fd)


if __name__ == "__main__":
    main()
