"""Calls as the events of a recording.

What a program in a namespace (`ip netns exec red bash …`) did by calls of its own is told by those; the program is run
again only if it changed nothing that way. A batch becomes a command a line. What has not ended by itself (a server that
was killed, or left running) is not run again, and neither is what ran in a namespace without a name: both are notes.
"""

from collections.abc import Iterable, Iterator

from attrs import evolve, frozen

from ipwrap.command import IPROUTE2, Command
from ipwrap.errors import IpwrapError
from ipwrap.recording import CommandEvent, Event, Note, ResultEvent
from ipwrap.result import Result
from ipwrap.secrets.redact import redact_command
from ipwrap.secrets.secret import redact_text
from ipwrap.shims.batch_parser import single
from ipwrap.shims.calls import Call
from ipwrap.shims.classify import classify

__all__ = ["Script", "to_events"]

GIVEN = "/dev/stdin"
KEPT_FILES = {"nft": ("-f",), "wg": ("private-key", "preshared-key")}  # as the shim keeps them


@frozen
class Script:
    """The script that was run: turns how far bash had read it into a line."""

    name: str
    text: bytes

    def at(self, read: int | None) -> str | None:
        """Return the file and the line on which the command ends that bash had read last."""
        if read is None:
            return None
        line = self.text[:read].rstrip().count(b"\n") + 1
        return f"{self.name}:{line}"


def to_events(found: Iterable[Call], script: Script | None = None) -> list[Event]:
    """Return the events that calls are, in order, numbered from 1."""
    calls = [each for call in found for each in single(call)]
    told = list(_commands(calls))
    outer = _covered_by_own_calls(told)
    made: list[Event] = []
    number = 0
    for call, command in told:
        if isinstance(command, Note):
            made.append(command)
        elif call.number in outer and call.inside not in outer:
            made.append(Note(f"{command}: the calls that it made follow"))
        elif call.number not in outer:
            number += 1
            made += _events(number, call, command, script)
    return made


def _commands(calls: list[Call]) -> Iterator[tuple[Call, Command | Note]]:
    """Yield each call with its command; a note of one that cannot be said as one, or not be repeated.

    Secrets among its words, and what else it says of them, are hidden.
    """
    known: dict[str, str] = {}
    for call in calls:
        try:
            command = redact_command(_command(call), known)
        except IpwrapError as error:
            yield call, Note(f"not recorded: a call of {call.argv[0]}: {error}")
            continue
        known |= {each.name: each.reveal() for each in command.secrets}
        if command.output_secret is not None:
            known[command.output_secret] = call.stdout.strip()
        call = evolve(
            call, stdout=redact_text(call.stdout, known), stderr=redact_text(call.stderr, known)
        )
        if call.netns == "?":
            yield call, Note(f"in a namespace without a name, and not repeated: {command}")
        elif _was_interrupted(call, command):
            how = "still ran at the end" if call.status is None else "was ended by a signal"
            yield call, Note(f"{how}, and is not repeated: {command}")
        else:
            yield call, command


def _command(call: Call) -> Command:
    """Return the command of a call; a file that it named comes on stdin, where a program takes it from there."""
    argv, stdin = call.argv, call.stdin
    if call.file is not None and stdin is None:
        at = _place_of_file(argv)
        if at is not None:
            argv, stdin = (*argv[:at], GIVEN, *argv[at + 1 :]), call.file
    command = classify(argv, None if call.netns == "?" else call.netns, stdin=stdin)
    if stdin is None or "-batch" not in command.flags:
        return command
    at = command.argv.index("-batch") + 1
    return evolve(command, argv=(*command.argv[:at], "-", *command.argv[at + 1 :]))


def _place_of_file(argv: tuple[str, ...]) -> int | None:
    """Return which word is the file that the shim has kept."""
    for at, word in enumerate(argv):
        if word.startswith("/dev/fd/"):
            return at
    kept = {each for program, words in KEPT_FILES.items() if program in argv for each in words}
    return next((at for at, word in enumerate(argv) if at and argv[at - 1] in kept), None)


def _was_interrupted(call: Call, command: Command) -> bool:
    """Tell whether a program has not come to an end of its own, and would not if it were run again."""
    return (call.status is None or call.signalled) and not (
        command.changes and command.argv[0] in IPROUTE2
    )


def _covered_by_own_calls(told: list[tuple[Call, Command | Note]]) -> set[int]:
    """Return the calls whose programs made changes by calls of their own, or by calls of those."""
    parents = {call.number: call.inside for call, _ in told}
    outer: set[int] = set()
    for call, command in told:
        above = call.inside if isinstance(command, Command) and command.changes else None
        while above is not None and above not in outer:
            outer.add(above)
            above = parents.get(above)
    return outer


def _events(number: int, call: Call, command: Command, script: Script | None) -> Iterator[Event]:
    """Yield the events of one command."""
    at = None if script is None else script.at(call.read)
    yield CommandEvent(number, command, at)
    if call.status is not None:
        yield ResultEvent(
            number,
            Result(command, call.status, call.stdout, call.stderr, call.started, call.seconds, at),
        )
