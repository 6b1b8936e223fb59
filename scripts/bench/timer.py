"""`PhaseTimer`: the times of opening, working and closing, the CPU time of the work, the report."""

import contextlib
import json
import resource
import time
from collections.abc import Iterator

from attrs import define, field

from scripts.bench.process_tree import CpuClock

__all__ = ["PhaseTimer"]


@define
class PhaseTimer:
    """Microseconds by phase: `open`, `work`, `close`.

    ``cpu`` are microseconds of CPU time in the phase `work`, of all processes of the play.
    """

    phases: dict[str, float] = field(factory=lambda: {"open": 0.0, "work": 0.0, "close": 0.0})
    cpu: float = 0.0

    @contextlib.contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Add the duration of a block to a phase."""
        # Outside of the measured time: to look at all processes takes some milliseconds.
        clock = CpuClock()
        if name == "work":
            clock.start()
        start = time.perf_counter()

        try:
            yield
        finally:
            self.phases[name] += (time.perf_counter() - start) * 1e6
            if name == "work":
                self.cpu += clock.stop()

    def print_report(self, count: int) -> None:
        """Print the phases, the number of steps and the own peak memory as a line of JSON."""
        own_peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        report = {**self.phases, "cpu": self.cpu, "count": count, "own_peak": own_peak}
        print(json.dumps(report))
