"""A recording as the command line reads it: never all of it in memory, and with a bar on a terminal if it is large."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
from attrs import define

from ipwrap.jsonio.escape import escape_controls

if TYPE_CHECKING:
    from ipwrap.recording import Recording, StreamedRecording

__all__ = ["Progress", "load"]

LARGE = 2**20  # bytes: some thousands of commands
STEPS = 200


@define
class Progress:
    """Shows each reading of a large file as a bar on stderr, if that is a terminal; with ``shown=False``, none."""

    name: str
    shown: bool = True
    passes: int = 0

    def __call__(self, lines: Iterable[bytes], size: int) -> Iterable[bytes]:
        """Hand on the lines of a file of so many bytes."""
        self.passes += 1
        return (
            self._bar(lines, size)
            if self.shown and size >= LARGE and sys.stderr.isatty()
            else lines
        )

    def _bar(self, lines: Iterable[bytes], size: int) -> Iterator[bytes]:
        """Yield the lines, and move the bar by their length."""
        label = f"{escape_controls(self.name)}, reading {self.passes}"
        with click.progressbar(length=size, label=label, file=sys.stderr) as bar:
            read = 0
            for line in lines:
                read += len(line)
                if read >= size or read - bar.pos > size // STEPS:
                    bar.update(read - bar.pos)
                yield line


def load(path: str, progress: Progress | None = None) -> "Recording | StreamedRecording":
    """Return a recording, and say on stderr if a crash has torn its last line; from a pipe, all of it at once."""
    from ipwrap.recording import Recording, StreamedRecording

    recording = (
        StreamedRecording.open(path, progress or Progress(path))
        if Path(path).is_file()
        else Recording.load(path)
    )
    if recording.truncated_line:
        click.echo(f"ipwrap: {recording.truncated_line}", err=True)
    return recording
