"""Pair commands and processes with their results, in their order, while reading events once."""

from collections import deque
from collections.abc import Iterable, Iterator

from attrs import define, field

from ipwrap.recording.events import (
    CommandEvent,
    End,
    Event,
    Pair,
    ProcessEvent,
    ResultEvent,
    Snapshot,
    Step,
)
from ipwrap.recording.overlap import Overlap
from ipwrap.result import Result

__all__ = ["MAX_RESULT_DISTANCE", "Pairing"]

# The events that may lie between a command and its result. A result farther away is kept in memory:
# a monitor's comes at the end of the session, and all events behind its command would wait for it.
MAX_RESULT_DISTANCE = 1000


@define
class Pairing:
    """The facts of a first reading, for a second reading. `survey` has to get every event.

    - ``unfinished``: the positions of commands and processes without a result, by number, or with a
      result after the session's end, as from another thread
    - ``late_results``: the results far behind the command
    - ``count``: the number of events
    - ``overlap``: the programs that ran beside other commands
    """

    unfinished: dict[int, int] = field(factory=dict)
    late_results: dict[int, Result] = field(factory=dict)
    count: int = 0
    overlap: Overlap = field(factory=Overlap)
    _has_ended: bool = False

    def survey(self, event: Event) -> None:
        """Note the position of a command, or the distance of a result from its command."""
        self.count += 1
        self.overlap.survey(event)

        if isinstance(event, (CommandEvent, ProcessEvent)):
            self.unfinished[event.number] = self.count
        elif isinstance(event, End):
            self._has_ended = True
        elif isinstance(event, ResultEvent) and not self._has_ended:
            # A list of events made by hand may hold a result before its command.
            start = self.unfinished.pop(event.number, None)
            if start is None or self.count - start > MAX_RESULT_DISTANCE:
                self.late_results[event.number] = event.result

    def pairs(self, events: Iterable[Event]) -> Iterator[Pair]:
        """Yield the steps in order; a command or process with the result (None without an end).

        A command is kept until the result comes, and so are the following events; late results are
        known from the start.
        """
        waiting: deque[Step] = deque()
        results = dict(self.late_results)  # a copy: each reading takes its results away

        for event in events:
            if isinstance(event, ResultEvent):
                if event.number not in self.late_results:
                    results[event.number] = event.result
            elif not isinstance(event, (Snapshot, End)):
                waiting.append(event)

            while waiting and self._is_ready(waiting[0], results):
                yield _take_pair(waiting.popleft(), results)

    def overlapped_pairs(self, events: Iterable[Event]) -> Iterator[Pair]:
        """Yield the steps as `pairs` does; a program beside other commands as a process."""
        return self.pairs(self.overlap.apply(events))

    def _is_ready(self, event: Step, results: dict[int, Result]) -> bool:
        """Return whether an event waits for no result."""
        if not isinstance(event, (CommandEvent, ProcessEvent)):
            return True
        return event.number in results or event.number in self.unfinished


def _take_pair(event: Step, results: dict[int, Result]) -> Pair:
    """Return an event with its result, which is removed from the results."""
    if not isinstance(event, (CommandEvent, ProcessEvent)):
        return event, None
    return event, results.pop(event.number, None)
