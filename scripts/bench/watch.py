"""`Watch`: how long a play's opening, working and closing took, and the line that says so."""

import contextlib
import json
import time
from collections.abc import Iterator

from attrs import define, field

__all__ = ["Watch"]


@define
class Watch:
    """Microseconds by phase."""

    phases: dict[str, float] = field(factory=lambda: {"open": 0.0, "work": 0.0, "close": 0.0})

    @contextlib.contextmanager
    def on(self, phase: str) -> Iterator[None]:
        """Count the time of a block to a phase."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self.phases[phase] += (time.perf_counter() - started) * 1e6

    def say(self, count: int) -> None:
        """Print what was measured, of so many steps."""
        print(json.dumps({**self.phases, "count": count}))
