"""The qdiscs, classes and filters that have to go, or that no command makes, and what is left then.

`tc` changes a class, and some qdiscs and filters. What cannot be changed makes way for a new one,
with all that is below it: `clear_traffic`.
"""

from collections.abc import Iterator

from attrs import define, field

from ipwrap.command import Command
from ipwrap.errors import InvalidArgument
from ipwrap.objects.base import Nouns
from ipwrap.objects.tc_tree import Node, TcTree, node_of
from ipwrap.recording import State
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.undo.object_plan import format_problem, must_be_recreated
from ipwrap.undo.state_edit import copy_state
from ipwrap.undo.state_objects import TRAFFIC, StateObject, traffic_objects

__all__ = ["TrafficClearance", "clear_traffic"]

QDISC, CLASS, FILTER = TRAFFIC
# A command makes the classes of these qdiscs; those of others, such as prio, come with the qdisc.
KINDS_WITH_MADE_CLASSES = frozenset({"drr", "hfsc", "htb", "qfq"})
FLOW_KEYS = ("flowid", "classid")

Objects = dict[tuple[str, tuple[str, ...]], StateObject]


@define
class TrafficClearance:
    """The commands that delete what is in the way, and both states without what is left out.

    ``problems`` are what no command makes.
    """

    state: State
    wanted: State
    commands: list[Command] = field(factory=list)
    problems: list[str] = field(factory=list)


def clear_traffic(current: State, wanted: State) -> TrafficClearance:
    """Delete the qdiscs, classes and filters that are not wanted, or that no command changes.

    What no command makes is left as it is, and out of the wanted state, with what is below it.
    """
    clearance = TrafficClearance(copy_state(current), copy_state(wanted))
    for netns, nouns in clearance.wanted.items():
        if QDISC not in nouns or netns not in clearance.state:
            continue
        present: Nouns = clearance.state[netns]
        # Most namespaces have none.
        if any(nouns.get(noun) or present.get(noun) for noun in TRAFFIC):
            netns_clearance = _NetnsClearance(clearance, netns)
            netns_clearance.leave_out_unmakeable()
            netns_clearance.clear_tree()
            netns_clearance.clear_filters()
    return clearance


