"""The verb closest to a typed change, for the objects that the change creates, deletes or renames.

The result is neither verified nor run: it only describes how to revert another program's change.
"""

from collections.abc import Iterator
from operator import itemgetter
from typing import Any

from attrs import evolve

from ipwrap.cmdline.grammar import Verb
from ipwrap.cmdline.parsed import ParsedCommand
from ipwrap.cmdline.reader import Call, call_of, candidate_calls, candidate_verbs
from ipwrap.command import Command
from ipwrap.options.table import parse_options

__all__ = ["closest_command"]

# Every argument of these objects belongs to their identity: without one, another object is meant.
IDENTIFIED_BY_ALL_ARGUMENTS = frozenset({"rule"})


def closest_command(typed: ParsedCommand) -> Command | None:
    """Return the change of the closest verb, without the arguments unknown to the verb."""
    # `-n PATH`: an object in a namespace without a name is out of reach by name.
    if not typed.arguments or "-n" in typed.flags or typed.batch is not None:
        return None
    if typed.arguments[:1] == ("tunnel",):
        typed = _tunnel_as_link(typed)

    for call in (*candidate_calls(typed), *_calls_of_known_arguments(typed)):
        commands = call.to_commands()
        if not commands or not commands[-1].changes:
            continue

        if ("-all" in commands[-1].flags) == ("-all" in typed.flags):
            return commands[-1]

    return None


def _calls_of_known_arguments(typed: ParsedCommand) -> Iterator[Call]:
    """Yield calls with a verb's known arguments, the fewest unknown arguments first."""
    if typed.arguments[0] in IDENTIFIED_BY_ALL_ARGUMENTS:
        return

    readings = [(*_read_known_arguments(verb, typed), verb) for verb in candidate_verbs(typed)]
    readings.sort(key=itemgetter(0))

    for _, values, verb in readings:
        yield call_of(verb, values, typed=typed)


def _read_known_arguments(verb: Verb, typed: ParsedCommand) -> tuple[int, dict[str, Any]]:
    """Return the number of arguments unknown to a verb, and the values of the known arguments."""
    arguments = list(typed.rest)

    while True:
        values, count = parse_options(verb.rows, arguments, aliases=verb.aliases)
        if count == len(arguments):
            return len(typed.rest) - count, values

        del arguments[_first_unknown(verb, arguments)]


def _first_unknown(verb: Verb, arguments: list[str]) -> int:
    """Return the position of the first argument that a verb does not know, also among the options
    of a kind.
    """
    for position in reversed(range(len(arguments))):
        _, count = parse_options(verb.rows, arguments[:position], aliases=verb.aliases)
        if count == position:
            return position

    raise AssertionError("no arguments at all are always readable")


def _tunnel_as_link(typed: ParsedCommand) -> ParsedCommand:
    """Return `ip tunnel`, which has no verbs here, as `ip link`."""
    arguments = ("link", *typed.arguments[1:])

    rest = typed.rest
    if rest[:1] == ("name",):
        rest = rest[1:]

    name = ("dev", rest[0], "type", "gre") if rest else ()
    return evolve(typed, arguments=arguments, words=(*arguments, *name))
