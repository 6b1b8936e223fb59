"""Which background processes of a script are `with` blocks."""

from collections.abc import Iterable

from attrs import define

from ipwrap.background_process import GRACE
from ipwrap.recording import ProcessAction, ProcessEvent
from ipwrap.recording.captures import RecordedCapture

__all__ = ["ProcessUse", "choose_blocks"]

# CPython refuses more than 20 blocks inside each other; people read fewer.
MAX_DEPTH = 5


@define
class ProcessUse:
    """A process of a recording, and the steps of the script that use the process.

    - ``start``, ``stop``: the positions of the start and the stop; ``stop`` is None without a stop
    - ``has_started``: whether the process has become ready
    - ``uses``: the number of steps that name the process, without the stop
    - ``is_block``: whether the process becomes a `with` block
    - ``capture``: the capture of a capturing process, whose stop is the end of the capture
    """

    event: ProcessEvent
    start: int
    stop: int | None = None
    has_started: bool = False
    uses: int = 0
    is_block: bool = False
    capture: RecordedCapture | None = None

    def note_action(self, action: ProcessAction, position: int) -> None:
        """Note an action of the script on the process at a position."""
        has_default_grace = action.seconds is None
        if self.capture is None:
            has_default_grace = action.seconds in (None, GRACE)
        if action.action == "stop" and has_default_grace and self.stop is None:
            self.stop = position
        else:
            self.uses += 1


def choose_blocks(processes: Iterable[ProcessUse]) -> None:
    """Make blocks of the processes that are stopped in nesting order, outer processes first."""
    open_until: list[int] = []

    for process in sorted(processes, key=lambda use: use.start):
        while open_until and open_until[-1] < process.start:
            open_until.pop()

        if process.stop is None or not process.has_started:
            continue
        # The blocks of a `with` are left one by one: the inner one first.
        is_nested = not open_until or process.stop < open_until[-1]
        if is_nested and len(open_until) < MAX_DEPTH:
            process.is_block = True
            open_until.append(process.stop)
