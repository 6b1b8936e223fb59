"""Pin kernel-assigned MAC addresses that a script read and used in a later command.

A script may read the address of a new link and add a neighbour with this address. On replay the
kernel would assign a different address. Therefore an `ip link set address` is inserted directly
after the command that creates the link. Later would be too late: a link whose address changes loses
its neighbours (NETDEV_CHANGEADDR in the kernel's net/ipv4/arp.c).
"""

from collections.abc import Iterable, Iterator

from attrs import evolve

from ipwrap.command import Command
from ipwrap.models import Json
from ipwrap.options.validation import MAC
from ipwrap.recording import (
    CommandEvent,
    Event,
    Note,
    ProcessAction,
    ProcessEvent,
    ProcessStarted,
    ResultEvent,
)
from ipwrap.result import Result
from ipwrap.state import State

__all__ = ["pin_macs"]

# Namespace (None: the first) and name of a link.
LinkKey = tuple[str | None, str]

NUMBERED = (CommandEvent, ProcessEvent, ProcessStarted, ProcessAction, ResultEvent)

PIN_NOTE = "the kernel chose this address, and a later command names it"


def pin_macs(events: list[Event], *, before: State, after: State) -> list[Event]:
    """Return the events, renumbered, with an `ip link set address` for each address to pin.

    Pinned are the kernel-assigned addresses of new links that a later change mentions.
    """
    commands = [event.command for event in events if isinstance(event, CommandEvent)]
    new_macs = _macs_of_new_links(before, after)
    pending = _macs_to_pin(commands, new_macs)

    pinned: list[Event] = []
    for event in events:
        pinned.append(event)

        for netns, link in _created_links(event):
            mac = pending.pop((netns, link), None)
            if mac is not None:
                pinned += _pin_events(mac, netns=netns, link=link)

    return list(_renumber(pinned))


def _created_links(event: Event) -> Iterator[LinkKey]:
    """Yield the links that a command created, if the event is the result of a success."""
    if not isinstance(event, ResultEvent) or not event.result.ok:
        return

    for created in event.result.command.creates:
        if created.noun == "link":
            yield created.netns, created.name


def _macs_of_new_links(before: State, after: State) -> dict[LinkKey, str]:
    """Return the addresses of the Ethernet links that exist only in the second state."""
    old_keys = {(netns, link.get("ifname")) for netns, link in _iter_links(before)}
    macs: dict[LinkKey, str] = {}

    for netns, link in _iter_links(after):
        if link.get("link_type") != "ether":
            continue

        key = (netns, link["ifname"])
        if key not in old_keys:
            macs[key] = link["address"]

    return macs


def _iter_links(state: State) -> Iterator[tuple[str | None, Json]]:
    """Yield the links of a state with their namespace (None: the first)."""
    for netns, objects in state.items():
        for link in objects.get("link", ()):
            yield netns or None, link


def _macs_to_pin(commands: Iterable[Command], macs: dict[LinkKey, str]) -> dict[LinkKey, str]:
    """Return the addresses that a change mentions and no `ip link` command sets."""
    mentioned: set[str] = set()
    set_by_script: set[str] = set()

    for command in commands:
        if not command.changes:
            continue

        command_macs = {word.lower() for word in command.argv if MAC.fullmatch(word)}
        is_ip_link = command.argv[0] == "ip" and "link" in command.argv[1:3]
        if is_ip_link:
            set_by_script |= command_macs
        else:
            mentioned |= command_macs

    wanted = mentioned - set_by_script
    return {key: mac for key, mac in macs.items() if mac in wanted}


def _pin_events(mac: str, *, netns: str | None, link: str) -> tuple[Event, ...]:
    """Return the events of a command that sets a link's address. Their number is a placeholder."""
    argv = ("ip", "link", "set", "dev", link, "address", mac)
    command = Command(argv, netns)
    result = Result(command)

    return (
        Note(PIN_NOTE),
        CommandEvent(0, command),
        ResultEvent(0, result),
    )


def _renumber(events: Iterable[Event]) -> Iterator[Event]:
    """Yield the events with commands and processes numbered from 1, in the order of their starts.

    What belongs to one of them gets its number.
    """
    numbers: dict[int, int] = {}
    count = 0

    for event in events:
        if isinstance(event, (CommandEvent, ProcessEvent)):
            count += 1
            numbers[event.number] = count

        if isinstance(event, NUMBERED):
            yield evolve(event, number=numbers[event.number])
        else:
            yield event
