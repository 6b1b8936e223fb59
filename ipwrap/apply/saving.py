"""`save`: a state as the commands that build it, in a format of `ipwrap.export`."""

import json
from collections.abc import Iterable, Iterator
from typing import Literal

from attrs import frozen

from ipwrap.apply.address_waits import AddressWaits
from ipwrap.apply.new_netns import new_netns
from ipwrap.apply.planning import plan
from ipwrap.apply.process_names import name_processes
from ipwrap.apply.selection import select
from ipwrap.apply.stand_ins import StandIn, with_stand_ins
from ipwrap.command import Command
from ipwrap.errors import UnknownOption
from ipwrap.export import FORMATS
from ipwrap.recording import (
    CommandEvent,
    Event,
    Header,
    Note,
    Recording,
    ResultEvent,
    State,
)
from ipwrap.result import Result

__all__ = ["SAVE_FORMATS", "SaveFormat", "Saved", "build_commands", "save"]

SaveFormat = Literal["sh", "plain", "batch", "python", "json"]
# What no command here makes, by the noun in a state.
UNSAVED = {
    "nft": "rules of nft",
    "iptables": "rules of iptables",
    "ip6tables": "rules of ip6tables",
}
SAVE_FORMATS: tuple[SaveFormat, ...] = ("sh", "plain", "batch", "python", "json")


@frozen
class Saved:
    """The commands that build a state, and a line for each part that is not as it was."""

    commands: tuple[Command, ...]
    notes: tuple[str, ...]


def build_commands(
    state: State, *, netns: Iterable[str] = (), stand_in: StandIn = "dummy"
) -> Saved:
    """Return the commands that build a state in a new place: see `save`."""
    named = name_processes(state)
    stand_ins = with_stand_ins(select(named.state, [*netns]), stand_in=stand_in)
    wanted = stand_ins.state

    # The place's own namespace is there already, like a new one.
    start = {"": new_netns(wanted[""])} if "" in wanted else {}
    build = plan(start, wanted)
    notes = [*named.notes, *stand_ins.notes, *build.problems, *_unsaved(state)]
    return Saved(build.commands, tuple(notes))


def save(
    state: State,
    *,
    format: SaveFormat = "sh",  # noqa: A002 - the user's word
    netns: Iterable[str] = (),
    stand_in: StandIn = "dummy",
) -> str:
    """Return the commands that build a state, as a script or as JSON.

    ``format`` is "sh" (a script that also takes down what it has built), "plain" (a list of
    commands), "batch", "python", or "json": an object with ``commands`` (``argv`` and ``netns``)
    and ``notes``. ``netns`` are patterns of namespaces, all by default; a link whose other end is
    in another namespace then gets a ``stand_in``, as hardware does: a dummy, or a veth for kernels
    without dummies. The script says so in comments.

    Raises `UnknownOption` for another format.
    """
    if format not in SAVE_FORMATS:
        raise UnknownOption(f"format: {format!r} is not one of {', '.join(SAVE_FORMATS)}")

    saved = build_commands(state, netns=netns, stand_in=stand_in)
    if format == "json":
        return _to_json(saved)

    recording = Recording(Header(), [*_events(saved)])
    return FORMATS[format](recording)


def _to_json(saved: Saved) -> str:
    """Return the commands and the notes as one JSON object."""
    commands = [
        {"argv": list(command.full_argv), "netns": command.netns} for command in saved.commands
    ]
    return json.dumps({"commands": commands, "notes": list(saved.notes)}, indent=1) + "\n"


def _events(saved: Saved) -> Iterator[Event]:
    """Yield the events of a recording in which the commands have run."""
    for note in saved.notes:
        yield Note(note)

    waits = AddressWaits()
    for number, command in enumerate(saved.commands, start=1):
        yield from waits.before(command)
        yield CommandEvent(number, command)
        yield ResultEvent(number, Result(command))


def _unsaved(state: State) -> Iterator[str]:
    """Yield a line for each kind of object in a state that no command of the script makes."""
    for netns, nouns in state.items():
        place = f" in {netns}" if netns else ""
        for noun, objects_of_noun in UNSAVED.items():
            if nouns.get(noun):
                yield f"the {objects_of_noun}{place} are not in this script"
