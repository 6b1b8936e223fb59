"""`Restorer`: a recording undone on the place that it was made on, round by round, until the state before is reached."""

import time
from collections.abc import Callable, Iterable

from attrs import define, evolve, field

from ipwrap.cmdline.reader import Call, read_command
from ipwrap.command import IPROUTE2, Command
from ipwrap.errors import CommandError, ExecutorError, IpwrapError, NotFound
from ipwrap.recording import CommandEvent, Pair, RecordingView, State
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.result import Result
from ipwrap.state import Difference, take_snapshot
from ipwrap.teardown.ledger import Teardown, shell_delete_line
from ipwrap.teardown.presence import SnapshotIndex
from ipwrap.undo.affected import AffectedObjects
from ipwrap.undo.plan import Plan
from ipwrap.undo.removals import Removal, removals
from ipwrap.verbs.base import Runner

__all__ = ["Restorer"]

PAUSES = (
    0.0,
    0.3,
    1.0,
    2.0,
)  # seconds before each further round: for a carrier, or until an address is found unique


@define
class Restorer:
    """What brings the state before a recorded session back: what it made is taken away, then the rest is set right.

    ``says`` is told each command before it runs, ``warns`` what did not work. The place is read anew before each round:
    the kernel takes some things along, and brings some back, by itself.
    """

    runner: Runner
    recording: RecordingView
    says: Callable[[str], None]
    warns: Callable[[str], None]
    sleep: Callable[[float], None] = time.sleep
    _teardown: Teardown = field(init=False)
    _affected: AffectedObjects = field(init=False)
    _named: MentionedWords = field(factory=MentionedWords, init=False)
    _failures: list[str] = field(factory=list, init=False)

    def preview(self) -> None:
        """Say what would be run, as far as it is known before anything is."""
        taken = self._read()
        plan = self._plan(taken.state)
        for command in (*taken.commands, *(plan.commands() if plan else ())):
            self.says(shell_delete_line(command.line))
        for problem in plan.problems if plan else ():
            self.warns(problem)

    def run(self) -> bool:
        """Bring the state before back; tell whether it is reached."""
        taken = self._read()
        for command in taken.commands:
            self._run(command, gone_is_fine=True)
        done = not self._failures
        self._warn(self._failures)
        plan = self._plan(taken.state)
        return done if plan is None else self._run_rounds(plan) and done

    def _run_rounds(self, plan: Plan) -> bool:
        """Set right what differs, until nothing does or nothing can be done."""
        commands = self._run_plan(plan)
        for pause in PAUSES:
            self.sleep(pause)
            again = self._plan(take_snapshot(self.runner), later=True)
            if again is None or not again.remaining():
                return True
            if plan.after_settling and not commands:
                break
            again.after_settling = pause > 0
            commands = self._run_plan(again)
            plan = again
        self._warn((*plan.problems, *self._failures))
        self._warn(f"not as before: {each}" for each in self._left())
        return False

    def _run_plan(self, plan: Plan) -> list[Command]:
        """Run what a plan says; only what fails in the last round is told."""
        commands = plan.commands()
        self._failures = []
        for command in commands:
            self._run(command)
        return commands

    def _left(self) -> list[Difference]:
        """Return what is not as it was."""
        plan = self._plan(take_snapshot(self.runner), later=True)
        return [] if plan is None else plan.remaining()

    def _read(self) -> Removal:
        """Follow the recording, and return what takes away what it made."""
        undoing = Teardown.of(self.recording, take_snapshot(self.runner))
        self._affected = AffectedObjects(self.recording.initial_state or {})
        old = undoing.before or SnapshotIndex({})
        for event, result in undoing.follow(map(_understood, self.recording.pairs())):
            if isinstance(event, CommandEvent) and event.command.changes:
                self._named.add(event.command)
                if not _only_adds(event.command, result, old):
                    self._affected.follow(event.command, moved=result is None or result.ok)
        return removals(undoing, self._affected.moved)

    def _plan(self, state: State, *, later: bool = False) -> Plan | None:
        """Return what is to be done; None for a recording that does not tell the state before."""
        before = self.recording.initial_state
        return None if before is None else Plan(before, state, self._affected, self._named, later)

    def _run(self, command: Command, *, gone_is_fine: bool = False) -> None:
        """Say a command and run it; keep what it says if it fails."""
        self.says(shell_delete_line(command.line))
        try:
            self.runner.run(command)
        except NotFound as error:
            if not gone_is_fine:
                self._failed(error)
        except (CommandError, ExecutorError) as error:
            self._failed(error)

    def _failed(self, error: IpwrapError) -> None:
        """Keep what a command said."""
        said = (
            f"{error.result.line}: {error.result.stderr.strip()}"
            if isinstance(error, CommandError)
            else str(error)
        )
        self._failures.append(said)

    def _warn(self, lines: Iterable[str]) -> None:
        """Tell what did not work."""
        for line in lines:
            self.warns(line)


def _understood(pair: Pair) -> Pair:
    """Return a command that was run as a program's words with what the verb says that it makes, drops or becomes."""
    event, result = pair
    if (
        not isinstance(event, CommandEvent)
        or not event.command.changes
        or event.command.argv[0] not in IPROUTE2
    ):
        return pair
    told = event.command.creates or event.command.deletes or event.command.renames
    call = None if told else read_command(event.command)
    own = call.to_commands() if isinstance(call, Call) else ()
    return (evolve(event, command=own[-1]), result) if own else pair


def _only_adds(command: Command, result: Result | None, before: SnapshotIndex) -> bool:
    """Tell whether a command made nothing but what was not there before: that alters nothing, and need not be read."""
    plain = (
        "add" in command.argv and "master" not in command.argv and result is not None and result.ok
    )
    return plain and bool(command.creates) and not any(map(before.contains, command.creates))
