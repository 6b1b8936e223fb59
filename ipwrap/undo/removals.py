"""Choose the objects of a recording to delete, and predict the state after the deletions.

The ledger holds the objects created by the session. A pre-existing object with the same name stays:
the plan restores the object's options.
"""

from collections.abc import Callable, Iterable
from itertools import pairwise

from attrs import define, field

from ipwrap.command import Command, CreatedObject
from ipwrap.errors import InvalidArgument
from ipwrap.recording import State
from ipwrap.teardown.ledger import Teardown
from ipwrap.teardown.presence import IDENTITIES, SnapshotIndex, value_of
from ipwrap.undo.link_data import Json, LinkLocation, Nouns
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
    """The commands to delete created objects, and the ``state`` left by the commands."""

    state: State
    commands: list[Command] = field(factory=list)

    def add(self, created: CreatedObject) -> None:
        """Delete an object with all dependents, if the state has the object."""
        if self._drop(created):
            self.commands.append(Command(created.delete_argv, created.netns))

    def _drop(self, created: CreatedObject) -> bool:
        """Remove an object from the state; return whether the state had the object.

        Objects of a noun without a snapshot count as present.
        """
        netns = created.netns or ""
        if created.noun == "netns":
            return self.state.pop(created.name, None) is not None
        if created.noun == "link":
            return drop_link(self.state, netns, name=created.name)
        # The ledger's noun for an entry to move a pre-existing link home.
        if created.noun == "was":
            return move_link_home(self.state, netns, restore=created)

        nouns = self.state.get(netns)
        if nouns is None:
            return False

        noun = _snapshot_noun(created)
        if noun not in INVERSES and created.noun not in IDENTITIES:
            return True
        if noun == "address":
            return drop_address(nouns, _matcher(created))
        return drop_objects(nouns, noun, is_same=_matcher(created))


def removals(
    teardown: Teardown,
    moved: Iterable[LinkLocation],
    *,
    is_ours: Callable[[CreatedObject], bool] = lambda _: True,
) -> Removal:
    """Return the deletions of still existing created objects, newest first.

    ``is_ours`` tells objects on the links of the recording from those on links of others.
    ``moved`` are the original locations of renamed and moved links. With every link back at the
    original location, no link is moved home.
    """
    before = teardown.before
    now = teardown.now
    assert now is not None, "the current state shows which objects still exist"

    is_home = False
    if before is not None:
        is_home = all(now.has_same_link(before, netns, name=name) for netns, name in moved)

    removal = Removal(copy_state(now.state))
    for created in teardown.ledger.pending_deletions():
        is_moved_home = created.noun == "was" and is_home
        if is_moved_home or not now.contains(created) or not is_ours(created):
            continue
        if before is None or not _existed_before(created, before, now=now):
            removal.add(created)
    return removal


def _existed_before(created: CreatedObject, before: SnapshotIndex, *, now: SnapshotIndex) -> bool:
    """Return whether an object existed before: a link with the same index, or an equal object."""
    netns = created.netns or ""
    if created.noun == "link":
        return now.has_same_link(before, netns, name=created.name)
    if created.noun in IDENTITIES:
        return netns in before.state and before.contains(created)

    noun = _snapshot_noun(created)
    if noun not in INVERSES:
        return False

    nouns: Nouns = before.state.get(netns, {})
    objects = nouns.get(noun, [])
    is_same = _matcher(created)
    return any(is_same(noun, data) for data in objects)


def _snapshot_noun(created: CreatedObject) -> str:
    """Return the noun of a created object in a snapshot."""
    # `ip rule show` lists the rules of one family only, so a snapshot has two nouns.
    if created.noun == "rule" and "-6" in created.delete_argv:
        return "rule inet6"
    return SNAPSHOT_NOUNS.get(created.noun, created.noun)


def _matcher(created: CreatedObject) -> Callable[[str, Json], bool]:
    """Return a function to recognise a created object in the JSON of a snapshot."""
    if created.noun in IDENTITIES:
        return _identity_matcher(created)
    return _inverse_matcher(created)


def _identity_matcher(created: CreatedObject) -> Callable[[str, Json], bool]:
    """Return a function to compare identities, as `SnapshotIndex` does."""
    identity_of_created, identities_in = IDENTITIES[created.noun]
    dev = value_of(created.delete_argv, "dev")
    identity = identity_of_created(created, dev)

    def is_same(noun: str, data: Json) -> bool:
        nouns: Nouns = {"link": [], noun: [data]}
        return identity in set(identities_in(nouns))

    return is_same


def _inverse_matcher(created: CreatedObject) -> Callable[[str, Json], bool]:
    """Return a function to compare the deletions of the created and of a given object.

    A rule is the same if the deletion holds every argument of the created rule's deletion.
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
    """Return the pairs of neighbouring words in the deletion of an object."""
    return set(pairwise(created.delete_argv[1:]))
