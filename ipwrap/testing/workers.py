"""`WorkerLog`: which tests ran at the same time in other workers of pytest-xdist."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from attrs import define, field

__all__ = ["WorkerLog"]


@define
class WorkerLog:
    """The tests of this worker, in a file that the other workers read.

    A line holds the moment when a test began or ended, in seconds of the monotonic clock, which is
    the same for all processes of a machine; and the test, or nothing at the end.
    """

    folder: Path
    worker: str
    _path: Path = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._path = self.folder / f"ipwrap-worker-{self.worker}"

    @classmethod
    def open(cls, folder: Path, worker: str) -> Self:
        """Return the log of a worker, in a folder that all workers share."""
        folder.mkdir(parents=True, exist_ok=True)
        return cls(folder, worker)

    def write(self, test: str = "") -> None:
        """Note that a test begins; without a test, that the last one has ended."""
        with self._path.open("a", encoding="utf-8") as stream:
            stream.write(f"{time.monotonic()} {test}\n")

    def concurrent_tests(self, since: float) -> list[str]:
        """Return the tests that other workers have run since a moment: ``gw1: tests/test_a.py::b``.

        The moment is in seconds of the monotonic clock.
        """
        tests: dict[str, None] = {}
        for path in sorted(self.folder.glob("ipwrap-worker-*")):
            if path != self._path:
                worker = path.name.rpartition("-")[2]
                tests.update((f"{worker}: {test}", None) for test in _tests_since(path, since))
        return list(tests)


def _tests_since(path: Path, since: float) -> Iterator[str]:
    """Yield the tests of a log that had not ended at a moment."""
    running = ""

    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        moment, _, test = line.partition(" ")
        if running and float(moment) >= since:
            yield running
        running = test

    if running:
        yield running
