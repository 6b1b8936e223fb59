"""What runs inside a place, as a program of its own: it starts a command that goes on, and hands on what it prints.

Started by `ipwrap.executors.stream` with a SEQPACKET socket as stdin and the command as its words. It imports nothing
of ipwrap, since it starts in milliseconds and perhaps as another user. It says, one packet each::

    o text, e text      what the command printed on stdout, on stderr
    s                   all that the kernel has told the command by now has been handed on; the first says: it listens
    =                   the same, as the answer to a question
    x status            the command has ended, -N by signal N

and is told ``?`` (a question), ``c`` (end the command, when all has been handed on); the end of the socket ends all.

The command prints to a terminal of its own, since `ip netns monitor` prints to a pipe only when 4 KiB have gathered.
It is its controlling terminal, so that the kernel ends the command (SIGHUP) should this program be killed.
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
LOOK = 1.0  # milliseconds between two looks at a command that is still busy
PATIENCE = 2.0  # seconds that a command which is to end may take to hand on what it was told


def start(words: list[str]) -> tuple[int, int, int]:
    """Start the command; return its number, and where its stdout and its stderr come out."""
    err, theirs = os.pipe()
    pid, terminal = os.forkpty()
    if pid == 0:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup(1) has it ignored
        modes = termios.tcgetattr(1)
        modes[1] &= ~termios.OPOST  # a newline stays one
        termios.tcsetattr(1, termios.TCSANOW, modes)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(theirs, 2)
        try:
            os.execvp(words[0], words)
        except OSError as error:
            os.write(2, f"{words[0]}: {error.strerror}\n".encode())
            os._exit(127)
    os.close(theirs)
    return pid, terminal, err


def is_idle(pid: int) -> bool:
    """Tell whether a command has read all that the kernel has told it, and sleeps until there is more.

    It has a netlink socket, or watches files, and nothing in the socket is unread (proc(5), net/netlink); after that
    was seen, it sleeps. On its way there it never sleeps so: the kernel answers its requests before they return.
    """
    folder = f"/proc/{pid}"
    try:
        ends = [os.readlink(f"{folder}/fd/{fd}") for fd in os.listdir(f"{folder}/fd")]
        inodes = {end[8:-1] for end in ends if end.startswith("socket:[")}
        with open(f"{folder}/net/netlink", encoding="ascii") as file:
            rows = [row for row in map(str.split, file) if row[9] in inodes]
        if any(row[4] != "0" for row in rows) or not (rows or "anon_inode:inotify" in ends):
            return False
        with open(f"{folder}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] == "S"
    except OSError:  # it has just ended, or closed what was looked at
        return False


class Keeper:
    """The command, and what is still to be said of it."""

    def __init__(self, owner: socket.socket, words: list[str]) -> None:
        self.owner = owner
        self.pid, self.terminal, self.err = start(words)
        self.unsaid: list[bytes] = []
        self.asked = 0
        self.settled = False
        self.closing = 0.0
        self.ends = {self.terminal: b"o", self.err: b"e"}

    def keep(self) -> None:
        """Hand on what the command prints until it ends."""
        while self.ends or self.unsaid:
            self.attend()
            if self.ends and (self.asked or self.closing or not self.settled):
                self.settle()

    def attend(self) -> None:
        """Wait until there is something to read, to say or to look for."""
        poll = select.poll()
        poll.register(self.owner, select.POLLIN | (select.POLLOUT if self.unsaid else 0))
        for fd in self.ends:
            poll.register(fd, select.POLLIN)
        busy = self.ends and (self.asked or self.closing or not self.settled)
        for fd, event in poll.poll(LOOK if busy else None):
            if fd in self.ends:
                self.read(fd)
            elif event & (select.POLLIN | select.POLLHUP):
                self.hear()
        self.say()

    def read(self, fd: int) -> bool:
        """Read what there is of one of the command's ends."""
        try:
            data = os.read(fd, CHUNK)
        except OSError:  # of a terminal: nobody has its other end any more
            data = b""
        if data:
            self.unsaid.append(self.ends[fd] + data)
            self.settled = False
        else:
            self.end(fd)
        return bool(data)

    def end(self, fd: int) -> None:
        """Note that one of the command's ends is closed; with the last one it has ended itself."""
        del self.ends[fd]
        if not self.ends:
            _, status = os.waitpid(self.pid, 0)
            self.unsaid.append(b"x%d" % os.waitstatus_to_exitcode(status))

    def hear(self) -> None:
        """Take what the owner asks; its end is the command's, too."""
        said = self.owner.recv(CHUNK)
        if said == b"?":
            self.asked += 1
        elif said == b"c":
            self.closing = time.monotonic() + PATIENCE
        else:
            self.kill()
            sys.exit()

    def kill(self) -> None:
        """End the command."""
        if self.ends:
            os.kill(self.pid, signal.SIGKILL)

    def settle(self) -> None:
        """If the command is idle, and all that it printed has been read, say so."""
        late = self.closing and time.monotonic() > self.closing
        if not late and (not is_idle(self.pid) or self.pending()):
            return
        self.unsaid += [b"="] * self.asked if self.asked else [b"s"]
        self.asked, self.settled = 0, True
        if self.closing:
            self.kill()
            self.closing = 0.0
        self.say()

    def pending(self) -> bool:
        """Tell whether the command has printed what has not been read yet."""
        return bool(select.select([*self.ends], [], [], 0)[0])

    def say(self) -> None:
        """Say as much as the owner takes now: it may look the other way for long."""
        while self.unsaid:
            try:
                self.owner.send(self.unsaid[0])
            except BlockingIOError:
                return
            except OSError:  # there is no owner any more
                self.kill()
                sys.exit()
            del self.unsaid[0]


def main() -> None:
    """Keep the command that the words say."""
    owner = socket.socket(fileno=os.dup(0))
    owner.setblocking(False)
    fcntl.fcntl(0, fcntl.F_SETFD, fcntl.FD_CLOEXEC)
    Keeper(owner, sys.argv[1:]).keep()


if __name__ == "__main__":
    main()
