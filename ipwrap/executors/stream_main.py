"""The helper program inside a place that runs monitor commands and forwards their output.

`ipwrap.executors.stream_helper` starts the helper with a SEQPACKET socket as stdin. A request is
the arguments of a command, separated by null bytes, with a socket, which is the command's owner.
The helper imports nothing of ipwrap: it has to start in milliseconds, and perhaps runs as another
user. Packets to the owner::

    o text, e text      output of the command on stdout, on stderr
    s                   the command listens, and has handled all events up to now
    = number            the command has handled all events up to the request with the number
    x status            the command has ended, -N by signal N

Packets from the owner: ``? number`` requests a mark, ``c`` stops the command after all events up
to now. The end of the owner's socket kills the command; the helper ends with the socket of requests
and the last command.

The command prints to a terminal: `ip netns monitor` prints to a pipe only in blocks of 4 KiB. The
terminal is the command's controlling terminal: the kernel ends the command (SIGHUP) if the helper
is killed.
"""

import fcntl
import os
import resource
import select
import signal
import socket
import termios
import time

CHUNK = 1 << 15
MAX_REQUEST = 1 << 18
POLL_SECONDS = 0.001  # between two checks whether a busy command is idle
STOP_SECONDS = 2.0  # for a command to handle its last events before it is killed


def start(argv: list[bytes]) -> tuple[int, int, int]:
    """Start the command; return the pid, the terminal, and the pipe of stderr."""
    stderr, child_stderr = os.pipe()
    pid, terminal = os.forkpty()
    if pid == 0:
        run_child(argv, child_stderr)

    os.close(child_stderr)
    return pid, terminal, stderr


def run_child(argv: list[bytes], stderr: int) -> None:
    """Turn the forked child into the command; never returns."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup(1) ignores the signal, and exec keeps that

    modes = termios.tcgetattr(1)
    modes[1] &= ~termios.OPOST  # a newline is not changed into CR LF
    termios.tcsetattr(1, termios.TCSANOW, modes)

    # stdout stays the terminal; stderr is a pipe, to tell both apart.
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(stderr, 2)
    try:
        os.execvp(argv[0], argv)
    except OSError as error:
        os.write(2, argv[0] + f": {error.strerror}\n".encode())
        os._exit(127)


def is_idle(pid: int) -> bool:
    """Return whether a command has read all events from the kernel, and sleeps until the next.

    The command must have a netlink socket or an inotify descriptor, and the socket must hold no
    unread bytes (proc(5), net/netlink). A command that sleeps after this check is idle: before the
    event loop it never sleeps, since the kernel answers a request before the system call returns.
    """
    folder = f"/proc/{pid}"
    try:
        targets = [os.readlink(f"{folder}/fd/{fd}") for fd in os.listdir(f"{folder}/fd")]
        sockets = netlink_sockets(folder, targets)
        has_unread_bytes = any(fields[4] != "0" for fields in sockets)
        if has_unread_bytes:
            return False
        if not sockets and "anon_inode:inotify" not in targets:
            return False

        with open(f"{folder}/stat", encoding="utf-8", errors="replace") as file:
            # The name of the program, in parentheses, may contain blanks and parentheses itself.
            state = file.read().rpartition(")")[2].split()[0]
    except OSError:  # the command has just ended, or closed a descriptor
        return False

    return state == "S"


def netlink_sockets(folder: str, targets: list[str]) -> list[list[str]]:
    """Return the lines of /proc/PID/net/netlink, as fields, for the sockets among fd targets."""
    prefix = "socket:["
    inodes = {target[len(prefix) : -1] for target in targets if target.startswith(prefix)}

    with open(f"{folder}/net/netlink", encoding="ascii") as file:
        rows = [line.split() for line in file]
    return [fields for fields in rows if fields[9] in inodes]


class Keeper:
    """The command, and the packets still to be sent to the owner."""

    def __init__(self, owner: socket.socket, argv: list[bytes], *, poll: select.epoll) -> None:
        self.owner = owner
        self.pid, self.terminal, self.stderr = start(argv)
        self.poll = poll
        self.descriptors = (owner.fileno(), self.terminal, self.stderr)
        for fd in self.descriptors:
            poll.register(fd, select.EPOLLIN)
        self.unsent: list[bytes] = []
        self.is_blocked = False  # the owner's socket is full
        self.sync_requested: bytes | None = None  # the number of the last request for a mark
        self.is_settled = False  # all output since the last idle check has been forwarded
        self.stop_deadline = 0.0  # 0 unless the command is to be stopped
        self.kind_by_fd = {self.terminal: b"o", self.stderr: b"e"}

    def is_done(self) -> bool:
        """Return whether nothing is left to do for the command."""
        return not self.kind_by_fd and not self.unsent

    def awaits_idle(self) -> bool:
        """Return whether the owner waits for the command to become idle."""
        if not self.kind_by_fd:
            return False

        return bool(self.sync_requested or self.stop_deadline or not self.is_settled)

    def handle_events(self, events: dict[int, int]) -> None:
        """Handle the events that have come."""
        for fd in [*self.kind_by_fd]:
            if fd in events:
                self.read_output(fd)
        if events.get(self.owner.fileno(), 0) & (select.EPOLLIN | select.EPOLLHUP):
            self.read_request()

        self.send_packets()
        if self.awaits_idle():
            self.mark_if_idle()

    def read_output(self, fd: int) -> None:
        """Read output of the command."""
        try:
            data = os.read(fd, CHUNK)
        except OSError:  # EIO: the other end of a terminal is closed
            data = b""

        if data:
            self.unsent.append(self.kind_by_fd[fd] + data)
            self.is_settled = False
        else:
            self.note_closed(fd)

    def note_closed(self, fd: int) -> None:
        """Note the end of an output; with the last output the command itself has ended."""
        self.forget(fd)
        if not self.kind_by_fd:
            _, status = os.waitpid(self.pid, 0)
            self.unsent.append(b"x%d" % os.waitstatus_to_exitcode(status))

    def forget(self, fd: int) -> None:
        """Wait no longer for output of a descriptor."""
        del self.kind_by_fd[fd]
        self.poll.unregister(fd)

    def read_request(self) -> None:
        """Read a packet from the owner; the owner's end is also that of the command."""
        try:
            packet = self.owner.recv(CHUNK)
        except OSError:  # ECONNRESET: the owner has not read everything
            packet = b""

        if packet.startswith(b"?"):
            self.sync_requested = packet[1:]
        elif packet == b"c":
            self.stop_deadline = time.monotonic() + STOP_SECONDS
        else:
            self.abandon()

    def kill(self) -> None:
        """Kill the command."""
        if self.kind_by_fd:
            os.kill(self.pid, signal.SIGKILL)

    def abandon(self) -> None:
        """Kill the command: its owner has ended."""
        if self.kind_by_fd:
            self.kill()
            os.waitpid(self.pid, 0)
        for fd in [*self.kind_by_fd]:
            self.forget(fd)
        self.unsent.clear()

    def close(self) -> None:
        """Close all descriptors."""
        self.poll.unregister(self.owner)
        self.owner.close()
        os.close(self.terminal)
        os.close(self.stderr)

    def mark_if_idle(self) -> None:
        """Send the requested marks if the command is idle and its output has been read."""
        is_overdue = self.stop_deadline and time.monotonic() > self.stop_deadline
        if not is_overdue and (not is_idle(self.pid) or self.has_unread_output()):
            return

        # The mark of the last request counts for all earlier ones.
        if self.sync_requested:
            self.unsent.append(b"=" + self.sync_requested)
        else:
            self.unsent.append(b"s")
        self.sync_requested = None
        self.is_settled = True

        if self.stop_deadline:
            self.kill()
            self.stop_deadline = 0.0
        self.send_packets()

    def has_unread_output(self) -> bool:
        """Return whether the command has printed output that has not been read."""
        poll = select.poll()
        for fd in self.kind_by_fd:
            poll.register(fd, select.POLLIN)
        return bool(poll.poll(0))

    def send_packets(self) -> None:
        """Send as many packets as the owner's socket holds: the owner may not read for long."""
        while self.unsent:
            try:
                self.owner.send(self.unsent[0])
            except BlockingIOError:
                self.await_room(is_blocked=True)
                return
            except OSError:  # the owner has ended
                self.abandon()
                return
            del self.unsent[0]
        self.await_room(is_blocked=False)

    def await_room(self, *, is_blocked: bool) -> None:
        """Begin or cease to wait for room in the owner's socket."""
        if is_blocked != self.is_blocked:
            self.is_blocked = is_blocked
            self.poll.modify(self.owner, select.EPOLLIN | (select.EPOLLOUT if is_blocked else 0))


