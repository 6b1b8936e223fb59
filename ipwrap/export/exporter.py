"""`Exporter`: a function that writes a recording in another format, as a whole or piece by
piece.
"""

import functools
from collections.abc import Callable, Iterator
from typing import Concatenate, Generic, ParamSpec

from attrs import define

from ipwrap.recording import RecordingView
from ipwrap.recording.overlap import WithOverlap

__all__ = ["Exporter"]

P = ParamSpec("P")


@define(eq=False, slots=False)
class Exporter(Generic[P]):
    """Called with a recording, an exporter returns the whole text; ``iter_text`` yields pieces, in
    little memory.

    `Exporter` decorates the function that yields the pieces. The function gets a view of the
    recording, with programs beside other commands as background processes.
    """

    write: Callable[Concatenate[RecordingView, P], Iterator[str]]

    def __attrs_post_init__(self) -> None:
        functools.update_wrapper(self, self.write)

    def __call__(self, recording: RecordingView, *args: P.args, **options: P.kwargs) -> str:
        """Return the whole text."""
        return "".join(self.iter_text(recording, *args, **options))

    def iter_text(
        self, recording: RecordingView, *args: P.args, **options: P.kwargs
    ) -> Iterator[str]:
        """Return the pieces of the text."""
        return self.write(WithOverlap.of(recording), *args, **options)
