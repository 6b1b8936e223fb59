"""`Outcome`: what a trial found."""

import sys

from attrs import define, field

__all__ = ["Outcome"]


@define
class Outcome:
    """The runs of a trial, the failures with the way to repeat each, and further figures.

    ``refused``: the runs that ended with an error message.
    """

    trial: str
    runs: int = 0
    refused: int = 0
    failures: list[str] = field(factory=list)
    figures: dict[str, str] = field(factory=dict)

    def add(self, other: "Outcome") -> None:
        """Add the runs and failures of a part of the trial."""
        self.runs += other.runs
        self.refused += other.refused
        self.failures += other.failures
        self.figures |= other.figures

    def fail(self, text: str) -> None:
        """Add a failure, and print it: a trial may go on for an hour."""
        self.failures.append(text)
        print(f"{self.trial}: {text}", file=sys.stderr, flush=True)
