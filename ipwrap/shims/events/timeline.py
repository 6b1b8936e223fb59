"""The steps of a recorded script in the order in which they happened, as events of a recording."""

import math
from collections.abc import Collection, Iterable

from attrs import define, evolve, field, frozen

from ipwrap import until
from ipwrap.background_process import shorten_output
from ipwrap.cmdline.netns_files import is_unshare
from ipwrap.cmdline.program_effects import program_of
from ipwrap.command import IPROUTE2, Command
from ipwrap.recording import (
    Event,
    Note,
    ProcessAction,
    ProcessEvent,
    ProcessStarted,
    ResultEvent,
    Sleep,
    WaitEvent,
)
from ipwrap.recording.overlap import LONGEST_PAUSE, SHORTEST_PAUSE
from ipwrap.recording.process_failure import missing_program
from ipwrap.recording.process_names import derive_process_name
from ipwrap.shims.calls.call import Call, OpenPort
from ipwrap.shims.calls.call_processes import CallProcess
from ipwrap.shims.calls.order import Moment
from ipwrap.shims.events.call_commands import ConvertedCall, command_events, interruption_note
from ipwrap.shims.events.callers import runs_with_its_caller, wrapper_note
from ipwrap.shims.events.pauses import pause_of
from ipwrap.shims.events.polls import Poll
from ipwrap.shims.script.script import Script, call_site_of
from ipwrap.shims.sysctls.writes import is_write

__all__ = ["Timeline"]

UNSHARE_SECONDS = 0.5  # for unshare(1) in the background to have made its namespace
WAIT_SECONDS = 30.0  # for what a script has waited for by a pause or a loop
WRITE_NOTE = "written to /proc/sys without a program, between the commands around it"


@frozen
class _PortOfProcess:
    """A port on which a process listened, and the position of the event of its start."""

    port: OpenPort
    process: ProcessEvent
    position: int