@define
class _NetnsClearance:
    """The clearance of one namespace."""

    clearance: TrafficClearance
    netns: str

    @property
    def present(self) -> Nouns:
        """The objects that are there."""
        nouns: Nouns = self.clearance.state[self.netns]
        return nouns

    @property
    def target(self) -> Nouns:
        """The objects that are wanted."""
        nouns: Nouns = self.clearance.wanted[self.netns]
        return nouns

    def leave_out_unmakeable(self) -> None:
        """Leave out what no command makes, unless it is there."""
        present = self._objects(self.present)
        for key, wanted in self._objects(self.target).items():
            listed = present.get(key)
            if listed is not None and listed.compared == wanted.compared:
                continue
            try:
                self._check_class(wanted)
                wanted.type.create_command(wanted.noun, wanted.data, netns=None)
            except (InvalidArgument, LookupError, TypeError, ValueError) as error:
                self.clearance.problems.append(format_problem(wanted, error))
                for nouns in (self.present, self.target):
                    self._leave_out(nouns, wanted)

    def _check_class(self, wanted: StateObject) -> None:
        """Raise `InvalidArgument` for a qdisc at a class, where the classes were not read."""
        if wanted.noun != QDISC or CLASS in self.target:
            return

        kinds = {node_of(data): data.get("kind") for data in self.target[QDISC]}
        upper = TcTree(self.target).uppers.get(node_of(wanted.data))
        if upper is not None and kinds.get(upper) in KINDS_WITH_MADE_CLASSES:
            raise InvalidArgument(
                f"the class {wanted.data['parent']} is above it, and the state has no classes: it "
                "is of an earlier version, or from before a session that changed none"
            )

    def _leave_out(self, nouns: Nouns, left_out: StateObject) -> None:
        """Remove an object from the state of the namespace, with what is below it; say so once."""
        if left_out.noun == FILTER:
            same = [data for data in nouns.get(FILTER, ()) if _is_same_filter(data, left_out)]
            nouns[FILTER] = [data for data in nouns.get(FILTER, ()) if data not in same]
            return

        tree = TcTree(nouns)
        lost = tree.below(node_of(left_out.data))
        if nouns is self.target:
            for key, below in self._objects(nouns).items():
                if key[0] != FILTER and node_of(below.data) in lost - {node_of(left_out.data)}:
                    error = InvalidArgument("no command makes what is above it")
                    self.clearance.problems.append(format_problem(below, error))
        tree.drop(nouns, lost)

    def clear_tree(self) -> None:
        """Delete the qdiscs and classes that are in the way, those above others first."""
        wanted = self._objects(self.target)
        for key, present in self._objects(self.present).items():
            node = node_of(present.data)
            if present.noun == FILTER or node not in TcTree(self.present).uppers:
                continue
            if not _may_stay(present, wanted.get(key)):
                if present.noun == CLASS:
                    self._empty_class(node)
                self._delete(present)
                TcTree(self.present).drop(self.present, TcTree(self.present).below(node))

    def _empty_class(self, node: Node) -> None:
        """Delete what keeps a class: the filters that lead to it or below, and classes below."""
        tree = TcTree(self.present)
        below = tree.below(node)
        for (noun, _), listed in reversed(self._objects(self.present).items()):
            if noun == FILTER and _flow_of(listed) in below:
                if tree.place_of(listed.data) not in below:
                    self._delete_filter(listed)
            elif noun == CLASS and node_of(listed.data) in below - {node}:
                self._delete(listed)

    def clear_filters(self) -> None:
        """Delete the filters that are in the way, those in hash tables before these."""
        wanted = self._objects(self.target)
        for key, present in reversed(self._objects(self.present).items()):
            if present.noun == FILTER and not _may_stay(present, wanted.get(key)):
                self._delete_filter(present)

    def _delete_filter(self, listed: StateObject) -> None:
        """Delete a filter."""
        self._delete(listed)
        kept = [data for data in self.present[FILTER] if not _is_same_filter(data, listed)]
        self.present[FILTER] = kept

    def _delete(self, listed: StateObject) -> None:
        """Add the commands that delete an object, or the reason why none does."""
        try:
            self.clearance.commands += listed.type.delete_commands(
                listed.noun, listed.data, netns=self.netns or None
            )
        except InvalidArgument as error:
            self.clearance.problems.append(format_problem(listed, error))

    def _objects(self, nouns: Nouns) -> Objects:
        """Return the objects of a state in the order of their creation."""
        listed = traffic_objects(nouns, MentionedWords(), netns=self.netns)
        objects = sorted(listed, key=_position)
        return {(listed.noun, listed.name): listed for listed in objects}


def _position(listed: StateObject) -> tuple[int, int]:
    """Return when an object is created."""
    return listed.type.creation_rank, listed.type.creation_level(listed.data)


def _may_stay(present: StateObject, wanted: StateObject | None) -> bool:
    """Return whether an object is the wanted one, or a command makes it so."""
    if wanted is None:
        return False
    # What is below names the number, also one that the kernel has chosen.
    handles = {str(listed.data.get("handle")) for listed in (present, wanted)}
    if wanted.data.get("is_upper") and len(handles) > 1:
        return False
    return present.compared == wanted.compared or not must_be_recreated(wanted, present)


def _flow_of(listed: StateObject) -> Node:
    """Return the class that a filter leads to."""
    options = listed.data["options"]
    flows: Iterator[str] = (str(options[key]) for key in FLOW_KEYS if key in options)
    return str(listed.data.get("dev")), next(flows, "")


def _is_same_filter(data: object, listed: StateObject) -> bool:
    """Return whether the JSON of a filter is that of an object."""
    return data == listed.type.as_printed(listed.data)
