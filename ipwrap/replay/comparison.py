"""`Comparison`: compares results and states of a replay with the recorded ones."""

from collections.abc import Callable, Iterable
from functools import partial
from itertools import zip_longest

from attrs import define, field

from ipwrap.cmdline import is_equivalent
from ipwrap.errors import OutputError
from ipwrap.models import NOUNS, Json, dump_all, read
from ipwrap.objects import compared_types
from ipwrap.recording import CommandEvent, ProcessEvent, RecordingView, State
from ipwrap.recording.process_failure import shell_status
from ipwrap.replay.outcomes import Outcomes
from ipwrap.replay.programs import IPROUTE2, ProgramStep
from ipwrap.replay.report import Replay
from ipwrap.result import Result
from ipwrap.session import Session
from ipwrap.state import Difference, compare_changes, compare_objects
from ipwrap.state.diff import Change
from ipwrap.state.settling import Patience

__all__ = ["Comparison", "noun_of", "step_label"]

# Exit statuses of iproute2's own refusals: the same arguments end with 1 in one release, and with
# 255 in another.
REFUSAL_STATUSES = {1, 255}


@define
class Comparison:
    """Compares results and states, and adds the differences to a report.

    ``patience`` limits the repetition of differing reads, for all reads together.
    """

    report: Replay
    outcomes: Outcomes
    patience: Patience = field(factory=Patience)

    def add_steps(self, recorded: Iterable[ProgramStep], replayed: Iterable[ProgramStep]) -> None:
        """Compare the commands and processes of a script with the recorded ones, up to the first
        mismatch.
        """
        pairs = zip_longest(recorded, replayed, fillvalue=(None, None))

        for (recorded_event, recorded_result), (event, result) in pairs:
            if recorded_event is None or event is None or not _is_same(recorded_event, event):
                self.report.differences.append(
                    f"~ recorded: {_line(recorded_event)}; the script ran: {_line(event)}"
                )
                return

            self._add_step(recorded_event, recorded_result, replayed=result)

    def _add_step(
        self,
        event: CommandEvent | ProcessEvent,
        recorded: Result | None,
        *,
        replayed: Result | None,
    ) -> None:
        """Count a command or process of a script, and compare its result."""
        is_command = isinstance(event, CommandEvent)
        self.report.commands += is_command
        self.report.processes += not is_command
        if recorded is None or replayed is None:
            return

        if isinstance(event, CommandEvent):
            self.add_result(event, recorded=recorded, replayed=replayed)
        elif self.outcomes.has_own_end(event.number, recorded):
            self.add_status(event, recorded=recorded, replayed=replayed)

    def add(self, label: str, difference: str) -> None:
        """Add a difference to the report."""
        self.report.differences.append(f"~ {label}: {difference}".rstrip())

    def add_status(
        self, event: CommandEvent | ProcessEvent, *, recorded: Result, replayed: Result
    ) -> bool:
        """Compare the status of a command or process. Return whether it is the same."""
        difference = self._status_difference(recorded, replayed)
        if difference is not None:
            self.add(step_label(event), difference)
        return difference is None

    def _status_difference(self, recorded: Result, replayed: Result) -> str | None:
        """Return how two results differ in their status; None if they do not."""
        if replayed.timed_out and not recorded.timed_out:
            return _hang(recorded, seconds=replayed.seconds)
        if self._has_same_status(recorded, replayed):
            return None

        return f"status {recorded.status} -> {replayed.status} {replayed.stderr.strip()}"

    def add_hang(
        self, event: CommandEvent | ProcessEvent, recorded: Result, *, seconds: float
    ) -> None:
        """Add a command or process that did not end."""
        self.add(step_label(event), _hang(recorded, seconds=seconds))

    def add_result(
        self,
        event: CommandEvent,
        *,
        recorded: Result,
        replayed: Result,
        check: bool = True,
        read_again: Callable[[], Result] | None = None,
    ) -> None:
        """Compare the status of a command and, with ``check``, the objects read by the command.

        ``read_again`` repeats a read: as long as the result differs, the state may be settling.
        """
        differences = self._result_differences(recorded, replayed, check=check)
        while differences and read_again is not None and self.patience.wait():
            replayed = read_again()
            differences = self._result_differences(recorded, replayed, check=check)

        self.report.reads += check and self._is_compared_read(recorded, replayed)
        for difference in differences:
            self.add(step_label(event), difference)

    def _is_compared_read(self, recorded: Result, replayed: Result) -> bool:
        """Return whether the objects of two results can be compared."""
        if self._status_difference(recorded, replayed) is not None or noun_of(recorded) is None:
            return False

        # A release without JSON for an object prints text, which JSON cannot be compared with.
        is_same_machine = self.report.recorded.prints_as(self.report.replayed)
        return is_same_machine or not _is_text(replayed)

    def _result_differences(self, recorded: Result, replayed: Result, *, check: bool) -> list[str]:
        """Return how two results of a command differ, in status or else in the objects read."""
        status_difference = self._status_difference(recorded, replayed)
        if status_difference is not None:
            return [status_difference]

        noun = noun_of(recorded)
        if noun is None or not check or not self._is_compared_read(recorded, replayed):
            return []

        report = self.report
        try:
            differences = compare_objects(
                noun,
                _objects(recorded, noun),
                right=_objects(replayed, noun),
                named=self.outcomes.mentioned,
                machines=(report.recorded, report.replayed),
            )
        except OutputError as error:
            return [str(error)]
        return [str(difference) for difference in differences]

    def _has_same_status(self, recorded: Result, replayed: Result) -> bool:
        """Return whether a command ended alike; the status of a refusal depends on the release."""
        if shell_status(recorded) == shell_status(replayed):
            return True
        if self.report.recorded.prints_as(self.report.replayed):
            return False

        is_iproute2 = recorded.command.argv[0] in IPROUTE2
        return is_iproute2 and {recorded.status, replayed.status} == REFUSAL_STATUSES

    def add_states(
        self,
        recording: RecordingView,
        session: Session,
        *,
        states: tuple[State | None, State] | None = None,
    ) -> None:
        """Compare the changes of the recorded session with the changes of this session.

        ``states`` are the states before and behind the replay: by default the session's first state
        and the present state. The present state is read again for some seconds while it differs:
        duplicate address detection, for example, takes a second or two.
        """
        end = recording.end
        if end is None or end.state is None:
            return

        self.report.state_compared = True
        recorded = (recording.initial_state, end.state)
        differences: list[Difference] = []

        def is_equal(before: State | None, after: State) -> bool:
            # Without a state before, the session has changed nothing.
            replayed = (after if before is None else before, after)
            differences[:] = self._compare_changes(recorded, replayed)
            return not differences

        if states is not None:
            is_equal(*states)
        else:
            before = session.recording.initial_state
            session.settled_state(partial(is_equal, before))
        self.report.differences += map(str, differences)

    def _compare_changes(self, recorded: Change, replayed: Change) -> list[Difference]:
        """Return the differences between the changes of the recorded and the present session."""
        machines = (self.report.recorded, self.report.replayed)
        return compare_changes(recorded, replayed, named=self.outcomes.mentioned, machines=machines)


