"""The remaining objects of a recorded session, for a script to delete.

A change declares created, deleted and renamed objects (see `ipwrap.command`). The ledger follows
the declarations in order, and finally holds the objects to delete, newest first. An object inside a
created namespace is deleted with the namespace, and an object on a created link with the link.
"""

from collections.abc import Iterable, Iterator

from attrs import define, evolve, field

from ipwrap.command import Command, CreatedObject, LinkRename
from ipwrap.ip.link import created_link
from ipwrap.objects import delete_command, object_type
from ipwrap.objects.effects import EffectReader, with_effects_of
from ipwrap.objects.link import rename_link, restored_link
from ipwrap.options.validation import FIRST_NETNS
from ipwrap.recording import CommandEvent, Pair, RecordingView, State
from ipwrap.teardown.created import CreatedObjects, Key
from ipwrap.teardown.presence import SnapshotIndex

__all__ = ["Ledger", "Teardown", "shell_delete_line", "teardown_commands"]


@define
class Ledger:
    """Created objects, in order.

    - ``pairs``: the two ends of a pair of links, deleted together by the kernel
    - ``restores``: the entries to move a pre-existing link home, by current namespace and name
    - ``restore_count``: the number of such entries, for a unique key
    """

    created: CreatedObjects = field(factory=CreatedObjects)
    pairs: dict[Key, Key] = field(factory=dict)
    restores: dict[str | None, dict[str, list[Key]]] = field(factory=dict)
    restore_count: int = 0

    def follow(self, command: Command) -> None:
        """Apply a successful command."""
        for noun, netns, name in command.deletes:
            self._delete(noun, netns, name=name)

        if command.renames:
            self._rename(command.netns, command.renames)

        for created in command.creates:
            key = created.key
            # An object of an earlier command was replaced, and is still to be deleted once.
            is_known = key in self.created.objects
            if not is_known and not self._stays_in_created_netns(created):
                self.created.add(key, created)

        nouns = [created.noun for created in command.creates]
        if nouns == ["link", "link"]:
            first, second = command.creates
            self._add_pair(first.key, second.key)

    def _add_pair(self, end: Key, peer: Key) -> None:
        """Add the two ends of a pair of links."""
        self.pairs[end] = peer
        self.pairs[peer] = end

    def _stays_in_created_netns(self, created: CreatedObject) -> bool:
        """Return whether an object is certainly deleted with a created namespace.

        A link or an alternative name may leave the namespace later on.
        """
        if object_type(created.noun).moves_with_link:
            return False
        return ("netns", None, created.netns or "") in self.created.objects

    def _delete(self, noun: str, netns: str | None, *, name: str) -> None:
        """Remove a deleted object with all dependents."""
        if noun == "netns":
            self._delete_netns(name)
        elif noun == "link":
            self._remove((noun, netns, self._link_name(netns, name)))
        else:
            self._remove((noun, netns, name))

    def _delete_netns(self, name: str) -> None:
        """Remove a namespace with the objects inside; for ``*``, every namespace."""
        names = [name]
        if name == "*":
            created_names = [key[2] for key in self.created.objects if key[0] == "netns"]
            restored_names = [netns for netns in self.restores if netns is not None]
            names = list(dict.fromkeys([*created_names, *restored_names]))

        # Links that moved in are deleted as well, and so are the peers of links inside.
        keys = self.created.in_netns(name)
        for netns in names:
            self._remove(("netns", None, netns))
        for key in keys:
            self._remove(key)
        for netns in names:
            links = [*self.restores.get(netns, ())]
            for link in links:
                self._remove(("link", netns, link))

    def _remove(self, key: Key) -> None:
        """Remove an object with the peer and all dependents.

        For a pre-existing link, remove the entries to move the link home.
        """
        self.created.remove(key)
        # The kernel deletes both ends of a pair: veth_dellink() in drivers/net/veth.c.
        peer = self.pairs.pop(key, None)
        if peer is not None:
            self._remove(peer)

        noun, netns, name = key
        if noun != "link":
            return
        for restore_key in self._pop_restores(netns, name):
            self.created.remove(restore_key)
        for dependent_key in self.created.dependents(netns, name):
            self._remove(dependent_key)

    def _pop_restores(self, netns: str | None, name: str) -> list[Key]:
        """Remove and return the entries to move a pre-existing link home."""
        restores = self.restores.get(netns, {})
        keys = restores.pop(name, [])
        if not restores:
            self.restores.pop(netns, None)
        return keys

    def _link_name(self, netns: str | None, name: str) -> str:
        """Return the name of a link, given the name or an alternative name."""
        return self.created.link_with_altname(netns, name) or name

    def _rename(self, netns: str | None, rename: LinkRename) -> None:
        """Rename or move a link with all dependents. A pre-existing link has to be moved home."""
        old_name = self._link_name(netns, rename.link)
        new_name = rename.name
        # A command without a new name repeats the given name, possibly an alternative name.
        if rename.name == rename.link:
            new_name = old_name

        old: Key = ("link", netns, old_name)
        new: Key = ("link", rename.netns, new_name)
        dependents = self.created.dependents(netns, old_name)

        created = self.created.remove(old)
        if created is None:
            self._add_restore(old, new)
        else:
            self.created.add(new, rename_link(created, new_name, netns=rename.netns))

        peer = self.pairs.pop(old, None)
        if peer is not None:
            self._add_pair(new, peer)

        for key in dependents:
            self._carry_dependent(key, old, new=new, is_created=created is not None)

    def _carry_dependent(self, key: Key, old: Key, *, new: Key, is_created: bool) -> None:
        """Carry over a dependent of a renamed or moved link.

        In another namespace, a link keeps the links above and the alternative names, and loses the
        rest. Dependents of a created link are appended again, to be deleted before the link.
        """
        dependent = self.created.objects[key]
        kind = object_type(dependent.noun)
        _, old_netns, old_name = old
        _, new_netns, new_name = new
        is_moved = old_netns != new_netns

        # The alternative names of a created link are deleted with the link in every namespace.
        is_lost = not kind.moves_with_link or (is_created and not kind.is_link)
        if is_moved and is_lost:
            self._remove(key)
            return

        links: list[str] = []
        if not is_moved:
            links = [new_name if link == old_name else link for link in dependent.depends_on]

        if is_created:
            self.created.remove(key)
        self.created.add(key, evolve(dependent, depends_on=tuple(links)))

    def _add_restore(self, old: Key, new: Key) -> None:
        """Add the entry to move a pre-existing link home."""
        self.restore_count += 1
        _, old_netns, old_name = old
        _, netns, name = new

        key: Key = (f"was {self.restore_count}", netns, name)
        restored = restored_link(name, netns, old_name=old_name, old_netns=old_netns)
        self.created.add(key, restored)

        # A link that was renamed twice is renamed back twice, the last rename first.
        keys = self._pop_restores(old_netns, old_name)
        keys.append(key)
        restores = self.restores.setdefault(netns, {})
        restores[name] = keys

    def knows_link(self, netns: str | None, name: str) -> bool:
        """Return whether a name belongs to a link created, renamed or moved by the session."""
        if ("link", netns, name) in self.created.objects:
            return True
        return name in self.restores.get(netns, ())

    def pending_deletions(self) -> list[CreatedObject]:
        """Return the objects to delete, newest first, namespaces last.

        The kernel destroys the links of a deleted namespace asynchronously: cleanup_net() in
        net/core/net_namespace.c.
        """
        pending = [
            created
            for created in reversed(self.created.objects.values())
            if not self._is_deleted_with_other(created)
        ]
        # The sort is stable: otherwise, the newest objects stay first.
        return sorted(pending, key=lambda created: object_type(created.noun).is_namespace)

    def take_changed(self) -> Iterator[tuple[Key, CreatedObject | None]]:
        """Yield each object whose deletion the last commands added, changed or made needless.

        The order is that of creation. None means that nothing is left to delete: the object is
        gone, or goes with another one.
        """
        keys = dict.fromkeys(self.created.touched)
        # Whether an end of a pair is deleted depends on the other end.
        keys.update((self.pairs[key], None) for key in self.created.touched if key in self.pairs)
        self.created.touched.clear()

        positions = self.created.positions
        for key in sorted(keys, key=lambda key: positions.get(key, 0)):
            created = self.created.objects.get(key)
            if created is not None and self._is_deleted_with_other(created):
                created = None
            yield key, created

    def _is_deleted_with_other(self, created: CreatedObject) -> bool:
        """Return whether an object is deleted along with another object.

        Of a pair, only the older end is deleted.
        """
        positions = self.created.positions
        if object_type(created.noun).is_restoration:
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
    """Return whether an object is inside a created namespace."""
    return ("netns", None, key[1] or "") in positions


