"""The change that a verb makes of what somebody typed, as far as it knows the words: what they make, drop or become.

Nothing is proven here, and nothing runs by it: it tells what to take away of what other programs have made.
"""

from collections.abc import Iterator
from itertools import chain
from operator import itemgetter
from typing import Any

from attrs import evolve

from ipwrap.cmdline.grammar import Verb
from ipwrap.cmdline.parsed import Typed
from ipwrap.cmdline.reader import Call, call_of, calls_meant, verbs_meant
from ipwrap.command import Command
from ipwrap.options.table import take_rows

__all__ = ["nearest"]

WHOLE = frozenset({"rule"})  # with a word less it is another one that is meant


def nearest(typed: Typed) -> Command | None:
    """Return the command of the verb that comes nearest to a change: words that it does not know are left out."""
    typed = _as_link(typed) if typed.said[:1] == ("tunnel",) else typed
    for call in chain(calls_meant(typed), _partly(typed)):
        ran = call.dry()
        if ran and ran[-1].changes and ("-all" in ran[-1].flags) == ("-all" in typed.flags):
            return ran[-1]
    return None


def _partly(typed: Typed) -> Iterator[Call]:
    """Yield what some of the words may be: what leaves the fewest out comes first."""
    if typed.said[0] not in WHOLE:
        known = [(*_known(verb, typed), verb) for verb in verbs_meant(typed)]
        yield from (call_of(verb, values, typed) for _, values, verb in sorted(known, key=itemgetter(0)))


def _known(verb: Verb, typed: Typed) -> tuple[int, dict[str, Any]]:
    """Return how many words a verb does not know, and the values that the others say to it."""
    words = list(typed.rest)
    while True:
        values, count = take_rows(verb.rows, words, verb.said_as)
        if count == len(words):
            return len(typed.rest) - count, values
        del words[_unknown(verb, words)]


def _unknown(verb: Verb, words: list[str]) -> int:
    """Return the place of the first word that a verb does not know, also among those of a kind."""
    places = reversed(range(len(words)))
    return next(place for place in places if take_rows(verb.rows, words[:place], verb.said_as)[1] == place)


def _as_link(typed: Typed) -> Typed:
    """Return `ip tunnel`, of which there is no verb, as `ip link`."""
    said, words = ("link", *typed.said[1:]), typed.rest[typed.rest[:1] == ("name",) :]
    return evolve(typed, said=said, words=(*said, *(("dev", words[0], "type", "gre") if words else ())))
