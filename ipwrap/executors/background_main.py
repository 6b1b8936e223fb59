"""The helper program inside a place that starts a background process, and ends it with the owner.

`ipwrap.executors.background` starts the helper with a SEQPACKET socket as stdin. The helper imports
nothing of ipwrap: it has to start in milliseconds, and perhaps runs as another user. The first
packet from the owner carries four files: the request (JSON: argv, env, cwd), and the stdin, stdout
and stderr of the program. Packets to the owner::

    p PID       the program runs; PID is the pid inside the place, and the process group
    f TEXT      the program could not be started
    x STATUS    the program has ended, -N by signal N

Packets from the owner: ``s N`` sends signal N to the process group. The end of the socket ends the
program and its descendants, also processes outside the process group: the helper is the reaper of
the descendants (PR_SET_CHILD_SUBREAPER in prctl(2)). If the helper itself is killed, the kernel
kills the program (PR_SET_PDEATHSIG).
"""

import contextlib
import fcntl
import json
import os
import select
import signal
import socket
import sys
import time
from typing import Any

PACKET = 1 << 12
FILES = 4  # in the first packet
GRACE_SECONDS = 1.0  # between SIGTERM and SIGKILL, for what the owner leaves behind
POLL_SECONDS = 0.01
NOT_STARTED = 127  # the status of the child; the owner gets the reason as text

# Options of prctl(2), from linux/prctl.h.
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


