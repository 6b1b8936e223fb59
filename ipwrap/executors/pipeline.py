"""`Pipeline`: changes sent to workers in a row, without waiting for single replies.

The order is kept within a namespace, and across namespaces where the order matters: a change waits
for pending changes that create an object in the same namespace (`ipwrap.executors.dependencies`).
Independent changes run in parallel, so that a block keeps several workers busy. A command that
renames, moves or deletes an object waits for the commands before, and holds back the commands
behind: no worker may keep an invalid name.
"""

import select
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Generic

from attrs import define, field

from ipwrap.command import Command
from ipwrap.errors import ExecutorError, NotBatchable
from ipwrap.executors import helper_process
from ipwrap.executors.base import Reply
from ipwrap.executors.batch import Batch, to_reply
from ipwrap.executors.chunk_exchange import MAX_LINE_BYTES, SILENT_SUCCESS, ChunkExchange
from ipwrap.executors.dependencies import find_new_netns, touched_namespaces
from ipwrap.executors.lane import AnyChange, Change, Lane, PendingLine
from ipwrap.executors.pool import WorkerBusy
from ipwrap.executors.worker import Worker, WorkerDied
from ipwrap.executors.worker_key import WorkerKey, key_of
from ipwrap.places import Place

__all__ = ["ABORT_SECONDS", "MAX_LINES", "Change", "Pipeline"]

MAX_LINES = 64  # lines collected before they are recorded and sent, and lines of a chunk
MAX_LANES = 12  # workers in use at a time
MAX_PENDING = 16 * MAX_LINES  # lines without a reply, before another window is sent

# For the replies to changes already sent, where an exception leaves the block.
ABORT_SECONDS = 10.0

SUCCESS = Reply()


