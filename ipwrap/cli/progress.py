"""Read a recording for the command line: streamed, with a progress bar for a large file."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
from attrs import define

from ipwrap.cli.output import echo
from ipwrap.jsonio.escape import escape_controls

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

    from ipwrap.recording import Recording, StreamedRecording

__all__ = ["Progress", "load"]

LARGE = 2**20  # bytes: some thousands of commands
PATIENCE = 3.0  # seconds without a bar, while a small recording is replayed that waits
STEPS = 200  # updates per reading: redrawing the bar for every line would be slow


@define
class Progress:
    """A progress bar on stderr for each reading of a recording, if stderr is a terminal.

    For a large file, the bar appears at once; for a small file, if the reading takes some seconds:
    a replay reads a command after running the previous command. With ``shown=False``, no bar
    appears. ``clock`` is in seconds.
    """

    name: str
    shown: bool = True
    passes: int = 0
    clock: Callable[[], float] = time.monotonic

    def __call__(self, lines: Iterable[bytes], size: int) -> Iterable[bytes]:
        """Return the lines of a file of `size` bytes. Reading the lines moves the bar."""
        self.passes += 1
        has_bar = self.shown and sys.stderr.isatty()
        return self._iter_with_bar(lines, size) if has_bar else lines

    def _iter_with_bar(self, lines: Iterable[bytes], size: int) -> Iterator[bytes]:
        """Yield the lines, and advance the bar by their length, once there is one."""
        label = f"{escape_controls(self.name)}, reading {self.passes}"
        begin = self.clock()
        bytes_read = 0

        with contextlib.ExitStack() as stack:
            bar = None
            for line in lines:
                bytes_read += len(line)
                if bar is None and (size >= LARGE or self.clock() - begin > PATIENCE):
                    bar = click.progressbar(length=size, label=label, file=sys.stderr)
                    stack.enter_context(bar)
                if bar is not None:
                    _advance(bar, bytes_read, size=size)
                yield line


def _advance(bar: "ProgressBar[int]", bytes_read: int, *, size: int) -> None:
    """Move a bar to the bytes read so far, if the difference can be seen."""
    if bytes_read >= size or bytes_read - bar.pos > size // STEPS:
        bar.update(bytes_read - bar.pos)


def load(path: str, progress: Progress | None = None) -> "Recording | StreamedRecording":
    """Open a recording, and report a truncated last line on stderr.

    A file is streamed. A pipe can be read once only, so its content is kept in memory.
    """
    from ipwrap.recording import Recording, StreamedRecording

    recording: Recording | StreamedRecording
    if Path(path).is_file():
        recording = StreamedRecording.open(path, progress or Progress(path))
    else:
        recording = Recording.load(path)

    if recording.truncated_line:
        echo(f"ipwrap: {recording.truncated_line}", err=True)

    return recording
