"""What a recorded session has built and not taken away again, so that a script can take away exactly that.

Each change says what it makes, what it drops and what it renames or moves (see `ipwrap.command`). The ledger follows
these in order; what is in it at the end is what there is to undo, newest first. What stands inside a namespace that
the session made goes with the namespace, and what stands on a link that the session made goes with the link.
"""

from collections.abc import Iterable, Iterator

from attrs import define, evolve, field

from ipwrap.command import Command, CreatedObject, LinkRename
from ipwrap.options.validation import FIRST_NETNS
from ipwrap.recording import CommandEvent, Pair, RecordingView, State
from ipwrap.teardown.created import CreatedObjects, Key
from ipwrap.teardown.presence import SnapshotIndex

__all__ = ["Ledger", "Teardown", "shell_delete_line", "teardown_commands"]

MOVING = frozenset({"altname", "link"})


@define
class Ledger:
    """Things made, in order. ``pairs`` are the two ends of a veth, which live and die together.

    ``moved`` holds, for a link that was there before, what gives it back, by the namespace and the name it has now.
    """

    created: CreatedObjects = field(factory=CreatedObjects)
    pairs: dict[Key, Key] = field(factory=dict)
    restores: dict[str | None, dict[str, list[Key]]] = field(factory=dict)
    renamed: int = 0

    def follow(self, command: Command) -> None:
        """Enter what a command that succeeded has changed."""
        for noun, netns, name in command.deletes:
            self._delete(noun, netns, name)
        if command.renames:
            self._rename(command.netns, command.renames)
        for made in command.creates:
            if made.key not in self.created.objects and not self._stays_in_created_netns(made):
                self.created.put(made.key, made)
        if [made.noun for made in command.creates] == ["link", "link"]:
            one, other = (made.key for made in command.creates)
            self.pairs |= {one: other, other: one}

    def _stays_in_created_netns(self, made: CreatedObject) -> bool:
        """Tell whether a thing goes with its namespace, whatever comes: no link, so nothing moves it out."""
        return made.noun not in MOVING and ("netns", None, made.netns or "") in self.created.objects

    def _delete(self, noun: str, netns: str | None, name: str) -> None:
        """Take a thing out, with all that cannot outlive it."""
        if noun != "netns":
            self._remove((noun, netns, self._own_name(netns, name) if noun == "link" else name))
            return
        for key in (*self._namespaces(name), *self.created.inside(name)):
            self._remove(key)
        for where in (
            [each for each in self.restores if each is not None] if name == "*" else [name]
        ):
            for link in [*self.restores.get(where, ())]:
                self._remove(("link", where, link))

    def _namespaces(self, name: str) -> list[Key]:
        """Return the namespaces of a name; of ``*``, all that were made."""
        key: Key = ("netns", None, name)
        return (
            [each for each in self.created.objects if each[0] == "netns"] if name == "*" else [key]
        )

    def _remove(self, key: Key) -> None:
        """Take one thing out, its other end, and what stands on it; of a link that was there, what gives it back."""
        self.created.take(key)
        other = self.pairs.pop(key, None)
        if other is not None:
            self._remove(other)
        noun, netns, name = key
        if noun == "link":
            for given_back in self._take_restores(netns, name):
                self.created.take(given_back)
            for upper in self.created.on(netns, name):
                self._remove(upper)

    def _take_restores(self, netns: str | None, name: str) -> list[Key]:
        """Take out what gives a link that was there before its names and places back."""
        here = self.restores.get(netns, {})
        found = here.pop(name, [])
        if not here:
            self.restores.pop(netns, None)
        return found

    def _own_name(self, netns: str | None, name: str) -> str:
        """Return a link's own name for one that may be an alternative one."""
        return self.created.owner(netns, name) or name

    def _rename(self, netns: str | None, becomes: LinkRename) -> None:
        """Rename or move a link. One that the session did not make has to be given its name and place back."""
        link = self._own_name(netns, becomes.link)
        name = link if becomes.name == becomes.link else becomes.name
        old: Key = ("link", netns, link)
        new: Key = ("link", becomes.netns, name)
        above = self.created.on(netns, link)
        made = self.created.take(old)
        if made is None:
            self._add_restore(old, new)
        else:
            undo = ("ip", "link", "delete", "dev", name)
            self.created.put(new, evolve(made, name=name, netns=becomes.netns, delete_argv=undo))
        if (other := self.pairs.pop(old, None)) is not None:
            self.pairs |= {new: other, other: new}
        for key in above:
            self._carry_dependent(key, old, new, made is not None)

    def _carry_dependent(self, key: Key, old: Key, new: Key, made: bool) -> None:
        """Carry over what stands on a link that was renamed or moved: moved, it keeps links and alternative names.

        What stands on a link that was made is put behind it again, so that it is taken away before it.
        """
        thing, moved = self.created.objects[key], old[1] != new[1]
        if moved and (key[0] not in ("altname", "link") or (made and key[0] == "altname")):
            self._remove(key)
            return
        if made:
            self.created.take(key)
        on = () if moved else tuple(new[2] if each == old[2] else each for each in thing.depends_on)
        self.created.put(key, evolve(thing, depends_on=on))

    def _add_restore(self, old: Key, new: Key) -> None:
        """Enter what gives a link that was there before its name and its place back."""
        self.renamed += 1
        key: Key = (f"was {self.renamed}", *new[1:])
        self.created.put(key, _restore_object(old, new))
        self.restores.setdefault(new[1], {})[new[2]] = [*self._take_restores(*old[1:]), key]

    def knows_link(self, netns: str | None, name: str) -> bool:
        """Tell whether a name is that of a link that was made, or brought there."""
        return ("link", netns, name) in self.created.objects or name in self.restores.get(netns, ())

    def pending_deletions(self) -> list[CreatedObject]:
        """Return what has to be taken away, newest first; namespaces last: the kernel empties them in its own time."""
        places = {key: place for place, key in enumerate(self.created.objects)}
        kept = [
            thing
            for thing in reversed(self.created.objects.values())
            if not self._is_deleted_with_other(thing, places)
        ]
        return sorted(kept, key=lambda thing: thing.noun == "netns")

    def _is_deleted_with_other(self, thing: CreatedObject, places: dict[Key, int]) -> bool:
        """Tell whether a thing goes with something else that is taken away; ``places`` tells what was made first."""
        if thing.noun == "was":
            return False
        if _in_netns(thing.key, places):
            return True
        other = self.pairs.get(thing.key)
        if other in places and places[other] < places[thing.key] and not _in_netns(other, places):
            return True
        return any(("link", thing.netns, link) in places for link in thing.depends_on)


