"""Run a recording again, and compare statuses, reads and the state reached with the recorded."""

import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import zip_longest

from attrs import define, field

from ipwrap import errors
from ipwrap.cmdline import is_equivalent, runs_until_stopped
from ipwrap.cmdline.parsed import ParsedCommand
from ipwrap.command import Command
from ipwrap.errors import ExecutorError, IpwrapError, OutputError, RecordingError
from ipwrap.export import FORMATS
from ipwrap.models import NOUNS, Json, dump_all, read
from ipwrap.places.scratch import scratch_file
from ipwrap.recording import CommandEvent, Note, Recording, RecordingView
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.result import Result
from ipwrap.session import Session
from ipwrap.state import Machine, compare_changes, compare_objects

__all__ = [
    "Replay",
    "count_programs",
    "noun_of",
    "replay",
    "replay_export",
    "replay_python",
    "replay_script",
]

IPROUTE2 = ("ip", "bridge", "tc")

# `ip netns exec NAME PROGRAM`
EXEC_VERBS = (("netns", "exec"), ("vrf", "exec"))

# `ipwrap` with our own module path, which the first argument holds.
RUN_IPWRAP = (
    "import os, sys; sys.path[:0] = sys.argv.pop(1).split(os.pathsep); "
    "from ipwrap.cli import main; main()"
)

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
        if not isinstance(event, CommandEvent) or event.command.runs_until_stopped:
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
    session.open()
    lines = FORMATS[export_format].iter_text(recording)

    with scratch_file(session.place, lines) as (_, path_inside):
        if export_format == "python":
            return replay_python(recording, session, script=path_inside)
        return replay_script(recording, session, script=path_inside)


def replay_python(recording: RecordingView, session: Session, *, script: str) -> Replay:
    """Run the ``main`` of an exported script in a session's place; compare commands and state.

    The script runs in a Python process of its own, with a session of its own inside the place.
    """
    report = _begin(recording, session)

    with scratch_file(session.place, ()) as (path, path_inside):
        result = session.exec(*_python_argv(script, path_inside), check=False)
        replayed = _load_replayed(str(path))

    error = _error_of_script(replayed, result)
    if error is not None and not _is_expected(error, recording):
        report.differences.append(f"~ {script}: {error}")

    comparison = _Comparison(report, _mentioned(recording))
    comparison.add_commands(_commands_that_end(recording), _commands(replayed))
    comparison.add_states(recording, session)
    return report


def _python_argv(script: str, record: str) -> tuple[str, ...]:
    """Return the command that runs ``main`` of a script in a process of its own, and records it.

    The process runs inside the session's place, so that to the script the place is "this host". A
    recording is untrusted: whatever its script does, it does not do it in our process.
    """
    if not sys.executable:
        raise ExecutorError("this Python does not know its own path, and cannot run another one")

    # A variable PYTHONPATH would reach the programs that the script runs as well.
    module_path = os.pathsep.join(os.path.abspath(folder) for folder in sys.path if folder)
    interpreter = (sys.executable, "-P", "-c", RUN_IPWRAP, module_path)
    return (*interpreter, "run", "--host", "--record", record, script)


def _load_replayed(path: str) -> Recording:
    """Return the recording of a script; an empty one if the script did not get as far."""
    try:
        return Recording.load(path)
    except RecordingError:
        return Recording()


def _error_of_script(replayed: Recording, result: Result) -> str | None:
    """Return the error that ended a script, in one line; None for a script that succeeded."""
    if result.ok:
        return None
    if replayed.end is not None and replayed.end.error is not None:
        return replayed.end.error

    lines = result.stderr.strip().splitlines()
    return lines[-1] if lines else f"status {result.status}"


def _is_expected(error: str, recording: RecordingView) -> bool:
    """Return whether the recorded session ended by an error, too: then its script raises one."""
    if recording.end is None or recording.end.error is None:
        return False

    error_class = getattr(errors, error.partition(":")[0], None)
    return isinstance(error_class, type) and issubclass(error_class, IpwrapError)


def count_programs(recording: RecordingView) -> Counter[str]:
    """Return the programs besides ip, bridge and tc that a replay runs, and how often.

    `ip netns exec` and `ip vrf exec` run the program behind the name; `ip -batch` runs the commands
    of a file, which may be any, and `tc exec bpf` a shell.
    """
    programs: Counter[str] = Counter()

    for event, _ in _commands_that_end(recording):
        program = _program_of(event.command.argv)
        if program not in IPROUTE2:
            programs[program] += 1

    return programs


def _program_of(argv: tuple[str, ...]) -> str:
    """Return the program that a command runs, also if `ip` is only the way to it."""
    while argv[0] in IPROUTE2:
        typed = ParsedCommand.of(argv)
        if typed.batch is not None:
            return f"{argv[0]} -batch"
        if typed.arguments[:1] == ("exec",):
            return f"{argv[0]} exec"
        if typed.arguments not in EXEC_VERBS:
            break

        # `ip -all netns exec PROGRAM` has no name.
        has_name = "-all" not in typed.flags
        inner = typed.rest[1:] if has_name else typed.rest
        if not inner or not inner[0]:
            break
        argv = inner

    return argv[0]


def _begin(recording: RecordingView, session: Session) -> Replay:
    """Return an empty report with the recorded and the present machine.

    The session reads the sysctls and packet filters that the recording has.
    """
    for state in (recording.initial_state, recording.end.state if recording.end else None):
        session.watch_state(state or {})
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
