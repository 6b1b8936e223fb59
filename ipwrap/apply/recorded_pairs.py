"""The namespaces behind the links of a recording's final state, as its commands tell.

`ip` prints only a number for the namespace of a link's other end, and recordings do not have the
list of these numbers. Several pairs with equal indexes could be taken for each other.
"""

from collections.abc import Iterator

from attrs import define, field

from ipwrap.cmdline.reader import Call, read_command
from ipwrap.command import Command
from ipwrap.kinds.paired import PairedKind
from ipwrap.options.validation import FIRST_NETNS
from ipwrap.recording import CommandEvent, RecordingView, State
from ipwrap.state.snapshot import NETNS_NUMBERS
from ipwrap.undo.link_data import LinkLocation, links_by_name
from ipwrap.undo.state_edit import copy_state

__all__ = ["with_recorded_numbers"]


def with_recorded_numbers(state: State, recording: RecordingView) -> State:
    """Return the final state of a recording with the numbers of namespaces that are known.

    Those of pairs that its commands have made. Where any other link leads to another namespace, a
    namespace gets no numbers: its links are told by their indexes.
    """
    pairs = _Pairs()
    for event, outcome in recording.pairs():
        if isinstance(event, CommandEvent) and outcome is not None and outcome.ok:
            pairs.follow(event.command)

    result = copy_state(state)
    for netns in result:
        numbers = _numbers(state, netns, pairs=pairs)
        if numbers is not None and NETNS_NUMBERS not in result[netns]:
            result[netns][NETNS_NUMBERS] = [
                {"nsid": number, **({"name": name} if name else {})}
                for number, name in numbers.items()
            ]
    return result


def _numbers(state: State, netns: str, *, pairs: "_Pairs") -> dict[int, str] | None:
    """Return the namespaces behind the numbers of a namespace; None if one is unknown."""
    numbers: dict[int, str] = {}
    for name, link in links_by_name(state[netns]).items():
        number = link.get("link_netnsid")
        if number is None:
            continue
        peer = pairs.peer_of((netns, name))
        if peer is not None and peer[0] in state:
            numbers[number] = peer[0]
        elif number not in numbers:
            numbers[number] = "?"
    return None if "?" in numbers.values() else numbers


@define
class _Pairs:
    """The pairs that commands have made, each end where it is by now."""

    _ends: dict[LinkLocation, int] = field(factory=dict)

    def follow(self, command: Command) -> None:
        """Note the pair that a command makes, or where it moves an end."""
        call = read_command(command)
        if not isinstance(call, Call) or call.path != ("ip", "link"):
            return

        if call.verb.name == "add" and isinstance(call.arguments["kind"], PairedKind):
            number = len(self._ends)
            for end in _ends_of(call, command.netns or ""):
                self._ends[end] = number
        renames = call.to_commands()[-1].renames
        if call.verb.name == "set" and renames is not None:
            old = (command.netns or "", renames.link)
            if old in self._ends:
                self._ends[_place(renames.netns) or "", renames.name] = self._ends.pop(old)

    def peer_of(self, location: LinkLocation) -> LinkLocation | None:
        """Return where the other end of a link is; None for one that no command has made."""
        number = self._ends.get(location)
        for end, pair in self._ends.items():
            if pair == number and end != location:
                return end
        return None


def _ends_of(call: Call, netns: str) -> Iterator[LinkLocation]:
    """Yield the places of both ends of a new pair."""
    kind = call.arguments["kind"]
    target = call.arguments.get("netns")
    yield (netns if target is None else _place(target)), str(call.arguments["name"])

    peer_target = kind.peer_location
    yield (netns if peer_target is None else _place(peer_target)), str(kind.peer)


def _place(netns: object) -> str:
    """Return the name of a namespace in a state: the first one has none."""
    return "" if netns in (None, FIRST_NETNS, "1", 1) else str(netns)
