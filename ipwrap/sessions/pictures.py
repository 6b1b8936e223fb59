"""The network of a session, for trees and drawings."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from attrs import frozen

from ipwrap.command import Command
from ipwrap.result import Result
from ipwrap.views.drawing.drawing import Drawing, draw
from ipwrap.views.drawing.svg import Theme
from ipwrap.views.topology.evidence import read_namespace_numbers, recorded_evidence
from ipwrap.views.topology.tree import first_label, format_tree

if TYPE_CHECKING:
    from ipwrap.recording import RecordingView
    from ipwrap.state import State

__all__ = ["SessionPicture"]


@frozen
class SessionPicture:
    """A state of a session's place.

    - ``recording``: its commands show the ends of the cables made by the session
    - ``place``: the name of the place
    - ``run``: runs an unrecorded command, to ask the kernel about other cables; None if no command
      can run
    """

    state: "State"
    recording: "RecordingView"
    place: str
    run: Callable[[Command], Result] | None

    def tree(self, *, full: bool, width: int | None) -> str:
        """Return the state as a tree."""
        return format_tree(
            self.state,
            first=first_label(self.place),
            evidence=recorded_evidence(self.recording, self._numbers()),
            full=full,
            width=width,
        )

    def draw(self, format_: str, *, full: bool, theme: Theme) -> Drawing:
        """Return a drawing of the state."""
        return draw(
            self.state,
            format_,
            first=first_label(self.place),
            evidence=recorded_evidence(self.recording, self._numbers()),
            full=full,
            theme=theme,
        )

    def _numbers(self) -> dict[tuple[str, int], str | None]:
        """Return the namespace of each number, by the kernel."""
        return {} if self.run is None else read_namespace_numbers(self.run, self.state)
