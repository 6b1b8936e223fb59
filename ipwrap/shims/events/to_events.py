"""Convert recorded calls to the events of a recording.

A program run in a namespace (`ip netns exec red bash …`) is replaced by the program's own calls, if
a call changed the network; otherwise a replay runs the program again. A batch becomes a command for
each line, and a `sleep` a pause (see `ipwrap.shims.events.pauses`). A program that ran beside other
calls, was ended by a signal, or still ran at the end, is a background process: see
`ipwrap.shims.calls.call_processes`. Two sorts of calls become notes, since a replay must not repeat
them: reads of iproute2 and pipelines that were cut short, and calls in a namespace without a name.
"""

import math
import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from attrs import define, evolve, field, frozen

from ipwrap import until
from ipwrap.background_process import shorten_output
from ipwrap.cmdline.netns_files import is_unshare
from ipwrap.cmdline.program_effects import program_of
from ipwrap.command import IPROUTE2, Command
from ipwrap.errors import IpwrapError
from ipwrap.recording import (
    CommandEvent,
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
from ipwrap.recording.process_failure import MISSING_PROGRAM, missing_program
from ipwrap.recording.process_names import derive_process_name
from ipwrap.result import Result
from ipwrap.secrets.redact import find_printed_secrets, redact_command
from ipwrap.secrets.secret import redact_text
from ipwrap.shims.calls.batch_parser import is_batch, split_batch
from ipwrap.shims.calls.call import Call, OpenPort
from ipwrap.shims.calls.call_processes import CallProcess, find_processes
from ipwrap.shims.calls.classify import classify
from ipwrap.shims.calls.order import Moment, complete_order
from ipwrap.shims.events.pauses import pause_of
from ipwrap.shims.events.polls import Poll, find_polls
from ipwrap.shims.script.lines import Location, ScriptLines
from ipwrap.shims.script.notes import ScriptNotes
from ipwrap.shims.sysctls.writes import is_write

__all__ = [
    "CallClassifier",
    "Script",
    "call_site_of",
    "command_events",
    "find_wrappers",
    "to_events",
    "without_calls_of",
    "without_calls_of_batches",
    "wrapper_note",
]

STDIN_FILE = "/dev/stdin"

# Keywords before a file name whose content shim.sh keeps, by program.
KEPT_FILES = {"nft": ("-f",), "sysctl": ("-p", "--load"), "wg": ("private-key", "preshared-key")}

UNSHARE_SECONDS = 0.5  # for unshare(1) in the background to have made its namespace

WRITE_NOTE = "written to /proc/sys without a program, between the commands around it"

# A loop that ends when a program succeeds: the program is not `test`.
WAITING_LOOP = re.compile(
    r"\s*(?:until|while\s+!)\s+(?![\[!]|test\b|\(\()(?P<condition>[^;|&]+)(?:[;|&]|$)"
)

LISTS_PIDS = ("ip", "netns", "pids")
KILLS = re.compile(r"\bkill\b")
KILL_LINES = 3  # `for pid in $(ip netns pids red); do`, and the lines behind it

WAIT_SECONDS = 30.0  # for what a script has waited for by a pause or a loop

# A call, and its command or, if a replay must not repeat the call, the note.
ClassifiedCall = tuple[Call, Command | Note]


@frozen(slots=False)
class Script:
    """The recorded script. Converts the offset up to which bash had read into a line number.

    ``locations`` are the lines of the calls themselves, by the number of a call.
    """

    name: str
    text: bytes
    locations: Mapping[int, Location] = field(factory=dict)

    def line_at(self, offset: int | None) -> int | None:
        """Return the line at the end of the current command.

        bash reads a command completely before running the command: the offset is at its end.
        """
        if offset is None:
            return None

        end = min(offset, len(self.text))
        while end and self.text[end - 1 : end].isspace():
            end -= 1
        return bisect_left(self._line_ends, end) + 1

    def call_site(self, call: Call) -> str | None:
        """Return FILE:LINE of a call; of the end of its command where its own line is unknown."""
        location = self.locations.get(call.number)
        line = self.line_at(call.script_offset) if location is None else location.line
        return None if line is None else f"{self.name}:{line}"

    def is_loop_condition(self, call: Call) -> bool:
        """Return whether a loop ends when the program of a call succeeds."""
        location = self.locations.get(call.number)
        if location is None:
            return False

        match = WAITING_LOOP.match(self.lines.lines[location.line])
        program = call.argv[0].rpartition("/")[2]
        return match is not None and program in match["condition"].split()

    def kills_near(self, call: Call) -> bool:
        """Return whether the script runs kill(1) in the line of a call or right behind it."""
        location = self.locations.get(call.number)
        if location is None:
            return False

        numbers = range(location.line, location.line + KILL_LINES)
        return any(KILLS.search(self.lines.lines.get(number, "")) for number in numbers)

    @cached_property
    def _line_ends(self) -> list[int]:
        """The offsets of the ends of lines."""
        return [match.start() for match in re.finditer(b"\n", self.text)]

    @cached_property
    def lines(self) -> ScriptLines:
        """The lines of the script."""
        return ScriptLines(self.text.decode("utf-8", "surrogateescape"))

    def locate(self, calls: Iterable[Call]) -> "Script":
        """Return the script with the lines of calls."""
        # What another program called is not in the script.
        own_calls = [call for call in calls if call.caller is None]
        ends = [(call.argv, self.line_at(call.script_offset)) for call in own_calls]

        locations = {}
        for call, location in zip(own_calls, self.lines.locate(ends), strict=True):
            if location is not None:
                locations[call.number] = location

        return evolve(self, locations=locations)


def to_events(
    calls: Iterable[Call],
    script: Script | None = None,
    *,
    order: Sequence[Moment] = (),
    whole: Mapping[int, str] | None = None,
) -> list[Event]:
    """Return the events for calls, with commands and processes numbered from 1.

    The prose of the script becomes notes.

    - ``order``: which calls ran at the same time; without it, each ended before the next began
    - ``whole``: the numbers of programs that stand for the calls that they made, each with the note
      before it; see `ipwrap.shims.changes.whole_programs`
    """
    whole = whole or {}
    calls_by_number = {call.number: call for call in without_calls_of(calls, whole)}
    script = None if script is None else script.locate(calls_by_number.values())
    classifier = CallClassifier()
    classified: dict[int, list[ClassifiedCall]] = {}
    for number, call in calls_by_number.items():
        classified[number] = [classifier.read(single_call) for single_call in split_batch(call)]

    wrappers = find_wrappers([pair for pairs in classified.values() for pair in pairs])
    # A pause stands where the script waited, which is behind its start for one in the background.
    pauses = {number for number, call in calls_by_number.items() if pause_of(call) is not None}
    started = [moment for moment in order if moment.number not in pauses]
    moments = list(complete_order(started, calls_by_number))
    programs = {number for number, pairs in classified.items() if _may_be_process(pairs, wrappers)}
    killers = _killers_of(classified, programs, script=script)
    processes = find_processes(calls_by_number, moments, programs=programs, killers=killers)

    left_out = {
        call.number for call in calls_by_number.values() if _runs_with_its_caller(call, wrappers)
    }
    left_out.update(processes, wrappers)
    polls = _polls_of(classified, moments, script=script, left_out=left_out)
    polled = {number: poll for poll in polls for number in poll.numbers}

    notes = _prose_before(calls_by_number, script, classifier=classifier)
    for number, text in whole.items():
        notes.setdefault(number, []).append(text)

    timeline = _Timeline(script, notes)
    for position, moment in enumerate(moments):
        pairs = classified[moment.number]
        process = processes.get(moment.number)

        if process is not None:
            timeline.add_process_moment(position, pairs[0], process=process)
        elif moment.number in polled:
            timeline.add_poll(moment, calls_by_number[moment.number], poll=polled[moment.number])
        elif moment.kind == "start":
            timeline.add_calls(pairs, wrappers=wrappers)

    return timeline.events


def _killers_of(
    classified: Mapping[int, list[ClassifiedCall]],
    programs: Collection[int],
    *,
    script: Script | None,
) -> dict[int, set[int]]:
    """Return the calls whose output the script gives to kill(1), with the programs that they list.

    Such is `ip netns pids red | xargs kill`: no shim of the programs sees the signal.
    """
    by_netns: dict[str | None, set[int]] = {}
    for number in programs:
        command = classified[number][0][1]
        assert isinstance(command, Command), "a note is no program"
        by_netns.setdefault(command.netns, set()).add(number)

    killers: dict[int, set[int]] = {}
    for number, [(call, command), *_] in classified.items():
        is_list = isinstance(command, Command) and command.argv[:3] == LISTS_PIDS
        if is_list and script is not None and script.kills_near(call):
            killers[number] = by_netns.get(call.argv[-1], set())
    return killers


def _prose_before(
    numbers: Iterable[int], script: Script | None, *, classifier: "CallClassifier"
) -> dict[int, list[str]]:
    """Return the prose of a script that stands before calls, by their numbers, without secrets."""
    if script is None:
        return {}

    script_notes = ScriptNotes(script.lines)
    prose: dict[int, list[str]] = {}
    for number in numbers:
        if number in script.locations:
            texts = script_notes.before(script.locations[number])
            prose[number] = [classifier.redact(text) for text in texts]
    return prose


def _polls_of(
    classified: dict[int, list[ClassifiedCall]],
    moments: Iterable[Moment],
    *,
    script: Script | None,
    left_out: Collection[int],
) -> list[Poll]:
    """Return the loops that only wait, among the calls that are a command each."""
    calls: list[tuple[Call, Command | None]] = []
    for moment in moments:
        if moment.kind != "start":
            continue

        call, command = classified[moment.number][0]
        is_single = len(classified[moment.number]) == 1 and moment.number not in left_out
        if isinstance(command, Command) and is_single and not interruption_note(call, command):
            calls.append((call, command))
        else:
            calls.append((call, None))

    if script is None:
        return list(find_polls(calls))
    conditions = {call.number for call, _ in calls if script.is_loop_condition(call)}
    return list(find_polls(calls, loop_conditions=conditions))


def _runs_with_its_caller(call: Call, wrappers: Collection[int]) -> bool:
    """Return whether a replay runs a program by running its caller.

    Not so for iproute2: what `ip` prints is compared; but in a namespace without a name, which only
    the caller can enter, as `nsenter -t PID -n ip link` does.
    """
    is_run_by_caller = call.caller is not None and call.caller not in wrappers
    return is_run_by_caller and (call.argv[0] not in IPROUTE2 or call.netns == "?")


def _may_be_process(pairs: list[ClassifiedCall], wrappers: set[int]) -> bool:
    """Return whether a call may be a background process: a program, or a monitor of iproute2."""
    call, command = pairs[0]
    if not isinstance(command, Command) or call.number in wrappers:
        return False
    if _runs_with_its_caller(call, wrappers) or pause_of(call) is not None:
        return False
    # A program whose output is a secret has to end before a step uses the secret.
    if len(pairs) > 1 or command.output_secret is not None:
        return False
    return command.runs_until_stopped or program_of(command) is not None


@frozen
class _PortOfProcess:
    """A port on which a process listened, and the position of the event of its start."""

    port: OpenPort
    process: ProcessEvent
    position: int


@define
class _Timeline:
    """The events of calls in the order in which they happened.

    Between two steps beside a background process, the pause of the script is kept: the process
    needs it to become ready, or does its work meanwhile.
    """

    script: Script | None
    notes: dict[int, list[str]]  # that are still to be added before a call, by its number
    events: list[Event] = field(factory=list)
    _open_ports: list[_PortOfProcess] = field(factory=list)
    _numbers: dict[int, int] = field(factory=dict)
    _count: int = 0
    _names: set[str] = field(factory=set)
    _running: set[int] = field(factory=set)
    _sent: dict[int, int] = field(factory=dict)  # how many signals each was sent
    _last_time: float = 0.0
    _was_write: bool = False  # whether the call before was a write to /proc/sys

    def add_calls(self, pairs: Iterable[ClassifiedCall], *, wrappers: Collection[int]) -> None:
        """Add the commands of a call, or the pauses and notes in their place.

        The outermost wrapper gets a note; wrappers inside wrappers are omitted.
        """
        for call, command in pairs:
            if _runs_with_its_caller(call, wrappers):
                continue

            self._add_notes(call)
            if call.number not in wrappers:
                self._add_call(call, command)
            elif call.caller not in wrappers and isinstance(command, Command):
                self.events.append(wrapper_note(command))

    def _add_call(self, call: Call, command: Command | Note) -> None:
        """Add a command with its result, or the pause or the note in its place."""
        was_write, self._was_write = self._was_write, is_write(call)
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
        if is_write(call) and not was_write:
            self.events.append(Note(WRITE_NOTE))

        self._count += 1
        self.events += command_events(self._count, call, command=command, script=self.script)
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
        self, position: int, pair: ClassifiedCall, *, process: CallProcess
    ) -> None:
        """Add the start or the end of a background process, or a signal.

        A signal that no shim has seen has the position of the end, or of the start.
        """
        call, command = pair
        assert isinstance(command, Command), "a note is no process"

        if call.number not in self._numbers:
            self._start(call, command, process=process)
        if position in process.signals:
            self._signal(call, process.signals[position])
        if position == process.end:
            self._end(call, command)

    def _start(self, call: Call, command: Command, *, process: CallProcess) -> None:
        """Add the start of a process."""
        self._add_pause(call.started)
        self._add_notes(call)
        self._count += 1
        self._numbers[call.number] = self._count

        program, _ = program_of(command) or (command.argv, None)
        name = derive_process_name(program[0], self._names)
        self._names.add(name)
        call_site = call_site_of(call, self.script)
        event = ProcessEvent(self._count, command, name, call_site=call_site)
        self.events.append(event)
        for port in call.ports:
            self._open_ports.append(_PortOfProcess(port, event, len(self.events) - 1))
        if missing_program(call.argv, call.stderr) is None:
            self.events.append(ProcessStarted(self._count, process.pid or 0))
            self._running.add(self._count)

        self._last_time = max(self._last_time, call.started)
        if is_unshare(command.argv):
            # Its pid means another namespace a moment later.
            self.events.append(Sleep(UNSHARE_SECONDS))
            self._last_time += UNSHARE_SECONDS

    def _signal(self, call: Call, signal: str) -> None:
        """Add a signal, behind the pause before it."""
        sent = self._sent.get(call.number, 0)
        self._sent[call.number] = sent + 1
        time = call.started + call.seconds if call.status is not None else None
        if sent < len(call.signal_times):
            time = call.signal_times[sent]
        if time is not None:
            self._add_pause(time)

        number = self._numbers[call.number]
        self.events.append(ProcessAction(number, "signal", signal=signal))

    def _end(self, call: Call, command: Command) -> None:
        """Add the end of a process, for which the script need not have waited."""
        number = self._numbers[call.number]
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