def _in_netns(key: Key, places: dict[Key, int]) -> bool:
    """Tell whether a thing is inside a namespace that is taken away."""
    return ("netns", None, key[1] or "") in places


def shell_delete_line(line: str) -> str:
    """Return a line that takes away, for a shell: the first namespace is the one that this shell is in.

    In a container, or below `unshare`, process 1 may be in another one.
    """
    return line.replace(f" netns {FIRST_NETNS}", ' netns "/proc/$$/ns/net"')


def _restore_object(old: Key, new: Key) -> CreatedObject:
    """Return what gives a link that was there before its name and its place back."""
    words = ["ip", "link", "set", "dev", new[2]]
    if new[2] != old[2]:
        words += ["name", old[2]]
    if new[1] != old[1]:
        words += ["netns", old[1] or FIRST_NETNS]
    return CreatedObject("was", new[2], tuple(words), new[1])


@define
class Teardown:
    """The ledger of a recorded session, with what its snapshots say.

    The snapshots have the last word: what a `replace` found there before stays, and what is gone at the end (flushed,
    or with its group or its gateway) needs no taking away. ``now`` is the state of the place after a crash: it tells
    what is left, and whether a change that was asked for and never answered was made.
    """

    before: SnapshotIndex | None
    after: SnapshotIndex | None
    now: SnapshotIndex | None = None
    ledger: Ledger = field(factory=Ledger)

    @classmethod
    def of(cls, recording: RecordingView, now: State | None = None) -> "Teardown":
        """Return the empty ledger of a recording."""
        end = recording.end.state if recording.end else None
        before, after, seen = (
            None if state is None else SnapshotIndex(state)
            for state in (recording.initial_state, end, now)
        )
        return cls(before, after, seen)

    def follow(self, pairs: Iterable[Pair]) -> Iterator[Pair]:
        """Enter what each command has changed, and hand them on: one without an answer with what is seen of it."""
        for event, result in pairs:
            handed = event
            if isinstance(event, CommandEvent) and event.command.changes:
                if result is None and self.now is not None:
                    handed = evolve(
                        event, command=self._with_observed_effects(event.command, self.now)
                    )
                    self.ledger.follow(handed.command)
                elif result is not None and result.ok:
                    self.ledger.follow(self._without_replaced(event.command))
            yield handed, result

    @property
    def commands(self) -> list[Command]:
        """The commands that take away what is left, newest first."""
        left = self.now or self.after
        remains = self.ledger.pending_deletions()
        return [
            Command(made.delete_argv, made.netns)
            for made in remains
            if left is None or left.contains(made)
        ]

    def _without_replaced(self, command: Command) -> Command:
        """Return a command without what it only replaced."""
        if "replace" not in command.argv or self.before is None:
            return command
        return evolve(
            command,
            creates=tuple(made for made in command.creates if not self.before.contains(made)),
        )

    def _with_observed_effects(self, command: Command, now: SnapshotIndex) -> Command:
        """Return a command of which nobody knows whether it ran, with what is to be seen of it."""
        made = (each for each in command.creates if now.contains(each) and self._is_new(each, now))
        becomes = command.renames
        if becomes is not None:
            there = CreatedObject("link", becomes.name, ("",), becomes.netns)
            becomes = becomes if now.contains(there) and self._is_new(there, now) else None
        return evolve(command, creates=tuple(made), deletes=(), renames=becomes)

    def _is_new(self, made: CreatedObject, now: SnapshotIndex) -> bool:
        """Tell whether what is there now was not there yet: a link that was may have had another name."""
        if made.noun != "link":
            return self.before is None or not self.before.contains(made)
        if self.ledger.knows_link(made.netns, made.name):
            return False
        return self.before is None or not now.same_link(self.before, made.netns, made.name)


def teardown_commands(recording: RecordingView, now: State | None = None) -> list[Command]:
    """Return the commands that take away what the recorded session has built, in reverse (see `Teardown`)."""
    undoing = Teardown.of(recording, now)
    for _ in undoing.follow(recording.pairs()):
        pass
    return undoing.commands
