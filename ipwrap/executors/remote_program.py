"""`RemoteProgram`: a program on another machine, with a shell on that machine to watch over it.

The shell runs the program in a new session (setsid(1)), prints the pid and the end of the program
as marks on both outputs, and passes on signals, which come as lines on stdin. The end of stdin ends
the program: when this process ends, however abruptly, or when the connection is lost. Variables and
input come by stdin, never in an argv; arguments are visible to other users, as always.

ssh(1) exits with 255 for its own errors. Therefore a mark has the status of the program: without
the mark, the connection was lost.
"""

import contextlib
import os
import re
import select
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping
from typing import Protocol

from attrs import define, field

from ipwrap.command import SEARCH_PATH, Command
from ipwrap.errors import ConnectionLost, ExecutorError, InvalidArgument, IpwrapError
from ipwrap.executors.background import OutputFile
from ipwrap.executors.base import Reply
from ipwrap.executors.exit_status import ENDED_FROM_OUTSIDE, TIMED_OUT
from ipwrap.places.marked_output import Mark, MarkedOutput, new_mark
from ipwrap.places.remote import RemotePlace, quote_argv
from ipwrap.secrets.secret import reveal
from ipwrap.system.forks import close_in_children
from ipwrap.system.programs import PACKAGES, install_advice
from ipwrap.system.shortage import raise_as

__all__ = ["RemoteProgram", "run_remote", "start_remote"]

CHUNK = 1 << 16
START_SECONDS = 60.0
# For the program to end behind SIGKILL, and for its last output to come.
KILL_SECONDS = 10.0
# The shell there waits for a second between SIGTERM and SIGKILL.
CLOSE_SECONDS = 5.0
VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)

# The group of the program gets the signals, and the program before it leads one.
WATCH = """\
{{
exec 3<&0
{input} {{
{settings}exec setsid sh -c '{start}' {mark} {argv} {redirect}
}} 3<&- &
child=$!
(
    while read -r number <&3; do kill -s "$number" -- "-$child"; done
    kill -s TERM -- "-$child" "$child"
    kill -s CONT -- "-$child"
    count=0
    while [ $count -lt 20 ] && kill -s 0 -- "-$child"; do count=$((count + 1)); sleep 0.05; done
    kill -s KILL -- "-$child" "$child"
) >/dev/null 2>&1 &
watch=$!
{{ wait "$child"; status=$?; }} 2>/dev/null
left=0
if kill -s 0 -- "-$child" 2>/dev/null; then
    sleep 0.05
    if kill -s 0 -- "-$child" 2>/dev/null; then left=1; fi
fi
printf '\\n%s end %d %d\\n' {mark} $status $left
printf '\\n%s end %d %d\\n' {mark} $status $left >&2
{after}
exit
}}
"""
START = (
    'command -v -- "$1" >/dev/null 2>&1 || '
    '{ printf "\\n%s missing\\n" "$0" >&2; exit 127; }; '
    'printf "\\n%s pid %d\\n" "$0" $$; printf "\\n%s pid %d\\n" "$0" $$ >&2; '
)
LEAVE_REST = 'kill -s KILL "$watch"'
KEEP_WATCH = 'if [ $left = 1 ]; then wait "$watch"; else kill -s KILL "$watch"; fi'
CHANGE_DIRECTORY = (
    "cd -- {path} 2>/dev/null || {{ printf '\\n%s nodir\\n' {mark} >&2; exit 127; }}\n"
)


class Sink(Protocol):
    """What takes the output of a program."""

    def write(self, data: bytes, /) -> object:
        """Take output."""


@define(eq=False)
class MemorySink:
    """Keeps output in memory."""

    data: bytearray = field(factory=bytearray)

    def write(self, data: bytes) -> None:
        """Keep output."""
        self.data += data

    @property
    def text(self) -> str:
        """The output, with surrogates for bytes that are not UTF-8."""
        return self.data.decode("utf-8", "surrogateescape")


@define(eq=False)
class FileSink:
    """Writes output into a file."""

    file: OutputFile

    def write(self, data: bytes) -> None:
        """Write output. Output without room is lost: the remote program waits for no reader."""
        with contextlib.suppress(OSError):
            while data:
                data = data[os.write(self.file.descriptor, data) :]


