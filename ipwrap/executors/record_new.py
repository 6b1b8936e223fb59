"""`RecordNewPlayback`: a playback that goes on in a sandbox where its recording ends."""

import contextlib

from attrs import define, field

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


@define
class RecordNewPlayback(Playback):
    """Answer from a recording as long as it has answers; what is asked after its last command is run.

    Then a place is opened, and what was played is run in it, so that it is as the recording left it; from there on
    ``live`` is true. The script goes on with the stand-ins that it was given: they are changed back on the way to this
    machine. A command that is not the next recorded one, while there is one, is a `PlaybackError` as ever.
    """

    where: Place = field(factory=Sandbox, kw_only=True)
    how: Executor = field(factory=Batch, kw_only=True)
    _here: PlaceholderMapper = field(init=False, repr=False)
    _given: PlaceholderMapper = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        self._here = PlaceholderMapper(self.recording.header.normalised)
        self._given = self._placeholders or PlaceholderMapper(())

    def run(self, command: Command, place: Place) -> Reply:
        """Return the recorded answer, or, after the last of them, what the command gives now."""
        with self._lock:
            if not self.live and not self._unplayed_numbers():
                self._join()
        return self._run(command) if self.live else super().run(command, place)

    def listen(self, command: Command, place: Place) -> FinishedStream:
        """Return all that the recorded command printed; one that is new cannot go on here: that is `ExecutorError`."""
        if self.live or not self._unplayed_numbers():
            raise ExecutorError(
                f"{command.line}: it goes on, and makes no recording longer; make all of it anew"
            )
        return super().listen(command, place)

    def _join(self) -> None:
        """Open the place, and do there what was played."""
        self.where.open()
        try:
            for entry in self._entries:
                if isinstance(entry, Result):
                    self._again(entry)
        except BaseException:
            self.close()
            raise
        self.live = True

    def _again(self, then: Result) -> None:
        """Run a recorded command. Raises `PlaybackError` where it ends otherwise than it did."""
        if "monitor" in then.command.argv:  # it changes nothing, and does not end by itself
            return
        real = self._here.to_machine(self._given.to_machine(then.command))
        self._here.command(real)
        try:
            reply = self.how.run(real, self.where)
        except ExecutorError as error:
            reply = Reply(127, "", str(error))
        self._heard(real, reply)
        if reply.status != then.status:
            how = f"status [-{then.status}-]{{+{reply.status}+}} {reply.stderr.strip()}".strip()
            raise self._keep_mismatch(
                PlaybackError(then.line, then.line, path=self.recording.path, differs=how)
            )

    def _run(self, command: Command) -> Reply:
        """Run a command of the script."""
        self._given.command(command)
        real = self._here.to_machine(command)
        self._here.command(real)
        return self._heard(real, self.how.run(real, self.where))

    def _heard(self, real: Command, reply: Reply) -> Reply:
        """Return a reply as the script has to see it."""
        stdout, stderr = (
            self._given.to_script(self._here.text(said, real), real)
            for said in (reply.stdout, reply.stderr)
        )
        return Reply(reply.status, stdout, stderr, reply.timed_out)

    def close(self) -> None:
        """Leave the place. Calling it again does nothing."""
        with contextlib.ExitStack() as leaving:
            leaving.callback(self.where.close)
            leaving.callback(self.how.close)
