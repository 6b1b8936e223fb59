"""`BackgroundProcess`: a program that runs beside the session, such as a server or a capture."""

import signal as signals
import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Protocol, Self

from attrs import define, field

from ipwrap.command import Command
from ipwrap.errors import (
    CommandTimeout,
    IpwrapError,
    PlaybackError,
    RecordingError,
    describe_output,
)
from ipwrap.jsonio.escape import escape_controls
from ipwrap.options.validation import check_seconds
from ipwrap.result import Result
from ipwrap.system.signals import signal_name, signal_number

if TYPE_CHECKING:
    from ipwrap.executors import BackgroundProgram

__all__ = ["BackgroundProcess", "ProcessOwner"]

GRACE = 3.0  # seconds between SIGTERM and SIGKILL
KILL_SECONDS = 60.0  # for a killed process to end: only a hanging kernel takes so long

# A recording holds so many bytes of the beginning of an output, and as many of its end.
RECORDED_BYTES = 32 * 1024
MARK_BYTES = 64  # the most that the mark takes, which stands for the bytes left out


class ProcessOwner(Protocol):
    """The recorder of a process: its session."""

    def record_action(
        self,
        process: "BackgroundProcess",
        action: Literal["signal", "stop", "wait"],
        *,
        signal: str | None = None,
        seconds: float | None = None,
        timed_out: bool = False,
    ) -> str | None:
        """Record a call of the script: a signal, a stop, or a wait for the end. Return its place
        in the script.
        """

    @property
    def has_secrets(self) -> bool:
        """Whether the session has secrets."""

    def redact_text(self, text: str) -> str:
        """Return a text with the session's secrets replaced by their names."""

    def record_end(self, process: "BackgroundProcess", result: Result) -> Result:
        """Record the end of a process, once. Return the result as it is recorded."""


