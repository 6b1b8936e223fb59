"""`RecordNewPlayback`: a playback that continues in a sandbox after the end of its recording."""

import contextlib

from attrs import define, evolve, field

from ipwrap.command import Command
from ipwrap.errors import ExecutorError, PlaybackError
from ipwrap.executors.base import Executor, Reply
from ipwrap.executors.batch import Batch
from ipwrap.executors.playback import Playback
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
    ``how`` runs the recorded commands inside, to reach the recorded state. From then on ``live`` is
    true. The script keeps the placeholders of the recording, which are translated to values of the
    machine and back. Before the end, a mismatch is a `PlaybackError`, as in `Playback`.
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
        with self._lock:
            if not self.live and not self._unplayed_numbers():
                self._go_live()

        if self.live:
            return self._run_live(command)
        return super().run(command, place)

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
            for entry in self._entries:
                if isinstance(entry, Result):
                    self._rerun(entry)
        except BaseException:
            self.close()
            raise

        self.live = True

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
