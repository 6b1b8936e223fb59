"""Choose the objects of a recording to delete, and predict the state after the deletions.

The ledger holds the objects that the session created. An object that existed before under the same
name stays: the plan restores its options.
"""

from collections.abc import Callable, Iterable
from itertools import pairwise

from attrs import define, field

from ipwrap.command import Command, CreatedObject
from ipwrap.errors import InvalidArgument
from ipwrap.recording import State
from ipwrap.teardown.ledger import Teardown
from ipwrap.teardown.presence import IDENTITIES, SnapshotIndex
from ipwrap.undo.link_data import Json, LinkLocation
from ipwrap.undo.state_edit import (
    copy_state,
    drop_address,
    drop_link,
    drop_objects,
    move_link_home,
)
from ipwrap.undo.to_command import INVERSES, to_command

__all__ = ["Removal", "removals"]

# The nouns of a snapshot by the nouns of created objects, where the two differ.
SNAPSHOT_NOUNS = {
    "fdb": "bridge fdb",
    "mdb": "bridge mdb",
    "qdisc": "tc qdisc",
    "vlan": "bridge vlan",
}


@define
class Removal:
    """The commands that delete created objects, and the ``state`` that these commands leave."""

    state: State
    commands: list[Command] = field(factory=list)

    def add(self, created: CreatedObject) -> None:
        """Delete an object with its dependents, if the state has the object."""
        if self._drop(created):
            self.commands.append(Command(created.delete_argv, created.netns))

    def _drop(self, created: CreatedObject) -> bool:
        """Remove an object from the state; return whether the state had the object.

        Objects of a noun that no snapshot covers count as present.
        """
        netns = created.netns or ""
        if created.noun == "netns":
            return self.state.pop(created.name, None) is not None
        if created.noun == "link":
            return drop_link(self.state, netns, created.name)
        if created.noun == "was":
            return move_link_home(self.state, netns, created)

        nouns = self.state.get(netns)
        if nouns is None:
            return False

        noun = _snapshot_noun(created)
        if noun not in INVERSES and created.noun not in IDENTITIES:
            return True
        if noun == "address":
            return drop_address(nouns, _matcher(created))
        return drop_objects(nouns, noun, _matcher(created))


def removals(teardown: Teardown, moved: Iterable[LinkLocation]) -> Removal:
    """Return the deletions of created objects that still exist, newest first.

    ``moved`` are the original locations of links that were renamed or moved. If all of these links
    are back at their locations, none is moved home.
    """
    before = teardown.before
    now = teardown.now
    assert now is not None, "the current state shows which objects still exist"

    is_home = False
    if before is not None:
        is_home = all(now.has_same_link(before, netns, name) for netns, name in moved)

    removal = Removal(copy_state(now.state))
    for created in teardown.ledger.pending_deletions():
        if created.noun == "was" and is_home:
            continue
        if not now.contains(created):
            continue
        if before is None or not _existed_before(created, before, now):
            removal.add(created)
    return removal


def _existed_before(created: CreatedObject, before: SnapshotIndex, now: SnapshotIndex) -> bool:
    """Return whether an object existed before: a link with the same index, or an equal object."""
    netns = created.netns or ""
    if created.noun == "link":
        return now.has_same_link(before, netns, created.name)
    if created.noun in IDENTITIES:
        return netns in before.state and before.contains(created)

    noun = _snapshot_noun(created)
    if noun not in INVERSES:
        return False
    is_same = _matcher(created)
    return any(is_same(noun, data) for data in before.state.get(netns, {}).get(noun, ()))


def _snapshot_noun(created: CreatedObject) -> str:
    """Return the noun under which a snapshot holds a created object."""
    if created.noun == "rule" and "-6" in created.delete_argv:
        return "rule inet6"
    return SNAPSHOT_NOUNS.get(created.noun, created.noun)


def _matcher(created: CreatedObject) -> Callable[[str, Json], bool]:
    """Return a function that recognises a created object in the JSON of a snapshot."""
    if created.noun in IDENTITIES:
        return _identity_matcher(created)
    return _inverse_matcher(created)


def _identity_matcher(created: CreatedObject) -> Callable[[str, Json], bool]:
    """Return a function that compares the identities by which `SnapshotIndex` finds objects."""
    argv = created.delete_argv
    dev = argv[argv.index("dev") + 1] if "dev" in argv[:-1] else None
    identity_of_created, identities_in = IDENTITIES[created.noun]
    identity = identity_of_created(created, dev)

    def is_same(noun: str, data: Json) -> bool:
        return identity in set(identities_in({"link": [], noun: [data]}))

    return is_same


def _inverse_matcher(created: CreatedObject) -> Callable[[str, Json], bool]:
    """Return a function that compares the commands which delete the created and the given object.

    A rule is the same if its own deletion holds all arguments of the created rule's deletion.
    """
    wanted_pairs = _neighbouring_words(created)

    def is_same(noun: str, data: Json) -> bool:
        try:
            candidates = to_command(noun, data, netns=created.netns).creates
        except (InvalidArgument, LookupError, TypeError, ValueError):
            return False

        if any(candidate.name == created.name for candidate in candidates):
            return True
        if created.noun != "rule":
            return False
        pairs = set[tuple[str, str]]().union(*map(_neighbouring_words, candidates))
        return wanted_pairs <= pairs

    return is_same


def _neighbouring_words(created: CreatedObject) -> set[tuple[str, str]]:
    """Return the pairs of neighbouring words in the command that deletes an object."""
    return set(pairwise(created.delete_argv[1:]))
