"""`Batch`: commands as lines of long-lived workers, `ip -force -batch -`, without new processes.

Above all, a name always reaches the device that a fresh process would reach (see
`ipwrap.executors.link_names` and `ipwrap.executors.invalidation`). A command that cannot be a line,
or must not be a line (`Command.batch`), runs as a process.
"""

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING

from attrs import define, field

from ipwrap.command import Command
from ipwrap.errors import ExecutorError, NotBatchable
from ipwrap.executors.base import Reply
from ipwrap.executors.batch_line import BatchLine, parse_line
from ipwrap.executors.exit_status import TIMED_OUT, status_of_failure
from ipwrap.executors.pool import Pool
from ipwrap.executors.worker import Worker, WorkerDied, WorkerReply, WorkerTimeout
from ipwrap.executors.worker_key import WorkerKey, key_of
from ipwrap.places import Place
from ipwrap.places.remote import RemotePlace, is_remote
from ipwrap.system.lazy import report_shortage

if TYPE_CHECKING:
    from ipwrap.executors.background import BackgroundProgram
    from ipwrap.executors.process import Process
    from ipwrap.executors.remote_lines import RemoteLines
    from ipwrap.executors.stream import ProcessStream
    from ipwrap.executors.survey import TimedReply

__all__ = ["Batch", "to_reply"]

# A worker costs 0.3 MiB and four descriptors, of which a process mostly has 1024. One that is open
# still when a session ends reads the end state of its namespace; else an `ip` has to start for it.
DEFAULT_POOL_SIZE = 128
WORKER_FLAGS = frozenset({"-j", "-d", "-s", "-4", "-6", "-0", "-B", "-M"})

# Of a next hop: since 5.16 `ip` caches next hops by id for the life of the process
# (ip/ipnexthop.c), without notifications that would invalidate the cache.
CACHED_NEXTHOP_KEY = b"nh_info"

# First bytes of a JSON reply. Other bytes come before when text has stayed in the worker's stdout
# buffer, as from iproute2 7.1 on.
JSON_STARTS = (b"", b"[", b"{")


