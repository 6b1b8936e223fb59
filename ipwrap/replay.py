"""Run a recording again, and compare statuses, reads and the state reached with the recorded."""

import runpy
import tempfile
from collections.abc import Iterable, Iterator
from itertools import islice, zip_longest
from pathlib import Path

from attrs import define, field

from ipwrap.cmdline import is_equivalent, runs_until_stopped
from ipwrap.command import Command
from ipwrap.errors import ExecutorError, IpwrapError, OutputError
from ipwrap.export import FORMATS
from ipwrap.models import NOUNS, Json, dump_all, read
from ipwrap.recording import CommandEvent, Note, RecordingView
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.result import Result
from ipwrap.session import Session
from ipwrap.state import Machine, compare_changes, compare_objects
from ipwrap.system.temporary import temporary_files

__all__ = ["Replay", "noun_of", "replay", "replay_export", "replay_python", "replay_script"]

IPROUTE2 = ("ip", "bridge", "tc")

# Exit statuses of iproute2's own refusals: the same arguments end with 1 in one release, and with
# 255 in another.
REFUSAL_STATUSES = {1, 255}

Answer = tuple[CommandEvent, Result | None]


@define
class Replay:
    """The report of a replay: statuses, reads and states that differ from the recorded ones."""

    commands: int = 0
    reads: int = 0
    differences: list[str] = field(factory=list)
    state_compared: bool = False
    recorded: Machine = Machine()
    replayed: Machine = Machine()

    @property
    def machines(self) -> str | None:
        """The recorded and the present releases of iproute2 and the kernel; None where they match.

        The text adds how their output is compared.
        """
        if self.recorded.prints_as(self.replayed):
            return None
        return (
            f"recorded with iproute2 {self.recorded}, replayed with {self.replayed}: "
            "keys that only one of them prints are taken for their defaults, or not compared"
        )

    @property
    def is_same(self) -> bool:
        """Whether the replay matches the recording."""
        return not self.differences

    def __str__(self) -> str:
        state = "the end state"
        if not self.state_compared:
            state = "no end state (the recording holds none)"

        compared = f"compared: their status, {self.reads} reads, {state}"
        report = [f"{self.commands} commands run again; {compared}"]
        if self.machines is not None:
            report.append(self.machines)

        report += self.differences
        report.append("no difference" if self.is_same else f"{len(self.differences)} differ")
        return "\n".join(report)


def replay(recording: RecordingView, session: Session, *, check: bool = True) -> Replay:
    """Run every recorded command again in a session, whatever its status, and compare the results.

    The status of each command is compared; with ``check`` the output of each read and the state
    reached as well, except for kernel-assigned values (see `ipwrap.objects.comparison`). Of a
    program run by `exec` only the status is compared. Monitors are left out. A recording of another
    iproute2, or from another kernel, is compared by the keys that both print; `Replay.machines`
    names them then.
    """
    report = _begin(recording, session)
    comparison = _Comparison(report, _mentioned(recording))

    for event, recorded in recording.pairs():
        if isinstance(event, Note):
            session.note(event.text)
            continue
        if event.command.runs_until_stopped:
            continue

        replayed = _run(session, event.command)
        report.commands += 1
        if recorded is not None:
            comparison.add_result(event.number, recorded=recorded, replayed=replayed, check=check)

    if check:
        comparison.add_states(recording, session)
    return report


def replay_script(recording: RecordingView, session: Session, *, script: str) -> Replay:
    """Run an exported script in a session's place, and compare the state reached."""
    report = _begin(recording, session)
    report.commands = 1

    result = session.exec("sh", script, check=False)
    if not result.ok:
        report.differences.append(f"~ sh {script}: status {result.status} {result.stderr.strip()}")

    _Comparison(report, _mentioned(recording)).add_states(recording, session)
    return report


def replay_export(recording: RecordingView, session: Session, *, export_format: str) -> Replay:
    """Export a recording, run the export in a session, and compare the state reached."""
    with temporary_files():
        scratch = tempfile.TemporaryDirectory(prefix="ipwrap-")

    with scratch as folder:
        script = Path(folder) / "script"
        with (
            temporary_files(),
            open(script, "w", encoding="utf-8", errors="surrogateescape", newline="\n") as stream,
        ):
            stream.writelines(FORMATS[export_format].iter_text(recording))

        play = replay_python if export_format == "python" else replay_script
        return play(recording, session, script=str(script))


def replay_python(recording: RecordingView, session: Session, *, script: str) -> Replay:
    """Run the ``main`` of an exported script in a session; compare its commands and the state."""
    report = _begin(recording, session)
    first_command = len(session.recording.commands)

    try:
        runpy.run_path(script, run_name="__ipwrap__")["main"](session)
    except IpwrapError as error:
        # A recorded session that ended by an error is exported as a script that raises it, too.
        if recording.end is None or recording.end.error is None:
            report.differences.append(f"~ {script}: {type(error).__name__}: {error}")

    comparison = _Comparison(report, _mentioned(recording))
    replayed = islice(_commands(session.recording), first_command, None)

    comparison.add_commands(_commands_that_end(recording), replayed)
    comparison.add_states(recording, session)
    return report


