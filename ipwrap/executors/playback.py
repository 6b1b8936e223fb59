"""`Playback`: answers from a recording, with no root and no kernel."""

import difflib
import os

from attrs import define, field

from ipwrap.command import Command
from ipwrap.errors import ExecutorError, PlaybackError
from ipwrap.executors.base import Reply
from ipwrap.executors.stream import Told
from ipwrap.places import Place
from ipwrap.recording import Recording
from ipwrap.result import Result

__all__ = ["Playback"]

MISSING = 127  # the status of a program that is not there, as a shell has it


def _recording(source: "Recording | str | os.PathLike[str]") -> Recording:
    """Return a recording, read if a path is given."""
    return source if isinstance(source, Recording) else Recording.load(source)


@define
class Playback:
    """Answer each command with what the recording says, in strict order.

    Raises `PlaybackError` where another command is asked for than the next recorded one: it shows the one asked for,
    the one recorded, and the recorded one that is nearest to it.
    """

    recording: Recording = field(converter=_recording)
    live: bool = False
    _next: int = field(default=0, init=False)
    _results: list[Result] = field(factory=list, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._results = self.recording.results

    def run(self, command: Command, place: Place) -> Reply:
        """Return the recorded answer to this command, if it is the next one."""
        recorded = self._results[self._next] if self._next < len(self._results) else None
        if recorded is None or recorded.command != command:
            raise PlaybackError(
                command.line, recorded.line if recorded else None, self._nearest(command), self.recording.path
            )
        self._next += 1
        if recorded.status == MISSING and recorded.stderr.startswith(f"{command.argv[0]}: no such program"):
            raise ExecutorError(recorded.stderr)
        return Reply(recorded.status, recorded.stdout, recorded.stderr, recorded.timed_out)

    def listen(self, command: Command, place: Place) -> Told:
        """Return all that the recorded command printed, from its start to its end."""
        return Told(self.run(command, place))

    @property
    def left(self) -> list[str]:
        """The recorded commands that nobody has asked for yet."""
        return [result.line for result in self._results[self._next :]]

    def _nearest(self, command: Command) -> str | None:
        """Return the recorded command that is most like this one."""
        lines = [result.line for result in self._results]
        near = difflib.get_close_matches(command.line, lines, 1, cutoff=0.4)
        return near[0] if near else None

    def close(self) -> None:
        """There is nothing to give up."""
