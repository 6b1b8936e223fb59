"""`PlayedProgram`: a background process of a recording."""

from typing import Protocol

from attrs import define

from ipwrap.executors.background import BackgroundProgram
from ipwrap.executors.recorded_entries import RecordedProcess
from ipwrap.result import Result

__all__ = ["LiveProgram", "PlayedProgram", "ProcessPlayer"]


class ProcessPlayer(Protocol):
    """The part of a playback that knows how far the script is."""

    def has_played_end(self, recorded: RecordedProcess) -> bool:
        """Return whether everything is played that was done before a process ended by itself."""

    def next_wait_times_out(self, recorded: RecordedProcess) -> bool:
        """Return whether the time was up in the next recorded wait for the end of a process."""


@define(eq=False)
class PlayedProgram:
    """A recorded program: prints the recorded output, and ends at the recorded step.

    ``running`` is the program that takes over if a playback goes on behind the recording.
    """

    _player: ProcessPlayer
    recorded: RecordedProcess
    pid: int
    _result: Result
    running: BackgroundProgram | None = None
    _has_ended: bool = False

    @property
    def status(self) -> int | None:
        """The recorded exit status; None while the program ran in the recorded session."""
        if self.running is not None:
            return self.running.status
        if self._has_ended or self._player.has_played_end(self.recorded):
            return self._result.status
        return None

    def wait(self, seconds: float | None) -> bool:
        """Return at once whether the program had ended by then."""
        if self.running is not None:
            return self.running.wait(seconds)
        return self.status is not None or not self._player.next_wait_times_out(self.recorded)

    def send_signal(self, number: int) -> None:
        """Do nothing: what a signal did is recorded."""
        if self.running is not None:
            self.running.send_signal(number)

    def output(self) -> tuple[bytes, bytes]:
        """Return everything that was recorded, on stdout and stderr."""
        if self.running is not None:
            return self.running.output()
        return _encode(self._result.stdout), _encode(self._result.stderr)

    def end(self) -> None:
        """Note that the recorded program has ended."""
        self._has_ended = True

    def close(self) -> None:
        """End the program."""
        self._has_ended = True
        if self.running is not None:
            self.running.close()


@define(eq=False)
class LiveProgram:
    """A program that runs, under the pid that the script knows."""

    pid: int
    _program: BackgroundProgram

    @property
    def status(self) -> int | None:
        """The exit status; None while it runs."""
        return self._program.status

    def wait(self, seconds: float | None) -> bool:
        """Wait for the end."""
        return self._program.wait(seconds)

    def send_signal(self, number: int) -> None:
        """Send a signal to the process group."""
        self._program.send_signal(number)

    def output(self) -> tuple[bytes, bytes]:
        """Return what was printed up to now."""
        return self._program.output()

    def close(self) -> None:
        """End the program and everything that it has started."""
        self._program.close()


def _encode(text: str) -> bytes:
    """Return recorded text as the bytes that the program printed."""
    return text.encode("utf-8", "surrogateescape")