class Helper:
    """The commands, and the socket for requests."""

    def __init__(self, requests: socket.socket) -> None:
        self.requests = requests
        self.takes_requests = True
        self.poll = select.epoll()  # poll(2) takes longer the more commands there are
        self.poll.register(requests, select.EPOLLIN)
        self.keeper_by_fd: dict[int, Keeper] = {}
        self.unsettled: set[Keeper] = set()  # those whose command may become idle

    def run(self) -> None:
        """Run commands until no request comes any more, and the last command has ended."""
        while self.takes_requests or self.keeper_by_fd:
            events = dict(self.poll.poll(POLL_SECONDS if self.unsettled else None))
            ready = {self.keeper_by_fd[fd] for fd in events if fd in self.keeper_by_fd}
            for keeper in ready | self.unsettled:
                keeper.handle_events(events)
                self.update(keeper)
            if self.requests.fileno() in events:
                self.read_request()

    def update(self, keeper: Keeper) -> None:
        """Note whether a command may become idle; forget one for which nothing is left to do."""
        self.unsettled.discard(keeper)
        if keeper.awaits_idle():
            self.unsettled.add(keeper)
        elif keeper.is_done():
            for fd in keeper.descriptors:
                del self.keeper_by_fd[fd]
            keeper.close()

    def read_request(self) -> None:
        """Start the command of the next request; without one, no further request comes."""
        request, fds, _, _ = socket.recv_fds(self.requests, MAX_REQUEST, 1, socket.MSG_CMSG_CLOEXEC)
        if not request:
            self.takes_requests = False
            self.poll.unregister(self.requests)
        for fd in fds:
            owner = socket.socket(fileno=fd)
            owner.setblocking(False)
            self.start_command(owner, request.split(b"\0"))

    def start_command(self, owner: socket.socket, argv: list[bytes]) -> None:
        """Start a command; where that is impossible, its owner gets the reason as its output."""
        try:
            keeper = Keeper(owner, argv, poll=self.poll)
        except OSError as error:  # no terminal is left, or no process
            owner.send(b"e" + str(error).encode())
            owner.send(b"x126")
            owner.close()
            return

        self.keeper_by_fd.update(dict.fromkeys(keeper.descriptors, keeper))
        self.update(keeper)


def main() -> None:
    """Run the commands of the requests."""
    _, hard_limit = resource.getrlimit(resource.RLIMIT_NOFILE)  # three descriptors for each command
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard_limit, hard_limit))
    requests = socket.socket(fileno=os.dup(0))
    fcntl.fcntl(0, fcntl.F_SETFD, fcntl.FD_CLOEXEC)
    Helper(requests).run()


if __name__ == "__main__":
    main()
