"""What has to go before a wanted state can be built, and the state that is left then."""

from collections.abc import Collection, Iterator

from attrs import define, field

from ipwrap.apply.moves import add_netns_command
from ipwrap.apply.new_netns import new_netns
from ipwrap.apply.replacement import must_be_replaced
from ipwrap.command import Command, CreatedObject
from ipwrap.objects import delete_command
from ipwrap.recording import State
from ipwrap.undo.link_data import (
    LinkLocation,
    find_lower_link,
    find_peer,
    kind_of,
    link_at,
    links_by_name,
    upper_links,
)
from ipwrap.undo.state_edit import copy_state, drop_link

__all__ = ["Clearance", "clear_way"]


@define
class Clearance:
    """The commands that delete what is not wanted, and add namespaces, and the ``state`` after."""

    state: State
    commands: list[Command] = field(factory=list)
    problems: list[str] = field(factory=list)


def clear_way(
    current: State, wanted: State, *, refused: Collection[LinkLocation] = ()
) -> Clearance:
    """Delete namespaces and links that are not wanted, or not as wanted; add namespaces.

    ``refused`` are the links whose kernel has refused the change of an option: they are made anew.
    """
    clearance = Clearance(copy_state(current))
    for netns in [name for name in current if name not in wanted]:
        _delete_netns(clearance, netns)

    for location in [*_locations(current)]:
        if link_at(clearance.state, location):
            _clear_link(clearance, wanted, location=location, is_refused=location in refused)

    for netns in wanted:
        if netns not in current:
            clearance.commands.append(add_netns_command(netns))
            clearance.state[netns] = new_netns(wanted[netns])
    return clearance


def _locations(state: State) -> Iterator[LinkLocation]:
    """Yield the locations of all links."""
    for netns, nouns in state.items():
        for name in links_by_name(nouns):
            yield netns, name


def _delete_netns(clearance: Clearance, netns: str) -> None:
    """Delete a namespace with its links, and the other ends of these."""
    if not netns:
        return

    for name in [*links_by_name(clearance.state[netns])]:
        _drop(clearance.state, (netns, name))
    del clearance.state[netns]
    clearance.commands.append(delete_command(CreatedObject("netns", netns, {"name": netns})))


def _clear_link(
    clearance: Clearance, wanted: State, *, location: LinkLocation, is_refused: bool
) -> None:
    """Delete a link that is not wanted, or that no command can change as wanted."""
    netns, name = location
    present = link_at(clearance.state, location)
    target = link_at(wanted, location)
    is_replaced = is_refused or must_be_replaced(clearance.state, wanted, location=location)
    if target and not is_replaced:
        _delete_altnames(clearance, location, wanted=target.get("altnames", ()))
        return

    if kind_of(present) is None:
        # A new namespace has it: nobody can delete a loopback, or hardware.
        if present.get("link_type") != "loopback":
            place = f" (in {netns})" if netns else ""
            clearance.problems.append(f"{name}: hardware cannot be deleted{place}")
        return

    fields = {"dev": name}
    clearance.commands.append(delete_command(CreatedObject("link", name, fields, netns or None)))
    _drop(clearance.state, location)


def _delete_altnames(
    clearance: Clearance, location: LinkLocation, *, wanted: Collection[str]
) -> None:
    """Delete the alternative names that a link is not to have."""
    netns, name = location
    for altname in link_at(clearance.state, location).get("altnames", ()):
        if altname not in wanted:
            fields = {"dev": name, "altname": altname}
            created = CreatedObject("altname", altname, fields, netns or None, (name,))
            clearance.commands.append(delete_command(created))


def _drop(state: State, location: LinkLocation) -> None:
    """Remove a link from a state, with its peer and the links above both, as the kernel does."""
    peer = find_peer(state, location)
    for dropped in (location, *(() if peer is None else (peer,))):
        uppers = [*upper_links(state, dropped), *_uppers_elsewhere(state, dropped)]
        drop_link(state, dropped[0], name=dropped[1])
        for upper in uppers:
            if link_at(state, upper):
                _drop(state, upper)


def _uppers_elsewhere(state: State, location: LinkLocation) -> Iterator[LinkLocation]:
    """Yield the links of other namespaces that are above a link."""
    for candidate in [*_locations(state)]:
        link = link_at(state, candidate)
        if "link_netnsid" in link and find_lower_link(state, candidate) == location:
            yield candidate
