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

# Verbs that succeed where the object stands already, and for some objects even `add`.
REPLACING_VERBS = frozenset({"append", "change", "prepend", "replace"})
REPLACING_NOUNS = frozenset({"maddress", "vlan", "vlan tunnel", "vni"})
# The commands that list objects one a line, without and with the link.
LISTS = {
    "address": ("ip", "-o", "address", "show"),
    "fdb": ("bridge", "fdb", "show"),
    "maddress": ("ip", "-o", "maddress", "show"),
    "mdb": ("bridge", "mdb", "show"),
    "neigh": ("ip", "-o", "neigh", "show", "nud", "all"),
    "nexthop": ("ip", "-o", "nexthop", "show"),
    "qdisc": ("tc", "qdisc", "show"),
    "route": ("ip", "-o", "route", "show", "table", "all"),
    "vlan": ("bridge", "vlan", "show"),
    "vlan tunnel": ("bridge", "vlan", "tunnelshow"),
    "vni": ("bridge", "vni", "show"),
}
PROXY_LIST = ("ip", "-o", "neigh", "show", "proxy")
# Their lists are not asked for one link: a route may have several links, a next hop has a number.
UNLINKED_LISTS = frozenset({"nexthop", "route"})

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

    def list_command(self, command: Command) -> Command | None:
        """Return the command that lists such objects, if the given one may find its object there.

        None for a command that fails where the object stands, and for an object without a list.
        """
        created = self.created
        may_replace = not REPLACING_VERBS.isdisjoint(command.argv)
        if created.noun not in REPLACING_NOUNS and not may_replace:
            return None

        argv = LISTS.get(created.noun)
        if argv is None:
            return None
        if created.noun == "neigh" and "proxy" in created.delete_argv:
            argv = PROXY_LIST

        if created.depends_on and created.noun not in UNLINKED_LISTS:
            argv = (*argv, "dev", created.depends_on[0])
        return Command(argv, created.netns)


@define
class Marks:
    """The stages of the objects of a recording, numbered as the script reaches them.

    - ``count``: the number of stages that have begun
    - ``foreign_netns``: the namespaces with a link that stood before, and has to be moved home
    """

    teardown: Teardown
    count: int = 0
    foreign_netns: set[str] = field(factory=set)
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

        changed = dict(ledger.take_changed())
        # A program may have deleted a link that the ledger still has, and a command made it anew.
        for key in made_anew & self._current.keys():
            changed.setdefault(key, self._current[key].created)

        for key, created in changed.items():
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
        self.count += 1
        mark = Mark(self.count, created)
        self._current[key] = mark

        if created.noun == "was" and created.netns is not None:
            self.foreign_netns.add(created.netns)
        return mark

    def lost(self) -> list[Mark]:
        """Return the stages that nothing ended, and whose object the session had lost at its end.

        A flush, for example, deletes objects that no command names.
        """
        after = self.teardown.after
        if after is None:
            return []
        return [mark for mark in self._current.values() if not after.contains(mark.created)]
