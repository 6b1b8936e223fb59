"""`Batch`: commands as lines of long-lived workers, `ip -force -batch -`, instead of a process each.

Above all other rules: a name never reaches another device than a fresh process would have reached.
`ipwrap.executors.link_names` tells how that is kept. Whatever cannot be a line, or must not be one (`Command.batch`),
goes to a process.
"""

from attrs import define, field

from ipwrap.command import Command
from ipwrap.errors import ExecutorError, NotBatchable
from ipwrap.executors.base import Reply
from ipwrap.executors.batch_line import BatchLine, parse_line
from ipwrap.executors.pool import Pool, WorkerKey, key_of
from ipwrap.executors.process import TIMED_OUT, Process
from ipwrap.executors.stream import ProcessStream
from ipwrap.executors.worker import Worker, WorkerDied, WorkerReply, WorkerTimeout
from ipwrap.places import Place

__all__ = ["Batch", "reply"]

POOL = 64
FLAGS = frozenset({"-j", "-d", "-s", "-4", "-6", "-0", "-B", "-M"})
CACHED_NEXTHOP_KEY = b"nh_info"  # of a next hop, under its number, for as long as the process lives: ip/ipnexthop.c, since 5.16
JSON = (
    b"",
    b"[",
    b"{",
)  # what an answer begins with, if no text has stayed in the worker's buffer, as from 7.1 on


@define
class Batch:
    """Workers, kept open: one for each program, namespace, set of flags, and for reads or changes.

    At most ``pool`` of them; the one that was used least recently is closed first. What a worker answers is what a
    process of its own would have: where `-batch` hides the exit status, it is told from what was said on stderr.
    """

    pool: int = POOL
    live: bool = True
    process: Process = field(factory=Process)
    workers: Pool = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self.workers = Pool(self.pool)

    def run(self, command: Command, place: Place) -> Reply:
        """Run one command: as a line of a worker where it may be one, else as a process."""
        if command.argv[1:3] == ("netns", "pids"):  # which lists our workers, too
            self.workers.close_namespace(command.argv[3])
        try:
            line = self.to_line(command)
            key = key_of(command, line)
            self.workers.close_deleted(command)
            worker = self.workers.acquire(key, line, place)
        except NotBatchable:
            return self.process.run(command, place)
        except ExecutorError:  # the way into the place is gone
            place.wrap(("true",))  # and so is the place? then it says so
            self.workers.close()
            return self.process.run(command, place)
        return self._run_in_worker(key, worker, command, line, place)

    def _run_in_worker(
        self, key: WorkerKey, worker: Worker, command: Command, line: BatchLine, place: Place
    ) -> Reply:
        """Ask the worker, which is locked, for one command, and let others speak to it again."""
        try:
            self.workers.note_names(worker, command, line)
            said = worker.run(line.text, command.timeout)
            worker.stale = worker.stale or CACHED_NEXTHOP_KEY in said.out
            if not command.changes and said.out[:1] not in JSON:
                worker.stale = True
                return self.process.run(command, place)
        except WorkerDied as death:
            return self.reply_after_death(key, worker, death, command, place)
        except WorkerTimeout:
            worker.kill()
            self.workers.drop(key)
            return Reply(TIMED_OUT, timed_out=True)
        except BaseException:  # such as Ctrl-C: what the worker says of it is still on its way
            self.workers.drop(key)
            raise
        finally:
            self.workers.release(worker)
        if not said.failed:
            self.workers.prestart(command, place)
        return reply(key[0], said)

    def to_line(self, command: Command) -> BatchLine:
        """Return a command as a line. Raises `NotBatchable` for one that must not be one."""
        if (
            not command.batch
            or self.workers.unavailable
            or command.stdin is not None
            or command.secrets
        ):
            raise NotBatchable(f"{command.line}: goes to a process")
        line = parse_line(command.argv)
        if not FLAGS.issuperset(line.flags):
            raise NotBatchable(f"{command.line}: no worker has these options")
        if not command.changes and "-j" not in line.flags:
            raise NotBatchable(
                f"{command.line}: from iproute2 7.1 on, text stays in a worker's buffer"
            )
        return line

    def reply_after_death(
        self, key: WorkerKey, worker: Worker, death: WorkerDied, command: Command, place: Place
    ) -> Reply:
        """Answer for a worker that has ended: iproute2 ends on many errors, with the status of a process of its own."""
        try:
            status = worker.status() if worker.answer else -1
        except ExecutorError:
            place.wrap(("true",))  # where the place is gone with its workers, it says so
            raise
        self.workers.drop(key)
        if status > 0:
            return Reply(status, _text(death.out), _text(death.err))
        if not death.begun or not command.changes:
            return self.process.run(command, place)
        raise ExecutorError(
            f"{command.line}: the worker was ended from outside (status {status}) while it ran; whether it was done, "
            "nobody knows; look, and run it again"
        )

    def listen(self, command: Command, place: Place) -> ProcessStream:
        """Start a command that goes on: as a process."""
        return self.process.listen(command, place)

    def close(self) -> None:
        """Close all workers and the way into the place. Calling it again does nothing."""
        self.workers.close()


def reply(program: str, said: WorkerReply) -> Reply:
    """Return a reply with the status that a process of its own would have ended with."""
    err = _text(said.err)
    if not said.failed:
        return Reply(0, _text(said.out), err)
    if program == "bridge":
        return Reply(255, _text(said.out), err)
    return Reply(2 if any(map(_is_kernel_error, err.splitlines())) else 1, _text(said.out), err)


def _is_kernel_error(line: str) -> bool:
    """Tell whether a line of stderr is the kernel's refusal, after which `ip` ends with 2 (lib/libnetlink.c)."""
    return line.startswith(("RTNETLINK answers:", "Error: ")) and not line.startswith(
        "Error: argument "
    )


def _text(data: bytes) -> str:
    """Return what was said as text."""
    return data.decode("utf-8", "surrogateescape")
