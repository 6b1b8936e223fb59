"""`Session`: place x executor + the journal. The one choke point through which every command goes."""

import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Self

from attrs import define, evolve, field

from ipwrap import log
from ipwrap.block import Block
from ipwrap.bridge import BridgeProgram
from ipwrap.command import Command
from ipwrap.errors import BadOption, CommandError, CommandTimeout, ExecutorError, IpwrapError, RecordingError
from ipwrap.executors import Batch, Executor, Listens, Ordered, Playback, Reply
from ipwrap.export import FORMATS
from ipwrap.hidden import hidden
from ipwrap.ip import Ip
from ipwrap.models.event import Reader
from ipwrap.monitor import Monitor, Monitors
from ipwrap.names import netns_name
from ipwrap.owner import Owner, kept
from ipwrap.places import Local, Nowhere, Place, Sandbox
from ipwrap.recording import Answered, Asked, End, Header, Note, Recording, Snapshot
from ipwrap.result import Result
from ipwrap.secret import Secret, hide
from ipwrap.standins import Standins
from ipwrap.state import State, take
from ipwrap.tc import TcProgram

__all__ = ["Inside", "Session"]

PACKAGE = os.path.dirname(os.path.abspath(__file__)) + os.sep


@define
class _Quiet:
    """A runner that leaves no trace: for the reads of a snapshot, which the script did not ask for."""

    session: "Session"

    def run(self, command: Command, *, check: bool = True) -> Result:
        """Run a command past the journal."""
        reply = self.session.executor.run(command, self.session.place)
        result = Result(command, reply.status, reply.stdout, reply.stderr)
        return result.check() if check else result


@define
class Inside:
    """One named namespace of a session: the same verbs, run in there."""

    session: "Session"
    name: str

    @property
    def ip(self) -> Ip:
        """`ip -n NAME …`."""
        return Ip(self.session, self.name)

    @property
    def bridge(self) -> BridgeProgram:
        """`bridge -n NAME …`."""
        return BridgeProgram(self.session, self.name)

    @property
    def tc(self) -> TcProgram:
        """`tc -n NAME …`."""
        return TcProgram(self.session, self.name)

    def secret(self, name: str, *argv: str, stdin: str | None = None) -> Secret:
        """Run a program that prints a secret, in the namespace; as `Session.secret`."""
        return self.session.make_secret(Command(argv, self.name, stdin=stdin, changes=False, prints=name))

    def exec(
        self,
        *argv: str,
        check: bool = True,
        changes: bool = True,
        stdin: str | None = None,
        timeout: float | None = None,
    ) -> Result:
        """Run any program in the namespace: `ip netns exec NAME PROGRAM ARGUMENT…`. ``timeout`` is in seconds.

        Raises `CommandError` for a status other than 0, unless ``check=False``; `CommandTimeout`; `ExecutorError`, with
        the package to install, for a program that is not there. ``changes=False`` says that it only looks.
        """
        return self.session.run(Command(argv, self.name, stdin=stdin, changes=changes, timeout=timeout), check=check)


