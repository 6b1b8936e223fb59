"""`Restorer`: undo a recording on the same machine, round by round."""

import time
from collections.abc import Callable, Iterable

from attrs import define, evolve, field

from ipwrap.command import Command
from ipwrap.errors import CommandError, ExecutorError, IpwrapError, NotFound
from ipwrap.recording import CommandEvent, RecordingView, State
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.result import Result
from ipwrap.state import take_snapshot
from ipwrap.teardown.ledger import Teardown, shell_delete_line
from ipwrap.teardown.presence import SnapshotIndex
from ipwrap.undo.affected import AffectedTracker
from ipwrap.undo.drift import Drift
from ipwrap.undo.plan import Plan, make_plan, remaining_differences
from ipwrap.undo.removals import Removal, removals
from ipwrap.undo.state_objects import known_addresses
from ipwrap.verbs.runner import Runner

__all__ = ["Restorer"]

# Seconds before each further round: a carrier comes up, an IPv6 address is found to be unique.
PAUSES = (0.0, 0.3, 1.0, 2.0)


@define
class Restorer:
    """Restore the state before a recorded session: delete created objects, then restore the rest.

    ``echo`` is called with a command before the command runs, ``warn`` with a failure. Every round
    starts with a new snapshot, since the kernel deletes and creates dependent objects by itself.
    """

    runner: Runner
    recording: RecordingView
    echo: Callable[[str], None]
    warn: Callable[[str], None]
    sleep: Callable[[float], None] = time.sleep
    _tracker: AffectedTracker = field(init=False)
    _mentioned: MentionedWords = field(factory=MentionedWords, init=False)
    _failures: list[str] = field(factory=list, init=False)

    def preview(self) -> None:
        """Print the commands known before the first command runs."""
        removal = self._follow_recording()
        commands = [*removal.commands]
        problems: tuple[str, ...] = ()

        drift = self._compare(removal.state)
        if drift is not None:
            plan = make_plan(drift, after_settling=False)
            commands += plan.commands
            problems = plan.problems

        for command in commands:
            self.echo(shell_delete_line(command.line))
        self._warn_all(problems)

    def run(self) -> bool:
        """Restore the state before; return whether the state is reached."""
        removal = self._follow_recording()
        for command in removal.commands:
            self._run(command, may_be_gone=True)
        is_deleted = not self._failures
        self._warn_all(self._failures)

        drift = self._compare(removal.state)
        if drift is None:
            return is_deleted
        return self._run_rounds(drift) and is_deleted

    def _run_rounds(self, drift: Drift) -> bool:
        """Run plans until no difference remains, or no command is left to run.

        The first two plans leave derived objects to the kernel, later plans restore these as well.
        """
        is_settled = False
        plan = make_plan(drift, after_settling=is_settled)
        self._run_plan(plan)

        for pause in PAUSES:
            self.sleep(pause)
            drift = evolve(drift, now=self._snapshot())
            if not remaining_differences(drift):
                return True
            if is_settled and not plan.commands:
                break

            is_settled = pause > 0
            plan = make_plan(drift, after_settling=is_settled)
            self._run_plan(plan)

        self._warn_all((*plan.problems, *self._failures))
        drift = evolve(drift, now=self._snapshot())
        self._warn_all(
            f"not as before: {difference}" for difference in remaining_differences(drift)
        )
        return False

    def _run_plan(self, plan: Plan) -> None:
        """Run the commands of a plan. Only the failures of the last plan are reported."""
        self._failures = []
        for command in plan.commands:
            self._run(command)

    def _snapshot(self) -> State:
        """Take a snapshot, and count the addresses in the snapshot as mentioned."""
        state = take_snapshot(self.runner)
        self._mentioned.words |= known_addresses(state)
        return state

    def _follow_recording(self) -> Removal:
        """Read the recording, and return the deletions of created objects."""
        teardown = Teardown.of(self.recording, take_snapshot(self.runner))
        before = teardown.before or SnapshotIndex({})
        self._tracker = AffectedTracker(self.recording.initial_state or {})

        pairs = map(teardown.effects.read_pair, self.recording.pairs())
        for event, result in teardown.follow(pairs):
            if not isinstance(event, CommandEvent):
                continue
            command = event.command
            if not command.changes:
                continue

            self._mentioned.add(command)
            if not _only_adds(command, result, before=before):
                is_done = result is None or result.ok
                self._tracker.follow(command, is_done=is_done)

        moved_links = self._tracker.origins.moved
        return removals(teardown, moved_links)

    def _compare(self, now: State) -> Drift | None:
        """Return the drift from the initial state; None for a recording without a state."""
        before = self.recording.initial_state
        if before is None:
            return None

        self._mentioned.words |= known_addresses(before, now)
        return Drift(before, now, self._tracker.affected, self._mentioned)

    def _run(self, command: Command, *, may_be_gone: bool = False) -> None:
        """Announce and run a command; keep the message of a failure."""
        self.echo(shell_delete_line(command.line))
        try:
            self.runner.run(command)
        except NotFound as error:
            # A created object may be deleted along with another object.
            if not may_be_gone:
                self._failures.append(_format_failure(error))
        except (CommandError, ExecutorError) as error:
            self._failures.append(_format_failure(error))

    def _warn_all(self, lines: Iterable[str]) -> None:
        """Report failures and problems."""
        for line in lines:
            self.warn(line)


def _format_failure(error: IpwrapError) -> str:
    """Return the command line and the message of a failed command."""
    if isinstance(error, CommandError):
        return f"{error.result.line}: {error.result.stderr.strip()}"
    return str(error)


def _only_adds(command: Command, result: Result | None, *, before: SnapshotIndex) -> bool:
    """Return whether a command created new objects only, without effect on other objects."""
    if result is None or not result.ok:
        return False
    if "add" not in command.argv or not command.creates:
        return False
    # A new port changes the address and MTU of the master.
    if "master" in command.argv:
        return False
    return not any(before.contains(created) for created in command.creates)
