"""`Back`: a recording undone on the place that it was made on, round by round, until the state before is reached."""

import time
from collections.abc import Callable, Iterable

from attrs import define, evolve, field

from ipwrap.cmdline.reader import Call, read_command
from ipwrap.command import IPROUTE2, Command
from ipwrap.errors import CommandError, ExecutorError, IpwrapError, NotFound
from ipwrap.recording import Asked, Pair, Recorded, State
from ipwrap.recording.mentioned import Named
from ipwrap.result import Result
from ipwrap.state import Difference, take
from ipwrap.teardown.ledger import Undoing, line_here
from ipwrap.teardown.presence import Standing
from ipwrap.undo.affected import Touched
from ipwrap.undo.plan import Plan
from ipwrap.undo.removals import Removals, removals
from ipwrap.verbs.base import Runner

__all__ = ["Back"]

PAUSES = (0.0, 0.3, 1.0, 2.0)  # seconds before each further round: for a carrier, or until an address is found unique


@define
class Back:
    """What brings the state before a recorded session back: what it made is taken away, then the rest is set right.

    ``says`` is told each command before it runs, ``warns`` what did not work. The place is read anew before each round:
    the kernel takes some things along, and brings some back, by itself.
    """

    runner: Runner
    recording: Recorded
    says: Callable[[str], None]
    warns: Callable[[str], None]
    sleep: Callable[[float], None] = time.sleep
    _undoing: Undoing = field(init=False)
    _touched: Touched = field(init=False)
    _named: Named = field(factory=Named, init=False)
    _failures: list[str] = field(factory=list, init=False)

    def dry(self) -> None:
        """Say what would be run, as far as it is known before anything is."""
        taken = self._read()
        plan = self._plan(taken.state)
        for command in (*taken.commands, *(plan.commands() if plan else ())):
            self.says(line_here(command.line))
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
        return done if plan is None else self._rounds(plan) and done

    def _rounds(self, plan: Plan) -> bool:
        """Set right what differs, until nothing does or nothing can be done."""
        commands = self._work(plan)
        for pause in PAUSES:
            self.sleep(pause)
            again = self._plan(take(self.runner), later=True)
            if again is None or not again.left():
                return True
            if plan.later and not commands:
                break
            again.later = pause > 0
            commands = self._work(again)
            plan = again
        self._warn((*plan.problems, *self._failures))
        self._warn(f"not as before: {each}" for each in self._left())
        return False

    def _work(self, plan: Plan) -> list[Command]:
        """Run what a plan says; only what fails in the last round is told."""
        commands = plan.commands()
        self._failures = []
        for command in commands:
            self._run(command)
        return commands

    def _left(self) -> list[Difference]:
        """Return what is not as it was."""
        plan = self._plan(take(self.runner), later=True)
        return [] if plan is None else plan.left()

    def _read(self) -> Removals:
        """Follow the recording, and return what takes away what it made."""
        undoing = Undoing.of(self.recording, take(self.runner))
        self._touched = Touched(self.recording.before or {})
        old = undoing.before or Standing({})
        for event, result in undoing.follow(map(_understood, self.recording.pairs())):
            if isinstance(event, Asked) and event.command.changes:
                self._named.add(event.command)
                if not _only_adds(event.command, result, old):
                    self._touched.follow(event.command, moved=result is None or result.ok)
        return removals(undoing, self._touched.moved)

    def _plan(self, state: State, *, later: bool = False) -> Plan | None:
        """Return what is to be done; None for a recording that does not tell the state before."""
        before = self.recording.before
        return None if before is None else Plan(before, state, self._touched, self._named, later)

    def _run(self, command: Command, *, gone_is_fine: bool = False) -> None:
        """Say a command and run it; keep what it says if it fails."""
        self.says(line_here(command.line))
        try:
            self.runner.run(command)
        except NotFound as error:
            if not gone_is_fine:
                self._failed(error)
        except (CommandError, ExecutorError) as error:
            self._failed(error)

    def _failed(self, error: IpwrapError) -> None:
        """Keep what a command said."""
        said = f"{error.result.line}: {error.result.stderr.strip()}" if isinstance(error, CommandError) else str(error)
        self._failures.append(said)

    def _warn(self, lines: Iterable[str]) -> None:
        """Tell what did not work."""
        for line in lines:
            self.warns(line)


def _understood(pair: Pair) -> Pair:
    """Return a command that was run as a program's words with what the verb says that it makes, drops or becomes."""
    event, result = pair
    if not isinstance(event, Asked) or not event.command.changes or event.command.argv[0] not in IPROUTE2:
        return pair
    told = event.command.makes or event.command.drops or event.command.becomes
    call = None if told else read_command(event.command)
    own = call.dry() if isinstance(call, Call) else ()
    return (evolve(event, command=own[-1]), result) if own else pair


def _only_adds(command: Command, result: Result | None, before: Standing) -> bool:
    """Tell whether a command made nothing but what was not there before: that alters nothing, and need not be read."""
    plain = "add" in command.argv and "master" not in command.argv and result is not None and result.ok
    return plain and bool(command.makes) and not any(map(before.there, command.makes))
