"""Two sandboxes side by side: in one every command is a process, in the other a line of a worker."""

import subprocess
from typing import Any

from attrs import define

from ipwrap import Command, Process, Result, Session
from ipwrap.executors import Batch
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.replay import noun_of
from ipwrap.state import changed, compare, compare_objects
from ipwrap.system.programs import environment

NOBODY = MentionedWords([])


@define
class Twins:
    """A session with workers and one with processes, each in a fresh sandbox, given the same commands."""

    workers: Session
    processes: Session

    @classmethod
    def open(cls, **options: Any) -> "Twins":
        """Open both."""
        workers, processes = (
            Session(sandbox=True, executor=Batch(**options)),
            Session(sandbox=True, executor=Process()),
        )
        workers.open()
        processes.open()
        return cls(workers, processes)

    def do(
        self, *argv: str, netns: str | None = None, changes: bool = True, batch: bool = True
    ) -> Result:
        """Run a command in both, and see that the same came of it."""
        command = Command(argv, netns, changes=changes, batch=batch)
        mine, its = (each.run(command, check=False) for each in (self.workers, self.processes))
        assert (its.status, its.stderr) == (mine.status, mine.stderr), command.line
        noun = noun_of(its)
        if noun is None:
            assert its.stdout == mine.stdout, command.line
        else:
            assert [] == compare_objects(noun, its.json(), mine.json(), NOBODY), command.line
        return mine

    def behind(self, *argv: str) -> None:
        """Run a command in both, behind the sessions' backs."""
        for each in (self.workers, self.processes):
            subprocess.run(
                each.place.wrap(argv), capture_output=True, check=False, env=environment()
            )

    def compare(self) -> None:
        """See that both sandboxes are in the same state."""
        one, other = (
            changed(None, each.state(), NOBODY) for each in (self.processes, self.workers)
        )
        assert [] == [str(each) for each in compare(one, other)]

    def close(self) -> None:
        """Close both."""
        self.workers.close()
        self.processes.close()
