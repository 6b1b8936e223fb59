"""The commands that give links their wanted names and namespaces back, and the state after."""

from attrs import define, field

from ipwrap.apply.moved_state import follow_move, set_down
from ipwrap.apply.new_netns import new_netns
from ipwrap.apply.replacement import must_be_replaced
from ipwrap.apply.same_links import same_links
from ipwrap.command import Command
from ipwrap.objects.base import build_command
from ipwrap.objects.link import restored_link
from ipwrap.recording import State
from ipwrap.undo.link_data import (
    LinkLocation,
    find_lower_link,
    link_at,
    links_by_name,
    ports_of,
    upper_links,
)
from ipwrap.undo.link_options import collect_link_command, set_up
from ipwrap.undo.state_edit import copy_state

__all__ = ["Moves", "add_netns_command", "move_links"]

Pairs = dict[LinkLocation, LinkLocation]


def move_links(
    current: State, wanted: State, *, is_same_place: bool = False, down_first: bool = False
) -> "Moves":
    """Rename and move the links that are certainly the wanted ones: see `same_links`.

    A link whose place another one has that stays is left, and one that would have to be made anew
    there. ``down_first``: the kernel renames no link that is up, as before Linux 6.2.
    """
    pairs = same_links(current, wanted, is_same_place=is_same_place)

    while True:
        pairs = _possible(pairs, current)
        moves = Moves(copy_state(current), wanted, down_first=down_first)
        moves.move_all(pairs)

        useful = {
            old: new
            for old, new in pairs.items()
            if not must_be_replaced(moves.state, wanted, location=new)
        }
        if useful == pairs:
            return moves
        pairs = useful


def add_netns_command(name: str) -> Command:
    """Return the command that adds a namespace."""
    return build_command(("ip", "netns"), "add", netns=None, fields={"name": name})


def _possible(pairs: Pairs, state: State) -> Pairs:
    """Return the moves to a place that is free, or that a link leaves which can move as well."""
    possible = {old: new for old, new in pairs.items() if _can_leave(state, old, target=new[0])}
    while True:
        kept = {
            old: new
            for old, new in possible.items()
            if new in possible or not _is_taken(state, new)
        }
        if kept == possible:
            return kept
        possible = kept


def _can_leave(state: State, location: LinkLocation, *, target: str) -> bool:
    """Return whether a link can go to a namespace with all that is above it."""
    if location[0] == target:
        return True
    if upper_links(state, location) or ports_of(state, location):
        return False
    return all(
        find_lower_link(state, (netns, name)) != location
        for netns, nouns in state.items()
        for name in links_by_name(nouns)
    )


def _is_taken(state: State, location: LinkLocation) -> bool:
    """Return whether a link has a name, also as an alternative one."""
    netns, name = location
    return any(
        name in (link["ifname"], *link.get("altnames", ()))
        for link in state.get(netns, {}).get("link", ())
    )


@define
class Moves:
    """The commands that move links, and add namespaces for them, and the ``state`` after."""

    state: State
    wanted: State
    down_first: bool = field(kw_only=True)
    commands: list[Command] = field(factory=list, init=False)

    def move_all(self, pairs: Pairs) -> None:
        """Move links, each to a free name: where names go round, one gets another meanwhile."""
        waiting = dict(pairs)
        while waiting:
            free = [old for old, new in waiting.items() if not _is_taken(self.state, new)]
            if free:
                self._move(free[0], waiting.pop(free[0]))
                continue

            old, new = waiting.popitem()
            temporary = (old[0], self._free_name())
            self._move(old, temporary)
            waiting[temporary] = new

    def _free_name(self) -> str:
        """Return a name that no link has."""
        states = (self.state, self.wanted)
        number = 0
        while any(_is_taken(state, (netns, f"tmp{number}")) for state in states for netns in state):
            number += 1
        return f"tmp{number}"

    def _move(self, old: LinkLocation, new: LinkLocation) -> None:
        """Rename or move a link."""
        if new[0] not in self.state:
            self.commands.append(add_netns_command(new[0]))
            self.state[new[0]] = new_netns(self.wanted[new[0]])

        # Another namespace takes a link down by itself: __dev_change_net_namespace().
        is_up = "UP" in link_at(self.state, old).get("flags", ())
        if self.down_first and is_up and old[0] == new[0]:
            self.commands.append(set_up(old, up=False))
            set_down(self.state, old)

        restored = restored_link(old[1], old[0] or None, old_name=new[1], old_netns=new[0] or None)
        name, target = restored.identity.get("name"), restored.identity.get("netns")
        command = collect_link_command(
            old[0], lambda link: link.set(old[1], name=name, netns=target)
        )
        self.commands.append(command)
        follow_move(self.state, old, new=new, restore=restored)