@define(eq=False)
class BackgroundProcess:
    """A program that runs until it ends or is stopped: see ``pod.spawn(…)``.

    ::

        with pod.spawn("python3", "-m", "http.server", "8000", ready=until.listening(8000)):
            client.exec("curl", "http://10.0.0.2:8000/")

    The program and its descendants end with the `with` block, else with the session or before the
    deletion of the namespace; also if the Python process is killed. Threads may share a
    `BackgroundProcess`.

    - ``name``: unique in the session; the variable of the process in an exported script
    - ``log``: the given file for stdout and stderr, or None
    """

    command: Command
    name: str
    log: str | None
    number: int = field(repr=False)
    _program: "BackgroundProgram" = field(repr=False)
    _owner: ProcessOwner = field(repr=False)
    _started: float = field(repr=False)  # in seconds since the epoch, by the session's clock
    call_site: str | None = field(default=None, repr=False)  # file and line of the script
    _begin: float = field(factory=time.perf_counter, init=False, repr=False)
    _result: Result | None = field(default=None, init=False, repr=False)
    _redacted_result: Result | None = field(default=None, init=False, repr=False)
    _lock: threading.RLock = field(factory=threading.RLock, init=False, repr=False)

    def __repr__(self) -> str:
        # The property `result` records the end of the program, and a repr changes nothing.
        status = self._program.status
        condition = f"running, pid {self.pid}" if status is None else f"ended, status {status}"
        line = escape_controls(self.command.line)
        return f"<BackgroundProcess {self.name!r}: {condition}: {line}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self.stop()
        except PlaybackError:  # the recorded session has no such stop
            self.end()
            if error is None:  # else the error that has left the block tells more
                raise

    @property
    def program(self) -> "BackgroundProgram":
        """The program, for its session."""
        return self._program

    @property
    def pid(self) -> int:
        """The pid inside the place, as other commands of the session see it."""
        return self._program.pid

    @property
    def running(self) -> bool:
        """Whether the program has not ended yet."""
        return self.result is None

    @property
    def result(self) -> Result | None:
        """The status and output of an ended program; None while the program runs.

        128 + N is the status of an end by signal N, such as 143 after SIGTERM. Very long stdout and
        stderr are cut in the middle.
        """
        with self._lock:
            if self._result is None and self._program.status is not None:
                self._note_end(self._program.status)
            return self._result

    @property
    def redacted_result(self) -> Result | None:
        """The result with names in place of secrets, as it is in the recording and in errors."""
        with self._lock:
            return None if self.result is None else self._redacted_result

    @property
    def stdout(self) -> str:
        """The output by now; with a ``log``, stdout and stderr together."""
        return _decode(self._program.output()[0])

    @property
    def stderr(self) -> str:
        """The error output by now; empty with a ``log``, which holds both."""
        return _decode(self._program.output()[1])

    def wait(self, timeout: float | None = None, *, limit: float | None = None) -> Result:
        """Wait until the program has ended by itself, and return the result, whatever the status.

        In a script: ``wait "$NAME"``. ``timeout`` is in seconds; a ``limit`` replaces the timeout,
        and is no part of the recording, as for a replay. Raises `CommandTimeout` if the program
        still runs, which goes on. Raises `InvalidArgument` for an invalid timeout, and
        `ConnectionLost` if the connection to the program's machine was lost.
        """
        if timeout is not None:
            timeout = check_seconds(timeout, "timeout")
        allowed = timeout if limit is None else limit
        has_ended = self._program.wait(allowed)
        # Only a program on another machine has one.
        loss: IpwrapError | None = getattr(self._program, "loss", None)
        if loss is not None:
            raise loss
        site = self._owner.record_action(self, "wait", seconds=timeout, timed_out=not has_ended)

        result = self.result
        if not has_ended or result is None:
            raise CommandTimeout(
                f"{self.name} ({self.command.line}) still runs after {allowed} s "
                f"(asked at {site})\n{self.last_lines()}"
            )
        return result

    def stop(self, grace: float = GRACE) -> Result:
        """End the program and its descendants, and return the result.

        In a script: ``kill "$NAME"``. The process group gets SIGTERM and, if the program still runs
        after ``grace`` seconds, SIGKILL. If the program has ended already, its remaining children
        are ended. Raises `InvalidArgument` for an invalid grace.
        """
        grace = check_seconds(grace, "grace")
        try:
            if self.running:
                self._owner.record_action(self, "stop", seconds=grace)
        except RecordingError:  # a full disk lets no program go on
            self._end_program(grace)
            raise
        return self.end(grace)

    def end(self, grace: float = GRACE) -> Result:
        """End the program as `stop` does. The recording gets the result, and no call of `stop`."""
        self._end_program(grace)
        result = self.result
        assert result is not None, "a closed program has a status"
        return result

    def _end_program(self, grace: float) -> None:
        """End the program and its descendants, also if Ctrl-C interrupts this method."""
        try:
            if self._program.status is None:
                self._program.send_signal(signals.SIGTERM)
                # A stopped process gets SIGTERM when it goes on.
                self._program.send_signal(signals.SIGCONT)
                if not self._program.wait(grace):
                    self._program.send_signal(signals.SIGKILL)
                    self._program.wait(KILL_SECONDS)
        finally:
            self._program.close()

    def send_signal(self, signal: int | str) -> None:
        """Send a signal to the process group: ``"HUP"``, ``"SIGHUP"``, `signal.SIGHUP`, or one of
        the real-time signals, ``"RTMIN+1"``.

        In a script: ``kill -HUP "$NAME"``. Raises `InvalidArgument` for an unknown signal. A
        program that has ended gets none.
        """
        number = signal_number(signal)
        if not self.running:
            return

        self._owner.record_action(self, "signal", signal=signal_name(number))
        self._program.send_signal(number)

    def last_lines(self) -> str:
        """Return the last lines of the output, for an error message."""
        outputs = zip(("stdout", "stderr"), self._program.output(), strict=True)
        if self.log is not None:
            outputs = zip(("log",), self._program.output(), strict=False)

        lines: list[str] = []
        for name, output in outputs:
            lines += describe_output(name, self._owner.redact_text(_decode(output)))
        return "\n".join(lines) or "  printed:   nothing"

    def _note_end(self, status: int) -> None:
        """Keep the result of the program that has ended, and record it."""
        # A log has both outputs, and may be of any size.
        outputs = (b"", b"") if self.log is not None else self._program.output()
        seconds = time.perf_counter() - self._begin

        self._result = self._to_result(status, outputs, seconds=seconds)
        redacted_result = self._result
        if self._owner.has_secrets:
            # First redacted, then shortened: the cut may be in the middle of a secret.
            redacted_outputs = tuple(map(self._redact_output, outputs))
            redacted_result = self._to_result(status, redacted_outputs, seconds=seconds)
        self._redacted_result = self._owner.record_end(self, redacted_result)

    def _redact_output(self, output: bytes) -> bytes:
        """Return an output without secrets."""
        return self._owner.redact_text(_decode(output)).encode("utf-8", "surrogateescape")

    def _to_result(self, status: int, outputs: Sequence[bytes], *, seconds: float) -> Result:
        """Return the result of the program that has ended."""
        stdout, stderr = (_decode(shorten_output(output)) for output in outputs)
        return Result(
            self.command,
            status,
            stdout,
            stderr,
            started=self._started,
            seconds=seconds,
            call_site=self.call_site,
        )


def shorten_output(output: bytes) -> bytes:
    """Return an output, without the middle if too long for a recording.

    A shortened output stays unchanged, although the mark in the middle makes it a little longer.
    """
    left_out = len(output) - 2 * RECORDED_BYTES
    if left_out <= MARK_BYTES:
        return output

    mark = b"\n[... %d bytes left out ...]\n" % left_out
    return output[:RECORDED_BYTES] + mark + output[-RECORDED_BYTES:]


def _decode(output: bytes) -> str:
    """Return output as text; bytes that are not UTF-8 become surrogates."""
    return output.decode("utf-8", "surrogateescape")