@define
class Timeline:
    """The events of calls in the order in which they happened.

    Between two steps beside a background process, the pause of the script is kept: the process
    needs it to become ready, or does its work meanwhile.

    ``notes`` are still to be added before a call, by its number. Of the background processes:

    - ``_process_numbers``: the numbers in the recording, by the number of the call
    - ``_names``: the names that are taken
    - ``_running``: the numbers in the recording of those that run
    - ``_open_ports``: the ports that no step has waited for yet
    - ``_signals_sent``: how many signals each was sent, by the number of the call
    """

    script: Script | None
    notes: dict[int, list[str]]
    events: list[Event] = field(factory=list)
    _command_count: int = 0
    _last_time: float = 0.0
    _follows_write: bool = False  # whether the last call was a write to /proc/sys
    _process_numbers: dict[int, int] = field(factory=dict)
    _names: set[str] = field(factory=set)
    _running: set[int] = field(factory=set)
    _open_ports: list[_PortOfProcess] = field(factory=list)
    _signals_sent: dict[int, int] = field(factory=dict)

    def add_calls(self, pairs: Iterable[ConvertedCall], *, wrappers: Collection[int]) -> None:
        """Add the commands of a call, or the pauses and notes in their place.

        The outermost wrapper gets a note; wrappers inside wrappers are omitted.
        """
        for call, command in pairs:
            if runs_with_its_caller(call, wrappers):
                continue

            self._add_notes(call)
            if call.number not in wrappers:
                self._add_call(call, command)
            elif call.caller not in wrappers and isinstance(command, Command):
                self.events.append(wrapper_note(command))

    def _add_call(self, call: Call, command: Command | Note) -> None:
        """Add a command with its result, or the pause or the note in its place."""
        follows_write, self._follows_write = self._follows_write, is_write(call)
        pause = pause_of(call)
        if pause is not None:
            self.events.append(Sleep(pause, call_site_of(call, self.script)))
            self._last_time = max(self._last_time, call.started) + pause
            return

        if not isinstance(command, Note):
            command = interruption_note(call, command) or command
        if isinstance(command, Note):
            self.events.append(command)
            return

        # What a program sends may be what a process waits for: it is no mere read beside one.
        if self._running and command.argv[0] not in IPROUTE2:
            command = evolve(command, changes=True)

        self._add_pause(call.started)
        if is_write(call) and not follows_write:
            self.events.append(Note(WRITE_NOTE))

        self._command_count += 1
        self.events += command_events(
            self._command_count, call, command=command, script=self.script
        )
        self._last_time = max(self._last_time, call.started + call.seconds)

    def add_poll(self, moment: Moment, call: Call, *, poll: Poll) -> None:
        """Add a loop that waited, as a wait in the place of its first call."""
        if moment.kind != "start" or call.number != poll.numbers[0]:
            return

        self._add_pause(call.started)
        self._add_notes(call)
        wait = WaitEvent(
            poll.condition,
            poll.netns,
            max(WAIT_SECONDS, 10 * poll.seconds),
            poll.seconds,
            call_site=call_site_of(call, self.script),
        )
        self.events.append(wait)
        self._last_time = max(self._last_time, call.started + poll.seconds)

    def add_process_moment(
        self, position: int, pair: ConvertedCall, *, process: CallProcess
    ) -> None:
        """Add the start or the end of a background process, or a signal.

        A signal that no shim has seen has the position of the end, or of the start.
        """
        call, command = pair
        assert isinstance(command, Command), "a note is no process"

        if call.number not in self._process_numbers:
            self._start(call, command, process=process)
        if position in process.signals:
            self._signal(call, process.signals[position])
        if position == process.end:
            self._end(call, command)

    def _start(self, call: Call, command: Command, *, process: CallProcess) -> None:
        """Add the start of a process."""
        self._add_pause(call.started)
        self._add_notes(call)
        self._command_count += 1
        self._process_numbers[call.number] = self._command_count

        program, _ = program_of(command) or (command.argv, None)
        name = derive_process_name(program[0], self._names)
        self._names.add(name)
        call_site = call_site_of(call, self.script)
        event = ProcessEvent(self._command_count, command, name, call_site=call_site)
        self.events.append(event)
        for port in call.ports:
            self._open_ports.append(_PortOfProcess(port, event, len(self.events) - 1))
        if missing_program(call.argv, call.stderr) is None:
            self.events.append(ProcessStarted(self._command_count, process.pid or 0))
            self._running.add(self._command_count)

        self._last_time = max(self._last_time, call.started)
        if is_unshare(command.argv):
            # Its pid means another namespace a moment later.
            self.events.append(Sleep(UNSHARE_SECONDS))
            self._last_time += UNSHARE_SECONDS

    def _signal(self, call: Call, signal: str) -> None:
        """Add a signal, behind the pause before it."""
        sent = self._signals_sent.get(call.number, 0)
        self._signals_sent[call.number] = sent + 1
        time = call.started + call.seconds if call.status is not None else None
        if sent < len(call.signal_times):
            time = call.signal_times[sent]
        if time is not None:
            self._add_pause(time)

        number = self._process_numbers[call.number]
        self.events.append(ProcessAction(number, "signal", signal=signal))

    def _end(self, call: Call, command: Command) -> None:
        """Add the end of a process, for which the script need not have waited."""
        number = self._process_numbers[call.number]
        self._open_ports = [port for port in self._open_ports if port.process.number != number]
        if number in self._running:
            self.events.append(ProcessAction(number, "wait"))
            self._running.remove(number)

        shortened = evolve(call, stdout=_shorten(call.stdout), stderr=_shorten(call.stderr))
        events = command_events(number, shortened, command=command, script=self.script)
        self.events += [event for event in events if isinstance(event, ResultEvent)]
        self._last_time = max(self._last_time, call.started + call.seconds)

    def _add_notes(self, call: Call) -> None:
        """Add the notes that stand before a call."""
        self.events += map(Note, self.notes.pop(call.number, ()))

    def _add_pause(self, time: float) -> None:
        """Add the pause before a step at a time, if a process runs meanwhile.

        By then processes listened on their ports: a replay on a busy machine waits for that.
        """
        for port in [port for port in self._open_ports if port.port.time <= time]:
            self._open_ports.remove(port)
            self._add_port(port)

        pause = min(time - self._last_time, LONGEST_PAUSE)
        if self._running and pause >= SHORTEST_PAUSE:
            self.events.append(Sleep(math.ceil(pause * 100) / 100))
        self._last_time = max(self._last_time, time)

    def _add_port(self, open_port: _PortOfProcess) -> None:
        """Add the wait for a port: the process is ready then, unless steps came in between."""
        port, process, position = open_port.port, open_port.process, open_port.position
        condition = until.listening(port.port, udp=port.protocol == "udp")
        started = self.events[position]
        is_first = len(self.events) == position + 2
        assert isinstance(started, ProcessEvent), "the position is that of the process"

        if not is_first or started.ready is not None:
            wait = WaitEvent(condition, process.command.netns, WAIT_SECONDS)
            self.events.append(wait)
            return
        self.events[position] = evolve(started, ready=condition, ready_timeout=WAIT_SECONDS)


def _shorten(output: str) -> str:
    """Return the output of a process as a recording holds it."""
    text = shorten_output(output.encode("utf-8", "surrogateescape"))
    return text.decode("utf-8", "surrogateescape")
