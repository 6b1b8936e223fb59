"""`Session`: a place, an executor and a journal. Every command goes through `Session.run`.

The steps that it puts in order are in `ipwrap.sessions`: how a command is run and recorded, and how
batch blocks, background processes, waits and monitors are.
"""

import contextlib
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, Unpack

from attrs import define, field

from ipwrap.command import Command
from ipwrap.errors import ExecutorError, InvalidArgument, IpwrapError, UnknownOption
from ipwrap.executors import Batch, Executor
from ipwrap.options.validation import check_netns_name, check_seconds
from ipwrap.places import Local, Place
from ipwrap.recording import Note, Recording
from ipwrap.recording import Snapshot as SnapshotEvent
from ipwrap.result import Result
from ipwrap.secrets.secret import Secret
from ipwrap.secrets.store import SecretStore
from ipwrap.sessions.call_site import call_site
from ipwrap.sessions.journal import Journal
from ipwrap.sessions.namespace import NamespaceCommands
from ipwrap.sessions.offer import SessionOffer, current_offer, is_kept_open
from ipwrap.sessions.open_batch import OpenBatch
from ipwrap.sessions.recorded_runner import RecordedRunner
from ipwrap.sessions.typed_line import LineOptions, to_command
from ipwrap.sessions.unrecorded import UnrecordedRunner
from ipwrap.state import State
from ipwrap.state.settling import Patience, look_until
from ipwrap.system.forks import describe_foreign_process
from ipwrap.system.lazy import report_shortage

if TYPE_CHECKING:
    from ipwrap.apply import Applied
    from ipwrap.apply.saving import SaveFormat
    from ipwrap.apply.stand_ins import StandIn
    from ipwrap.background_process import BackgroundProcess
    from ipwrap.capture import Capture
    from ipwrap.conditions import Condition
    from ipwrap.executors import Ordered, Playback
    from ipwrap.models.event import MonitorReader
    from ipwrap.monitor import Monitor
    from ipwrap.recording.captures import CaptureOptions
    from ipwrap.sessions.background import BackgroundWork
    from ipwrap.sessions.cables import EndAddresses
    from ipwrap.sessions.each import EachNamespace
    from ipwrap.sessions.pictures import SessionPicture
    from ipwrap.sessions.processes import SpawnOptions
    from ipwrap.sessions.recorded_reads import RecordedRead
    from ipwrap.sessions.watch import Watch
    from ipwrap.state import Snapshot
    from ipwrap.verbs.bulk import BulkCommands
    from ipwrap.views.drawing.drawing import Drawing
    from ipwrap.views.drawing.svg import Theme
    from ipwrap.views.report.report import Report

__all__ = ["Namespace", "Session"]


@define
class Namespace(NamespaceCommands):
    """A named namespace of a session, with the same verbs."""

    session: "Session"
    name: str

    def __repr__(self) -> str:
        return f"<Namespace {self.name!r} of {self.session!r}>"

    def __hash__(self) -> int:
        return hash((id(self.session), self.name))

    @property
    def _where(self) -> "tuple[Session, str]":
        return self.session, self.name

    def run(
        self, command: Command | str, *, check: bool = True, **options: Unpack[LineOptions]
    ) -> Result:
        """Run a command in the namespace, as `Session.run` does.

        ::

            red.run("ip l2tp show tunnel")

        A line of ip, bridge and tc runs with `-n NAME`, any other with `ip netns exec NAME`. Raises
        `InvalidArgument` for a `Command` of another namespace.
        """
        return self.session.run(to_command(command, self.name, options=options), check=check)


