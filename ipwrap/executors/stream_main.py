"""The helper program inside a place that runs a monitor command and forwards its output.

`ipwrap.executors.stream` starts the helper with a SEQPACKET socket as stdin and the command as
arguments. The helper imports nothing of ipwrap: it has to start in milliseconds, and perhaps runs
as another user. Packets to the owner::

    o text, e text      output of the command on stdout, on stderr
    s                   the command listens, and has handled all events up to now
    = number            the command has handled all events up to the request with the number
    x status            the command has ended, -N by signal N

Packets from the owner: ``? number`` requests a mark, ``c`` stops the command after all events up
to now. The end of the socket kills the command.

The command prints to a terminal: `ip netns monitor` prints to a pipe only in blocks of 4 KiB. The
terminal is the command's controlling terminal: the kernel ends the command (SIGHUP) if the helper
is killed.
"""

import fcntl
import os
import select
import signal
import socket
import sys
import termios
import time

CHUNK = 1 << 15
POLL_MS = 1.0  # between two checks whether a busy command is idle
STOP_SECONDS = 2.0  # for a command to handle its last events before it is killed


def start(argv: list[str]) -> tuple[int, int, int]:
    """Start the command; return the pid, the terminal, and the pipe of stderr."""
    stderr, child_stderr = os.pipe()
    pid, terminal = os.forkpty()
    if pid == 0:
        run_child(argv, child_stderr)

    os.close(child_stderr)
    return pid, terminal, stderr


def run_child(argv: list[str], stderr: int) -> None:
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
        os.write(2, f"{argv[0]}: {error.strerror}\n".encode())
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

    def __init__(self, owner: socket.socket, argv: list[str]) -> None:
        self.owner = owner
        self.pid, self.terminal, self.stderr = start(argv)
        self.unsent: list[bytes] = []
        self.sync_requested: bytes | None = None  # the number of the last request for a mark
        self.is_settled = False  # all output since the last idle check has been forwarded
        self.stop_deadline = 0.0  # 0 unless the command is to be stopped
        self.kind_by_fd = {self.terminal: b"o", self.stderr: b"e"}

    def keep(self) -> None:
        """Forward the output of the command until it ends."""
        while self.kind_by_fd or self.unsent:
            self.handle_events()
            if self.awaits_idle():
                self.mark_if_idle()

    def awaits_idle(self) -> bool:
        """Return whether the owner waits for the command to become idle."""
        if not self.kind_by_fd:
            return False

        return bool(self.sync_requested or self.stop_deadline or not self.is_settled)

    def handle_events(self) -> None:
        """Wait for output, for a packet from the owner, or for the next idle check."""
        owner_events = select.POLLIN | (select.POLLOUT if self.unsent else 0)
        poll = select.poll()
        poll.register(self.owner, owner_events)
        for fd in self.kind_by_fd:
            poll.register(fd, select.POLLIN)

        timeout_ms = POLL_MS if self.awaits_idle() else None
        for fd, event in poll.poll(timeout_ms):
            if fd in self.kind_by_fd:
                self.read_output(fd)
            elif event & (select.POLLIN | select.POLLHUP):
                self.read_request()

        self.send_packets()

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
        del self.kind_by_fd[fd]
        if not self.kind_by_fd:
            _, status = os.waitpid(self.pid, 0)
            self.unsent.append(b"x%d" % os.waitstatus_to_exitcode(status))

    def read_request(self) -> None:
        """Read a packet from the owner; the owner's end is also that of the command."""
        packet = self.owner.recv(CHUNK)
        if packet.startswith(b"?"):
            self.sync_requested = packet[1:]
        elif packet == b"c":
            self.stop_deadline = time.monotonic() + STOP_SECONDS
        else:
            self.kill()
            sys.exit()

    def kill(self) -> None:
        """Kill the command."""
        if self.kind_by_fd:
            os.kill(self.pid, signal.SIGKILL)

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
        readable, _, _ = select.select([*self.kind_by_fd], [], [], 0)
        return bool(readable)

    def send_packets(self) -> None:
        """Send as many packets as the owner's socket holds: the owner may not read for long."""
        while self.unsent:
            try:
                self.owner.send(self.unsent[0])
            except BlockingIOError:
                return
            except OSError:  # the owner has ended
                self.kill()
                sys.exit()
            del self.unsent[0]


def main() -> None:
    """Run the command of the arguments."""
    owner = socket.socket(fileno=os.dup(0))
    owner.setblocking(False)
    fcntl.fcntl(0, fcntl.F_SETFD, fcntl.FD_CLOEXEC)
    Keeper(owner, sys.argv[1:]).keep()


if __name__ == "__main__":
    main()
