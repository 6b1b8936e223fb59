"""The objects that a recorded session created and did not delete, so that a script can delete them.

Each change declares the objects that it creates, deletes and renames (see `ipwrap.command`). The
ledger follows these declarations in order; at the end it holds the objects to delete, newest first.
An object inside a namespace that the session created is deleted with the namespace, and an object
on a link that the session created is deleted with the link.
"""

from collections.abc import Iterable, Iterator

from attrs import define, evolve, field

from ipwrap.command import Command, CreatedObject, LinkRename
from ipwrap.options.validation import FIRST_NETNS
from ipwrap.recording import CommandEvent, Pair, RecordingView, State
from ipwrap.teardown.created import CreatedObjects, Key
from ipwrap.teardown.presence import SnapshotIndex

__all__ = ["Ledger", "Teardown", "shell_delete_line", "teardown_commands"]

# The nouns that move to another namespace with a link.
MOVING_NOUNS = frozenset({"altname", "link"})


@define
class Ledger:
    """Created objects, in order.

    - ``pairs``: the two ends of a pair of links, which are deleted together
    - ``restores``: the entries that move a pre-existing link home, by its namespace and name now
    - ``restore_count``: how many such entries were made, so that each has a key of its own
    """

    created: CreatedObjects = field(factory=CreatedObjects)
    pairs: dict[Key, Key] = field(factory=dict)
    restores: dict[str | None, dict[str, list[Key]]] = field(factory=dict)
    restore_count: int = 0

    def follow(self, command: Command) -> None:
        """Apply a command that succeeded."""
        for noun, netns, name in command.deletes:
            self._delete(noun, netns, name)

        if command.renames:
            self._rename(command.netns, command.renames)

        for created in command.creates:
            is_known = created.key in self.created.objects
            if not is_known and not self._stays_in_created_netns(created):
                self.created.add(created.key, created)

        if [created.noun for created in command.creates] == ["link", "link"]:
            first, second = (created.key for created in command.creates)
            self.pairs |= {first: second, second: first}

    def _stays_in_created_netns(self, created: CreatedObject) -> bool:
        """Return whether an object is deleted with a created namespace in any case.

        A link or an alternative name may leave the namespace later on.
        """
        if created.noun in MOVING_NOUNS:
            return False
        return ("netns", None, created.netns or "") in self.created.objects

    def _delete(self, noun: str, netns: str | None, name: str) -> None:
        """Remove a deleted object with its dependents."""
        if noun == "netns":
            self._delete_netns(name)
        elif noun == "link":
            self._remove((noun, netns, self._link_name(netns, name)))
        else:
            self._remove((noun, netns, name))

    def _delete_netns(self, name: str) -> None:
        """Remove a namespace with the objects inside; for ``*``, every namespace."""
        namespaces: list[Key] = [("netns", None, name)]
        restored_in: list[str | None] = [name]
        if name == "*":
            namespaces = [key for key in self.created.objects if key[0] == "netns"]
            restored_in = [netns for netns in self.restores if netns is not None]

        for key in (*namespaces, *self.created.in_netns(name)):
            self._remove(key)
        for netns in restored_in:
            for link in [*self.restores.get(netns, ())]:
                self._remove(("link", netns, link))

    def _remove(self, key: Key) -> None:
        """Remove an object with its peer and dependents.

        For a pre-existing link, remove the entries that move the link home.
        """
        self.created.remove(key)
        peer = self.pairs.pop(key, None)
        if peer is not None:
            self._remove(peer)

        noun, netns, name = key
        if noun != "link":
            return
        for restore in self._pop_restores(netns, name):
            self.created.remove(restore)
        for dependent in self.created.dependents(netns, name):
            self._remove(dependent)

    def _pop_restores(self, netns: str | None, name: str) -> list[Key]:
        """Remove and return the entries that move a pre-existing link home."""
        restores = self.restores.get(netns, {})
        keys = restores.pop(name, [])
        if not restores:
            self.restores.pop(netns, None)
        return keys

    def _link_name(self, netns: str | None, name: str) -> str:
        """Return the name of a link that a command may have named by an alternative name."""
        return self.created.link_with_altname(netns, name) or name

    def _rename(self, netns: str | None, rename: LinkRename) -> None:
        """Rename or move a link with its dependents. A pre-existing link has to be moved home."""
        old_name = self._link_name(netns, rename.link)
        # A command that only moves a link repeats the name by which it found the link.
        is_renamed = rename.name != rename.link
        new_name = rename.name if is_renamed else old_name

        old: Key = ("link", netns, old_name)
        new: Key = ("link", rename.netns, new_name)
        dependents = self.created.dependents(netns, old_name)

        created = self.created.remove(old)
        if created is None:
            self._add_restore(old, new)
        else:
            delete_argv = ("ip", "link", "delete", "dev", new_name)
            renamed = evolve(created, name=new_name, netns=rename.netns, delete_argv=delete_argv)
            self.created.add(new, renamed)

        peer = self.pairs.pop(old, None)
        if peer is not None:
            self.pairs |= {new: peer, peer: new}

        for key in dependents:
            self._carry_dependent(key, old, new, is_created=created is not None)

    def _carry_dependent(self, key: Key, old: Key, new: Key, *, is_created: bool) -> None:
        """Carry over a dependent of a link that was renamed or moved.

        A link that moves to another namespace keeps the links above and the alternative names, and
        loses the rest. Dependents of a created link are appended again, to be deleted before the
        link.
        """
        dependent = self.created.objects[key]
        is_moved = old[1] != new[1]

        # The alternative names of a created link are deleted with the link, wherever it is.
        is_lost = key[0] not in MOVING_NOUNS or (is_created and key[0] == "altname")
        if is_moved and is_lost:
            self._remove(key)
            return

        if is_created:
            self.created.remove(key)
        links: tuple[str, ...] = ()
        if not is_moved:
            links = tuple(new[2] if link == old[2] else link for link in dependent.depends_on)
        self.created.add(key, evolve(dependent, depends_on=links))

    def _add_restore(self, old: Key, new: Key) -> None:
        """Add the entry that moves a pre-existing link home."""
        self.restore_count += 1
        _, netns, name = new
        key: Key = (f"was {self.restore_count}", netns, name)
        self.created.add(key, _restore_object(old, new))

        earlier_keys = self._pop_restores(*old[1:])
        self.restores.setdefault(netns, {})[name] = [*earlier_keys, key]

    def knows_link(self, netns: str | None, name: str) -> bool:
        """Return whether a name belongs to a link that the session created, renamed or moved."""
        if ("link", netns, name) in self.created.objects:
            return True
        return name in self.restores.get(netns, ())

    def pending_deletions(self) -> list[CreatedObject]:
        """Return the objects to delete, newest first, namespaces last.

        The kernel destroys the links of a deleted namespace asynchronously.
        """
        positions = {key: position for position, key in enumerate(self.created.objects)}

        pending = [
            created
            for created in reversed(self.created.objects.values())
            if not self._is_deleted_with_other(created, positions)
        ]
        return sorted(pending, key=lambda created: created.noun == "netns")

    def _is_deleted_with_other(self, created: CreatedObject, positions: dict[Key, int]) -> bool:
        """Return whether an object is deleted along with another one.

        ``positions`` are those of the created objects: of a pair, the older end is deleted.
        """
        if created.noun == "was":
            return False
        if _is_in_created_netns(created.key, positions):
            return True

        peer = self.pairs.get(created.key)
        if peer in positions and not _is_in_created_netns(peer, positions):
            is_older = positions[peer] < positions[created.key]
            if is_older:
                return True
        return any(("link", created.netns, link) in positions for link in created.depends_on)


