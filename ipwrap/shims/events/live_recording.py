"""Write calls to the recording's file while the script still runs.

The file is valid at every moment, whatever ends the recorder. It is the recording of the calls in
the order of their end (changes of iproute2: of their start), and lacks what only the whole run
tells: pinned MAC addresses, and the programs that still ran at the end. `record` therefore replaces
it by the final recording.
"""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from attrs import define, evolve, field

from ipwrap.cmdline import ParsedCommand, closest_command
from ipwrap.command import IPROUTE2, Command
from ipwrap.errors import IpwrapError, RecordingError
from ipwrap.recording import Note, Recording, ResultEvent, Sleep
from ipwrap.shims.calls.batch_parser import is_batch, split_batch
from ipwrap.shims.calls.call import Call, read_call
from ipwrap.shims.calls.call_ends import BackgroundShims
from ipwrap.shims.calls.call_identity import CallIdentifier, read_identities
from ipwrap.shims.calls.classify import may_change
from ipwrap.shims.events.call_commands import CallConverter, command_events
from ipwrap.shims.events.callers import wrapper_note
from ipwrap.shims.events.pauses import is_sleep, pauses_before
from ipwrap.shims.script.script import Script, call_site_of

__all__ = ["LiveRecording"]

# Seconds between two looks at the folder: a look costs two calls of stat(2), and one more for each
# program that runs.
INTERVAL = 0.02

WARM_UP = ("ip", "link", "set", "dev", "lo", "up")


