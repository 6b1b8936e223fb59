"""MAC addresses that the kernel chose and that a script read and then named: they are given to the links at once.

A script may read a link's address and set a neighbour by it. Run again, the kernel would choose another one. So behind
the command that makes the link, one is put in that gives it the address. (Later would be too late: a link that gets
another address forgets its neighbours.)
"""

from collections.abc import Iterable, Iterator

from attrs import evolve

from ipwrap.command import Command
from ipwrap.options.validation import MAC
from ipwrap.recording import CommandEvent, Event, Note, ResultEvent
from ipwrap.result import Result
from ipwrap.state import State

__all__ = ["pin_macs"]

Links = dict[tuple[str | None, str], str]
MAC_KEYWORDS = "the kernel chose this address, and a later command names it"


def pin_macs(events: list[Event], before: State, after: State) -> list[Event]:
    """Return the events, numbered anew, with the addresses that the kernel chose and a change names."""
    wanted = _wanted(
        [event.command for event in events if isinstance(event, CommandEvent)], _new(before, after)
    )
    made: list[Event] = []
    for event in events:
        made.append(event)
        if isinstance(event, ResultEvent) and event.result.ok:
            for thing in event.result.command.creates:
                mac = wanted.pop((thing.netns, thing.name), None) if thing.noun == "link" else None
                made += () if mac is None else _given(mac, thing.netns, thing.name)
    return list(_numbered(made))


def _new(before: State, after: State) -> Links:
    """Return the addresses of the links that were not there before."""
    old = {
        (netns or None, link.get("ifname"))
        for netns, nouns in before.items()
        for link in nouns.get("link", ())
    }
    links = (
        (netns or None, link) for netns, nouns in after.items() for link in nouns.get("link", ())
    )
    ethernet = ((netns, link) for netns, link in links if link.get("link_type") == "ether")
    return {
        (netns, link["ifname"]): link["address"]
        for netns, link in ethernet
        if (netns, link["ifname"]) not in old
    }


def _wanted(commands: Iterable[Command], links: Links) -> Links:
    """Return the links whose address a change names, and none gives to a link."""
    named: set[str] = set()
    given: set[str] = set()
    for command in commands:
        macs = {word.lower() for word in command.argv if MAC.fullmatch(word)}
        if command.changes and macs:
            (given if command.argv[0] == "ip" and "link" in command.argv[1:3] else named).update(
                macs
            )
    return {link: mac for link, mac in links.items() if mac in named - given}


def _given(mac: str, netns: str | None, name: str) -> tuple[Event, ...]:
    """Return what gives a link its address."""
    command = Command(("ip", "link", "set", "dev", name, "address", mac), netns)
    return Note(MAC_KEYWORDS), CommandEvent(0, command), ResultEvent(0, Result(command))


def _numbered(events: Iterable[Event]) -> Iterator[Event]:
    """Yield the events, the commands numbered from 1."""
    number = 0
    for event in events:
        number += isinstance(event, CommandEvent)
        yield (
            evolve(event, number=number)
            if isinstance(event, (CommandEvent, ResultEvent))
            else event
        )