def without_calls_of(calls: Iterable[Call], programs: Collection[int]) -> list[Call]:
    """Return the calls without those that some programs made, at any depth."""
    kept: list[Call] = []
    omitted = set(programs)

    for call in calls:
        if call.caller in omitted:
            omitted.add(call.number)
        else:
            kept.append(call)
    return kept


def without_calls_of_batches(calls: Sequence[Call]) -> list[Call]:
    """Return the calls without those that the lines of a batch made: the lines stand for them."""
    return without_calls_of(calls, {call.number for call in calls if is_batch(call)})


def call_site_of(call: Call, script: Script | None) -> str | None:
    """Return FILE:LINE of the script's command that made a call."""
    return None if script is None else script.call_site(call)


def wrapper_note(command: Command) -> Note:
    """Return the note that replaces a program whose own calls are recorded."""
    return Note(f"{command}: the calls that it made follow")


@define
class CallClassifier:
    """Converts calls, in order, to commands or notes; knows the secrets of the calls before."""

    _known_secrets: dict[str, str] = field(factory=dict, init=False, repr=False)

    def redact(self, text: str) -> str:
        """Return a text without the secrets of the calls so far."""
        return redact_text(text, self._known_secrets)

    def classify(self, call: Call, *, may_run: bool = False) -> ClassifiedCall:
        """Return a call with its command or its note, as `read`.

        A program that a signal ended, or that has not ended, has a note. With ``may_run``, one that
        has not ended is a command, too: the recording goes on.
        """
        redacted_call, command = self.read(call)
        if isinstance(command, Note) or (may_run and call.status is None):
            return redacted_call, command
        return redacted_call, interruption_note(call, command) or command

    def read(self, call: Call) -> ClassifiedCall:
        """Return a call with its command, or the note on a call that no command can repeat.

        Secrets are redacted in the arguments and in the output.
        """
        try:
            command = redact_command(_to_command(call), self._known_secrets)
        except IpwrapError as error:
            return call, Note(f"not recorded: a call of {call.argv[0]}: {error}")

        revealed = {secret.name: secret.reveal() for secret in command.secrets}
        self._known_secrets |= revealed
        if command.output_secret is not None:
            # The program printed a new secret (as `wg genkey` does), which later calls may contain.
            self._known_secrets[command.output_secret] = call.stdout.strip()
        printed = find_printed_secrets(command, call.stdout, known=self._known_secrets)
        self._known_secrets |= printed

        redacted_call = evolve(
            call,
            stdout=redact_text(call.stdout, self._known_secrets),
            stderr=redact_text(call.stderr, self._known_secrets),
        )

        if call.netns == "?":
            note = f"in a namespace without a name, and not repeated: {command}"
            return redacted_call, Note(note)

        return redacted_call, command


