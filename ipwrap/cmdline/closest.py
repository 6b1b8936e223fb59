"""The change that a verb makes of what somebody typed, as far as it knows the words: what they make, drop or become.

Nothing is proven here, and nothing runs by it: it tells what to take away of what other programs have made.
"""

from collections.abc import Iterator
from itertools import chain
from operator import itemgetter
from typing import Any

from attrs import evolve

from ipwrap.cmdline.grammar import Verb
from ipwrap.cmdline.parsed import ParsedCommand
from ipwrap.cmdline.reader import Call, call_of, candidate_calls, candidate_verbs
from ipwrap.command import Command
from ipwrap.options.table import parse_options

__all__ = ["closest_calls"]

WHOLE = frozenset({"rule"})  # with a word less it is another one that is meant


def closest_calls(typed: ParsedCommand) -> Command | None:
    """Return the command of the verb that comes nearest to a change: words that it does not know are left out."""
    typed = _as_link(typed) if typed.arguments[:1] == ("tunnel",) else typed
    for call in chain(candidate_calls(typed), _read_known_options(typed)):
        ran = call.to_commands()
        if ran and ran[-1].changes and ("-all" in ran[-1].flags) == ("-all" in typed.flags):
            return ran[-1]
    return None


def _read_known_options(typed: ParsedCommand) -> Iterator[Call]:
    """Yield what some of the words may be: what leaves the fewest out comes first."""
    if typed.arguments[0] not in WHOLE:
        known = [(*_known(verb, typed), verb) for verb in candidate_verbs(typed)]
        yield from (
            call_of(verb, values, typed) for _, values, verb in sorted(known, key=itemgetter(0))
        )


def _known(verb: Verb, typed: ParsedCommand) -> tuple[int, dict[str, Any]]:
    """Return how many words a verb does not know, and the values that the others say to it."""
    words = list(typed.rest)
    while True:
        values, count = parse_options(verb.rows, words, verb.aliases)
        if count == len(words):
            return len(typed.rest) - count, values
        del words[_unknown(verb, words)]


def _unknown(verb: Verb, words: list[str]) -> int:
    """Return the place of the first word that a verb does not know, also among those of a kind."""
    places = reversed(range(len(words)))
    return next(
        place
        for place in places
        if parse_options(verb.rows, words[:place], verb.aliases)[1] == place
    )


def _as_link(typed: ParsedCommand) -> ParsedCommand:
    """Return `ip tunnel`, of which there is no verb, as `ip link`."""
    said, words = ("link", *typed.arguments[1:]), typed.rest[typed.rest[:1] == ("name",) :]
    return evolve(
        typed, arguments=said, words=(*said, *(("dev", words[0], "type", "gre") if words else ()))
    )
