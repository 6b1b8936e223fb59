"""`Capture`: the packets of a link, written to a file by tcpdump(8) or dumpcap(1)."""

import re
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self

from attrs import define, field

from ipwrap.background_process import BackgroundProcess
from ipwrap.conditions import Condition
from ipwrap.recording import ProcessAction, Sleep, WaitEvent
from ipwrap.recording.captures import CaptureProgram
from ipwrap.result import Result

__all__ = ["Capture", "CaptureSession"]

# "3 packets captured" of tcpdump, "Packets captured: 3" of dumpcap.
PACKET_COUNT = re.compile(r"(?:^|[\r\n])(?:(\d+) packets? captured|Packets captured: (\d+))")


class CaptureSession(Protocol):
    """The part of a session that a capture needs."""

    def wait_for_condition(
        self, condition: Condition, netns: str | None, *, timeout: float
    ) -> None:
        """Wait until a condition holds."""

    def sleep(self, seconds: float) -> None:
        """Pause."""


@define(eq=False)
class Capture:
    """A running capture: see ``pod.capture(…)``. The `with` block or `stop` ends the capture.

    - ``path``: the file with the packets, complete at the end of the capture. A capture on another
      machine is written on that machine, and copied to the same path here at the end
    - ``process``: the capturing program
    """

    path: str
    process: BackgroundProcess
    _program: CaptureProgram = field(repr=False)
    _session: CaptureSession = field(repr=False)
    _fetch: Callable[[], None] | None = field(default=None, repr=False)

    def __repr__(self) -> str:
        return f"<Capture into {self.path!r} by {self.process!r}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def packets(self) -> int | None:
        """The number of packets in the file; None while the capture runs."""
        result = self.process.result
        match = None if result is None else PACKET_COUNT.search(result.stderr)
        return None if match is None else int(match[1] or match[2])

    def wait(self, timeout: float | None = None) -> Result:
        """Wait until ``count`` packets have been captured, and return the program's result.

        ``timeout`` is in seconds. Raises `CommandTimeout`; the capture goes on.
        """
        result = self.process.wait(timeout)
        self._fetch_file()
        return result

    def stop(self) -> Result:
        """End the capture once the file has every packet so far. A second call does nothing.

        The program gets SIGINT, as by Ctrl-C, after handling the packets from the kernel.
        """
        if self.process.running:
            steps = self._program.end_steps(self.process.name, self.process.number)
            for step in steps:
                self._run(step)

        result = self.process.stop()
        self._fetch_file()
        return result

    def _fetch_file(self) -> None:
        """Copy the file from another machine, once."""
        fetch, self._fetch = self._fetch, None
        if fetch is not None:
            fetch()

    def _run(self, step: Sleep | WaitEvent | ProcessAction) -> None:
        """Run one of the steps by which the capture ends."""
        match step:
            case Sleep(seconds=seconds):
                self._session.sleep(seconds)
            case WaitEvent(condition=condition, netns=netns, timeout=timeout):
                self._session.wait_for_condition(condition, netns, timeout=timeout)
            case ProcessAction(signal=None, seconds=seconds):
                self.process.wait(seconds)
            case ProcessAction(signal=str(signal)):
                self.process.send_signal(signal)