def _to_command(call: Call) -> Command:
    """Return the command of a call.

    A replay need not have the files of the script: a kept file becomes the standard input.
    """
    argv, stdin = call.argv, call.stdin

    if call.file is not None and stdin is None:
        file_index = _kept_file_index(argv)
        if file_index is not None:
            argv = _replace_argument(argv, file_index, by=STDIN_FILE)
            stdin = call.file

    netns = None if call.netns == "?" else call.netns
    command = classify(argv, netns, stdin=stdin)
    if stdin is None or "-batch" not in command.flags:
        return command

    # shim.sh keeps the file of a batch as standard input, which iproute2 reads as `-batch -`.
    batch_index = command.argv.index("-batch") + 1
    return evolve(command, argv=_replace_argument(command.argv, batch_index, by="-"))


def _replace_argument(argv: tuple[str, ...], index: int, *, by: str) -> tuple[str, ...]:
    """Return the arguments with a replaced argument."""
    replaced = list(argv)
    replaced[index] = by
    return tuple(replaced)


def _kept_file_index(argv: tuple[str, ...]) -> int | None:
    """Return the index of the argument that names the file kept by the shim."""
    # A process substitution `<(…)` of bash: a pipe, readable only once.
    for index, argument in enumerate(argv):
        if argument.startswith("/dev/fd/"):
            return index

    keywords: set[str] = set()
    for program, program_keywords in KEPT_FILES.items():
        if program in argv:
            keywords.update(program_keywords)

    for index in range(1, len(argv)):
        if argv[index - 1] in keywords:
            return index

    return None


