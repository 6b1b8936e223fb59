"""`RecordNewPlayback`: a playback that continues in a sandbox after the end of its recording."""

import contextlib
import time

from attrs import define, evolve, field

from ipwrap.command import Command
from ipwrap.conditions import Condition, Observation
from ipwrap.errors import ExecutorError, PlaybackError
from ipwrap.executors.background import BackgroundExecutor, BackgroundProgram
from ipwrap.executors.base import Executor, Reply
from ipwrap.executors.batch import Batch
from ipwrap.executors.playback import Playback
from ipwrap.executors.played_program import LiveProgram, PlayedProgram
from ipwrap.executors.recorded_entries import Entry, format_request, request_of
from ipwrap.executors.rerun_steps import RerunSteps
from ipwrap.executors.steps import Action
from ipwrap.executors.stream import FinishedStream
from ipwrap.placeholders import PlaceholderMapper
from ipwrap.places import Place, Sandbox
from ipwrap.result import Result

__all__ = ["RecordNewPlayback"]

MISSING_PROGRAM = 127  # a shell's status for a missing program


@define
class RecordNewPlayback(Playback):
    """Answer from a recording; run the commands after the last recorded one.

    At the first command after the recording's end, the place ``where`` is opened, and the executor
    ``how`` runs the recorded commands inside, to reach the recorded state; background processes
    that had not ended run again, and waits wait. From then on ``live`` is true. The script keeps
    the placeholders of the recording, which are translated to values of the machine and back.
    Before the end, a mismatch is a `PlaybackError`, as in `Playback`.
    """

    place: Place = field(factory=Sandbox, kw_only=True)
    executor: Executor = field(factory=Batch, kw_only=True)
    _has_begun: bool = field(default=False, init=False, repr=False)
    _machine_mapper: PlaceholderMapper = field(init=False, repr=False)
    _script_mapper: PlaceholderMapper = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        self._machine_mapper = PlaceholderMapper(self.recording.header.normalised)
        self._script_mapper = self._placeholders or PlaceholderMapper(())

    def run(self, command: Command, place: Place) -> Reply:
        """Return the recorded reply; after the last one, run the command."""
        if self._is_live_now():
            return self._run_live(command)
        return super().run(command, place)

    def start(self, command: Command, place: Place, *, log: str | None) -> BackgroundProgram:
        """Return the recorded process; after the last step, start the program."""
        if not self._is_live_now():
            return super().start(command, place, log=log)

        self._script_mapper.mask_command(command)
        program = self._start(self._machine_mapper.to_machine(command), log=log)
        recorded_pid = self._machine_mapper.mask_pid(program.pid)
        return LiveProgram(self._script_mapper.pid_to_script(recorded_pid), program)

    def sleep(self, seconds: float) -> None:
        """Note a recorded pause; after the last step, pause."""
        if self._is_live_now():
            time.sleep(seconds)
        else:
            super().sleep(seconds)

    def wait_for(
        self, condition: Condition, netns: str | None, *, timeout: float
    ) -> Observation | None:
        """Return the outcome of the recorded wait; after the last step, None: the session looks."""
        if self._is_live_now():
            return None
        return super().wait_for(condition, netns, timeout=timeout)

    def wait_until_ready(self, program: BackgroundProgram) -> Observation | None:
        """Return whether the recorded process became ready; None for one that runs."""
        if not isinstance(program, PlayedProgram):
            return None
        return super().wait_until_ready(program)

    def act(self, program: BackgroundProgram, action: Action, *, signal: str | None = None) -> None:
        """Play an action of the script on a process; after the last step, perform the action."""
        if not self._is_live_now():
            super().act(program, action, signal=signal)

    def _is_live_now(self) -> bool:
        """Return whether the recording has come to its end; open the place at the first time."""
        with self._lock:
            if not self.live and not self._unplayed_numbers():
                self._go_live()
            return self.live

    def listen(self, command: Command, place: Place) -> FinishedStream:
        """Return the complete recorded output. Raises `ExecutorError` after the recording's end."""
        if self.live or not self._unplayed_numbers():
            raise ExecutorError(
                f"{command.line}: a command that runs until it is stopped cannot extend a "
                "recording; record the whole script anew"
            )

        return super().listen(command, place)

    def _go_live(self) -> None:
        """Open the place, and run the recorded commands in it."""
        if self._has_begun:  # an earlier attempt was interrupted half-way
            self.close()
            self._machine_mapper = PlaceholderMapper(self.recording.header.normalised)

        self._has_begun = True
        self.place.open()
        try:
            self._rerun_all()
        except BaseException:
            self.close()
            raise

        self.live = True

    def _rerun_all(self) -> None:
        """Run the recorded steps; hand the processes that had not ended over to the script."""
        mapper = self._machine_mapper
        steps = RerunSteps(self._start, self._run_unmapped, mapper, self._entries)

        with contextlib.ExitStack() as stack:
            stack.callback(steps.close)
            for entry in self._entries:
                if isinstance(entry, Result):
                    self._rerun(entry)
                    continue
                problem = steps.rerun(entry)
                if problem is not None:
                    raise self._keep_mismatch(self._failed_step(entry, problem))
            stack.pop_all()

        for number, program in steps.take_running().items():
            self._programs[number].running = program

    def _start(self, machine_command: Command, *, log: str | None) -> BackgroundProgram:
        """Start a program in the place. Raises `ExecutorError`."""
        if not isinstance(self.executor, BackgroundExecutor):
            kind = type(self.executor).__name__
            raise ExecutorError(f"{machine_command.line}: a {kind} starts no background processes")
        return self.executor.start(machine_command, self.place, log=log)

    def _run_unmapped(self, machine_command: Command) -> Reply:
        """Run a command by which a condition looks."""
        return self.executor.run(machine_command, self.place)

    def _failed_step(self, entry: Entry, problem: str) -> PlaybackError:
        """Return the error for a step that went otherwise than recorded."""
        line = format_request(request_of(entry))
        return PlaybackError(line, line, path=self.recording.path, differs=problem)

    def _rerun(self, recorded: Result) -> None:
        """Run a recorded command. Raises `PlaybackError` for another exit status than recorded."""
        if "monitor" in recorded.command.argv:  # changes nothing, and does not end by itself
            return

        script_command = self._script_mapper.to_machine(recorded.command)
        machine_command = self._machine_mapper.to_machine(script_command)
        # The mapper learns the values in a command before those in the output.
        self._machine_mapper.mask_command(machine_command)
        try:
            reply = self.executor.run(machine_command, self.place)
        except ExecutorError as error:
            reply = Reply(MISSING_PROGRAM, "", str(error))
        self._to_script(machine_command, reply)

        if reply.status != recorded.status:
            statuses = f"status [-{recorded.status}-]{{+{reply.status}+}}"
            difference = f"{statuses} {reply.stderr.strip()}".strip()
            line = recorded.line
            raise self._keep_mismatch(
                PlaybackError(line, line, path=self.recording.path, differs=difference)
            )

    def _run_live(self, command: Command) -> Reply:
        """Run a command of the script."""
        self._script_mapper.mask_command(command)
        machine_command = self._machine_mapper.to_machine(command)
        self._machine_mapper.mask_command(machine_command)
        reply = self.executor.run(machine_command, self.place)

        return self._to_script(machine_command, reply)

    def _to_script(self, machine_command: Command, reply: Reply) -> Reply:
        """Return a reply with the placeholders that the script knows.

        The mappers learn new values from the text: the call counts also where the result is unused.
        """
        outputs: list[str] = []
        for text in (reply.stdout, reply.stderr):
            masked = self._machine_mapper.mask_text(text, machine_command)
            outputs.append(self._script_mapper.to_script(masked, machine_command))
        stdout, stderr = outputs

        return evolve(reply, stdout=stdout, stderr=stderr)

    def close(self) -> None:
        """Close the executor and the place. A second call has no effect."""
        with contextlib.ExitStack() as stack:
            stack.callback(self.place.close)
            stack.callback(self.executor.close)
