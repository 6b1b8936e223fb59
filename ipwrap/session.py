"""`Session`: place x executor + the journal. The one choke point through which every command goes."""

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from attrs import define, field

from ipwrap.command import Command
from ipwrap.errors import ExecutorError, IpwrapError, UnknownOption
from ipwrap.executors import Batch, Executor, MonitorExecutor, Ordered, Playback, Reply, Stream
from ipwrap.monitor import Monitor, OpenMonitors
from ipwrap.options.validation import check_netns_name
from ipwrap.places import Local, NullPlace, Place, Sandbox
from ipwrap.recording import CommandEvent, Note, Recording, Snapshot
from ipwrap.result import Result
from ipwrap.secrets.secret import Secret
from ipwrap.secrets.store import SecretStore
from ipwrap.sessions.batching import BatchBlock, OpenBatch
from ipwrap.sessions.call_site import call_site
from ipwrap.sessions.journal import Journal
from ipwrap.sessions.namespace import NamespaceCommands
from ipwrap.sessions.unrecorded import UnrecordedRunner
from ipwrap.state import State, take_snapshot

if TYPE_CHECKING:
    from ipwrap.models.event import Reader

__all__ = ["Namespace", "Session"]


@define
class Namespace(NamespaceCommands):
    """One named namespace of a session: the same verbs, run in there."""

    session: "Session"
    name: str

    @property
    def _where(self) -> "tuple[Session, str]":
        return self.session, self.name


