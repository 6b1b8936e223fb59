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
from ipwrap.placeholders import Standins
from ipwrap.places import Local
from ipwrap.recording import Answered, Asked, End, Event, Header, Recording, Snapshot
from ipwrap.result import Result
from ipwrap.sessions import log
from ipwrap.sessions.unrecorded import Quiet
from ipwrap.state import take
from ipwrap.system.process_identity import Owner, kept

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

    quiet: Quiet
    record: str | os.PathLike[str] | None
    normalise: tuple[str, ...]
    clock: Callable[[], float]
    lock: threading.RLock = field(factory=threading.RLock, init=False, repr=False)
    recording: Recording = field(init=False, repr=False)
    _standins: Standins | None = field(init=False, repr=False)
    _changed: bool = field(default=False, init=False, repr=False)
    _wide: bool = field(default=False, init=False, repr=False)
    _count: int = field(default=0, init=False, repr=False)
    _failed: tuple[int, BaseException] | None = field(default=None, init=False, repr=False)
    _kept: Path | None = field(default=None, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._standins = Standins(self.normalise) if self.normalise else None
        self.recording = Recording(Header(place=self.quiet.place.name, started=self._started()))

    def begin(self) -> None:
        """Begin the recording. Raises `RecordingError`."""
        self.recording = Recording.start(self._header(), self.record)
        self.recording.ending, self.recording.normalise = self.ending, self._standins

    def add(self, event: Event) -> None:
        """Record what is neither asked for nor answered: a note, a state."""
        with self.lock:
            self.recording.append(event)

    def ask(self, command: Command, at: str | None, *, at_once: bool) -> Asked:
        """Give a command its number, and record that it is asked for."""
        with self.lock:
            if command.changes and not self._changed:
                self._first_change()
            self._wide = self._wide or (command.changes and _is_wide(command))
            self._count += 1
            asked = Asked(self._count, command, at)
            self.recording.append(asked, at_once=at_once)
        return asked

    def answer(self, number: int, result: Result, *, check: bool) -> None:
        """Record what a command gave back, and log it; raise what it means, if ``check``."""
        self.recording.append(Answered(number, result))
        log.command_ran(number, result)
        if check:
            self.check(number, result)

    def could_not(self, asked: Asked, error: IpwrapError, started: float, seconds: float) -> None:
        """Record that a command could not be run, and why."""
        failed = Result(asked.command, 127, "", str(error), started, seconds, asked.at)
        self.recording.append(Answered(asked.n, failed))
        self._failed = (asked.n, error)

    def check(self, number: int, result: Result) -> None:
        """Raise what a result means; remember which command it was, should the session end by it."""
        try:
            if result.timed_out:
                raise CommandTimeout(f"{result.line}: ended after {result.command.timeout} s (asked at {result.at})")
            result.check()
        except (CommandError, CommandTimeout) as error:
            self._failed = (number, error)
            raise

    def ending(self, error: BaseException | None = None) -> End:
        """Return how the session ends: by which error, and in which state."""
        state = None
        if self._changed and self.quiet.executor.live:
            with contextlib.suppress(IpwrapError):  # where the place is gone, there is no state to tell
                state = take(self.quiet, thorough=self._wide)
        failed = self._failed[0] if error is not None and self._failed and self._failed[1] is error else None
        said = None if error is None else f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
        return End(said, failed, state)

    def forget(self) -> None:
        """Take away what was kept for `ipwrap clean`."""
        if self._kept is None:
            return
        try:
            self._kept.unlink(missing_ok=True)
        except OSError as error:
            advice = "delete it, or `ipwrap clean` takes it for a crash"
            raise RecordingError(f"cannot be taken away: {error.strerror}; {advice}", str(self._kept)) from error

    def _first_change(self) -> None:
        """Record what was there before anything was changed."""
        self._changed = True
        if not self.quiet.executor.live:
            return
        if self.record is None and isinstance(self.quiet.place, Local):
            self._keep()
        self.recording.append(Snapshot(take(self.quiet)))

    def _keep(self) -> None:
        """Keep a recording while this session lives: after a crash, `ipwrap clean` finds what it left on this host."""
        with contextlib.suppress(OSError, RecordingError):  # a home that cannot be written is no reason to stop
            folder = kept()
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = folder / f"{os.getpid()}-{time.time_ns()}.jsonl"
            self.recording.keep(path)
            self._kept = path

    def _header(self) -> Header:
        """Return the recording's header."""
        place = self.quiet.place
        iproute2 = self.quiet.iproute2()
        kernel = os.uname().release.partition("-")[0] if sys.platform == "linux" else None
        nobody = "pid" in self.normalise and place.private  # of what a sandbox held, nothing is to be undone
        return Header(
            iproute2=iproute2,
            kernel=kernel,
            place=place.name,
            started=self._started(),
            owner=None if nobody else Owner.me(),
            normalised=tuple(self.normalise),
        )

    def _started(self) -> float:
        """Return when the session starts, as its recording tells it."""
        return 0.0 if "time" in self.normalise else self.clock()


def _is_wide(command: Command) -> bool:
    """Tell whether a change may touch what a quick snapshot does not tell: qdiscs, and rules for IPv6."""
    return command.argv[0] not in ("ip", "bridge") or "-6" in command.flags or command.argv[1:3] == ("netns", "exec")