@define
class LiveRecording:
    """Appends calls to a recording: a change of iproute2 when it starts, other calls when they end.

    On a host the ``identifier`` looks at the objects of each change right behind it. ``background``
    looks for shims that were killed.

    A program that made changes by calls of its own becomes a note, as in `to_events`. The calls are
    numbered without gaps, and are looked at again until they end.
    """

    folder: Path
    recording: Recording
    script: Script | None = None
    identifier: CallIdentifier | None = None
    background: BackgroundShims | None = None
    failure: RecordingError | None = field(default=None, init=False)
    _next_call: int = field(default=1, init=False)
    _running: dict[int, Call | None] = field(factory=dict, init=False)
    _numbers: dict[int, int] = field(factory=dict, init=False)
    _callers: dict[int, int | None] = field(factory=dict, init=False)
    _wrappers: set[int] = field(factory=set, init=False)
    _batches: set[int] = field(factory=set, init=False)  # with all calls below them
    _noted: set[int] = field(factory=set, init=False)
    _sleeps: list[Call] = field(factory=list, init=False)
    _command_count: int = field(default=0, init=False)
    _converter: CallConverter = field(factory=CallConverter, init=False)

    @contextmanager
    def follow(self) -> Iterator[None]:
        """Follow the calls in a thread for the block; at its end, look once more."""
        is_over = threading.Event()
        # The first command loads the verbs, which would delay the first lines.
        may_change(WARM_UP)
        closest_command(ParsedCommand.of(WARM_UP))

        def look_again() -> None:
            while not is_over.wait(INTERVAL):
                self.update()

        thread = threading.Thread(target=look_again, name="ipwrap-record", daemon=True)
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()
            self.update()

    def update(self) -> None:
        """Append what has happened since the last look.

        After a failure, such as a full disk, nothing is appended; ``failure`` has the error. The
        script goes on.
        """
        if self.failure is not None:
            return

        if self.background is not None:
            self.background.update()
        while (self.folder / str(self._next_call)).exists():
            self._running[self._next_call] = None
            self._next_call += 1

        # The last first: a call that ended before another one started is not seen to end behind it.
        numbers = list(self._running)
        news = {number: self._read_news(number) for number in reversed(numbers)}
        calls = [call for number in numbers for call in self._without_batch_lines(news[number])]
        self._find_wrappers(calls)

        try:
            for call in calls:
                self._append(call)
            self.recording.flush()
        except RecordingError as error:
            self.failure = error

    def _read_news(self, number: int) -> Call | None:
        """Return a call that has started or ended since the last look."""
        path = self.folder / str(number)
        is_new = self._running[number] is None
        if not is_new and not path.with_suffix(".done").exists():
            return None

        return read_call(path)  # None: the shim has not written the arguments yet

    def _without_batch_lines(self, call: Call | None) -> Iterator[Call]:
        """Note a call, and yield it unless a line of a batch made it: the batch tells of that."""
        if call is None:
            return
        if call.caller in self._batches:
            self._batches.add(call.number)
            del self._running[call.number]
            return
        if is_batch(call):
            self._batches.add(call.number)

        self._running[call.number] = call
        self._callers[call.number] = call.caller
        yield call

    def _find_wrappers(self, calls: Iterable[Call]) -> None:
        """Find the programs whose calls make changes: both may have ended since the last look."""
        for call in calls:
            caller = call.caller
            if call.netns == "?" or not may_change(call.argv):
                continue

            while caller is not None:
                self._wrappers.add(caller)
                caller = self._callers.get(caller)

    def _append(self, call: Call) -> None:
        """Append a call that has started or ended."""
        if is_sleep(call):
            del self._running[call.number]
            if call.caller is None or call.caller in self._wrappers:
                self._sleeps.append(call)
            return

        self._append_sleeps(call)
        if call.status is not None:
            self._end(call)
            del self._running[call.number]
        elif call.number not in self._numbers and _is_plain_change(call):
            self._start(call)

    def _append_sleeps(self, following: Call) -> None:
        """Append the pauses that ended before a call started."""
        if not self._sleeps:
            return

        sleeps, self._sleeps = self._sleeps, []
        for pause in pauses_before(sleeps, [following]).get(following.number, ()):
            self.recording.append(Sleep(pause.seconds, call_site_of(pause, self.script)))

    def _start(self, call: Call) -> None:
        """Append the command of a change that runs."""
        redacted_call, command = self._converter.convert_repeatable(call)
        if not isinstance(command, Command) or not command.changes:
            return

        self._note_wrappers(call.caller)
        self._numbers[call.number] = self._append_command(redacted_call, command)

    def _end(self, call: Call) -> None:
        """Append a call that has ended: its result, or the whole."""
        call = self._identify(call)
        number = self._numbers.pop(call.number, None)
        if number is not None:
            redacted_call, command = self._converter.convert_repeatable(call)
            if isinstance(command, Command):
                self._append_result(redacted_call, command, number=number)
            return

        for line_call in split_batch(call):
            redacted_call, command = self._converter.convert_repeatable(line_call)
            self._append_ended(redacted_call, command)

    def _identify(self, call: Call) -> Call:
        """Return a call with what identifies its objects, on a host."""
        if self.identifier is None:
            return call

        lines = [(line.argv, line.netns, line.status or 0) for line in split_batch(call)]
        try:
            self.identifier.identify(call.number, lines)
        except (IpwrapError, OSError):
            return call
        return evolve(call, identities=read_identities(self.folder / str(call.number)))

    def _append_ended(self, call: Call, command: Command | Note) -> None:
        """Append a call that has ended and whose start was not recorded."""
        if isinstance(command, Note):
            self.recording.append(command)
            return
        if call.number in self._wrappers:
            self._note_wrappers(call.number)
            return

        if command.changes:
            self._note_wrappers(call.caller)
        number = self._append_command(call, command)
        self._append_result(call, command, number=number)

    def _append_command(self, call: Call, command: Command) -> int:
        """Append the event of a command, and return its number."""
        self._command_count += 1
        event, *_ = command_events(self._command_count, call, command=command, script=self.script)
        self.recording.append(event)
        return self._command_count

    def _append_result(self, call: Call, command: Command, *, number: int) -> None:
        """Append the event of a result."""
        for event in command_events(number, call, command=command, script=self.script):
            if isinstance(event, ResultEvent):
                self.recording.append(event)

    def _note_wrappers(self, caller: int | None) -> None:
        """Append a note instead of the outermost of the programs whose calls make a change."""
        outermost: int | None = None
        while caller is not None:
            outermost = caller
            caller = self._callers.get(caller)

        if outermost is None or outermost in self._noted:
            return

        self._noted.add(outermost)
        call = self._running.get(outermost)
        if call is not None:
            _, command = self._converter.convert_repeatable(call, may_run=True)
            if isinstance(command, Command):
                self.recording.append(wrapper_note(command))


def _is_plain_change(call: Call) -> bool:
    """Return whether a call is a command of iproute2 itself, without input that is kept later."""
    program = call.argv[0].rpartition("/")[2]
    if program not in IPROUTE2:
        return False

    parsed = ParsedCommand.of(call.argv)
    return parsed.batch is None and parsed.exec_argv is None and parsed.arguments[1:] != ("exec",)