@define(eq=False)
class RemoteProgram:
    """A program that was started on another machine. A thread reads its outputs."""

    place: RemotePlace
    command_line: str
    mark: str
    process: "subprocess.Popen[bytes]"
    out: Sink
    err: Sink
    pid: int = 0
    left_running: bool = False
    error: IpwrapError | None = None
    _status: int | None = None
    _refusal: str | None = None
    _early: bytearray = field(factory=bytearray)
    _begins: set[int] = field(factory=set)
    _ends: set[int] = field(factory=set)
    _changed: threading.Condition = field(factory=threading.Condition)
    _reader: threading.Thread | None = None

    def begin(self, script: str) -> None:
        """Send the script, and read from now on. Raises the error of a program without a start."""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        close_in_children(self)
        assert self.process.stdin is not None
        data = script.encode("utf-8", "surrogateescape")
        with contextlib.suppress(OSError):  # noticed by the outputs
            while data:
                data = data[self.process.stdin.write(data) :]

        if not self._wait_for(lambda: self.pid or self._is_over, START_SECONDS):
            raise ExecutorError(
                f"{self.command_line}: cannot be run: no answer within {START_SECONDS:.0f} s"
            )
        if self.error is not None:
            raise self.error

    @property
    def _is_over(self) -> bool:
        """Whether nothing more is to come."""
        return self._status is not None or self.error is not None

    def _wait_for(self, condition: Callable[[], object], seconds: float | None) -> bool:
        """Wait until a condition holds, at most some seconds. Return whether it does."""
        with self._changed:
            return bool(self._changed.wait_for(condition, seconds))

    def _read(self) -> None:
        """Read both outputs to their ends, in a thread."""
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        outputs = {
            self.process.stdout.fileno(): (MarkedOutput(self.mark), self.out),
            self.process.stderr.fileno(): (MarkedOutput(self.mark), self.err),
        }
        poll = select.poll()
        for descriptor in outputs:
            poll.register(descriptor, select.POLLIN)

        open_outputs = set(outputs)
        while open_outputs:
            for descriptor, _ in poll.poll():
                try:
                    data = os.read(descriptor, CHUNK)
                except OSError:
                    data = b""
                marked, sink = outputs[descriptor]
                parts: list[bytes | Mark] = marked.feed(data) if data else [marked.flush()]
                self._take(descriptor, parts, sink=sink)
                if not data:
                    poll.unregister(descriptor)
                    open_outputs.discard(descriptor)
        self._note_end()

    def _take(self, descriptor: int, parts: list[bytes | Mark], *, sink: Sink) -> None:
        """Take parts of an output. Output after the end mark belongs to leftover children and is
        dropped.
        """
        for part in parts:
            if isinstance(part, Mark):
                self._note_mark(descriptor, [word.decode() for word in part.words])
            elif descriptor not in self._begins:
                self._early += part
            elif descriptor not in self._ends:
                sink.write(part)

    def _note_mark(self, descriptor: int, words: list[str]) -> None:
        """Take note of a mark."""
        kind, *rest = words
        with self._changed:
            if kind == "pid":
                self._begins.add(descriptor)
                self.pid = int(rest[0])
            elif kind == "end":
                self._ends.add(descriptor)
                if len(self._ends) == 2:
                    self.left_running = rest[1] == "1"
                    self._finish(int(rest[0]))
            else:
                self._refusal = kind
            self._changed.notify_all()

    def _finish(self, status: int) -> None:
        """Note the exit status of the program, or why it was not started."""
        program = self.command_line.split()[0]
        if self._refusal == "missing":
            advice = "install it there"
            if program in PACKAGES:
                advice += f": {install_advice(PACKAGES[program])}"
            reason = f"no such program on {self.place.name.removeprefix('ssh ')}; {advice}"
            self.error = ExecutorError(f"{program}: {reason}")
        elif self._refusal == "nodir":
            self.error = ExecutorError(f"{self.command_line}: the directory is not there")
        else:
            self._status = status

    def _note_end(self) -> None:
        """Note that the outputs have ended: without the end of the program, it is lost."""
        if not self._is_over:
            error = self.place.shell_error(self.process, bytes(self._early))
            with self._changed:
                self.error = error
                self._changed.notify_all()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(KILL_SECONDS)
        self._close_stdin()
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()

    @property
    def status(self) -> int | None:
        """The exit status as of a shell; None while the program runs.

        After a lost connection, the status of SIGKILL, which ends the program.
        """
        if self.error is not None:
            return ENDED_FROM_OUTSIDE
        return self._status

    def wait(self, seconds: float | None) -> bool:
        """Wait for the end. Return whether the program has ended, also with its connection."""
        return self._wait_for(lambda: self._is_over, seconds)

    @property
    def loss(self) -> ConnectionLost | None:
        """The loss of the connection, if the loss has ended the program; else None."""
        return self.error if isinstance(self.error, ConnectionLost) else None

    def send_signal(self, number: int) -> None:
        """Send a signal to the process group. A shell that has ended is noticed by `wait`."""
        assert self.process.stdin is not None
        with contextlib.suppress(OSError, ValueError):  # it has ended, or is closed
            self.process.stdin.write(b"%d\n" % number)

    def output(self) -> tuple[bytes, bytes]:
        """Return what was printed up to now."""
        return _output_of(self.out), _output_of(self.err)

    def close(self) -> None:
        """End the program and its group. A second call has no effect."""
        self._close_stdin()
        self._wait_for(lambda: self._is_over, CLOSE_SECONDS)
        has_read_all = self._join_reader()
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
            has_read_all = self._join_reader()
        with self._changed:
            if not self._is_over:
                self._status = ENDED_FROM_OUTSIDE
        if has_read_all:
            self._release_files()

    def _join_reader(self) -> bool:
        """Wait for the end of both outputs. Return whether the reader has ended."""
        if self._reader is None:
            return True
        self._reader.join(CLOSE_SECONDS)
        return not self._reader.is_alive()

    def _release_files(self) -> None:
        """Close the files of the outputs, which nobody writes to any more."""
        for sink in (self.out, self.err):
            if isinstance(sink, FileSink):
                sink.file.release()

    def close_in_child(self) -> None:
        """Close this child's end of the input."""
        self._close_stdin()

    def _close_stdin(self) -> None:
        """Close this process's end of the input."""
        assert self.process.stdin is not None
        with contextlib.suppress(OSError):
            self.process.stdin.close()


