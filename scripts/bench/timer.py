"""`PhaseTimer`: the times of opening, working and closing, and the report of a play."""

import contextlib
import json
import time
from collections.abc import Iterator

from attrs import define, field

__all__ = ["PhaseTimer"]


@define
class PhaseTimer:
    """Microseconds by phase: `open`, `work`, `close`."""

    phases: dict[str, float] = field(factory=lambda: {"open": 0.0, "work": 0.0, "close": 0.0})

    @contextlib.contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Add the duration of a block to a phase."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.phases[name] += (time.perf_counter() - start) * 1e6

    def print_report(self, count: int) -> None:
        """Print the phases and the number of steps as a line of JSON."""
        print(json.dumps({**self.phases, "count": count}))
