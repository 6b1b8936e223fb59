"""`Journal`: what a session writes down. Commands before and after they run, and the states that they lie between."""

import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from attrs import define, field

from ipwrap.command import Command
from ipwrap.errors import CommandError, CommandTimeout, IpwrapError, RecordingError
from ipwrap.placeholders import PlaceholderMapper
from ipwrap.places import Local
from ipwrap.recording import CommandEvent, End, Event, Header, Recording, ResultEvent, Snapshot
from ipwrap.result import Result
from ipwrap.sessions import log
from ipwrap.sessions.unrecorded import UnrecordedRunner
from ipwrap.state import take_snapshot
from ipwrap.system.process_identity import ProcessIdentity, crash_folder

__all__ = ["Journal"]


@define(eq=False)
class Journal:
    """The recording of one session, and the log.

    - ``quiet``: how to read states, where the session is
    - ``record``: a path to record to; without one the ``recording`` is in memory
    - ``normalise``: what is recorded as the same each time (see `ipwrap.placeholders`)
    - ``clock``: seconds since the epoch
    - ``lock``: held while a command gets its number, and while the session opens and closes
    """

    unrecorded: UnrecordedRunner
    record: str | os.PathLike[str] | None
    normalise: tuple[str, ...]
    clock: Callable[[], float]
    lock: threading.RLock = field(factory=threading.RLock, init=False, repr=False)
    recording: Recording = field(init=False, repr=False)
    _standins: PlaceholderMapper | None = field(init=False, repr=False)
    _changed: bool = field(default=False, init=False, repr=False)
    _wide: bool = field(default=False, init=False, repr=False)
    _count: int = field(default=0, init=False, repr=False)
    _failed: tuple[int, BaseException] | None = field(default=None, init=False, repr=False)
    _crash_file: Path | None = field(default=None, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._standins = PlaceholderMapper(self.normalise) if self.normalise else None
        self.recording = Recording(
            Header(place=self.unrecorded.place.name, started=self._started())
        )

    def begin(self) -> None:
        """Begin the recording. Raises `RecordingError`."""
        self.recording = Recording.start(self._header(), self.record)
        self.recording.pending_end, self.recording.normalise = self.record_end, self._standins

    def add(self, event: Event) -> None:
        """Record what is neither asked for nor answered: a note, a state."""
        with self.lock:
            self.recording.append(event)

    def record_command(self, command: Command, at: str | None, *, at_once: bool) -> CommandEvent:
        """Give a command its number, and record that it is asked for."""
        with self.lock:
            if command.changes and not self._changed:
                self._before_first_change()
            self._wide = self._wide or (command.changes and _affects_unnamed_objects(command))
            self._count += 1
            asked = CommandEvent(self._count, command, at)
            self.recording.append(asked, at_once=at_once)
        return asked

    def record_result(self, number: int, result: Result, *, check: bool) -> None:
        """Record what a command gave back, and log it; raise what it means, if ``check``."""
        self.recording.append(ResultEvent(number, result))
        log.command_ran(number, result)
        if check:
            self.check(number, result)

    def record_failure(
        self, asked: CommandEvent, error: IpwrapError, started: float, seconds: float
    ) -> None:
        """Record that a command could not be run, and why."""
        failed = Result(asked.command, 127, "", str(error), started, seconds, asked.call_site)
        self.recording.append(ResultEvent(asked.number, failed))
        self._failed = (asked.number, error)

    def check(self, number: int, result: Result) -> None:
        """Raise what a result means; remember which command it was, should the session end by it."""
        try:
            if result.timed_out:
                raise CommandTimeout(
                    f"{result.line}: ended after {result.command.timeout} s (asked at {result.call_site})"
                )
            result.check()
        except (CommandError, CommandTimeout) as error:
            self._failed = (number, error)
            raise

    def record_end(self, error: BaseException | None = None) -> End:
        """Return how the session ends: by which error, and in which state."""
        state = None
        if self._changed and self.unrecorded.executor.live:
            with contextlib.suppress(
                IpwrapError
            ):  # where the place is gone, there is no state to tell
                state = take_snapshot(self.unrecorded, thorough=self._wide)
        failed = (
            self._failed[0]
            if error is not None and self._failed and self._failed[1] is error
            else None
        )
        said = (
            None
            if error is None
            else f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
        )
        return End(said, failed, state)

    def forget(self) -> None:
        """Take away what was kept for `ipwrap clean`."""
        if self._crash_file is None:
            return
        try:
            self._crash_file.unlink(missing_ok=True)
        except OSError as error:
            advice = "delete it, or `ipwrap clean` takes it for a crash"
            raise RecordingError(
                f"cannot be taken away: {error.strerror}; {advice}", str(self._crash_file)
            ) from error

    def _before_first_change(self) -> None:
        """Record what was there before anything was changed."""
        self._changed = True
        if not self.unrecorded.executor.live:
            return
        if self.record is None and isinstance(self.unrecorded.place, Local):
            self._keep()
        self.recording.append(Snapshot(take_snapshot(self.unrecorded)))

    def _keep(self) -> None:
        """Keep a recording while this session lives: after a crash, `ipwrap clean` finds what it left on this host."""
        with contextlib.suppress(
            OSError, RecordingError
        ):  # a home that cannot be written is no reason to stop
            folder = crash_folder()
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = folder / f"{os.getpid()}-{time.time_ns()}.jsonl"
            self.recording.keep(path)
            self._crash_file = path

    def _header(self) -> Header:
        """Return the recording's header."""
        place = self.unrecorded.place
        iproute2 = self.unrecorded.iproute2()
        kernel = os.uname().release.partition("-")[0] if sys.platform == "linux" else None
        nobody = (
            "pid" in self.normalise and place.isolated
        )  # of what a sandbox held, nothing is to be undone
        return Header(
            iproute2=iproute2,
            kernel=kernel,
            place=place.name,
            started=self._started(),
            owner=None if nobody else ProcessIdentity.current(),
            normalised=tuple(self.normalise),
        )

    def _started(self) -> float:
        """Return when the session starts, as its recording tells it."""
        return 0.0 if "time" in self.normalise else self.clock()


def _affects_unnamed_objects(command: Command) -> bool:
    """Tell whether a change may touch what a quick snapshot does not tell: qdiscs, and rules for IPv6."""
    return (
        command.argv[0] not in ("ip", "bridge")
        or "-6" in command.flags
        or command.argv[1:3] == ("netns", "exec")
    )