def _output_of(sink: Sink) -> bytes:
    """Return the output that a sink has taken."""
    if isinstance(sink, FileSink):
        return sink.file.read()
    return bytes(sink.data) if isinstance(sink, MemorySink) else b""


def _make_script(
    argv: tuple[str, ...],
    *,
    mark: str,
    variables: Mapping[str, str],
    cwd: str | None,
    stdin: str,
    joins_outputs: bool,
    keeps_watch: bool,
) -> str:
    """Return the script for the shell. Raises `InvalidArgument` for what no shell can pass on."""
    settings = ""
    for name, value in variables.items():
        if not VARIABLE_NAME.fullmatch(name):
            raise InvalidArgument(f"env: {name!r} is no name of a variable in a POSIX shell")
        settings += f"export {name}={quote_argv((reveal(value),))}\n"
    if cwd is not None:
        settings += CHANGE_DIRECTORY.format(path=quote_argv((cwd,)), mark=mark)
    start = START + ('exec "$@" 2>&1' if joins_outputs else 'exec "$@"')
    return WATCH.format(
        input=_pipe_text(stdin) if stdin else "",
        settings=settings,
        start=start,
        mark=mark,
        argv=quote_argv(tuple(reveal(argument) for argument in argv)),
        redirect="" if stdin else "</dev/null",
        after=KEEP_WATCH if keeps_watch else LEAVE_REST,
    )


def _pipe_text(text: str) -> str:
    """Return the shell's words that print a text into a pipe: `%b` of printf(1) can print NUL."""
    escaped = text.replace("\\", "\\\\").replace("\0", "\\0000")
    return f"printf %b {quote_argv((escaped,))} |"


def run_remote(argv: tuple[str, ...], command: Command, *, place: RemotePlace, stdin: str) -> Reply:
    """Run the argv of a command on another machine, to its end.

    Raises `ExecutorError` for a program missing on the machine, and `ConnectionLost`.
    """
    mark = new_mark()
    script = _make_script(
        argv,
        mark=mark,
        variables=_variables(command),
        cwd=command.cwd,
        stdin=stdin,
        joins_outputs=False,
        keeps_watch=False,
    )
    out, err = MemorySink(), MemorySink()
    program = RemoteProgram(place, command.line, mark, place.start_shell(), out, err)

    try:
        program.begin(script)
        has_ended = program.wait(command.timeout)
        if not has_ended:
            program.send_signal(signal.SIGKILL)
            program.wait(KILL_SECONDS)
    except BaseException:  # such as Ctrl-C
        program.close()
        raise

    if program.error is not None:
        raise program.error
    # A child that the program has left goes on; its output is read as long as the connection lives.
    if not program.left_running:
        program.close()
    status = program.status if has_ended else TIMED_OUT
    return Reply(
        TIMED_OUT if status is None else status,
        out.text,
        err.text,
        timed_out=not has_ended,
        left_running=program.left_running,
    )


def start_remote(command: Command, place: RemotePlace, *, log: str | None) -> RemoteProgram:
    """Start a background process on another machine. Its log is a file on this machine.

    Raises `ExecutorError` and `ConnectionLost`.
    """
    mark = new_mark()
    script = _make_script(
        command.full_argv,
        mark=mark,
        variables=_variables(command),
        cwd=command.cwd,
        stdin=reveal(command.stdin or ""),
        joins_outputs=log is not None,
        keeps_watch=True,
    )
    with raise_as(ExecutorError, f"{command.line}: cannot be run"):
        out = FileSink(OutputFile.unnamed() if log is None else OutputFile.log(log))
        err: Sink = FileSink(OutputFile.unnamed()) if log is None else MemorySink()

    program = RemoteProgram(place, command.line, mark, place.start_shell(), out, err)
    try:
        program.begin(script)
    except BaseException:
        program.close()
        raise
    return program


def _variables(command: Command) -> dict[str, str]:
    """Return the variables of a command, with the search path of a program of iproute2."""
    variables = dict(command.variables)
    if command.env is not None and SEARCH_PATH in command.env:
        variables.setdefault(SEARCH_PATH, command.env[SEARCH_PATH])
    return variables