def interruption_note(call: Call, command: Command) -> Note | None:
    """Return the note on a program that did not end by itself, and may not end in a replay either.

    None for any other, and for changes of iproute2, which always end.
    """
    ended_by_itself = call.status is not None and not call.signalled
    is_iproute2_change = command.changes and command.argv[0] in IPROUTE2
    if ended_by_itself or is_iproute2_change:
        return None

    reason = "still ran at the end" if call.status is None else "was ended by a signal"
    return Note(f"{reason}, and is not repeated: {command}")


def find_wrappers(classified: list[ClassifiedCall]) -> set[int]:
    """Return the numbers of the calls whose programs made changes by calls of their own.

    The whole chain of callers above a change counts.
    """
    callers = {call.number: call.caller for call, _ in classified}
    wrappers: set[int] = set()

    for call, command in classified:
        if not isinstance(command, Command) or not command.changes or is_write(call):
            continue

        caller = call.caller
        while caller is not None and caller not in wrappers:
            wrappers.add(caller)
            caller = callers.get(caller)

    return wrappers


def command_events(
    number: int, call: Call, *, command: Command, script: Script | None
) -> Iterator[Event]:
    """Yield the event of a command and, if the call has ended, the event of its result."""
    call_site = call_site_of(call, script)
    yield CommandEvent(number, command, call_site)

    if call.status is None:
        return

    is_missing = missing_program(call.argv, call.stderr) is not None
    result = Result(
        command,
        MISSING_PROGRAM if is_missing else call.status,
        call.stdout,
        call.stderr,
        call.started,
        call.seconds,
        call_site,
    )
    for identity in call.identities:
        result = evolve(
            result,
            links=identity.links,
            namespaces=identity.namespaces,
            devices=identity.devices,
        )
    yield ResultEvent(number, result)
