"""`RemoteShell`: a long-lived shell on another machine, which starts a process for each command.

The shell replaces the workers of this machine. A long-lived `ip -batch -` caches names, and only
notifications of the kernel show when names become invalid: notifications do not come from another
machine in time. Therefore only the shell is kept open, and every `ip` is a fresh process: a name
reaches the same device as from a terminal. A command costs a round trip, and no start of ssh.
"""

import contextlib
import os
import select
import subprocess
import threading
from collections.abc import Sequence
from typing import NamedTuple

from attrs import define, field

from ipwrap.places.marked_output import Mark, MarkedOutput, new_mark
from ipwrap.places.remote import RemotePlace
from ipwrap.system.forks import close_in_children

__all__ = ["RemoteShell", "ShellReply"]

CHUNK = 1 << 16
CLOSE_SECONDS = 3.0

# The shell reports a signal of its child ("Aborted") on its own stderr: fd 2 is /dev/null, programs
# get fd 4. The subshell is needed because dash would redirect its own report as well.
SETUP = b"exec 4>&2 2>/dev/null\n"
# What a start-up file of the login shell prints comes before the mark of this line.
GREETING = "true"
COMMAND_SCRIPT = """\
(exec {line} </dev/null 2>&4 4>&-); s=$?
printf '\\n%s %d %d\\n' {mark} {number} $s; printf '\\n%s %d %d\\n' {mark} {number} $s >&4
"""


class ShellReply(NamedTuple):
    """How a command ended, and its output."""

    status: int
    out: bytes
    err: bytes


@define(eq=False)
class OutputStream:
    """One output of a shell, cut into the outputs of its commands, by their numbers."""

    marked: MarkedOutput
    outputs: dict[int, tuple[int, bytes]] = field(factory=dict)
    current: bytearray = field(factory=bytearray)

    def feed(self, data: bytes) -> None:
        """Take the next bytes."""
        for part in self.marked.feed(data):
            if isinstance(part, Mark):
                number, status = map(int, part.words)
                self.outputs[number] = (status, bytes(self.current))
                self.current.clear()
            else:
                self.current += part


@define(eq=False)
class Shell:
    """A running shell: the process, the pipes, and the number of the last command."""

    place: RemotePlace
    process: "subprocess.Popen[bytes]"
    mark: str = field(factory=new_mark)
    stdin: int = field(init=False)
    stdout: int = field(init=False)
    stderr: int = field(init=False)
    streams: dict[int, OutputStream] = field(init=False)
    number: int = -1
    unsent: bytearray = field(factory=bytearray)

    def __attrs_post_init__(self) -> None:
        pipes = (self.process.stdin, self.process.stdout, self.process.stderr)
        self.stdin, self.stdout, self.stderr = [pipe.fileno() for pipe in pipes if pipe]
        self.streams = {
            descriptor: OutputStream(MarkedOutput(self.mark))
            for descriptor in (self.stdout, self.stderr)
        }
        os.set_blocking(self.stdin, False)
        close_in_children(self)
        self.unsent += SETUP
        self.queue(GREETING)

    def queue(self, line: str) -> None:
        """Queue a command line."""
        self.number += 1
        script = COMMAND_SCRIPT.format(line=line, mark=self.mark, number=self.number)
        self.unsent += script.encode("utf-8", "surrogateescape")

    def exchange(self) -> None:
        """Send what is queued, and wait for the replies."""
        poll = select.poll()
        poll.register(self.stdin, select.POLLOUT)
        for descriptor in self.streams:
            poll.register(descriptor, select.POLLIN)

        while not self._has_reply(self.number):
            for descriptor, _ in poll.poll():
                if descriptor == self.stdin:
                    self._write()
                    if not self.unsent:
                        poll.unregister(self.stdin)
                else:
                    self._read(descriptor)

    def _has_reply(self, number: int) -> bool:
        """Return whether both outputs of a command are complete."""
        return all(number in stream.outputs for stream in self.streams.values())

    def _write(self) -> None:
        """Write as much as the pipe takes. A shell that has ended is noticed by its outputs."""
        try:
            written = os.write(self.stdin, self.unsent[:CHUNK])
        except BlockingIOError:
            return
        except OSError:
            self.unsent.clear()
            return
        del self.unsent[:written]

    def _read(self, descriptor: int) -> None:
        """Read from an output. Raises the error of a shell that has ended."""
        data = os.read(descriptor, CHUNK)
        if not data:
            text = bytes(self.streams[self.stderr].current)
            text += self.streams[self.stderr].marked.flush()
            if descriptor == self.stdout:
                text += self._read_last_words()
            raise self.place.shell_error(self.process, text)
        self.streams[descriptor].feed(data)

    def _read_last_words(self) -> bytes:
        """Return the rest of stderr: of a shell that has ended, it may come behind stdout's end."""
        text = b""
        poll = select.poll()
        poll.register(self.stderr, select.POLLIN)
        while poll.poll(CLOSE_SECONDS * 1000):
            data = os.read(self.stderr, CHUNK)
            if not data:
                break
            text += data
        return text

    def take_replies(self) -> list[ShellReply]:
        """Remove and return the complete replies, in order, without that to the greeting."""
        outs, errs = (self.streams[fd].outputs for fd in (self.stdout, self.stderr))
        replies = []
        for number in sorted(outs.keys() & errs.keys()):
            status, out = outs.pop(number)
            _, err = errs.pop(number)
            if number:
                replies.append(ShellReply(status, out, err))
        return replies

    def close(self) -> None:
        """End the shell, by the end of its input."""
        self.close_in_child()
        try:
            self.process.wait(CLOSE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def close_in_child(self) -> None:
        """Close this process's ends of the pipes."""
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


@define(eq=False)
class RemoteShell:
    """The shell of a place, started with the first command, and anew after an interruption."""

    place: RemotePlace
    _shell: Shell | None = None
    _lock: threading.RLock = field(factory=threading.RLock)

    def start_ahead(self) -> None:
        """Start the shell without waiting for it. Raises `ConnectionLost`."""
        with self._lock:
            if self._shell is None:
                self._shell = Shell(self.place, self.place.start_shell())

    def run(self, lines: Sequence[str], replies: list[ShellReply]) -> None:
        """Run command lines in sequence, and append the replies, also before an error.

        The lines are sent at once: ten lines travel as long as a single line. Raises
        `ConnectionLost`, and `ExecutorError` for a shell that was ended from outside.
        """
        if not lines:
            return

        with self._lock:
            self.start_ahead()
            # After an interruption, such as Ctrl-C, replies are still to come: the shell goes.
            shell, self._shell = self._shell, None
            assert shell is not None
            try:
                for line in lines:
                    shell.queue(line)
                shell.exchange()
            except BaseException:
                shell.close()
                raise
            finally:
                replies += shell.take_replies()
            self._shell = shell

    def close(self) -> None:
        """End the shell. A second call has no effect."""
        with self._lock:
            shell, self._shell = self._shell, None
            if shell is not None:
                shell.close()