def shell_delete_line(line: str) -> str:
    """Return a deleting line for a shell, with the shell's namespace as the first namespace.

    In a container, or below `unshare`, process 1 may be in another network namespace.
    """
    return line.replace(f" netns {FIRST_NETNS}", ' netns "/proc/$$/ns/net"')


@define
class Teardown:
    """The ledger of a recorded session, checked against snapshots.

    - ``before``: the initial state; an initial object is kept even after a `replace`
    - ``after``: the state at the end; a missing object (flushed, for example) needs no deletion
    - ``now``: the current state after a crash, in place of ``after``, with the observable effects
      of a command without a result
    - ``effects``: derives the effects of commands that were read from a file; its ``unreadable``
      are the commands whose objects nobody knows
    """

    before: SnapshotIndex | None
    after: SnapshotIndex | None
    now: SnapshotIndex | None = None
    ledger: Ledger = field(factory=Ledger)
    effects: EffectReader = field(factory=EffectReader)

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
        """Apply the commands to the ledger, and yield the pairs.

        A command without a result is yielded with the effects observed in the current state.
        """
        for event, result in pairs:
            if not isinstance(event, CommandEvent) or not event.command.changes:
                yield event, result
                continue

            command = event.command
            if command.from_file:
                derived = self.effects.read(command, is_done=result is None or result.ok)
                command = with_effects_of(command, derived)
                event = evolve(event, command=command)

            # A crash may have come before, during or after a command without a result.
            if result is None and self.now is not None:
                command = self._with_observed_effects(command, self.now)
                event = evolve(event, command=command)
                self.ledger.follow(command)
            elif result is not None and result.ok:
                self.ledger.follow(self._without_replaced(command))
            yield event, result

    @property
    def commands(self) -> list[Command]:
        """The commands to delete the remaining objects, newest first."""
        objects = self.ledger.pending_deletions()

        snapshot = self.now or self.after
        if snapshot is not None:
            objects = [created for created in objects if snapshot.contains(created)]
        return [delete_command(created) for created in objects]

    def _without_replaced(self, command: Command) -> Command:
        """Return a command without the replaced objects."""
        if "replace" not in command.argv or self.before is None:
            return command

        before = self.before
        creates = [created for created in command.creates if not before.contains(created)]
        return evolve(command, creates=tuple(creates))

    def _with_observed_effects(self, command: Command, now: SnapshotIndex) -> Command:
        """Return a command without a result with the effects observed in the current state."""
        creates = [created for created in command.creates if self._is_new(created, now)]

        renames = command.renames
        if renames is not None:
            target = created_link(renames.netns, renames.name)
            if not self._is_new(target, now):
                renames = None
        return evolve(
            command,
            creates=tuple(creates),
            deletes=(),
            renames=renames,
        )

    def _is_new(self, created: CreatedObject, now: SnapshotIndex) -> bool:
        """Return whether an object exists now and did not before.

        A link is compared by index, since the name before may be another name.
        """
        if not now.contains(created):
            return False
        if not object_type(created.noun).is_link:
            return self.before is None or not self.before.contains(created)

        if self.ledger.knows_link(created.netns, created.name):
            return False
        return self.before is None or not now.has_same_link(
            self.before, created.netns, name=created.name
        )


def _index(state: State | None) -> SnapshotIndex | None:
    """Return the index of a state; None without a state."""
    return None if state is None else SnapshotIndex(state)


def teardown_commands(recording: RecordingView, now: State | None = None) -> list[Command]:
    """Return the commands to delete the objects of a recorded session (see `Teardown`)."""
    teardown = Teardown.of(recording, now)
    for _ in teardown.follow(recording.pairs()):
        pass
    return teardown.commands