def set_process_option(option: int, value: int) -> None:
    """Set an option by prctl(2). Without ctypes, as in a minimal Python, it stays unset."""
    try:
        import ctypes
    except ImportError:
        return
    ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def receive_request(owner: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Return the request of the owner, and the three files of the program."""
    _, files, _, _ = socket.recv_fds(owner, PACKET, FILES)
    if len(files) != FILES:
        sys.exit("ipwrap: no request")

    with open(files[0], encoding="utf-8", errors="surrogateescape") as request_file:
        return json.load(request_file), files[1:]


def start(request: dict[str, Any], files: list[int]) -> tuple[int, str]:
    """Start the program. Return the pid, and the error of a failed start, or "".

    The child writes the error to a pipe. exec() closes the pipe: an empty text means success.
    """
    error_reader, error_writer = os.pipe()
    helper = os.getpid()
    pid = os.fork()
    if pid == 0:
        os.close(error_reader)
        run_child(request, files, error_writer=error_writer, helper=helper)

    os.close(error_writer)
    for descriptor in files:
        os.close(descriptor)
    with open(error_reader, encoding="utf-8", errors="surrogateescape") as error_file:
        return pid, error_file.read()


def run_child(request: dict[str, Any], files: list[int], *, error_writer: int, helper: int) -> None:
    """Turn the forked child into the program; never returns."""
    try:
        os.setsid()
        set_process_option(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != helper:  # the helper was killed before the option was set
            os._exit(NOT_STARTED)

        # Python, or this helper, ignores these; exec() would keep them ignored.
        for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        for target, descriptor in enumerate(files):
            os.dup2(descriptor, target)
        if request["cwd"] is not None:
            os.chdir(request["cwd"])

        environment = {**os.environ, **request["env"]}
        os.execvpe(request["argv"][0], request["argv"], environment)
    except OSError as error:
        name = error.filename or request["argv"][0]
        text = f"{name}: {error.strerror}"
        os.write(error_writer, text.encode("utf-8", "surrogateescape"))
    os._exit(NOT_STARTED)


class Keeper:
    """Passes signals on to the program, reports its end, and ends its remaining descendants.

    - ``owner``: the socket to the owner
    - ``wakeup``: the pipe that SIGCHLD writes to
    """

    def __init__(self, owner: socket.socket, pid: int, *, wakeup: int) -> None:
        self.owner = owner
        self.pid = pid
        self.wakeup = wakeup
        self.has_ended = False
        self.has_children = True

    def keep(self) -> None:
        """Pass on signals and the end of the program, until the owner closes the socket, or until
        the program and its descendants have ended.
        """
        poll = select.poll()
        poll.register(self.owner, select.POLLIN)
        poll.register(self.wakeup, select.POLLIN)

        while True:
            ready = [descriptor for descriptor, _ in poll.poll()]
            if self.wakeup in ready:
                os.read(self.wakeup, PACKET)
                self.reap()
                if self.has_ended and not self.has_children:
                    return
            if self.owner.fileno() in ready and not self.obey():
                return

    def obey(self) -> bool:
        """Read a packet from the owner. Return whether the owner is still there."""
        try:
            packet = self.owner.recv(PACKET)
        except OSError:
            packet = b""

        if packet.startswith(b"s"):
            self.send_signal(int(packet[1:]))
        return bool(packet)

    def send_signal(self, number: int) -> None:
        """Send a signal to the program's group, which may outlive the program."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)

    def reap(self) -> None:
        """Collect the ended children, also those adopted from the program; report its end."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                self.has_children = False
                return
            if pid == 0:
                return

            if pid == self.pid:
                self.has_ended = True
                with contextlib.suppress(OSError):
                    self.owner.send(b"x%d" % os.waitstatus_to_exitcode(status))

    def end_everything(self) -> None:
        """End the program and all its descendants: SIGTERM first, SIGKILL after a second."""
        deadline = time.monotonic() + GRACE_SECONDS
        if not self.signal_everything(signal.SIGTERM):
            return

        # A process that SIGSTOP holds would get SIGTERM only when it goes on.
        self.send_signal(signal.SIGCONT)
        while time.monotonic() < deadline and self.has_children:
            time.sleep(POLL_SECONDS)
            self.reap()

        # Again and again: a process may start another one before its own end.
        while self.signal_everything(signal.SIGKILL):
            time.sleep(POLL_SECONDS)

    def signal_everything(self, number: int) -> bool:
        """Send a signal to the program and its descendants. Return whether a process was left."""
        self.reap()
        descendants = find_descendants(os.getpid())
        if not self.has_ended and self.pid not in descendants:
            descendants.append(self.pid)  # where /proc is not mounted
        if not descendants:
            return False

        self.send_signal(number)
        for pid in descendants:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)
        return True


def find_descendants(ancestor: int) -> list[int]:
    """Return the living descendants of a process, from /proc/PID/stat of every process."""
    try:
        names = os.listdir("/proc")
    except OSError:
        names = []

    parents = {}
    for name in names:
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as file:
                # The name of the program, in parentheses, may hold blanks and parentheses itself.
                state, parent = file.read().rpartition(")")[2].split()[:2]
        except (OSError, ValueError):
            continue
        if state not in ("Z", "X"):  # ended, and not reaped yet
            parents[int(name)] = int(parent)

    descendants = []
    generation = [ancestor]
    while generation:
        generation = [pid for pid, parent in parents.items() if parent in generation]
        descendants += generation
    return descendants


def main() -> None:
    """Start the program of the request, and keep it."""
    owner = socket.socket(fileno=os.dup(0))
    fcntl.fcntl(0, fcntl.F_SETFD, fcntl.FD_CLOEXEC)
    set_process_option(PR_SET_CHILD_SUBREAPER, 1)

    # SIGCHLD writes to a pipe, on which `keep` polls. It is set up before the start of the program,
    # so that an early end is not missed.
    wakeup_reader, wakeup_writer = os.pipe()
    os.set_blocking(wakeup_writer, False)
    signal.set_wakeup_fd(wakeup_writer, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    # A terminal's Ctrl-C and hang-up are for the owner, who then closes the socket.
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)

    request, files = receive_request(owner)
    pid, error = start(request, files)
    if error:
        owner.send(b"f" + error.encode("utf-8", "surrogateescape"))
        return

    keeper = Keeper(owner, pid, wakeup=wakeup_reader)
    owner.send(b"p%d" % pid)
    try:
        keeper.keep()
    finally:
        keeper.end_everything()


if __name__ == "__main__":
    main()