@define(eq=False)
class Pipeline(Generic[AnyChange]):
    """Changes in transit through the workers of a `Batch`.

    - ``before_send``: called with changes in the order of the script, before a worker gets them
    - ``on_reply``: called with the outcome of each change; outcomes of one namespace may overtake
      outcomes of another
    - ``_window``: the lines that are not recorded yet
    - ``_latest``: the latest line that touches a namespace
    - ``_latest_of_all``: the latest line that may depend on every namespace
    - ``_new_netns``: the namespaces made in the block, which have no links on top of links
      elsewhere
    """

    batch: Batch
    place: Place
    on_reply: Callable[[AnyChange, Reply | ExecutorError], None]
    before_send: Callable[[Sequence[AnyChange]], None]
    _window: list[PendingLine[AnyChange]] = field(factory=list)
    _lanes: dict[WorkerKey, Lane[AnyChange]] = field(factory=dict)
    _latest: dict[str | None, PendingLine[AnyChange]] = field(factory=dict)
    _latest_of_all: PendingLine[AnyChange] | None = None
    _new_netns: set[str | None] = field(factory=set)
    _pending_count: int = 0
    _is_interrupted: bool = False

    def add(self, change: AnyChange) -> None:
        """Add a change. A change that cannot be a line, or invalidates names, runs separately."""
        pending = self._to_pending(change)
        if pending is None:
            self.drain()
            self._new_netns.clear()
            self.before_send([change])
            self.on_reply(change, self._run_separately(change.command))
            return

        self._window.append(pending)
        if len(self._window) >= MAX_LINES:
            self._send_window()

    def _to_pending(self, change: AnyChange) -> PendingLine[AnyChange] | None:
        """Return a change as a line; None if it has to run while no other is in transit."""
        command = change.command
        if command.deletes or command.renames:
            return None
        try:
            line = self.batch.to_line(command)
        except NotBatchable:
            return None

        if len(line.text) > MAX_LINE_BYTES:
            return None
        touched = touched_namespaces(command, line)
        if touched is None:
            return None

        new_netns = find_new_netns(command) if len(touched) > 1 else None
        return PendingLine(change, line, key_of(command, line), touched, new_netns)

    def _run_separately(self, command: Command) -> Reply | ExecutorError:
        """Run a command while no other command is in transit."""
        try:
            return self.batch.run(command, self.place)
        except ExecutorError as error:
            return error

    def _send_window(self) -> None:
        """Record the collected lines, and send the lines that need not wait."""
        self._is_interrupted = True
        self.before_send([pending.change for pending in self._window])
        # What ran so far may have changed the links of a namespace.
        window, self._window = self._window, []
        self._queue(window)
        self._pending_count += len(window)

        self._receive(0)
        self._send_ready()
        while self._pending_count > MAX_PENDING:
            self._receive_next()
        self._is_interrupted = False

    def _queue(self, window: Iterable[PendingLine[AnyChange]]) -> None:
        """Append lines to the lanes of their workers, with the lines that they wait for."""
        are_independent: dict[str | None, bool] = {}
        latest = self._latest

        for pending in window:
            netns = pending.key.netns
            before = latest.get(netns)
            # Nearly every line touches what the one before touches, in the same lane.
            if before is None or before.touched is not pending.touched or before.key != pending.key:
                if netns not in are_independent:
                    are_independent[netns] = self._is_independent(pending)
                self._add_waits(pending, is_independent=are_independent[netns])
                latest = self._latest
            else:
                latest[netns] = pending

            lane = self._lanes.get(pending.key)
            if lane is None:
                lane = self._lanes[pending.key] = Lane(pending.key)
            lane.queue.append(pending)
            if pending.new_netns is not None:
                self._new_netns.add(pending.new_netns)

    def _is_independent(self, pending: PendingLine[AnyChange]) -> bool:
        """Return whether no link of a line's namespace stands on a link of another namespace."""
        netns = pending.key.netns
        if netns in self._new_netns:
            return True

        workers = self.batch.workers
        if not workers.is_watched(netns) and not self._lanes:
            try:  # the worker is needed soon, and with it the watch begins
                workers.release(workers.acquire(pending.key, pending.line, place=self.place))
            except (NotBatchable, ExecutorError):
                return False
        return workers.is_self_contained(netns, place=self.place)

    def _add_waits(self, pending: PendingLine[AnyChange], *, is_independent: bool) -> None:
        """Note the lines of other workers that a line has to wait for."""
        earlier: list[PendingLine[AnyChange] | None]
        if is_independent:
            earlier = [self._latest.get(netns, self._latest_of_all) for netns in pending.touched]
            self._latest.update(dict.fromkeys(pending.touched, pending))
        else:
            earlier = [*self._latest.values(), self._latest_of_all]
            self._latest = {}
            self._latest_of_all = pending

        for line in earlier:
            # The lines of the same worker are in order anyway.
            if line is not None and not line.is_done and line.key != pending.key:
                pending.waits_for = (*pending.waits_for, line)

    def _send_ready(self) -> None:
        """Send the lines that wait for no other, as far as their workers are free."""
        for lane in list(self._lanes.values()):
            while lane.queue and self._send_chunk(lane):
                pass

    def _send_chunk(self, lane: Lane[AnyChange]) -> bool:
        """Send the next lines of a lane. Return False if they have to wait."""
        if not lane.queue[0].is_ready or not self._hold_worker(lane):
            return False

        worker, exchange = lane.worker, lane.exchange
        if worker is None or exchange is None:  # a process has run the first line
            return bool(lane.queue)

        lines = lane.take_ready(MAX_LINES)
        # Before the lines are sent: a notification may come while the worker runs them.
        note_names = self.batch.workers.note_names
        for pending in lines:
            note_names(worker, pending.change.command, line=pending.line)
        lane.transit.extend(lines)

        death = None
        try:
            exchange.send([pending.line.text for pending in lines])
        except WorkerDied as error:
            death = error
        if death is not None:
            self._recover(lane, death)
        return True

    def _hold_worker(self, lane: Lane[AnyChange]) -> bool:
        """Assign a lane the worker for the next line. Return False if the lane has to wait.

        A process runs a line that no worker can run.
        """
        if lane.worker is not None:
            # A worker whose names may be stale is left when its lines have run.
            return self.batch.workers.is_trusted(lane.key, lane.worker, place=self.place)

        held_count = sum(other.worker is not None for other in self._lanes.values())
        if held_count >= min(MAX_LANES, self.batch.workers.max_workers):
            return False

        first = lane.queue[0]
        try:
            # To wait for a worker of another thread, which may wait for one of ours, is a deadlock.
            worker = self.batch.workers.acquire(
                lane.key, first.line, place=self.place, waits=not held_count
            )
        except WorkerBusy:
            return False
        except (NotBatchable, ExecutorError):  # Batch.run() finds another way, or a better error
            worker = None

        if worker is None:
            self._run_first_separately(lane)
        else:
            lane.worker = worker
            lane.exchange = ChunkExchange(worker)
        return True

    def _run_first_separately(self, lane: Lane[AnyChange]) -> None:
        """Run the next line of a lane while no line is in transit."""
        pending = lane.queue.popleft()
        self._settle()
        self._finish(pending, self._run_separately(pending.change.command))

    def _settle(self) -> None:
        """Wait for the replies to all lines in transit, and send nothing."""
        while any(lane.transit for lane in self._lanes.values()):
            self._receive(None)

    def drain(self) -> None:
        """Wait for the replies to all changes."""
        if self._window:
            self._send_window()

        self._is_interrupted = True
        while self._lanes:
            self._receive_next()
        self._latest = {}
        self._latest_of_all = None
        self._is_interrupted = False

    def _receive_next(self) -> None:
        """Wait for some replies, then send the lines that waited for these replies."""
        self._receive(None)
        self._send_ready()

    def _receive(self, seconds: float | None) -> None:
        """Receive and deliver the replies that come within a time; None is no limit."""
        lanes = [lane for lane in self._lanes.values() if lane.transit]
        if lanes:
            self._poll(lanes, seconds)
        for lane in list(self._lanes.values()):
            if lane.is_empty:
                del self._lanes[lane.key]

    def _poll(self, lanes: Sequence[Lane[AnyChange]], seconds: float | None) -> None:
        """Wait until pipes of some lanes are ready, and let their exchanges go on."""
        poll = select.poll()
        lane_by_fd: dict[int, Lane[AnyChange]] = {}
        for lane in lanes:
            assert lane.exchange is not None
            for fd in lane.exchange.watch(poll):
                lane_by_fd[fd] = lane

        unstarted = [lane for lane in lanes if not _has_started(lane)]
        limit = helper_process.HELPER_SECONDS if unstarted and seconds is None else seconds
        events = poll.poll(None if limit is None else limit * 1000)

        ready = {lane.key: lane for lane in map(lane_by_fd.__getitem__, dict(events))}
        for lane in ready.values():
            if lane.exchange is not None:  # the recovery of another lane may have settled it
                self._go_on(lane)
        if not events and seconds is None:
            for lane in unstarted:
                self._check_start(lane)

    def _go_on(self, lane: Lane[AnyChange]) -> None:
        """Write and read as much as a worker's pipes allow, and deliver the replies."""
        assert lane.exchange is not None
        death = None
        try:
            lane.exchange.read()
            lane.exchange.write()
        except WorkerDied as error:
            death = error

        if death is not None:
            self._recover(lane, death)
        else:
            self._deliver(lane)

    def _check_start(self, lane: Lane[AnyChange]) -> None:
        """Report the failure of a worker that its spawner does not start."""
        assert lane.worker is not None
        failure = None
        try:
            lane.worker.started.get()
        except ExecutorError as error:
            failure = error

        if failure is not None:
            lines = list(lane.transit)
            self._leave_worker(lane)
            for pending in lines:
                self._finish(pending, failure)

    def _deliver(self, lane: Lane[AnyChange]) -> None:
        """Report the replies that have come, in order; release a worker without lines."""
        self._report_replies(lane)
        if not lane.transit:
            self._leave_worker(lane)

    def _report_replies(self, lane: Lane[AnyChange]) -> None:
        """Report the replies that have come, in order."""
        assert lane.exchange is not None
        replies = lane.exchange.replies

        while replies:
            worker_reply = replies.popleft()
            # Nearly every line succeeds without a word.
            reply = SUCCESS
            if worker_reply is not SILENT_SUCCESS:
                reply = to_reply(lane.key.program, worker_reply)
            self._finish(lane.transit.popleft(), reply)

    def _finish(self, pending: PendingLine[AnyChange], reply: Reply | ExecutorError) -> None:
        """Report the outcome of a line."""
        pending.is_done = True
        self._pending_count -= 1

        if pending.new_netns is not None and isinstance(reply, Reply) and reply.status == 0:
            self.batch.workers.prestart(pending.change.command, place=self.place)
        self.on_reply(pending.change, reply)

    def _recover(self, lane: Lane[AnyChange], death: WorkerDied) -> None:
        """Report the outcome of the line at which a worker ended; queue the rest once more."""
        assert lane.worker is not None
        assert lane.exchange is not None
        worker = lane.worker

        self._report_replies(lane)
        remaining = list(lane.transit)
        self._leave_worker(lane)
        lane.queue.extendleft(reversed(remaining[1:]))
        if not remaining:
            return

        pending = remaining[0]
        outcome = self._reply_after_death(death, pending, worker=worker)
        if outcome is None:
            lane.queue.appendleft(pending)
            self._run_first_separately(lane)
        else:
            self._finish(pending, outcome)

    def _reply_after_death(
        self, death: WorkerDied, pending: PendingLine[AnyChange], *, worker: Worker
    ) -> Reply | ExecutorError | None:
        """Return the reply to the line at which a worker ended; None if a process has to run it."""
        try:
            return self.batch.reply_after_death(
                death, pending.change.command, key=pending.key, worker=worker, place=self.place
            )
        except ExecutorError as error:
            return error

    def _leave_worker(self, lane: Lane[AnyChange]) -> None:
        """Release the worker of a lane. With lines in transit it is discarded.

        Late replies would be taken for replies to later commands.
        """
        worker, exchange = lane.worker, lane.exchange
        lane.worker, lane.exchange = None, None
        has_transit = bool(lane.transit)
        lane.transit.clear()
        if worker is None:
            return

        if has_transit or exchange is None or not exchange.is_intact:
            self.batch.workers.discard_worker(lane.key, worker)
        else:
            exchange.end()
        self.batch.workers.release(worker)

    def abort(self) -> None:
        """Stop recording; run the recorded changes, and deliver the replies.

        The wait for replies takes at most `ABORT_SECONDS`. After an interruption of the pipeline no
        further line is sent, and only replies that have come already are delivered.
        """
        self._window = []
        try:
            if not self._is_interrupted:
                self._finish_within(ABORT_SECONDS)
            else:
                self._deliver_received()
        finally:
            for lane in self._lanes.values():
                self._leave_worker(lane)
            self._lanes = {}

    def _finish_within(self, seconds: float) -> None:
        """Send the recorded lines and receive their replies, until a time has passed."""
        deadline = time.monotonic() + seconds
        while self._lanes and time.monotonic() < deadline:
            self._receive(max(deadline - time.monotonic(), 0))
            self._send_ready()

    def _deliver_received(self) -> None:
        """Deliver the replies of exchanges that were not interrupted, as far as they have come."""
        for lane in self._lanes.values():
            exchange = lane.exchange
            if exchange is not None and exchange.is_intact:
                self._report_replies(lane)


def _has_started(lane: Lane[AnyChange]) -> bool:
    """Return whether the worker of a lane has started."""
    return lane.worker is not None and lane.worker.started.packet is not None