def _begin(recording: RecordingView, session: Session) -> Replay:
    """Return an empty report with the recorded and the present machine."""
    return Replay(
        recorded=Machine.of(recording.header),
        replayed=Machine.of(session.recording.header),
    )


@define
class _Comparison:
    """Compares results and states, and adds their differences to a report.

    ``mentioned`` holds the words of the recorded commands: any further value is kernel-assigned.
    """

    report: Replay
    mentioned: MentionedWords

    def add_commands(self, recorded: Iterable[Answer], replayed: Iterable[Answer]) -> None:
        """Compare the commands of a script with the recorded ones, up to the first mismatch."""
        pairs = zip_longest(recorded, replayed, fillvalue=(None, None))

        for (recorded_event, recorded_result), (event, result) in pairs:
            if (
                recorded_event is None
                or event is None
                or not is_equivalent(recorded_event.command, event.command)
            ):
                self.report.differences.append(
                    f"~ recorded: {_line(recorded_event)}; the script ran: {_line(event)}"
                )
                return

            self.report.commands += 1
            if recorded_result is not None and result is not None:
                self.add_result(recorded_event.number, recorded=recorded_result, replayed=result)

    def add_result(
        self, number: int, *, recorded: Result, replayed: Result, check: bool = True
    ) -> None:
        """Compare the status of a command and, with ``check``, the objects that it read."""
        report = self.report
        label = f"~ command {number}, {replayed.line}"
        is_same_machine = report.recorded.prints_as(report.replayed)

        if not self._has_same_status(recorded, replayed):
            statuses = f"{recorded.status} -> {replayed.status}"
            text = f"{label}: status {statuses} {replayed.stderr.strip()}"
            report.differences.append(text.rstrip())
            return

        noun = noun_of(recorded)
        if not check or noun is None:
            return
        # A release without JSON for an object prints text, which JSON cannot be compared with.
        if not is_same_machine and _is_text(replayed):
            return

        report.reads += 1
        try:
            differences = compare_objects(
                noun,
                _objects(recorded, noun),
                right=_objects(replayed, noun),
                named=self.mentioned,
                machines=(report.recorded, report.replayed),
            )
        except OutputError as error:
            report.differences.append(f"{label}: {error}")
            return

        report.differences += [f"{label}: {difference}" for difference in differences]

    def _has_same_status(self, recorded: Result, replayed: Result) -> bool:
        """Return whether a command ended alike; the status of a refusal depends on the release."""
        if recorded.status == replayed.status:
            return True
        if self.report.recorded.prints_as(self.report.replayed):
            return False

        is_iproute2 = recorded.command.argv[0] in IPROUTE2
        return is_iproute2 and {recorded.status, replayed.status} == REFUSAL_STATUSES

    def add_states(self, recording: RecordingView, session: Session) -> None:
        """Compare the changes of the recorded session with those of this session."""
        end = recording.end
        if end is None or end.state is None:
            return

        self.report.state_compared = True
        recorded = (recording.initial_state, end.state)
        replayed = (session.recording.initial_state, session.state())
        machines = (self.report.recorded, self.report.replayed)

        differences = compare_changes(recorded, replayed, named=self.mentioned, machines=machines)
        self.report.differences += map(str, differences)


def _line(event: CommandEvent | None) -> str:
    """Return the command line of an event, or "nothing"."""
    return "nothing" if event is None else event.command.line


def _commands(recording: RecordingView) -> Iterator[Answer]:
    """Yield the commands of a recording with their results."""
    for event, result in recording.pairs():
        if isinstance(event, CommandEvent):
            yield event, result


def _commands_that_end(recording: RecordingView) -> Iterator[Answer]:
    """Yield the commands of a recording with their results, without monitors."""
    for event, result in _commands(recording):
        if not runs_until_stopped(event.command):
            yield event, result


def _mentioned(recording: RecordingView) -> MentionedWords:
    """Return the words of a recording's commands."""
    return MentionedWords(event.command for event, _ in _commands(recording))


def _run(session: Session, command: Command) -> Result:
    """Run a command; a missing program is the status 127 of a shell, as in the recording."""
    try:
        return session.run(command, check=False)
    except ExecutorError as error:
        return Result(command, 127, "", str(error))


def _objects(result: Result, noun: str) -> list[Json]:
    """Return the objects of a read. Raises `OutputError` for JSON that the model does not fit."""
    return dump_all(read(NOUNS[noun], result.stdout))


def _is_text(result: Result) -> bool:
    """Return whether a read printed text, as a release without JSON for the object does."""
    stdout = result.stdout.lstrip()
    return bool(stdout) and not stdout.startswith("[")


def noun_of(result: Result) -> str | None:
    """Return the noun whose objects a read's JSON holds; None for text and output of programs."""
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
        if noun in NOUNS:
            return noun
    return None
