"""The numbered objects that a script's `up` creates, and that `down` deletes.

A script may stop anywhere, and an object may be renamed, moved or deleted on the way. Therefore
every stage of an object has a number: `up` notes the number at the begin (`made`) and at the end
(`gone`) of the stage; `down` deletes by the stages that have begun and not ended.
"""

from attrs import define, field, frozen

from ipwrap.cmdline.program_effects import program_of
from ipwrap.command import Command, CreatedObject
from ipwrap.objects import delete_command, object_type
from ipwrap.recording import CommandEvent
from ipwrap.result import Result
from ipwrap.sysctl.keys import written_settings
from ipwrap.teardown.created import Key
from ipwrap.teardown.ledger import Teardown

__all__ = ["Mark", "Marks", "SysctlMark"]

# Verbs that succeed where the object stands already, and for some objects even `add`.
REPLACING_VERBS = frozenset({"append", "change", "prepend", "replace"})


@frozen
class Mark:
    """A stage of an object: a number, and the object in the form for the deletion."""

    number: int
    created: CreatedObject

    @property
    def anchor(self) -> tuple[str, ...]:
        """The words for the place to read the identity from: a namespace, a link, or both.

        For an object whose deletion does not name links, also the filters of the `show` command,
        such as `ip route show`. Empty for an object without a link in the namespace of the script.
        """
        created = self.created
        kind = object_type(created.noun)
        if kind.is_namespace:
            return ("netns", created.name)

        words: list[str] = []
        if created.netns is not None:
            words += ["netns", created.netns]

        show = kind.show_command(created)
        if show is not None:
            position = show.argv.index("show")
            return (*words, show.argv[position - 1], *show.argv[position + 1 :])

        link = created.name
        if not kind.is_link and not kind.is_restoration:
            link = created.depends_on[0] if created.depends_on else ""
        if link:
            words += ["dev", link]
        return tuple(words)

    @property
    def command(self) -> Command:
        """The command that deletes the object."""
        return delete_command(self.created)

    def list_command(self, command: Command) -> Command | None:
        """Return the command that lists the objects, if the object may exist before ``command``.

        None for a command that fails if the object exists, and for an object without a list.
        """
        kind = object_type(self.created.noun)
        may_replace = not REPLACING_VERBS.isdisjoint(command.argv)
        if not kind.add_may_find and not may_replace:
            return None
        return kind.list_command(self.created)


@frozen
class SysctlMark:
    """A sysctl that a command writes: a number, the key, and the namespace."""

    number: int
    key: str
    netns: str | None


@define
class Marks:
    """The stages of the objects of a recording, numbered as the script reaches them.

    - ``count``: the number of stages that have begun
    - ``foreign_netns``: the namespaces with a pre-existing link, which has to be moved home
    - ``has_shown``: whether an object is identified by the links that `show` prints
    """

    teardown: Teardown
    count: int = 0
    foreign_netns: set[str] = field(factory=set)
    has_shown: bool = False
    _current: dict[Key, Mark] = field(factory=dict)

    def follow(self, event: CommandEvent, result: Result | None) -> tuple[list[Mark], list[Mark]]:
        """Return the stages that a command begins, and the stages that the command ends.

        The command may have no result: the script runs such a command, too.
        """
        ledger = self.teardown.ledger
        if result is None and event.command.changes:
            ledger.follow(event.command)

        begun: list[Mark] = []
        ended: list[Mark] = []
        made_anew = {
            created.key
            for created in event.command.creates
            if object_type(created.noun).has_own_identity
        }

        changed = dict(ledger.take_changed())
        # A program may have deleted a link that the ledger still has, and a command made it anew.
        for key in made_anew & self._current.keys():
            changed.setdefault(key, self._current[key].created)

        for key, created in changed.items():
            previous = self._current.get(key)
            # A dependent of a renamed link stays the same: `down` gives the link its name back
            # before it deletes the dependent.
            if key not in made_anew and _has_same_deletion(previous, created):
                continue

            if previous is not None:
                ended.append(self._current.pop(key))
            if created is not None:
                begun.append(self._begin(key, created))

        return begun, ended

    def sysctls(self, command: Command) -> list[SysctlMark]:
        """Return marks of the sysctls that a command writes, except in created namespaces."""
        program = program_of(command)
        if program is None:
            return []

        argv, netns = program
        if ("netns", None, netns or "") in self.teardown.ledger.created.objects:
            return []

        marks = []
        for key in dict(written_settings(argv)):
            self.count += 1
            marks.append(SysctlMark(self.count, key, netns))
        return marks

    def _begin(self, key: Key, created: CreatedObject) -> Mark:
        """Begin a stage."""
        self.count += 1
        mark = Mark(self.count, created)
        self._current[key] = mark

        if object_type(created.noun).is_restoration and created.netns is not None:
            self.foreign_netns.add(created.netns)
        if object_type(created.noun).show_command(created) is not None:
            self.has_shown = True
        return mark

    def lost(self) -> list[Mark]:
        """Return the stages without an end whose objects were missing at the session's end.

        A flush, for example, deletes objects without naming one.
        """
        after = self.teardown.after
        if after is None:
            return []
        return [mark for mark in self._current.values() if not after.contains(mark.created)]


def _has_same_deletion(previous: Mark | None, created: CreatedObject | None) -> bool:
    """Return whether an object is deleted by the same command as in its previous stage."""
    if previous is None or created is None:
        return False
    return delete_command(created) == previous.command