@define
class Session(NamespaceCommands):
    """Commands run in one place, in one way, all of them logged and recorded.

    ``with Session(sandbox=True) as session: …``

    - ``place``: where; a `Local` by default, ``sandbox=True`` a fresh `Sandbox`, ``sudo=True`` this host as root
    - ``executor``: how; long-lived workers by default (`Batch`), or a `Process` each, a `DryRun`, a `Playback`
    - ``record``: a path to record to; without one the recording is kept in memory (``session.recording``)
    - ``normalise``: what is otherwise each time is recorded as the same each time: "mac", "ifindex", "pid", "time" (see
      `ipwrap.placeholders`); the session itself sees what is there
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
    _open: bool = field(default=False, init=False, repr=False)
    _owns_place: bool = field(default=False, init=False, repr=False)
    _closed: bool = field(default=False, init=False, repr=False)
    _unrecorded: UnrecordedRunner = field(init=False, repr=False)
    _journal: Journal = field(init=False, repr=False)
    _secret_store: SecretStore = field(factory=SecretStore, init=False, repr=False)
    _open_batch: OpenBatch = field(factory=OpenBatch, init=False, repr=False)
    _monitors: OpenMonitors = field(factory=OpenMonitors, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        if sum((self.place is not None, self.sandbox, self.sudo)) > 1:
            raise UnknownOption(
                "place=, sandbox=True and sudo=True each say where commands run; give one of them"
            )
        if self.place is None:
            self.place = Sandbox() if self.sandbox else Local(sudo=self.sudo)
        if self.executor is None:
            self.executor = Batch()
        self._unrecorded = UnrecordedRunner(self.place, self.executor)
        self._journal = Journal(self._unrecorded, self.record, self.normalise, self.clock)

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
        return cls(
            NullPlace(), Playback(recording, ordered, allow_playback_repeats=allow_playback_repeats)
        )

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close(error)

    @property
    def _where(self) -> "tuple[Session, None]":
        return self, None

    @property
    def recording(self) -> Recording:
        """All that was run so far, and what it gave back."""
        return self._journal.recording

    @property
    def iproute2(self) -> str | None:
        """The release of the place's iproute2, such as "6.1.0"; None where nothing runs. It opens the session."""
        self.open()
        return self.recording.header.iproute2

    def netns(self, name: str) -> Namespace:
        """Return the verbs of a named namespace. It need not exist yet."""
        return Namespace(self, check_netns_name(name))

    def make_secret(self, command: Command) -> Secret:
        """Return what a command prints as the secret whose name it says."""
        Secret(None, command.output_secret)
        return Secret(self.run(command).stdout.strip(), command.output_secret)

    def note(self, text: str) -> None:
        """Add prose to the recording: a comment in a script, a paragraph in a transcript."""
        self.open()
        self._journal.add(Note(text))

    def run(self, command: Command, *, check: bool = True) -> Result:
        """Run a command, record it, log it, and return its result; the way for what no verb covers yet.

        Raises the `CommandError` of a failed one, unless ``check=False``, and `CommandTimeout`.
        """
        if not self._open:
            self.open()
        at = call_site()
        command = self._secret_store.resolve(command, live=self.executor.live)
        block = self._open_batch.current
        queued = block is not None and check and block.accepts(command)
        if block is not None and not queued:
            block.drain()
        if command.deletes:
            self._monitors.close_deleted(command)
        asked = self._journal.record_command(command, at, at_once=command.changes and not queued)
        if block is not None and queued:
            return block.add(asked)
        result = self._run(asked)
        if self.transcript and result.ok:
            result = self._unrecorded.with_text(result)
        self._journal.record_result(asked.number, self._secret_store.redact(result), check=check)
        return result

    def start_monitor(self, command: Command, reader: "Reader") -> Monitor:
        """Start a command that goes on, such as `ip monitor`, and return what it tells: the way of those verbs.

        It is recorded when it starts, and with all that it printed when it ends: at the latest with the session. Raises
        the `CommandError` of one that ends at once.
        """
        self.open()
        at = call_site()
        if (block := self._open_batch.current) is not None:
            block.drain()
        asked = self._journal.record_command(command, at, at_once=True)
        started, before = self.clock(), time.perf_counter()
        stream = self._start(asked, started, before)

        def ended(monitor: Monitor, reply: Reply) -> None:
            self._monitors.forget(monitor)
            result = _result(asked, reply, started, time.perf_counter() - before)
            self._journal.record_result(
                asked.number, self._secret_store.redact(result), check=False
            )

        monitor = Monitor(command, stream, reader, ended)
        self._monitors.add(monitor)
        if stream.reply.status != 0:
            monitor.close()
            self._journal.check(asked.number, _result(asked, stream.reply, started, 0))
        return monitor

    @contextlib.contextmanager
    def batch(self) -> Iterator[None]:
        """Queue the changes of a block and send them together: ``with session.batch(): …``

        What a verb returns there is ``queued``, and says nothing. A change that fails does not stop those behind it;
        the first failure is raised when the block ends, or at the next read in it, with a note of what was done. The
        recording, and what is exported from it, are the same as without the block. It is for one thread.
        """
        self.open()
        with self._open_batch.begin(BatchBlock(self.recording, self.executor, self.place)):
            yield

    def _run(self, asked: CommandEvent) -> Result:
        """Run a command; one that could not be run at all is recorded too, with what was said."""
        started, before = self.clock(), time.perf_counter()
        try:
            reply = self.executor.run(asked.command, self.place)
        except IpwrapError as error:
            self._journal.record_failure(asked, error, started, time.perf_counter() - before)
            raise
        return _result(asked, reply, started, time.perf_counter() - before)

    def _start(self, asked: CommandEvent, started: float, before: float) -> Stream:
        """Start a command that goes on; one that could not be started is recorded too, with what was said."""
        try:
            if not isinstance(self.executor, MonitorExecutor):
                name = type(self.executor).__name__
                raise ExecutorError(f"{asked.command.line}: a {name} runs only commands that end")
            return self.executor.listen(asked.command, self.place)
        except IpwrapError as error:
            self._journal.record_failure(asked, error, started, time.perf_counter() - before)
            raise

    def open(self) -> None:
        """Open the place and begin the recording; done by the first command. Raises `PlaceError`, `RecordingError`, and
        `ExecutorError` where iproute2 is missing or older than 5.4.
        """
        with self._journal.lock:
            if self._open:
                return
            if self._closed:
                raise IpwrapError("this session is closed; make a new one")
            self._owns_place = self.place.open()
            try:
                self._journal.begin()
            except BaseException:
                self._leave_place()
                raise
            self._open = True

    def close(self, error: BaseException | None = None) -> None:
        """End the recording with the state reached, and leave the place. Calling it again does nothing."""
        with self._journal.lock:
            if self._closed:
                return
            self._closed = True
            if not self._open:
                return
            self._open = False
            end = (self._monitors.close, lambda: self._journal.add(self._journal.record_end(error)))
            _all(
                (
                    *end,
                    self.executor.close,
                    self._leave_place,
                    self.recording.close,
                    self._journal.forget,
                )
            )

    def _leave_place(self) -> None:
        """Close the place, if it was not open before this session."""
        if self._owns_place:
            self.place.close()

    def export(self, format: str = "sh", **options: Any) -> str:  # noqa: A002 - what it is
        """Return the recording so far as something else, by one of `ipwrap.export`.

        "sh" is a shell script, "plain" a list of commands, "batch" one that feeds `ip -batch`, "python" a script
        against this library; "markdown", "console" and "asciicast" are transcripts. ``options`` are those of the
        exporter: ``reads`` keeps what only looked.
        """
        from ipwrap.export.formats import FORMATS  # which reads every verb

        if format not in FORMATS:
            raise UnknownOption(f"format: {format!r} is not one of {', '.join(FORMATS)}")
        return FORMATS[format](self.recording, **options)

    def state(self) -> State:
        """Return the state of all namespaces of the place, now. It is recorded as a state, not as commands."""
        self.open()
        executor = self.executor
        if isinstance(executor, Playback) and not executor.live:
            state: State = executor.state()
        else:
            state = take_snapshot(self._unrecorded)
        self._journal.add(Snapshot(state, asked=True))
        return state

    @property
    def unplayed(self) -> list[str]:
        """What a recording that is played back holds and nobody has asked for yet."""
        return self.executor.unplayed if isinstance(self.executor, Playback) else []


def _result(asked: CommandEvent, reply: Reply, started: float, seconds: float) -> Result:
    """Return a reply as a result."""
    status, stdout, stderr = reply.status, reply.stdout, reply.stderr
    return Result(
        asked.command, status, stdout, stderr, started, seconds, asked.call_site, reply.timed_out
    )


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
