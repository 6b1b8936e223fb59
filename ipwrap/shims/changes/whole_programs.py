"""Programs that are recorded whole, since the calls they made do not explain the changes."""

from collections.abc import Iterable, Sequence

from ipwrap.cmdline.program_effects import has_known_effects, program_of
from ipwrap.cmdline.wrappers import innermost_program
from ipwrap.command import Command
from ipwrap.shims.calls.call import Call
from ipwrap.shims.changes.unexplained import Change
from ipwrap.shims.events.call_commands import CallConverter
from ipwrap.shims.events.callers import find_wrappers

__all__ = ["find_whole_programs"]


def find_whole_programs(calls: Sequence[Call], changes: Iterable[Change]) -> dict[int, str]:
    """Return the numbers of the programs to keep whole, with a note of the reason.

    A program is kept whole if a replay can run it again, no kept program called it, and either the
    program or a program it called ran in the namespace of an unexplained change.
    """
    reasons: dict[str, list[str]] = {}
    for change in changes:
        reasons.setdefault(change.netns, []).append(change.text)

    converter = CallConverter()
    converted = [converter.convert_repeatable(call) for call in calls]
    wrappers = find_wrappers(converted)

    notes: dict[int, str] = {}
    for call, command in converted:
        is_outermost = call.number in wrappers and call.caller not in wrappers
        if not is_outermost or not isinstance(command, Command):
            continue
        if not _is_repeatable(call, command):
            continue

        texts: list[str] = []
        for netns in sorted(_namespaces_of(call, command, calls=calls)):
            texts += reasons.get(netns, ())
        if texts:
            notes[call.number] = f"recorded whole, as its calls do not explain: {'; '.join(texts)}"
    return notes


def _is_repeatable(call: Call, command: Command) -> bool:
    """Return whether a replay can run a program again: it has ended, and its input is known."""
    program = program_of(command)
    if program is None:
        return False

    argv, _ = program
    if has_known_effects(argv):
        return False

    has_ended = call.status is not None and not call.signalled
    reads_stdin = len(innermost_program(argv)) == 1 or argv[-1] in ("-", "-s")
    return has_ended and (not reads_stdin or command.stdin is not None)


def _namespaces_of(call: Call, command: Command, *, calls: Iterable[Call]) -> set[str]:
    """Return the namespaces of a program, and of the calls that the program made."""
    program = program_of(command)
    namespaces = {command.netns or ""} if program is None else {program[1] or ""}
    programs = {call.number}

    for inner in calls:
        if inner.caller in programs:
            programs.add(inner.number)
            namespaces.add(inner.netns or "")
    return namespaces
