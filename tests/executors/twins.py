"""Two sandboxes with the same commands: processes in one, lines of workers in the other."""

import subprocess
from typing import Any

from attrs import define

from ipwrap import Command, Process, Result, Session
from ipwrap.executors import Batch
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.replay import noun_of
from ipwrap.state import changed, compare, compare_objects
from ipwrap.system.programs import command_environment

NO_MENTIONED_WORDS = MentionedWords([])


@define
class Twins:
    """A session with workers and a session with processes, each in a fresh sandbox."""

    workers: Session
    processes: Session

    @classmethod
    def open(cls, **options: Any) -> "Twins":
        """Open both."""
        workers = Session(sandbox=True, executor=Batch(**options))
        processes = Session(sandbox=True, executor=Process())
        workers.open()
        processes.open()
        return cls(workers, processes)

    def run(self, line: str, *, netns: str | None = None, changes: bool = True) -> Result:
        """Run a command line in both sandboxes, and check that the outcomes are equal."""
        return self.run_argv(tuple(line.split()), netns=netns, changes=changes)

    def run_argv(
        self, argv: tuple[str, ...], *, netns: str | None = None, changes: bool = True
    ) -> Result:
        """Run a command in both sandboxes, check that the outcomes are equal, and return one."""
        command = Command(argv, netns, changes=changes, batch=True)

        worker_result = self.workers.run(command, check=False)
        process_result = self.processes.run(command, check=False)

        assert process_result.status == worker_result.status, command.line
        assert process_result.stderr == worker_result.stderr, command.line

        object_name = noun_of(process_result)
        if object_name is None:
            assert process_result.stdout == worker_result.stdout, command.line
        else:
            assert [] == compare_objects(
                object_name,
                process_result.json(),
                right=worker_result.json(),
                named=NO_MENTIONED_WORDS,
            ), command.line

        return worker_result

    def run_outside(self, line: str) -> None:
        """Run a command line in both sandboxes, as another program would."""
        for session in (self.workers, self.processes):
            argv = session.place.wrap(tuple(line.split()))
            subprocess.run(argv, capture_output=True, check=False, env=command_environment())

    def assert_same_state(self) -> None:
        """Check the states of both sandboxes."""
        process_state = changed(None, self.processes.state(), named=NO_MENTIONED_WORDS)
        worker_state = changed(None, self.workers.state(), named=NO_MENTIONED_WORDS)
        differences = compare(process_state, worker_state)

        assert [] == [str(difference) for difference in differences]

    def close(self) -> None:
        """Close both."""
        self.workers.close()
        self.processes.close()
