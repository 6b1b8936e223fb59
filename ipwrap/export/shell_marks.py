"""The numbered objects that a script's `up` makes, and that `down` deletes.

A script may stop anywhere, and an object may be renamed, moved or deleted on the way. Therefore
each stage of an object has a number of its own: `up` notes the number when the stage begins
(`made`), and when it ends (`gone`); `down` deletes by the stages that have begun and not ended.
"""

from attrs import define, field, frozen

from ipwrap.command import Command, CreatedObject
from ipwrap.recording import CommandEvent
from ipwrap.result import Result
from ipwrap.teardown.created import Key
from ipwrap.teardown.ledger import Teardown

__all__ = ["Mark", "Marks"]

# The objects with an identity of their own; any other is as much ours as the link that holds it.
IDENTIFIED_NOUNS = frozenset({"link", "netns"})


@frozen
class Mark:
    """One stage of an object: a number, and the object as it is to be deleted."""

    number: int
    created: CreatedObject

    @property
    def anchor(self) -> tuple[str, ...]:
        """The words that name where the identity is read: a namespace, a link, or both.

        Empty for an object of no link in the namespace of the script.
        """
        created = self.created
        if created.noun == "netns":
            return ("netns", created.name)

        words: list[str] = []
        if created.netns is not None:
            words += ["netns", created.netns]

        link = created.name
        if created.noun not in ("link", "was"):
            link = created.depends_on[0] if created.depends_on else ""
        if link:
            words += ["dev", link]
        return tuple(words)

    @property
    def command(self) -> Command:
        """The command that deletes the object."""
        return Command(self.created.delete_argv, self.created.netns)


@define
class Marks:
    """The stages of the objects of a recording, numbered as the script reaches them."""

    teardown: Teardown
    all: list[Mark] = field(factory=list)
    _current: dict[Key, Mark] = field(factory=dict)

    def follow(self, event: CommandEvent, result: Result | None) -> tuple[list[Mark], list[Mark]]:
        """Return the stages that a command begins, and those that it ends.

        The script runs a command without a result, too.
        """
        ledger = self.teardown.ledger
        if result is None and event.command.changes:
            ledger.follow(event.command)

        begun: list[Mark] = []
        ended: list[Mark] = []
        made_anew = {
            created.key for created in event.command.creates if created.noun in IDENTIFIED_NOUNS
        }

        for key, created in ledger.take_changed():
            previous = self._current.get(key)
            # A dependent of a renamed link stays the same: `down` gives the link its name back
            # before it deletes the dependent.
            if previous is not None and created is not None and key not in made_anew:
                deleted_as_before = (created.delete_argv, created.netns) == (
                    previous.created.delete_argv,
                    previous.created.netns,
                )
                if deleted_as_before:
                    continue

            if previous is not None:
                ended.append(self._current.pop(key))
            if created is not None:
                begun.append(self._begin(key, created))

        return begun, ended

    def _begin(self, key: Key, created: CreatedObject) -> Mark:
        """Begin a stage."""
        mark = Mark(len(self.all) + 1, created)
        self.all.append(mark)
        self._current[key] = mark
        return mark

    def lost(self) -> list[Mark]:
        """Return the stages that nothing ended, and whose object the session had lost at its end.

        A flush, for example, deletes objects that no command names.
        """
        after = self.teardown.after
        if after is None:
            return []
        return [mark for mark in self._current.values() if not after.contains(mark.created)]

    @property
    def foreign_netns(self) -> frozenset[str]:
        """The namespaces that hold a link which stood before, and has to be moved home."""
        return frozenset(
            mark.created.netns
            for mark in self.all
            if mark.created.noun == "was" and mark.created.netns is not None
        )

    def newest_first(self) -> list[Mark]:
        """Return all stages in the order of deletion: newest first, namespaces last.

        The kernel destroys the links of a deleted namespace asynchronously: cleanup_net() in
        net/core/net_namespace.c.
        """
        return sorted(self.all, key=lambda mark: (mark.created.noun == "netns", -mark.number))
