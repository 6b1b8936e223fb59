"""The steps of a recording as a Python script has them: each command with its call.

A script has fewer steps than its recording: a verb runs its lookups itself, and a capture ends by a
single stop.
"""

from collections.abc import Callable, Iterable, Iterator

from attrs import define, evolve

from ipwrap.cmdline.reader import Call, Exec, read_command
from ipwrap.command import Command
from ipwrap.errors import NotExportable, error_for
from ipwrap.export.pids import ProcessPids
from ipwrap.recording import (
    CommandEvent,
    Note,
    ProcessAction,
    ProcessEvent,
    ProcessStarted,
    RecordingView,
    Sleep,
    WaitEvent,
)
from ipwrap.recording.captures import RecordedCapture
from ipwrap.recording.process_failure import StartFailure, could_not_run, start_failure
from ipwrap.result import Result

__all__ = [
    "CommandStep",
    "PlacedStep",
    "ProcessStep",
    "ScriptStep",
    "TimedStep",
    "names_unknown_pid",
    "read_steps",
]

# How many steps are held back: more than the lookups of any verb, and the steps that end a capture.
MAX_HELD = 16


@define
class CommandStep:
    """A command of the recording, with its result and its call.

    ``call`` is None for a command of iproute2 without a verb, and for a command that was not
    parsed.
    """

    event: CommandEvent
    result: Result | None
    call: Call | Exec | None

    @property
    def command(self) -> Command:
        """The recorded command."""
        return self.event.command

    @property
    def netns(self) -> str | None:
        """The namespace whose methods run the command."""
        return self.command.netns if self.call is None else self.call.netns

    @property
    def failed(self) -> bool:
        """Whether the exit status was not 0."""
        return self.result is not None and not self.result.ok

    @property
    def program_missing(self) -> bool:
        """Whether the program was not found."""
        return self.result is not None and could_not_run(self.result)

    @property
    def generates_secret(self) -> bool:
        """Whether `session.secret` can run the command, which prints a secret."""
        command = self.command
        settings = (command.timeout, command.env, command.cwd)
        has_settings = any(setting is not None for setting in settings)
        return command.output_secret is not None and not command.changes and not has_settings

    @property
    def error_name(self) -> str:
        """The name of the error that a failed verb raises, by the recorded text on stderr."""
        if not isinstance(self.call, Call) or self.result is None or not self.result.stderr.strip():
            return "CommandError"

        command = self.call.to_commands()[-1]
        return type(error_for(evolve(self.result, command=command))).__name__


@define
class ProcessStep:
    """A background process of the recording, with the result of a start that failed."""

    event: ProcessEvent
    result: Result | None

    @property
    def failure(self) -> StartFailure | None:
        """The name of the error raised by the start; None if the process became ready."""
        return start_failure(self.event, self.result)

    @property
    def has_started_for_certain(self) -> bool:
        """Whether the process has started.

        A program beside other commands, as in a thread, has started even without a ready event.
        """
        return self.event.ready is None and self.result is not None and self.failure is None


TimedStep = ProcessAction | WaitEvent | Sleep
ScriptStep = Note | CommandStep | ProcessStep | ProcessStarted | TimedStep

# A step, and its position in the recording: the same in every reading, however many lookups were
# found and left out.
PlacedStep = tuple[int, ScriptStep]


def read_steps(
    recording: RecordingView,
    *,
    reads: bool,
    exact: bool,
    must_parse: Callable[[Command], bool] | None = None,
) -> Iterator[PlacedStep]:
    """Yield the steps of the script, without the lookups of verbs.

    Without ``reads``, only the commands that a script needs. ``exact`` is that of `read_command`.
    A command for which ``must_parse`` is false is not parsed, which saves time; its lookups stay.
    """
    # Lookups stand right before their verb, and the steps that end a capture together: the latest
    # steps are held back until these are known.
    held: list[PlacedStep] = []
    captures: dict[int, RecordedCapture] = {}

    for position, (event, result) in enumerate(recording.pairs()):
        if isinstance(event, CommandEvent):
            call = None
            if must_parse is None or must_parse(event.command):
                call = read_command(event.command, result, exact=exact)

            step = CommandStep(event, result, call)
            _drop_lookups(held, step)
            held.append((position, step))
        elif isinstance(event, ProcessEvent):
            held.append((position, ProcessStep(event, result)))
            capture = RecordedCapture.of(event)
            if capture is not None:
                captures[event.number] = capture
        else:
            held.append((position, event))
            if isinstance(event, ProcessAction) and event.number in captures:
                _join_capture_end(held, captures[event.number])

        if len(held) > MAX_HELD:
            yield from _select_needed(held[:1], reads=reads)
            del held[0]

    yield from _select_needed(held, reads=reads)


def _drop_lookups(steps: list[PlacedStep], step: CommandStep) -> None:
    """Remove the commands right before a verb with which the verb looks up links."""
    lookups = step.call.lookups if isinstance(step.call, Call) else ()
    if not lookups:
        return

    assert len(lookups) <= MAX_HELD, "a verb looks at a few links only"
    first = len(steps) - len(lookups)
    commands = [before.command for _, before in steps[first:] if isinstance(before, CommandStep)]
    if commands == list(lookups):
        del steps[first:]


def _join_capture_end(steps: list[PlacedStep], capture: RecordedCapture) -> None:
    """Replace the last steps of a capture by a single step: the stop of the capture."""
    count = capture.count_end_steps([step for _, step in steps])
    if count:
        position, _ = steps[-1]
        steps[-count:] = [(position, ProcessAction(capture.event.number, "stop"))]


def _select_needed(steps: Iterable[PlacedStep], *, reads: bool) -> Iterator[PlacedStep]:
    """Yield the steps; without ``reads``, no command that the script can do without."""
    for position, step in steps:
        if reads or not isinstance(step, CommandStep) or _is_needed(step.command):
            yield position, step


def _is_needed(command: Command) -> bool:
    """Return whether a script without read-only commands needs the command."""
    return command.changes or command.output_secret is not None


def names_unknown_pid(step: CommandStep, pids: ProcessPids, *, fatal: int | None) -> bool:
    """Return whether a script leaves out a failed command, because it names an unknown pid.

    The command number ``fatal``, whose failure ended the session, is kept, and so are commands that
    succeeded: for these, `ProcessPids.find` raises `NotExportable`.
    """
    if not step.failed or step.event.number == fatal:
        return False

    try:
        pids.find(step.event)
    except NotExportable:
        return True
    return False