def _hang(recorded: Result, *, seconds: float) -> str:
    """Return the difference of a command or process that did not end."""
    return (
        f"status {recorded.status} after {recorded.seconds:.3g} s -> "
        f"still ran after {seconds:.3g} s, and was ended"
    )


def step_label(event: CommandEvent | ProcessEvent) -> str:
    """Return the number, the name and the line of a command or process, for a report."""
    if isinstance(event, CommandEvent):
        return f"command {event.number}, {event.command.line}"
    return f"process {event.number}, {event.name}, {event.command.line}"


def _is_same(first: CommandEvent | ProcessEvent, second: CommandEvent | ProcessEvent) -> bool:
    """Return whether two steps are the same command, or the same background process."""
    return type(first) is type(second) and is_equivalent(first.command, second.command)


def _line(event: CommandEvent | ProcessEvent | None) -> str:
    """Return the command line of an event, or "nothing"."""
    return "nothing" if event is None else event.command.line


def _objects(result: Result, noun: str) -> list[Json]:
    """Return the objects of a read. Raises `OutputError` for JSON that the model does not fit."""
    return dump_all(read(NOUNS[noun], result.stdout))


def _is_text(result: Result) -> bool:
    """Return whether a read printed text, as a release without JSON for the object does."""
    stdout = result.stdout.lstrip()
    return bool(stdout) and not stdout.startswith("[")


def noun_of(result: Result) -> str | None:
    """Return the noun of the objects in a read's JSON.

    None for text, output of other programs, and objects that are not compared.
    """
    command = result.command
    program = command.argv[0]

    if command.changes or program not in ("ip", "bridge") or "-j" not in command.argv:
        return None
    if not result.ok or not result.stdout.lstrip().startswith("["):
        return None

    arguments = [argument for argument in command.argv[1:] if not argument.startswith("-")]
    prefix = "bridge " if program == "bridge" else ""

    # The longer name first: `ip link xstats` prints other objects than `ip link`.
    for count in (2, 1):
        noun = prefix + " ".join(arguments[:count])
        if noun in NOUNS and noun in compared_types():
            return noun
    return None
