"""Choose the objects of a recording to delete, and predict the state after the deletions.

The ledger holds the objects created by the session. A pre-existing object with the same name stays:
the plan restores the object's options.
"""

from collections.abc import Callable, Iterable, Iterator

from attrs import define, field

from ipwrap.command import Command, CreatedObject
from ipwrap.errors import InvalidArgument
from ipwrap.objects import delete_command, object_type
from ipwrap.recording import State
from ipwrap.teardown.ledger import Teardown
from ipwrap.teardown.presence import SnapshotIndex
from ipwrap.undo.link_data import Json, LinkLocation, Nouns
from ipwrap.undo.state_edit import copy_state, drop_link, move_link_home

__all__ = ["Removal", "removals"]


@define
class Removal:
    """The commands to delete created objects, and the ``state`` left by the commands."""

    state: State
    commands: list[Command] = field(factory=list)

    def add(self, created: CreatedObject) -> None:
        """Delete an object with all dependents, if the state has the object."""
        if self._drop(created):
            self.commands.append(delete_command(created))

    def _drop(self, created: CreatedObject) -> bool:
        """Remove an object from the state; return whether the state had the object.

        Objects of a noun without a snapshot count as present.
        """
        netns = created.netns or ""
        kind = object_type(created.noun)
        if kind.is_namespace:
            return self.state.pop(created.name, None) is not None
        if kind.is_link:
            return drop_link(self.state, netns, name=created.name)
        if kind.is_restoration:
            return move_link_home(self.state, netns, restore=created)

        nouns = self.state.get(netns)
        if nouns is None:
            return False

        noun = kind.snapshot_noun(created)
        if noun is None:
            return True
        return kind.remove_from(nouns, noun, is_same=_matcher(created))


def removals(
    teardown: Teardown,
    moved: Iterable[LinkLocation],
    *,
    identify: Callable[[CreatedObject], CreatedObject | None] = lambda created: created,
) -> Removal:
    """Return the deletions of still existing created objects, newest first.

    ``identify`` returns an object in the present form for the deletion, or None for a foreign
    object. ``moved`` are the original locations of renamed and moved links. With every link back at
    the original location, no link is moved home.
    """
    before = teardown.before
    now = teardown.now
    assert now is not None, "the current state shows which objects still exist"

    is_home = False
    if before is not None:
        is_home = all(now.has_same_link(before, netns, name=name) for netns, name in moved)

    removal = Removal(copy_state(now.state))
    for created in _single_objects(teardown.ledger.pending_deletions()):
        is_moved_home = is_home and object_type(created.noun).is_restoration
        if is_moved_home or not now.contains(created):
            continue
        if before is not None and _existed_before(created, before, now=now):
            continue

        present = identify(created)
        if present is not None:
            removal.add(present)
    return removal


def _single_objects(objects: Iterable[CreatedObject]) -> Iterator[CreatedObject]:
    """Yield each object of the ranges, as a snapshot has them: some may have been there before."""
    for created in objects:
        yield from object_type(created.noun).parts(created)


def _existed_before(created: CreatedObject, before: SnapshotIndex, *, now: SnapshotIndex) -> bool:
    """Return whether an object existed before: a link with the same index, or an equal object."""
    netns = created.netns or ""
    kind = object_type(created.noun)
    if kind.is_link:
        return now.has_same_link(before, netns, name=created.name)
    if kind.has_identities:
        return netns in before.state and before.contains(created)

    noun = kind.snapshot_noun(created)
    if noun is None:
        return False

    nouns: Nouns = before.state.get(netns, {})
    is_same = _matcher(created)
    return any(is_same(noun, data) for data in kind.split(noun, nouns))


def _matcher(created: CreatedObject) -> Callable[[str, Json], bool]:
    """Return a function to recognise a created object in the JSON of a snapshot."""
    if object_type(created.noun).has_identities:
        return _identity_matcher(created)
    return _inverse_matcher(created)


def _identity_matcher(created: CreatedObject) -> Callable[[str, Json], bool]:
    """Return a function to compare identities, as `SnapshotIndex` does."""
    kind = object_type(created.noun)
    identity = kind.identity_of(created, created.identity.get("dev"))

    def is_same(noun: str, data: Json) -> bool:
        nouns: Nouns = {"link": [], noun: [data]}
        return identity in set(kind.identities_in(nouns))

    return is_same


def _inverse_matcher(created: CreatedObject) -> Callable[[str, Json], bool]:
    """Return a function to compare the created object with the one of a given JSON object."""
    kind = object_type(created.noun)

    def is_same(noun: str, data: Json) -> bool:
        try:
            candidates = kind.create_command(noun, data, netns=created.netns).creates
        except (InvalidArgument, LookupError, TypeError, ValueError):
            return False
        return any(kind.has_fields_of(candidate, created) for candidate in candidates)

    return is_same
