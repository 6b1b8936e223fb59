"""Background processes are `with` blocks where they are stopped in nesting order."""

import pytest

from ipwrap import Command
from ipwrap.export.python.process_blocks import MAX_DEPTH, ProcessUse, choose_blocks
from ipwrap.recording import ProcessAction, ProcessEvent


def use(start: int, stop: int | None, *, has_started: bool = True) -> ProcessUse:
    """Return a process that is started and stopped at positions."""
    event = ProcessEvent(start + 1, Command(("httpd",)), f"p{start}")
    return ProcessUse(event, start, stop, has_started=has_started)


@pytest.mark.parametrize(
    ("spans", "blocks"),
    [
        ([(0, 9), (1, 5), (2, 3), (6, 7)], [0, 1, 2, 6]),
        ([(0, 5), (1, 9), (6, 8)], [0, 6]),
        ([(0, 1), (2, 3)], [0, 2]),
        ([(0, None), (1, 2)], [1]),
        ([(n, 100 - n) for n in range(20)], [*range(MAX_DEPTH)]),
    ],
)
def test_blocks_nest(spans: list[tuple[int, int | None]], blocks: list[int]) -> None:
    """The outer of two overlapping processes is a block; few are inside each other."""
    processes = [use(start, stop) for start, stop in spans]
    choose_blocks(processes)
    assert blocks == [process.start for process in processes if process.is_block]


def test_a_process_that_did_not_start_is_no_block() -> None:
    """A `with` block needs a process."""
    process = use(0, 5, has_started=False)
    choose_blocks([process])
    assert not process.is_block


def test_only_a_usual_stop_ends_a_block() -> None:
    """A stop with another grace period is a call, and so is everything else."""
    process = use(0, None)
    process.note_action(ProcessAction(1, "signal", "HUP"), 1)
    process.note_action(ProcessAction(1, "stop", seconds=0.5), 2)
    assert (None, 2) == (process.stop, process.uses)

    process.note_action(ProcessAction(1, "stop", seconds=3.0), 3)
    process.note_action(ProcessAction(1, "stop", seconds=3.0), 4)
    assert (3, 3) == (process.stop, process.uses)