@define
class Session:
    """Commands run in one place, in one way, all of them logged and recorded.

    ``with Session(sandbox=True) as session: …``

    - ``place``: where; a `Local` by default, ``sandbox=True`` a fresh `Sandbox`, ``sudo=True`` this host as root
    - ``executor``: how; long-lived workers by default (`Batch`), or a `Process` each, a `DryRun`, a `Playback`
    - ``record``: a path to record to; without one the recording is kept in memory (``session.recording``)
    - ``normalise``: what is otherwise each time is recorded as the same each time: "mac", "ifindex", "pid", "time" (see
      `ipwrap.standins`); the session itself sees what is there
    - ``transcript``: keep, beside the JSON of each read, the text that a person would see (one more command each)
    - ``clock``: seconds since the epoch, for the recording

    A session opens with its first command or its `with` block, and closes once. A place that was open before stays so:
    several sessions may share one.
    """

    place: Place = None  # type: ignore[assignment]  # chosen below
    executor: Executor = None  # type: ignore[assignment]  # chosen below
    record: str | os.PathLike[str] | None = None
    sandbox: bool = field(default=False, kw_only=True)
    sudo: bool = field(default=False, kw_only=True)
    transcript: bool = field(default=False, kw_only=True)
    normalise: tuple[str, ...] = field(default=(), kw_only=True)
    clock: Callable[[], float] = field(default=time.time, kw_only=True, repr=False)
    recording: Recording = field(init=False, repr=False)
    _open: bool = field(default=False, init=False, repr=False)
    _owns_place: bool = field(default=False, init=False, repr=False)
    _closed: bool = field(default=False, init=False, repr=False)
    _changed: bool = field(default=False, init=False, repr=False)
    _wide: bool = field(default=False, init=False, repr=False)
    _count: int = field(default=0, init=False, repr=False)
    _lock: threading.RLock = field(factory=threading.RLock, init=False, repr=False)
    _blocks: threading.local = field(factory=threading.local, init=False, repr=False)
    _kept: Path | None = field(default=None, init=False, repr=False)
    _secrets: dict[str, str] = field(factory=dict, init=False, repr=False)
    _failed: tuple[int, BaseException] | None = field(default=None, init=False, repr=False)
    _standins: Standins | None = field(default=None, init=False, repr=False)
    _monitors: Monitors = field(factory=Monitors, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        if sum((self.place is not None, self.sandbox, self.sudo)) > 1:
            raise BadOption("place=, sandbox=True and sudo=True each say where commands run; give one of them")
        if self.place is None:
            self.place = Sandbox() if self.sandbox else Local(sudo=self.sudo)
        if self.executor is None:
            self.executor = Batch()
        self._standins = Standins(self.normalise) if self.normalise else None
        self.recording = Recording(Header(place=self.place.name, started=self._started()))

    @classmethod
    def playback(
        cls,
        recording: Recording | str | os.PathLike[str],
        ordered: Ordered = "strict",
        *,
        allow_playback_repeats: bool = False,
    ) -> Self:
        """Return a session that answers from a recording, with no root and no kernel.

        ``ordered`` says which commands have to come in the recorded order: "strict" all, "per-namespace" those of each
        namespace, "any" none but those that are equal. ``allow_playback_repeats`` lets a read be asked for more often
        than it was recorded. Raises `RecordingError`, and `PlaybackError` for a command that goes apart.
        """
        return cls(Nowhere(), Playback(recording, ordered, allow_playback_repeats=allow_playback_repeats))

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close(error)

    @property
    def ip(self) -> Ip:
        """`ip …`, in the first namespace of the place."""
        return Ip(self)

    @property
    def bridge(self) -> BridgeProgram:
        """`bridge …`, in the first namespace of the place."""
        return BridgeProgram(self)

    @property
    def tc(self) -> TcProgram:
        """`tc …`, in the first namespace of the place."""
        return TcProgram(self)

    @property
    def iproute2(self) -> str | None:
        """The release of the place's iproute2, such as "6.1.0"; None where nothing runs. It opens the session."""
        self.open()
        return self.recording.header.iproute2

    def netns(self, name: str) -> Inside:
        """Return the verbs of a named namespace. It need not exist yet."""
        return Inside(self, netns_name(name))

    def exec(
        self,
        *argv: str,
        check: bool = True,
        changes: bool = True,
        stdin: str | None = None,
        timeout: float | None = None,
    ) -> Result:
        """Run any program in the first namespace of the place; as `Inside.exec`."""
        return self.run(Command(argv, stdin=stdin, changes=changes, timeout=timeout), check=check)

    def secret(self, name: str, *argv: str, stdin: str | None = None) -> Secret:
        """Run a program that prints a secret, such as `wg genkey`, and return the secret.

        Nothing shows it but its name. An exported script takes it from the environment variable of that name, or else
        runs the program. Raises `CommandError`, and `BadValue` for a name that no variable has.
        """
        return self.make_secret(Command(argv, stdin=stdin, changes=False, prints=name))

    def make_secret(self, command: Command) -> Secret:
        """Return what a command prints as the secret whose name it says."""
        Secret(None, command.prints)
        return Secret(self.run(command).stdout.strip(), command.prints)

    def note(self, text: str) -> None:
        """Add prose to the recording: a comment in a script, a paragraph in a transcript."""
        self.open()
        with self._lock:
            self.recording.append(Note(text))

    def run(self, command: Command, *, check: bool = True) -> Result:
        """Run a command, record it, log it, and return its result; the way for what no verb covers yet.

        Raises the `CommandError` of a failed one, unless ``check=False``, and `CommandTimeout`.
        """
        if not self._open:
            self.open()
        at = _caller()
        if command.secrets or hidden(command, self._secrets) is not command:
            command = self._with_secrets(command)
        block: Block | None = getattr(self._blocks, "now", None)
        queued = block is not None and command.changes and check and not command.secrets and command.prints is None
        if block is not None and not queued:
            block.settle()
        if command.drops:
            self._monitors.leave(command)
        asked = self._ask(command, at, at_once=command.changes and not queued)
        if block is not None and queued:
            return block.add(asked)
        result = self._run(asked)
        if self.transcript and result.ok:
            result = self._with_text(result)
        self._record(asked.n, result, check=check)
        return result

    def listen(self, command: Command, reader: Reader) -> Monitor:
        """Start a command that goes on, such as `ip monitor`, and return what it tells: the way of those verbs.

        It is recorded when it starts, and with all that it printed when it ends: at the latest with the session. Raises
        the `CommandError` of one that ends at once.
        """
        self.open()
        at = _caller()
        if (block := getattr(self._blocks, "now", None)) is not None:
            block.settle()
        asked = self._ask(command, at, at_once=True)
        started, before = self.clock(), time.perf_counter()
        try:
            if not isinstance(self.executor, Listens):
                raise ExecutorError(f"{command.line}: a {type(self.executor).__name__} runs only commands that end")
            stream = self.executor.listen(command, self.place)
        except IpwrapError as error:
            self._could_not(asked, error, started, time.perf_counter() - before)
            raise

        def ended(monitor: Monitor, reply: Reply) -> None:
            self._monitors.forget(monitor)
            self._record(asked.n, _result(command, reply, started, time.perf_counter() - before, at), check=False)

        monitor = Monitor(command, stream, reader, ended)
        self._monitors.add(monitor)
        if stream.reply.status != 0:
            monitor.close()
            self._check(asked.n, _result(command, stream.reply, started, 0, at))
        return monitor

    def _ask(self, command: Command, at: str | None, *, at_once: bool) -> Asked:
        """Give a command its number, and record that it is asked for."""
        with self._lock:
            if command.changes and not self._changed:
                self._first_change()
            self._wide = self._wide or (command.changes and _is_wide(command))
            self._count += 1
            asked = Asked(self._count, command, at)
            self.recording.append(asked, at_once=at_once)
        return asked

    def _record(self, number: int, result: Result, *, check: bool) -> None:
        """Record what a command gave back, and log it; raise what it means."""
        kept = self._shown(result)
        self.recording.append(Answered(number, kept))
        log.command_ran(number, kept)
        if check:
            self._check(number, kept)

    def _with_text(self, result: Result) -> Result:
        """Return a result with what a person would have seen of it, if it is JSON that they would not have."""
        typed = result.command.typed
        if typed is result.command or result.command.changes:
            return result
        reply = self.executor.run(typed, self.place)
        return evolve(result, text=reply.stdout) if reply.status == 0 else result

    def _with_secrets(self, command: Command) -> Command:
        """Return a command with its secrets hidden, and with values as far as they are known; know what it brings."""
        with self._lock:
            command = hidden(command, self._secrets).given(self._secrets)
            self._secrets |= {each.name: each.reveal() for each in command.secrets if self.executor.live or each.known}
        return command

    def _shown(self, result: Result) -> Result:
        """Return what may be shown of a result: without the values of secrets."""
        if result.command.prints is not None:
            self._secrets[result.command.prints] = result.stdout.strip()
        if not self._secrets:
            return result
        text = None if result.text is None else hide(result.text, self._secrets)
        stdout, stderr = (hide(said, self._secrets) for said in (result.stdout, result.stderr))
        return evolve(result, stdout=stdout, stderr=stderr, text=text)

    @contextlib.contextmanager
    def batch(self) -> Iterator[None]:
        """Queue the changes of a block and send them together: ``with session.batch(): …``

        What a verb returns there is ``queued``, and says nothing. A change that fails does not stop those behind it;
        the first failure is raised when the block ends, or at the next read in it, with a note of what was done. The
        recording, and what is exported from it, are the same as without the block. It is for one thread.
        """
        self.open()
        if getattr(self._blocks, "now", None) is not None:
            raise IpwrapError("a batch block is open already in this thread; end it first")
        block = self._blocks.now = Block(self.recording, self.executor, self.place)
        try:
            yield
            block.settle()
        except BaseException:
            with contextlib.suppress(IpwrapError):
                block.settle()
            block.abandon()
            raise
        finally:
            self._blocks.now = None

    def _run(self, asked: Asked) -> Result:
        """Run a command; one that could not be run at all is recorded too, with what was said."""
        started, before = self.clock(), time.perf_counter()
        try:
            reply = self.executor.run(asked.command, self.place)
        except IpwrapError as error:
            self._could_not(asked, error, started, time.perf_counter() - before)
            raise
        return _result(asked.command, reply, started, time.perf_counter() - before, asked.at)

    def _could_not(self, asked: Asked, error: IpwrapError, started: float, seconds: float) -> None:
        """Record that a command could not be run, and why."""
        failed = Result(asked.command, 127, "", str(error), started, seconds, asked.at)
        self.recording.append(Answered(asked.n, failed))
        self._failed = (asked.n, error)

    def _check(self, number: int, result: Result) -> None:
        """Raise what a result means; remember which command it was, should the session end by it."""
        try:
            if result.timed_out:
                raise CommandTimeout(f"{result.line}: ended after {result.command.timeout} s (asked at {result.at})")
            result.check()
        except (CommandError, CommandTimeout) as error:
            self._failed = (number, error)
            raise

    def open(self) -> None:
        """Open the place and begin the recording; done by the first command. Raises `PlaceError`, `RecordingError`."""
        with self._lock:
            if self._open:
                return
            if self._closed:
                raise IpwrapError("this session is closed; make a new one")
            self._owns_place = self.place.open()
            try:
                self.recording = Recording.start(self._header(), self.record)
            except BaseException:
                self._leave_place()
                raise
            self.recording.ending, self.recording.normalise = self._ending, self._standins
            self._open = True

    def close(self, error: BaseException | None = None) -> None:
        """End the recording with the state reached, and leave the place. Calling it again does nothing."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            if not self._open:
                return
            self._open = False
            end = (self._monitors.close, lambda: self.recording.append(self._ending(error)))
            _all((*end, self.executor.close, self._leave_place, self.recording.close, self._forget))

    def _leave_place(self) -> None:
        """Close the place, if it was not open before this session."""
        if self._owns_place:
            self.place.close()

    def export(self, format: str = "sh", **options: Any) -> str:  # noqa: A002 - what it is
        """Return the recording so far as something else, by one of `ipwrap.export`.

        "sh" is a shell script, "plain" a list of commands, "batch" one that feeds `ip -batch`; "markdown", "console"
        and "asciicast" are transcripts. ``options`` are those of the exporter: ``reads`` keeps what only looked.
        """
        if format not in FORMATS:
            raise BadOption(f"format: {format!r} is not one of {', '.join(FORMATS)}")
        return FORMATS[format](self.recording, **options)

    def state(self) -> State:
        """Return the state of all namespaces of the place, now. It is recorded as a state, not as commands."""
        self.open()
        executor = self.executor
        if isinstance(executor, Playback) and not executor.live:
            state: State = executor.state()
        else:
            state = take(_Quiet(self))
        self.recording.append(Snapshot(state, asked=True))
        return state

    @property
    def left(self) -> list[str]:
        """What a recording that is played back holds and nobody has asked for yet."""
        return self.executor.left if isinstance(self.executor, Playback) else []

    def _first_change(self) -> None:
        """Record what was there before anything was changed."""
        self._changed = True
        if self.executor.live and self.record is None and isinstance(self.place, Local):
            self._keep()
        if self.executor.live:
            self.recording.append(Snapshot(take(_Quiet(self))))

    def _keep(self) -> None:
        """Keep a recording while this session lives: after a crash, `ipwrap clean` finds what it left on this host."""
        folder = kept()
        with contextlib.suppress(OSError, RecordingError):  # a home that cannot be written is no reason to stop
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._kept = folder / f"{os.getpid()}-{time.time_ns()}.jsonl"
            self.recording.keep(self._kept)

    def _forget(self) -> None:
        """Take away what was kept for `ipwrap clean`."""
        if self._kept is not None:
            self._kept.unlink(missing_ok=True)

    def _ending(self, error: BaseException | None = None) -> End:
        """Return how the session ends: by which error, and in which state."""
        state = None
        if self._changed and self.executor.live:
            with contextlib.suppress(IpwrapError):  # where the place is gone, there is no state to tell
                state = take(_Quiet(self), thorough=self._wide)
        failed = self._failed[0] if error is not None and self._failed and self._failed[1] is error else None
        said = None if error is None else f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
        return End(said, failed, state)

    def _header(self) -> Header:
        """Return the recording's header."""
        iproute2, kernel = self._iproute2(), os.uname().release.partition("-")[0]
        nobody = "pid" in self.normalise and self.place.private  # of what a sandbox held, nothing is to be undone
        return Header(
            iproute2=iproute2,
            kernel=kernel,
            place=self.place.name,
            started=self._started(),
            owner=None if nobody else Owner.me(),
            normalised=tuple(self.normalise),
        )

    def _started(self) -> float:
        """Return when the session starts, as its recording tells it."""
        return 0.0 if "time" in self.normalise else self.clock()

    def _iproute2(self) -> str | None:
        """Return iproute2's release, as `ip -V` says it."""
        if not self.executor.live:
            return None
        reply = self.executor.run(Command(("ip", "-V"), changes=False), self.place)
        return version_of(reply.stdout)


def _is_wide(command: Command) -> bool:
    """Tell whether a change may touch what a quick snapshot does not tell: qdiscs, and rules for IPv6."""
    return command.argv[0] not in ("ip", "bridge") or "-6" in command.flags or command.argv[1:3] == ("netns", "exec")


def version_of(said: str) -> str | None:
    """Return the release in `ip utility, iproute2-6.1.0, libbpf 1.1.2` (through 5.4 a date: `iproute2-ss190708`)."""
    _, found, rest = said.partition("iproute2-")
    return rest.split(",")[0].strip() if found else None


def _result(command: Command, reply: Reply, started: float, seconds: float, at: str | None) -> Result:
    """Return a reply as a result."""
    return Result(command, reply.status, reply.stdout, reply.stderr, started, seconds, at, reply.timed_out)


def _caller() -> str | None:
    """Return file and line of the nearest caller outside this package, as seen from the current directory."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if (name := _script(frame.f_code.co_filename)) is not None:
            return f"{name}:{frame.f_lineno}"
        frame = frame.f_back
    return None


@cache
def _script(name: str) -> str | None:
    """Return a script's path, relative to the current directory where it is below it; None for our own files."""
    if name.startswith((PACKAGE, "<")):
        return None
    try:
        return name.removeprefix(os.getcwd() + os.sep)
    except OSError:  # the current directory is gone
        return name


def _all(steps: tuple[Callable[[], None], ...]) -> None:
    """Take every step, also after one failed; then raise the first failure."""
    failures: list[BaseException] = []
    for step in steps:
        try:
            step()
        except BaseException as error:
            failures.append(error)
    if failures:
        raise failures[0]