@define
class Batch:
    """An executor with a worker for each program, namespace, set of options, and reads or changes.

    Up to ``pool`` workers stay open; the least recently used worker is closed first. Replies equal
    the replies of separate processes: `-batch` hides the exit status of a command, which is derived
    from stderr.
    """

    pool: int = DEFAULT_POOL_SIZE
    live: bool = True
    workers: Pool = field(init=False, repr=False)
    _process: "Process | None" = field(default=None, init=False, repr=False)
    _remote_lines: "RemoteLines | None" = field(default=None, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self.workers = Pool(self.pool)

    @property
    def process(self) -> "Process":
        """The executor for what is no line of a worker."""
        if self._process is None:
            # Imported late: all commands of many sessions are lines.
            with report_shortage():
                from ipwrap.executors.process import Process

            self._process = Process()
        return self._process

    def run(self, command: Command, place: Place) -> Reply:
        """Run a command as a line of a worker if possible, otherwise as a process.

        Raises `ExecutorError` in a forked child of the process with the workers.
        """
        self.workers.require_own_process()
        if is_remote(place):
            reply = self.lines_of(place).run(command)
            return self.process.run(command, place) if reply is None else reply
        if command.argv[1:3] == ("netns", "pids"):  # the listing must not include our workers
            self.workers.close_namespace(command.argv[3])

        reply = self._run_as_line(command, place)
        if reply is not None:
            return reply

        # Not in an `except` block: what happens here is not shown as a failure of a worker.
        return self._run_process(command, place)

    def lines_of(self, place: RemotePlace) -> "RemoteLines":
        """Return what takes the place of workers on another machine."""
        if self._remote_lines is None:
            # Imported late: few sessions run on another machine.
            from ipwrap.executors.remote_lines import RemoteLines

            self._remote_lines = RemoteLines.of(place)
            self.workers.starter.unavailable = True
        return self._remote_lines

    def _run_process(self, command: Command, place: Place) -> Reply:
        """Run a command as a process; workers make room if too many descriptors are open."""
        process = self.process
        from ipwrap.executors.process import LaunchShortage

        try:
            return process.run(command, place)
        except LaunchShortage:
            self.workers.shrink()

        # Not in the `except` block: what happens here is not shown as a consequence.
        return process.run(command, place)

    def _run_as_line(self, command: Command, place: Place) -> Reply | None:
        """Run a command as a line of a worker; return None if a process has to run it."""
        try:
            line = self.to_line(command)
            key = key_of(command, line)
            if command.deletes:
                self.workers.close_deleted(command)
            worker = self.workers.acquire(key, line, place=place)
        except NotBatchable:
            return None
        except ExecutorError:
            # The spawner has ended, perhaps with its place: then wrap() raises the better error.
            place.wrap(("true",))
            self.workers.close()
            return None

        return self._run_in_worker(worker, command, key=key, line=line, place=place)

    def _run_in_worker(
        self, worker: Worker, command: Command, *, key: WorkerKey, line: BatchLine, place: Place
    ) -> Reply | None:
        """Run a command in an acquired worker, and release the worker.

        Return None if a process has to run the command.
        """
        try:
            outcome = self._exchange(worker, command, key=key, line=line)
        finally:
            self.workers.release(worker)

        # Not in `except` blocks: what happens here is not shown as a consequence.
        if not isinstance(outcome, WorkerReply):
            return self._reply_without_outcome(
                outcome, command, key=key, worker=worker, place=place
            )

        if not command.changes and outcome.out[:1] not in JSON_STARTS:
            return None
        if command.creates and not outcome.failed:
            self.workers.prestart(command, place=place)
        return to_reply(key.program, outcome)

    def _reply_without_outcome(
        self,
        failure: WorkerDied | WorkerTimeout | ExecutorError,
        command: Command,
        *,
        key: WorkerKey,
        worker: Worker,
        place: Place,
    ) -> Reply | None:
        """Return the reply to a command that its worker gave none to.

        Return None if a process has to run the command.
        """
        if isinstance(failure, WorkerDied):
            return self.reply_after_death(failure, command, key=key, worker=worker, place=place)
        if isinstance(failure, WorkerTimeout):
            return Reply(TIMED_OUT, timed_out=True)

        _raise_without_start(command, failure)
        return None

    def _exchange(
        self, worker: Worker, command: Command, *, key: WorkerKey, line: BatchLine
    ) -> WorkerReply | WorkerDied | WorkerTimeout | ExecutorError:
        """Run a command in an acquired worker. Return the reply, or the error of the worker."""
        try:
            self.workers.note_names(worker, command, line=line)
            reply = worker.run(line.text, command.timeout)
        except WorkerDied as death:
            return death
        except WorkerTimeout as timeout:
            worker.kill()
            self.workers.discard_worker(key, worker)
            return timeout
        except BaseException as error:
            # Such as Ctrl-C: the reply is still to come, and must not be taken for the next one.
            self.workers.discard_worker(key, worker)
            if isinstance(error, ExecutorError):
                return error
            raise

        if not reply.failed:
            self.workers.forget_target(worker, command, line=line)
        has_odd_text = not command.changes and reply.out[:1] not in JSON_STARTS
        if has_odd_text or CACHED_NEXTHOP_KEY in reply.out:
            worker.stale = True

        return reply

    def start_ahead(self, place: Place) -> None:
        """Start the helper for the first command in an open place, without waiting."""
        if is_remote(place):
            self.lines_of(place).start_ahead()
            return
        self.workers.start_ahead(place)

    def read_together(
        self, commands: Sequence[Command], place: Place, *, retires_workers: bool = False
    ) -> "Generator[tuple[int, TimedReply], None, None]":
        """Run reads at once, and yield replies as they come: see `ipwrap.executors.survey`."""
        from ipwrap.executors.survey import read_together

        self.workers.require_own_process()
        if is_remote(place):
            return self.lines_of(place).read_together(commands)
        return read_together(self.workers, commands, place=place, retires_workers=retires_workers)

    def to_line(self, command: Command) -> BatchLine:
        """Return a command as a line. Raises `NotBatchable` for a command that needs a process."""
        # A worker lives on, and so would a secret in its memory.
        is_batchable = command.batch and command.stdin is None and not command.secrets
        is_batchable = is_batchable and command.env is None and command.cwd is None
        if not is_batchable or self.workers.starter.unavailable:
            raise NotBatchable(f"{command.line}: goes to a process")

        line = parse_line(command.argv)
        if not WORKER_FLAGS.issuperset(line.flags):
            raise NotBatchable(f"{command.line}: no worker has these options")
        if not command.changes and "-j" not in line.flags:
            raise NotBatchable(
                f"{command.line}: from iproute2 7.1 on, text stays in a worker's buffer"
            )

        return line

    def reply_after_death(
        self, death: WorkerDied, command: Command, *, key: WorkerKey, worker: Worker, place: Place
    ) -> Reply | None:
        """Return the reply to the command during which a worker has ended.

        On many errors iproute2 exits instead of going on with the next line; the exit status is
        then the same as of a separate process. A worker ended by a signal raises `ExecutorError` if
        the command is a change that may have been carried out. Return None if a process has to run
        the command.
        """
        status: int | None = None
        try:
            status = worker.status()
        except ExecutorError:  # the spawner has ended as well
            place.wrap(("true",))  # a place that ended with its workers raises the better error

        self.workers.discard_worker(key, worker)
        if status is not None and status > 0:
            return Reply(status, _decode(death.out), _decode(death.err))
        if not death.begun or not command.changes:
            return None

        raise ExecutorError(
            f"{command.line}: the worker was ended from outside "
            f"(status {'unknown' if status is None else status}) during this "
            "command; the change may or may not have been made: check the state, then run the "
            "command again if necessary"
        )

    def listen(self, command: Command, place: Place) -> "ProcessStream":
        """Start a command that runs until it is stopped, as a process."""
        return self.process.listen(command, place)

    def start(self, command: Command, place: Place, *, log: str | None) -> "BackgroundProgram":
        """Start a background process."""
        self.workers.require_own_process()
        return self.process.start(command, place, log=log)

    def close(self) -> None:
        """Close all workers and the spawner. A second call has no effect."""
        lines, self._remote_lines = self._remote_lines, None
        if lines is not None:
            lines.close()
        self.workers.close()


def _raise_without_start(command: Command, failure: ExecutorError) -> None:
    """Raise the failure of a worker to start for a change; a process can run a read instead.

    The line of a change is in the pipe of a worker that might start late.
    """
    if command.changes:
        raise ExecutorError(
            f"{command.line}: {failure}. The change may or may not have been made: check the state"
        ) from failure


def to_reply(program: str, worker_reply: WorkerReply) -> Reply:
    """Return a worker's reply with the exit status that a separate process would have had."""
    stdout = _decode(worker_reply.out)
    stderr = _decode(worker_reply.err)

    if not worker_reply.failed:
        return Reply(0, stdout, stderr)
    return Reply(status_of_failure(program, stderr), stdout, stderr)


def _decode(data: bytes) -> str:
    """Return output as text; bytes that are not UTF-8 become surrogates."""
    return data.decode("utf-8", "surrogateescape") if data else ""
