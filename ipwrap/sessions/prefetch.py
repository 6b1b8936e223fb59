"""`prefetch`: the identities of the objects of many changes, read at once.

On another machine each query costs a round trip.
"""

from collections.abc import Sequence

from attrs import define, evolve

from ipwrap.command import Command
from ipwrap.errors import ConnectionLost
from ipwrap.places import Place
from ipwrap.result import Result
from ipwrap.sessions.device_query import DeviceQuery
from ipwrap.sessions.link_query import (
    changed_links,
    created_namespaces,
    link_question,
    netns_question,
)
from ipwrap.verbs.runner import Runner, run_reads

__all__ = ["prefetch"]


@define
class PrefetchedRunner:
    """A runner with prefetched results of reads. A result is used once."""

    runner: Runner
    results: dict[tuple[tuple[str, ...], str | None], Result]

    @property
    def place(self) -> Place | None:
        """The place of the runner."""
        return getattr(self.runner, "place", None)

    def run(self, command: Command, *, check: bool = True) -> Result:
        """Return the result of a read, or run it."""
        result = self.results.pop((command.argv, command.netns), None)
        if result is None:
            return self.runner.run(command, check=check)
        return result.check() if check else result


def prefetch(devices: DeviceQuery, commands: Sequence[Command]) -> DeviceQuery:
    """Read the identities of the objects of changes, and return the query with the answers.

    Without the connection, the query has no answers.
    """
    questions = []
    for command in commands:
        questions += [link_question(netns, name) for netns, name in changed_links(command)]
        questions += [netns_question(name) for name in created_namespaces(command)]

    try:
        results = run_reads(devices.runner, questions)
    except ConnectionLost:
        return devices
    answers = {
        (question.argv, question.netns): result
        for question, result in zip(questions, results, strict=True)
    }
    return evolve(devices, runner=PrefetchedRunner(devices.runner, answers))
