"""`Pipeline`: changes sent one behind the other, without waiting for what is said of each.

Order is kept: only commands for one and the same worker are under way at a time, and a command that renames, moves or
deletes something waits for all before it, and all behind it wait for it, so that no worker remembers a name too long.
"""

from collections.abc import Callable

from attrs import define, field

from ipwrap.command import Command
from ipwrap.errors import ExecutorError, NotBatchable
from ipwrap.executors.base import Reply
from ipwrap.executors.batch import Batch, reply
from ipwrap.executors.batch_line import Line
from ipwrap.executors.pool import Key, key_of
from ipwrap.executors.worker import Died, Talk, Worker
from ipwrap.places import Place

__all__ = ["Pipeline"]

AT_ONCE = 64  # so many lines are given to the worker together


@define(eq=False)
class Pipeline:
    """Commands on their way through the workers of a `Batch`.

    ``sending`` is called before any of them reaches a worker, ``replied`` is told what came of each, in order.
    """

    batch: Batch
    place: Place
    replied: Callable[[Command, Reply | ExecutorError], None]
    sending: Callable[[], None]
    _key: Key | None = None
    _worker: Worker | None = None
    _talk: Talk | None = None
    _waiting: list[Command] = field(factory=list)
    _lines: list[Line] = field(factory=list)

    def add(self, command: Command) -> None:
        """Take a command on its way. What cannot be a line, or breaks names, is run by itself, in its turn."""
        line = None if command.drops or command.becomes else self._line(command)
        if line is None:
            self.settle()
            self.replied(command, self._alone(command))
            return
        self._waiting.append(command)
        self._lines.append(line)
        if len(self._lines) >= AT_ONCE:
            self._send()

    def _line(self, command: Command) -> Line | None:
        """Return a command as a line, if it can be one, and see that the worker it needs is the one spoken to."""
        try:
            line = self.batch.line(command)
            key = key_of(command, line)
            if key != self._key:
                self.settle()
                self._worker, self._key = self.batch.workers.take(key, line, self.place), key
        except NotBatchable:
            return None
        return line

    def _alone(self, command: Command) -> Reply | ExecutorError:
        """Run one command by itself."""
        self.sending()
        try:
            return self.batch.run(command, self.place)
        except ExecutorError as error:
            return error

    def _send(self) -> None:
        """Give the worker the lines that have gathered; a new one, if this one may remember what is no longer so."""
        assert self._worker is not None
        assert self._key is not None
        if not self.batch.workers.still_trusted(self._key, self._worker, self.place):
            self._change_worker()
            return
        if self._talk is None:
            self._talk = Talk(self._worker)
        lines, self._lines = self._lines, []
        for command, line in zip(self._waiting[-len(lines) :], lines, strict=True):
            self.batch.workers.note_names(self._worker, command, line)
        self.sending()
        try:
            self._talk.send([line.text for line in lines])
        except Died as death:
            self._bury(death)

    def _change_worker(self) -> None:
        """Hear what is said of the lines that were sent; those that were not go to another worker."""
        doubted, unsent = self._worker, len(self._lines)
        sent = len(self._waiting) - unsent
        self._waiting, rest, self._lines = self._waiting[:sent], self._waiting[sent:], []
        self._hear()
        if self._worker is doubted:  # and has not died meanwhile
            self._let_go()
        for command in rest:
            self.add(command)

    def settle(self) -> None:
        """Wait until every command on its way has been answered."""
        while self._waiting:
            assert self._lines or self._talk, "commands wait that nobody was told of"
            if self._lines:
                self._send()
            self._hear()
        self._let_go()

    def _hear(self) -> None:
        """Hear what is said of all lines."""
        if self._talk is None:
            return
        try:
            said = self._talk.hear_all()
        except Died as death:
            self._bury(death)
            return
        self._talk = None
        self._answer([reply(self._key[0], each) for each in said] if self._key else [])

    def _answer(self, replies: list[Reply]) -> None:
        """Tell of so many commands what came of them."""
        done, self._waiting = self._waiting[: len(replies)], self._waiting[len(replies) :]
        for command, each in zip(done, replies, strict=True):
            if each.status == 0:
                self.batch.workers.follow(command, self.place)
            self.replied(command, each)

    def _bury(self, death: Died) -> None:
        """Answer for a worker that has ended at one command; what was behind it goes to a new one."""
        assert self._worker is not None
        assert self._key is not None
        key, worker = self._key, self._worker
        self._answer([reply(key[0], each) for each in death.said])
        self._let_go()
        if not self._waiting:
            return
        command, *rest = self._waiting
        self._waiting, self._lines = [], []
        try:
            outcome: Reply | ExecutorError = self.batch.after_death(key, worker, death, command, self.place)
        except ExecutorError as error:
            outcome = error
        self.replied(command, outcome)
        for each in rest:
            self.add(each)

    def _let_go(self) -> None:
        """Give the worker back."""
        worker, self._worker, self._key, self._talk = self._worker, None, None, None
        if worker is not None:
            self.batch.workers.give_back(worker)

    def abandon(self) -> None:
        """Give up, in the middle: what is said of what was sent would be taken for the answer to something else."""
        if self._key is not None and self._talk is not None:
            self.batch.workers.drop(self._key)
        self._waiting, self._lines = [], []
        self._let_go()