def _is_in_created_netns(key: Key, positions: dict[Key, int]) -> bool:
    """Return whether an object is inside a namespace that the session created."""
    return ("netns", None, key[1] or "") in positions


def shell_delete_line(line: str) -> str:
    """Return a line that deletes, for a shell, whose own namespace is the first one.

    In a container, or below `unshare`, process 1 may be in another network namespace.
    """
    return line.replace(f" netns {FIRST_NETNS}", ' netns "/proc/$$/ns/net"')


def _restore_object(old: Key, new: Key) -> CreatedObject:
    """Return the entry whose deletion moves a pre-existing link home."""
    _, old_netns, old_name = old
    _, netns, name = new

    argv = ["ip", "link", "set", "dev", name]
    if name != old_name:
        argv += ["name", old_name]
    if netns != old_netns:
        argv += ["netns", old_netns or FIRST_NETNS]
    return CreatedObject("was", name, tuple(argv), netns)


@define
class Teardown:
    """The ledger of a recorded session, checked against snapshots.

    - ``before``: the initial state; an object that a `replace` found there is kept
    - ``after``: the state at the end; an object that is gone (flushed, say) needs no deletion
    - ``now``: the current state after a crash, in place of ``after``; it shows whether a command
      without a result has run
    """

    before: SnapshotIndex | None
    after: SnapshotIndex | None
    now: SnapshotIndex | None = None
    ledger: Ledger = field(factory=Ledger)

    @classmethod
    def of(cls, recording: RecordingView, now: State | None = None) -> "Teardown":
        """Return the teardown of a recording, with an empty ledger."""
        final_state = recording.end.state if recording.end else None
        return cls(
            before=_index(recording.initial_state),
            after=_index(final_state),
            now=_index(now),
        )

    def follow(self, pairs: Iterable[Pair]) -> Iterator[Pair]:
        """Apply each command to the ledger, and yield the pairs.

        A command without a result is yielded with the effects that the current state shows.
        """
        for event, result in pairs:
            if not isinstance(event, CommandEvent) or not event.command.changes:
                yield event, result
                continue

            if result is None and self.now is not None:
                observed = self._with_observed_effects(event.command, self.now)
                event = evolve(event, command=observed)
                self.ledger.follow(observed)
            elif result is not None and result.ok:
                self.ledger.follow(self._without_replaced(event.command))
            yield event, result

    @property
    def commands(self) -> list[Command]:
        """The commands that delete the remaining objects, newest first."""
        objects = self.ledger.pending_deletions()

        snapshot = self.now or self.after
        if snapshot is not None:
            objects = [created for created in objects if snapshot.contains(created)]
        return [Command(created.delete_argv, created.netns) for created in objects]

    def _without_replaced(self, command: Command) -> Command:
        """Return a command without the objects that it only replaced."""
        if "replace" not in command.argv or self.before is None:
            return command

        creates = [created for created in command.creates if not self.before.contains(created)]
        return evolve(command, creates=tuple(creates))

    def _with_observed_effects(self, command: Command, now: SnapshotIndex) -> Command:
        """Return a command without a result with the effects that the current state shows."""
        creates = [created for created in command.creates if self._is_new(created, now)]

        renames = command.renames
        if renames is not None:
            target = CreatedObject("link", renames.name, ("",), renames.netns)
            if not self._is_new(target, now):
                renames = None
        return evolve(command, creates=tuple(creates), deletes=(), renames=renames)

    def _is_new(self, created: CreatedObject, now: SnapshotIndex) -> bool:
        """Return whether an object exists now and did not before.

        A link with that name now may have had another name before.
        """
        if not now.contains(created):
            return False
        if created.noun != "link":
            return self.before is None or not self.before.contains(created)

        if self.ledger.knows_link(created.netns, created.name):
            return False
        return self.before is None or not now.has_same_link(
            self.before, created.netns, created.name
        )


def _index(state: State | None) -> SnapshotIndex | None:
    """Return the index of a state, if there is a state."""
    return None if state is None else SnapshotIndex(state)


def teardown_commands(recording: RecordingView, now: State | None = None) -> list[Command]:
    """Return the commands that delete the objects of a recorded session (see `Teardown`)."""
    teardown = Teardown.of(recording, now)
    for _ in teardown.follow(recording.pairs()):
        pass
    return teardown.commands
