"""`Runner`: the part of a session that verbs need, without the imports of the verbs."""

from collections.abc import Generator, Sequence
from typing import Any, Protocol, runtime_checkable

from ipwrap.command import Command
from ipwrap.result import Result

__all__ = ["Runner", "SurveyRunner", "run_reads"]


class Runner(Protocol):
    """The part of a session that commands need."""

    def run(self, command: Command, *, check: bool = True) -> Result:
        """Run a command. With ``check``, raise `CommandError` if the command fails."""


@runtime_checkable
class SurveyRunner(Protocol):
    """A runner that can run many reads at once, and that hears of links from the kernel."""

    def netns_names(self) -> list[str] | None:
        """Return the names of all namespaces; None where only `ip netns list` knows them."""

    def describe_link(self, netns: str | None, name: str) -> dict[str, Any] | None:
        """Return what identifies a link, with the keys of `ip -j -d link show`.

        None where only that command knows it.
        """

    def read_together(
        self, commands: Sequence[Command], *, retires_workers: bool = False
    ) -> Generator[tuple[int, Result], None, None]:
        """Run reads, and yield results as they come, each with the position of its read.

        Reads that are appended to ``commands`` meanwhile run as well. A read without a result has
        to run by itself. ``retires_workers`` tells that no change comes
        afterwards: workers for changes are used up.
        """


def run_reads(runner: Runner, commands: Sequence[Command]) -> list[Result]:
    """Run reads, at once if the runner can, and return the result of each, failed or not."""
    results: dict[int, Result] = {}
    if commands and isinstance(runner, SurveyRunner):
        results = dict(runner.read_together(commands))

    return [
        results[position] if position in results else runner.run(command, check=False)
        for position, command in enumerate(commands)
    ]