@define
class Session(NamespaceCommands):
    """Runs commands in a place by an executor, logs and records them.

    ``with Session(sandbox=True) as session: …``

    - ``place``: a `Local` by default, ``sandbox=True`` a fresh `Sandbox`, ``sudo=True`` this host
      as root
    - ``executor``: long-lived workers by default (`Batch`), or a `Process` a command, a `DryRun`,
      a `Playback`
    - ``record``: a path to record to; by default the recording is kept in memory
      (``session.recording``)
    - ``normalise``: kernel-assigned values to replace by stable placeholders in the recording:
      "mac", "ifindex", "pid", "time" (see `ipwrap.placeholders`); the session sees the real values
    - ``transcript``: keep the text output of a read beside the JSON (one more command a read)
    - ``clock``: seconds since the epoch, for the recording

    The first command or the `with` block opens the session, and `close` ends it for good. A place
    that was open before stays open: several sessions may share a place.

    A session belongs to the process that has opened the session. In a forked child (os.fork(),
    multiprocessing) commands raise `ExecutorError`, and `close` does nothing. A child opens a
    separate session, in the same place if needed: ``Session(place=session.place)``. The place ends
    with the parent's session that opened the place.

    The time of a command is unlimited, as in a shell, unless the command has a ``timeout``; a
    stopped (SIGSTOP) `ip` delays the command until Ctrl-C. Other steps have limits, see
    `ipwrap.executors.helper_process`: opening, the start of workers, and closing, which kills
    lasting processes by SIGKILL.
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
    _opened_by: int | None = field(default=None, init=False, repr=False)
    _unrecorded: UnrecordedRunner = field(init=False, repr=False)
    _journal: Journal = field(init=False, repr=False)
    _secret_store: SecretStore = field(factory=SecretStore, init=False, repr=False)
    _open_batch: OpenBatch = field(factory=OpenBatch, init=False, repr=False)
    _runner: RecordedRunner = field(init=False, repr=False)
    _begun_background: "BackgroundWork | None" = field(default=None, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        offer = current_offer()
        if offer is not None:
            self._accept(offer)

        if sum((self.place is not None, bool(self.sandbox), bool(self.sudo))) > 1:
            raise UnknownOption(
                "place=, sandbox=True and sudo=True each choose the place; give one of them"
            )

        _check_parts(self.place, self.executor)
        if self.place is None:
            self.place = _make_sandbox() if self.sandbox else Local(sudo=self.sudo)
        if self.executor is None:
            self.executor = Batch()

        self._unrecorded = UnrecordedRunner(self.place, self.executor)
        self._journal = Journal(self._unrecorded, self.record, self.normalise, self.clock)
        self._runner = RecordedRunner(self._journal)

    def _accept(self, offer: SessionOffer) -> None:
        """Accept the place and the recording that `ipwrap run` offers, instead of none."""
        if self.executor is not None:  # a dry run, or a recording that is played back
            return
        if self.place is None and not self.sandbox and not self.sudo:
            self.place = offer.find_place()
        if self.record is None:
            self.record = offer.take_record()
            self.transcript = self.transcript or (self.record is not None and offer.transcript)

    @classmethod
    def playback(
        cls,
        recording: Recording | str | os.PathLike[str],
        ordered: "Ordered" = "strict",
        *,
        allow_playback_repeats: bool = False,
    ) -> Self:
        """Return a session whose results come from a recording, without root and without a kernel.

        Background processes have their recorded output; waits and pauses return at once.

        ``ordered`` chooses the commands that must come in the recorded order: "strict" every
        command, "per-namespace" the commands of a namespace, "any" only equal commands.
        ``allow_playback_repeats`` lets a read run more often than recorded. Raises
        `RecordingError`, and `PlaybackError` for a command without a recorded result.
        """
        from ipwrap.executors import Playback
        from ipwrap.places import NullPlace

        executor = Playback(recording, ordered, allow_playback_repeats=allow_playback_repeats)
        return cls(NullPlace(), executor)

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

    def __repr__(self) -> str:
        condition = "closed" if self._closed else "open" if self._open else "not open yet"
        record = "" if self.record is None else f", recorded in {os.fspath(self.record)!r}"
        place, executor = self.place.name, type(self.executor).__name__
        return f"<Session: {place}, {executor}, {condition}{record}>"

    @property
    def _where(self) -> "tuple[Session, None]":
        return self, None

    @property
    def recording(self) -> Recording:
        """The commands so far and their results."""
        return self._journal.recording

    @property
    def iproute2(self) -> str | None:
        """The release of the place's iproute2, such as "6.1.0"; None where nothing runs.

        Opens the session.
        """
        self.open()
        return self.recording.header.iproute2

    def netns(self, name: str) -> Namespace:
        """Return the verbs of a named namespace, which need not exist yet."""
        return Namespace(self, check_netns_name(name))

    def cable(
        self,
        first: str,
        second: str,
        *,
        addresses: "Sequence[EndAddresses] | None" = None,
        master: str | Sequence[str | None] | None = None,
        mtu: int | None = None,
        up: bool = True,
    ) -> None:
        """Join two namespaces by a cable: a veth pair, with a link in each.

        ::

            session.cable("red:eth0", "blue:eth0", addresses=("10.0.0.1/24", "10.0.0.2/24"))

        The same as::

            ip -n red link add name eth0 type veth peer name eth0 netns blue
            ip -n red address add 10.0.0.1/24 dev eth0 && ip -n red link set dev eth0 up
            ip -n blue address add 10.0.0.2/24 dev eth0 && ip -n blue link set dev eth0 up

        - ``first``, ``second``: the ends, `NAMESPACE:LINK`, in existing namespaces; `:veth1` or
          `veth1` is a link in the place's own namespace
        - ``addresses``: a prefix, several prefixes, or None, for each end. IPv6 addresses can be
          used at once (`nodad`)
        - ``master``: the bridge, bond or vrf of the first end, or a pair: ``master=(None, "br0")``.
          A master is in the namespace of the end
        - ``mtu``: of both links, in bytes
        - ``up``: set both links up

        Raises `InvalidArgument` before a command runs, with the wrong end; `NotFound` for a missing
        namespace or master; `AlreadyExists`, which names the end, except in a block of `batch`. A
        failure leaves the objects created so far.
        """
        # Imported late: few sessions use it, and it needs kinds of links.
        with report_shortage():
            from ipwrap.sessions.cables import join, parse_ends

        self.open()
        namespaces = self._unrecorded.netns_names() or ()
        ends = parse_ends(first, second, addresses=addresses, master=master, namespaces=namespaces)
        join(self, ends, mtu=mtu, up=up)

    def pods(
        self,
        count: int,
        *,
        bridge: str,
        subnet: str | Sequence[str] = (),
        gateway: bool | str = True,
        names: str | Sequence[str] = "pod",
        start: int = 1,
        mtu: int | None = None,
    ) -> list[Namespace]:
        """Make namespaces that are joined by a bridge, and return them.

        ::

            pods = session.pods(5, bridge="cni0", subnet="10.244.0.0/24")

        Each pod has `lo` up, a link `eth0` whose other end, `veth-POD`, is a port of the bridge, an
        address, and a default route. The bridge and its address are made if they are missing. The
        same as, for the second pod::

            ip netns add pod2 && ip -n pod2 link set dev lo up
            ip link add name veth-pod2 type veth peer name eth0 netns pod2
            ip link set dev veth-pod2 master cni0 && ip link set dev veth-pod2 up
            ip -n pod2 address add 10.244.0.3/24 dev eth0 && ip -n pod2 link set dev eth0 up
            ip -n pod2 route add to default via 10.244.0.1

        - ``bridge``: the name, or `NAMESPACE:NAME` for a bridge in another namespace
        - ``subnet``: a subnet, or one of each family. The pods get the addresses in order
        - ``gateway``: the address of the bridge. By default the first address of each subnet; False
          for no address and no routes; or another address of a single subnet
        - ``names``: the names, or a prefix of names: pod1, pod2, …
        - ``start``: the number of the first pod, which also chooses the address: ``start=6``
          continues behind five pods
        - ``mtu``: of the links, in bytes

        Raises `InvalidArgument` before a command runs, also for more pods than addresses in the
        subnet; `AlreadyExists`.
        """
        # Imported late, as in `cable`.
        with report_shortage():
            from ipwrap.sessions.pods import PodOptions, add_pods, pod_names

        options = PodOptions.of(bridge, subnet, gateway=gateway, start=start, mtu=mtu)
        new_names = pod_names(count, names, start=start)
        add_pods(self, new_names, options=options)
        return [self.netns(name) for name in new_names]

    def each(self, names: str | Iterable[str]) -> "EachNamespace":
        """Return the read verbs of many named namespaces at once.

        ::

            links = session.each("pod*").ip.link.show()  # {"pod1": [Link(…), …], …}

        In a script: the command once for each namespace, `ip -n NAME …`. ``names`` is a pattern, as
        of fnmatch(3), compared with the present names at the call of a verb, or a list of names. A
        verb returns a dict with the return value for each namespace, in natural order (pod2 before
        pod10), or in the order of the names; empty if no name matches. A dozen processes run at
        once; the recording has the reads in sequence.

        Raises `CommandError` for the first namespace whose command fails, and `InvalidArgument` for
        a verb that changes something.
        """
        # Imported late: few sessions read many namespaces.
        from ipwrap.sessions.each import EachNamespace

        return EachNamespace.of(self, names)

    def read_in_each(self, commands: Sequence[Command]) -> "list[RecordedRead]":
        """Run and record reads at once: see `each`."""
        from ipwrap.sessions.recorded_reads import RecordedReads

        self._open_and_drain()
        reads = RecordedReads(self._runner, self._secret_store, self.transcript)
        return reads.run(commands, call_site=call_site())

    def make_secret(self, command: Command) -> Secret:
        """Run a command and return its output as a `Secret` named ``command.output_secret``."""
        name = command.output_secret
        Secret(None, name)  # refuses a wrong name before the command runs

        output = self.run(command).stdout.strip()
        return Secret(output, name)

    def note(self, text: str) -> None:
        """Add prose to the recording: a comment in a script, a paragraph in a transcript.

        Without text it is an empty line in a script.
        """
        self.open()
        note = Note(text)

        batch = self._open_batch.current
        if batch is not None:
            batch.add_note(note)
        else:
            self._journal.add(note)

    def run(
        self,
        command: Command | str,
        *,
        check: bool = True,
        limit: float | None = None,
        **options: Unpack[LineOptions],
    ) -> Result:
        """Run, record and log a command, and return its result.

        For commands without a verb: a line, split into words as by a shell, or a `Command`. Verbs
        use the method as well::

            session.run("ip ntable show")

        A line has the ``options`` of `exec`; for ip, bridge and tc the session knows the effects of
        a line. ``limit`` is a timeout in seconds that is no part of the recorded command, as for a
        replay. Raises the `CommandError` of a failed command, unless ``check=False``;
        `CommandTimeout`; and `InvalidArgument` for a line that needs a shell.
        """
        if options or not isinstance(command, Command):
            command = to_command(command, None, options=options)
        if not self._open or self._opened_by != os.getpid():
            self.open()

        site = call_site()
        command = self._secret_store.resolve(command, live=self.executor.live)

        # A command that cannot be queued may depend on queued ones: they are sent first.
        batch = self._open_batch.current
        is_queued = batch is not None and check and batch.accepts(command)
        if batch is not None and not is_queued:
            batch.drain()

        if command.deletes and self._begun_background is not None:
            self._begun_background.end_deleted(command)
        if batch is not None and is_queued:
            return batch.add(command, site)

        # The line of a change is written before the change runs, so that a crash loses none.
        event = self._journal.record_command(command, site, at_once=command.changes)
        result = self._runner.run(event, limit=limit)
        if self.transcript and result.ok:
            result = self._unrecorded.with_text(result)

        redacted = self._secret_store.redact(result)
        self._journal.record_result(event.number, redacted, check=check)
        return self._secret_store.hide_from_repr(result)

    def start_monitor(self, command: Command, reader: "MonitorReader") -> "Monitor":
        """Start a command that runs until stopped, such as `ip monitor`, and return its events.

        The command is recorded at its start, and with the whole output at its end: at the latest
        with the session. Raises the `CommandError` of a command that ends at once.
        """
        self._open_and_drain()
        return self._background.monitors.start(
            command, reader, wait_for_condition=self.wait_for_condition, site=call_site()
        )

    @property
    def _background(self) -> "BackgroundWork":
        """The processes, waits and monitors of the session."""
        with self._journal.lock:
            if self._begun_background is None:
                # Imported late: many sessions have none of them.
                with report_shortage():
                    from ipwrap.sessions.background import BackgroundWork

                self._begun_background = BackgroundWork(
                    self._journal, self._secret_store, self.clock
                )
            return self._begun_background

    @property
    def processes(self) -> "list[BackgroundProcess]":
        """The background processes that have not ended, the oldest first."""
        background = self._begun_background
        return [] if background is None else background.processes.running

    def start_process(self, command: Command, options: "SpawnOptions") -> "BackgroundProcess":
        """Start a background process, and wait until it is ready: see `spawn`."""
        self._open_and_drain()
        command = self._secret_store.resolve(command, live=self.executor.live)
        return self._background.processes.start(command, options, site=call_site())

    def free_process_name(self, name: str) -> str:
        """Return a name for `spawn`, with a number behind it where a process has had it: web_2."""
        return self._background.processes.number_name(name)

    def wait_for_condition(
        self,
        condition: "Condition",
        netns: str | None,
        *,
        timeout: float,
        limit: float | None = None,
    ) -> None:
        """Wait until a condition holds in a namespace: see `wait_for`.

        A ``limit`` takes the place of the timeout, and is no part of the recording: see `run`.
        """
        # Imported late: many sessions wait for nothing.
        with report_shortage():
            from ipwrap.conditions import Condition
            from ipwrap.sessions.waiting import check_wait_timeout

        if not isinstance(condition, Condition):
            raise InvalidArgument(f"wait_for: {condition!r} is no condition of ipwrap.until")

        timeout = check_wait_timeout(timeout)
        self._open_and_drain()
        self._background.waits.wait_for(
            condition, netns, timeout=timeout, limit=limit, site=call_site()
        )

    def start_capture(
        self, options: "CaptureOptions", netns: str | None, *, name: str
    ) -> "Capture":
        """Start a capture, and wait until it captures: see `capture`."""
        # Imported late: few sessions capture packets.
        from ipwrap.capture import Capture
        from ipwrap.sessions.captures import capture_program, fetch_after
        from ipwrap.sessions.processes import SpawnOptions

        self._open_and_drain()
        program = capture_program(self.executor, self.place)
        name = self._background.processes.free_name(name)
        spawn = SpawnOptions(name=name, ready=program.readiness(name))
        process = self.start_process(Command(program.argv(options), netns), spawn)
        fetch = fetch_after(options.path, self.executor, place=self.place)
        return Capture(options.path, process, program, self, fetch)

    def sleep(self, seconds: float) -> None:
        """Pause for some seconds. The pause is recorded, replayed and exported.

        A wait for a condition is nearly always better: see `wait_for`. Raises `InvalidArgument` for
        a negative or infinite time.
        """
        seconds = check_seconds(seconds, "sleep")
        self._open_and_drain()
        self._background.waits.sleep(seconds, site=call_site())

    def _open_and_drain(self) -> None:
        """Open the session; send the queued changes of a batch block, which come before."""
        self.open()
        batch = self._open_batch.current
        if batch is not None:
            batch.drain()

    @contextlib.contextmanager
    def batch(self) -> Iterator[None]:
        """Queue the changes of a block and send them together: ``with session.batch(): …``

        In the block a verb returns a ``queued`` result, without a status. A failed change does not
        stop later changes; the first failure is raised at the end of the block, or at the next read
        in the block, with a note on the completed changes. The recording and exports are the same
        as without the block: a change is recorded when sent. A block belongs to one thread.

        Changes of several namespaces run in parallel. The order is kept within a namespace, and a
        change waits for changes that create objects in the same namespace; a program, and a change
        that deletes, renames or moves an object, waits for all earlier changes. A warning that
        iproute2 prints for a change without an error is in the result of one of the next changes of
        the namespace, at most 63 behind.

        Other exceptions, and Ctrl-C, leave the block at once: changes not sent yet are neither run
        nor recorded. A note of the exception (``__notes__``) has the number of completed changes,
        and the failed changes.
        """
        # Imported late: many sessions have no block.
        with report_shortage():
            from ipwrap.sessions.batching import BatchBlock

        self.open()
        redact = self._secret_store.redact
        block = BatchBlock(self._journal, self.executor, self.place, redact)

        with self._open_batch.begin(block):
            yield

    def run_bulk(self, commands: "BulkCommands") -> bool:
        """Run like commands together, and raise the first failure: see `route.add_many`.

        The commands are recorded as one event, and read as single commands. Return False, with no
        command run, if the commands have to run one by one: on a host, with an executor other than
        `Batch`, or if a worker cannot run the commands.
        """
        self._open_and_drain()
        if not isinstance(self.executor, Batch) or self._secret_store.has_values:
            return False

        # Imported late: few sessions run commands in bulk.
        from ipwrap.sessions.bulk import RecordedBulk

        bulk = RecordedBulk(self._journal, self.executor, self.place, self._secret_store.redact)
        return bulk.run(commands, call_site())

    def open_batch(self) -> contextlib.AbstractContextManager[None]:
        """Return a block as `batch` does, or the block that is open in this thread."""
        if self._open_batch.current is not None:
            return contextlib.nullcontext()
        return self.batch()

    def open(self) -> None:
        """Open the place and begin the recording; the first command does so.

        Raises `PlaceError`, `RecordingError`, and `ExecutorError` where iproute2 is missing, hangs
        or is older than 5.4, and in a child forked from the process that has opened the session.
        """
        # Before the lock, which a thread of the parent may have held during the fork.
        if self._is_of_parent:
            raise ExecutorError(
                f"this session was {describe_foreign_process(self._opened_by or 0)}; make a "
                "session of its own in the child: Session(place=session.place)"
            )

        with self._journal.lock:
            if self._open:
                return
            if self._closed:
                raise IpwrapError("this session is closed; make a new one")

            self._opened_by = os.getpid()
            self._owns_place = self.place.open()
            try:
                if isinstance(self.executor, Batch):
                    self.executor.start_ahead(self.place)
                self._journal.begin()
                self._journal.programs.is_fresh = self._owns_place and self.place.isolated
            except BaseException:
                _run_every_step(self.executor.close, self._leave_place)
                raise
            self._open = True

    def close(self, error: BaseException | None = None) -> None:
        """End the recording with the state reached, and leave the place.

        A second call does nothing, nor does a call in a forked child of the process that has opened
        the session. By `ipwrap run --keep` the session stays open until the lab is stopped.
        """
        if self._is_of_parent:
            return
        if error is None and self._open and is_kept_open(self):
            return

        with self._journal.lock:
            if self._closed:
                return
            self._closed = True

            if not self._open:
                return
            self._open = False

            # Monitors record their output, and the state is read by the executor: both come first.
            _run_every_step(
                self._close_monitors,
                lambda: self._record_end(error),
                self.executor.close,
                self._leave_place,
                self.recording.close,
                self._journal.forget,
            )

    def _close_monitors(self) -> None:
        """Close the monitors, which records their output."""
        if self._begun_background is not None:
            self._begun_background.monitors.close()

    def _record_end(self, error: BaseException | None) -> None:
        """Record the state reached, while the background processes run; then end them."""
        try:
            end = self._journal.record_end(error, is_last=True)
        finally:
            if self._begun_background is not None:
                self._begun_background.processes.close()
        self._journal.add(end)

    @property
    def _is_of_parent(self) -> bool:
        """Whether another process has opened the session, and this one was forked from it."""
        return self._opened_by not in (None, os.getpid())

    def _leave_place(self) -> None:
        """Close the place, unless it was open before this session."""
        if self._owns_place:
            self.place.close()

    def export(self, format: str = "sh", **options: Any) -> str:  # noqa: A002 - the user's word
        """Return the recording so far in a format of `ipwrap.export`.

        "sh" is a shell script, "plain" a list of commands, "batch" a script that feeds `ip -batch`,
        "python" a script against this library; "markdown", "console" and "asciicast" are
        transcripts. ``options`` are those of the exporter: ``reads`` includes read-only commands.

        Raises `UnknownOption` for a format that does not exist.
        """
        # Imported late: the exporters import every verb.
        with report_shortage():
            from ipwrap.export import FORMATS

        if format not in FORMATS:
            raise UnknownOption(f"format: {format!r} is not one of {', '.join(FORMATS)}")
        with report_shortage():
            return FORMATS[format](self.recording, **options)

    def tree(self, *, full: bool = False, width: int | None = None) -> str:
        """Return the network of the place as a tree: `ipwrap show FILE --state`.

        ::

            print(session.tree())

        Namespaces with links, addresses and VLANs, the ends of cables and tunnels, and the links
        that are down. More than 8 like namespaces are a single entry, unless ``full``. ``width`` is
        the width of the terminal, in columns: longer lines are wrapped. The state is recorded, as
        by `state`.
        """
        return self._picture().tree(full=full, width=width)

    def draw(
        self,
        format: str = "mermaid",  # noqa: A002 - the user's word
        *,
        full: bool = False,
        theme: "Theme" = "auto",
    ) -> "Drawing":
        """Return a drawing of the network of the place: `ipwrap draw FILE --format FORMAT`.

        ::

            session.draw("svg").save("lab.svg")
            print(session.draw())

        - ``format``: "mermaid" (for Markdown), "dot" (for graphviz), "svg" or "png"; the last two
          need ``pip install "ipwrap[draw]"``, or graphviz for svg
        - ``full``: draw more than 8 like namespaces one by one, not as a single box
        - ``theme``: the colours of svg and png, "light" or "dark"; "auto" follows the settings of
          the viewer of an svg

        The drawing prints its text, has the text as ``content`` (bytes of png), saves itself to a
        file, and shows itself in a notebook. The state is recorded, as by `state`. Raises
        `UnknownOption` for an unknown format, and `ExecutorError` for a missing package.
        """
        return self._picture().draw(format, full=full, theme=theme)

    def report(self, title: str = "Session") -> "Report":
        """Return the session so far as a page of HTML: `ipwrap report FILE`.

        ::

            session.report().save("lab.html")

        The page has the network before and after, a timeline, every command with output, the
        failures first, and the script. The page is a single file, and loads nothing from the
        network. A notebook shows the page in a frame. ``title`` is the heading. The pictures are
        drawings with ``pip install "ipwrap[draw]"``, or graphviz, and trees otherwise. In an open
        session, the state is read and recorded, as by `state`.
        """
        # Imported late: few sessions are shown as a page.
        with report_shortage():
            from ipwrap.views.report.page import make_report

        end = self.recording.end
        state = self.state() if end is None else end.state
        return make_report(self.recording, title=title, state=state, is_running=end is None)

    def _picture(self) -> "SessionPicture":
        """Return the state of the place, and the evidence for the ends of cables."""
        # Imported late: few sessions show their network.
        from ipwrap.sessions.pictures import SessionPicture

        run = self.run_unrecorded if self.executor.live else None
        return SessionPicture(self.state(), self.recording, self.place.name, run)

    def state(self) -> State:
        """Return the current state of every namespace of the place.

        The recording gets the state, and not the commands that read it.
        """
        self._open_and_drain()

        playback = self._playback
        if playback is not None and not playback.live:
            state: State = playback.state()
        else:
            state = self._journal.take_state()

        self._journal.add(SnapshotEvent(state, asked=True))
        return state

    def snapshot(self, *, processes: bool = True) -> "Snapshot":
        """Return the state of every namespace of the place as a value: `ipwrap snapshot`.

        ::

            before = session.snapshot()
            …
            print(before.diff(session.snapshot()))

        Models by namespace (``snapshot["red"].links``), comparison, `save` and `load`: see
        `ipwrap.Snapshot`. The state is recorded, as by `state`, but without sysctls and packet
        filters.

        ``processes``: with the namespaces that have no name, such as those of containers, as
        `pid:1234 (nginx)`; those of other users only for root.
        """
        # Imported late: few sessions take one.
        with report_shortage():
            from ipwrap.sessions.snapshots import make_snapshot, take_complete_snapshot

        self._open_and_drain()
        header = self.recording.header
        if not self.executor.live:
            return make_snapshot(self.state(), header, seconds=self.clock())

        state, snapshot = take_complete_snapshot(
            self._unrecorded, header, seconds=self.clock(), processes=processes
        )
        self._journal.add(SnapshotEvent(state, asked=True))
        return snapshot

    def watch(
        self,
        names: str | Iterable[str] | None = None,
        *,
        objects: Iterable[str] | None = None,
        everything: bool = False,
    ) -> "Watch":
        """Return the changes from now on in the namespaces of the place: `ipwrap watch`.

        ::

            with session.watch(objects=("link", "route")) as watch:
                for change in watch.changes(timeout=5):
                    print(change)               # ~ red  link eth0: mtu 1500 -> 1400

        - ``names``: a pattern, as of fnmatch(3), or several; "" is the place's own namespace. By
          default every namespace, also namespaces made later
        - ``objects``: "link", "address", "route", "rule", "neigh", "nexthop", "netns", by default
          all of these; of bridges "fdb", "vlan", "mdb", "vni", without the learned entries
        - ``everything``: also the objects that the kernel makes: local routes, link-local
          addresses, learned neighbours

        The watch is not recorded. Raises `InvalidArgument`, and `ExecutorError` for a session that
        runs no commands.
        """
        # Imported late: few sessions watch.
        from ipwrap.sessions.watch import Watch

        self._open_and_drain()
        if not self.executor.live:
            raise ExecutorError("watch: nothing changes in a session that runs no command")

        return Watch.start(
            self.place, self._unrecorded, names=names, objects=objects, everything=everything
        )

    def apply(
        self,
        wanted: "Snapshot | State",
        *,
        netns: str | Sequence[str] = (),
    ) -> "Applied":
        """Bring the place to a wanted state by the least commands: `ipwrap apply`.

        ::

            lab = session.snapshot()
            …
            session.apply(lab)                        # <Applied: 3 commands, as wanted>
            session.apply(Snapshot.load("lab.json"))  # <Applied: 0 commands, as wanted>

        Namespaces, links, addresses, routes and other objects that are not in the wanted state are
        deleted, missing objects are created, and different objects are changed. The commands are
        recorded, exported and undone like other commands.

        - ``wanted``: a `Snapshot`, or the return value of `state`
        - ``netns``: names or patterns, as of fnmatch(3), of the namespaces to bring to the wanted
          state; other namespaces stay unchanged. The place's own namespace has the empty name

        Returns the commands that ran. Raises `IpwrapError`, with the remaining differences, if no
        command can bring the place to the wanted state: missing hardware, rules of a packet filter.
        """
        # Imported late: few sessions apply a state.
        with report_shortage():
            from ipwrap.apply import Applier

        self._open_and_drain()
        state = wanted if isinstance(wanted, dict) else wanted.state
        patterns = (netns,) if isinstance(netns, str) else tuple(netns)
        origin = None if isinstance(wanted, dict) else wanted.origin
        return Applier(self, self._unrecorded, state, patterns, origin=origin).run().check()

    def ensure_object(self, command: Command) -> bool:
        """Ensure that the object of an adding command exists: see `ip.link.ensure`."""
        # Imported late, as in `apply`.
        with report_shortage():
            from ipwrap.apply.ensure import ensure_object

        self._open_and_drain()
        return ensure_object(command, runner=self, reader=self._unrecorded)

    def save(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        format: "SaveFormat" = "sh",  # noqa: A002 - the user's word
        netns: str | Sequence[str] = (),
        stand_in: "StandIn" = "dummy",
    ) -> str:
        """Return the place's state as the commands that build it: `ipwrap save`.

        ::

            session.save("lab.sh")                      # sh lab.sh --sandbox
            print(session.save(format="plain", netns="red"))

        The commands build every object of the state, independently of its origin; `export` has only
        the commands of this session. ``path`` is a file to write as well. See `ipwrap.apply.save`
        for the remaining parameters.
        """
        # Imported late, as in `apply`.
        with report_shortage():
            from ipwrap.apply import save

        patterns = (netns,) if isinstance(netns, str) else tuple(netns)
        text = save(self.snapshot().state, format=format, netns=patterns, stand_in=stand_in)
        if path is not None:
            Path(path).write_text(text, encoding="utf-8", errors="surrogateescape")
        return text

    def run_unrecorded(self, command: Command, *, check: bool = True) -> Result:
        """Run a command that changes nothing, without an entry in the recording.

        Raises `InvalidArgument` for a command that may make changes, and `CommandError` for a
        failed command if ``check``.
        """
        if command.changes:
            raise InvalidArgument(f"{command.line}: a change has to be recorded; use session.run")

        self._open_and_drain()
        return self._unrecorded.run(command, check=check)

    def settled_state(self, is_expected: Callable[[State], bool] | None = None) -> State:
        """Return the state of every namespace once the kernel has finished its work.

        `state` may show links that are about to disappear: ``ip netns delete`` returns before the
        kernel has deleted the namespace. With ``is_expected``, the state is read repeatedly, for
        5 s at most, until as expected: IPv6 addresses are usable only after a second or two. The
        last state is returned and recorded, as expected or not.
        """
        self._open_and_drain()

        playback = self._playback
        if playback is not None and not playback.live:
            return self.state()

        def accepts_any(_: State) -> bool:
            return True

        state = look_until(
            self._journal.take_settled_state, is_expected or accepts_any, patience=Patience()
        )
        self._journal.add(SnapshotEvent(state, asked=True))
        return state

    def watch_state(self, state: State) -> None:
        """Let `state` read the sysctls listed in another state, and packet filters if listed.

        To call before the first program, for a session whose state is to be compared with the other
        state.
        """
        self._journal.programs.watch(state)

    @property
    def unplayed(self) -> list[str]:
        """The commands of a played-back recording that have not run yet."""
        playback = self._playback
        return [] if playback is None else playback.unplayed

    @property
    def _playback(self) -> "Playback | None":
        """The executor that plays a recording back; None for another executor."""
        # Imported late: a session that runs its commands needs none of a playback's modules.
        if isinstance(self.executor, Batch):
            return None

        from ipwrap.executors import Playback

        return self.executor if isinstance(self.executor, Playback) else None


def _check_parts(place: object, executor: object) -> None:
    """Raise `InvalidArgument` for an invalid place or executor, such as a name as text."""
    parts = (
        ("place", place, "wrap", "Session(sandbox=True), or a place such as Local()"),
        ("executor", executor, "run", "an executor such as Process(), or none"),
    )
    for label, part, method, advice in parts:
        if part is None or (hasattr(part, method) and not isinstance(part, type)):
            continue

        problems = {type: "is a class", str: "is text"}
        problem = problems.get(type(part), f"is no {label}")
        raise InvalidArgument(f"{label}: {part!r} {problem}; give {advice}")


def _make_sandbox() -> Place:
    """Return a fresh sandbox. Imported late: a session on a host needs none."""
    with report_shortage():
        from ipwrap.places import Sandbox

    return Sandbox()


def _run_every_step(*steps: Callable[[], None]) -> None:
    """Run every step, also behind a failed step; then raise the first failure."""
    failures: list[BaseException] = []

    for step in steps:
        try:
            step()
        except BaseException as error:
            failures.append(error)

    if failures:
        raise failures[0]
