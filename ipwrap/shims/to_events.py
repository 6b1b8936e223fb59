"""Convert recorded calls to the events of a recording.

A program run in a namespace (`ip netns exec red bash …`) is replaced by the program's own calls, if
a call changed the network; otherwise a replay runs the program again. A batch becomes a command for
each line. Two sorts of calls become notes, since a replay must not repeat them: programs without a
normal end (a server that was killed, or left running), and calls in a namespace without a name.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from attrs import define, evolve, field, frozen

from ipwrap.command import IPROUTE2, Command
from ipwrap.errors import IpwrapError
from ipwrap.recording import CommandEvent, Event, Note, ResultEvent
from ipwrap.result import Result
from ipwrap.secrets.redact import find_printed_secrets, redact_command
from ipwrap.secrets.secret import redact_text
from ipwrap.shims.batch_parser import split_batch
from ipwrap.shims.calls import Call
from ipwrap.shims.classify import classify
from ipwrap.shims.script_lines import Location, ScriptLines
from ipwrap.shims.script_notes import ScriptNotes

__all__ = [
    "CallClassifier",
    "Script",
    "command_events",
    "to_events",
    "wrapper_note",
]

STDIN_FILE = "/dev/stdin"

# Keywords before a file name whose content shim.sh keeps, by program.
KEPT_FILES = {"nft": ("-f",), "wg": ("private-key", "preshared-key")}

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


def to_events(calls: Iterable[Call], script: Script | None = None) -> list[Event]:
    """Return the events for calls, in order, with commands numbered from 1.

    The prose of the script becomes notes.
    """
    calls = list(calls)
    script = None if script is None else script.locate(calls)
    notes = None if script is None else ScriptNotes(script.lines)

    single_calls: list[Call] = []
    for call in calls:
        single_calls += split_batch(call)

    classifier = CallClassifier()
    classified = [classifier.classify(call) for call in single_calls]
    wrappers = _find_wrappers(classified)

    events: list[Event] = []
    number = 0

    for call, command in classified:
        # The outermost wrapper gets a note; wrappers inside wrappers are omitted.
        is_wrapper = call.number in wrappers
        is_in_wrapper = call.caller in wrappers

        if script is not None and notes is not None and call.number in script.locations:
            prose = notes.before(script.locations[call.number])
            events += [Note(classifier.redact(text)) for text in prose]

        if isinstance(command, Note):
            events.append(command)
        elif is_wrapper and not is_in_wrapper:
            events.append(wrapper_note(command))
        elif not is_wrapper:
            number += 1
            events += command_events(number, call, command=command, script=script)

    return events


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
        """Return a call with its command or its note.

        Secrets are redacted in the arguments and in the output. With ``may_run``, a program that
        has not ended is a command, too: the recording goes on.
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

        runs = call.status is None
        if _was_interrupted(call, command) and not (may_run and runs):
            reason = "still ran at the end" if runs else "was ended by a signal"
            return redacted_call, Note(f"{reason}, and is not repeated: {command}")

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


def _was_interrupted(call: Call, command: Command) -> bool:
    """Return whether a program did not end by itself, and may not end in a replay either.

    Changes of iproute2 are exempt: they always end.
    """
    ended_by_itself = call.status is not None and not call.signalled
    is_iproute2_change = command.changes and command.argv[0] in IPROUTE2
    return not ended_by_itself and not is_iproute2_change


def _find_wrappers(classified: list[ClassifiedCall]) -> set[int]:
    """Return the numbers of the calls whose programs made changes by calls of their own.

    The whole chain of callers above a change counts.
    """
    callers = {call.number: call.caller for call, _ in classified}
    wrappers: set[int] = set()

    for call, command in classified:
        if not isinstance(command, Command) or not command.changes:
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
    call_site = None if script is None else script.call_site(call)
    yield CommandEvent(number, command, call_site)

    if call.status is None:
        return

    result = Result(
        command,
        call.status,
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
