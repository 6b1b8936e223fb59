"""`LinkTracker`: follow links across the renames, moves and deletions of a recording."""

from collections.abc import Callable, Collection, Iterable, Iterator

from attrs import define, evolve, field

from ipwrap.command import IPROUTE2, Command, CreatedObject, LinkRename
from ipwrap.recording import CommandEvent, Pair
from ipwrap.result import RecordedLink, Result
from ipwrap.sessions.link_query import describe_link
from ipwrap.system.netns_identity import netns_identity
from ipwrap.undo.interrupted import InterruptedCommands, kind_of_command
from ipwrap.undo.link_data import LinkLocation, find_peer, link_at
from ipwrap.undo.located_links import LocatedLinks
from ipwrap.undo.tracked_link import TrackedLink

__all__ = ["LinkTracker"]


@define
class LinkTracker(LocatedLinks):
    """The links by their recorded location, as the recorded commands have left them.

    - ``interrupted``: the links that commands without a result would have created
    - ``identify_netns``: returns the present identity of a named namespace
    """

    interrupted: Collection[LinkLocation] = ()
    identify_netns: Callable[[str], str | None] = field(default=netns_identity, kw_only=True)
    _interruptions: InterruptedCommands = field(init=False)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        self._interruptions = InterruptedCommands(self, self.interrupted)

    @property
    def problems(self) -> list[str]:
        """The messages about links of unknown origin."""
        return self._interruptions.problems

    def follow(self, pairs: Iterable[Pair]) -> Iterator[Pair]:
        """Follow commands, and yield the pairs, without the missing effects of an interruption."""
        for event, result in pairs:
            if not isinstance(event, CommandEvent) or not event.command.changes:
                yield event, result
                continue

            self.mentioned.add(event.command)
            if result is None:
                event = evolve(event, command=self._interruptions.certain_effects(event.command))
            if result is None or result.ok:
                self._apply(event.command, result)
            yield event, result

    def _apply(self, command: Command, result: Result | None) -> None:
        """Follow a completed command, or the visible effects of an interrupted command."""
        # The deletion of an interrupted command shows in the state itself.
        if result is not None:
            for noun, netns, name in command.deletes:
                self._delete(noun, netns or "", name=name)

        recorded = {} if result is None else _by_location(result.links or ())
        is_identified = result is None or result.links is not None

        if command.renames is not None:
            target = (command.renames.netns or "", command.renames.name)
            if result is None or not is_identified:
                recorded |= self._recognise(command, target)
            self._rename(command.netns or "", command.renames, recorded=recorded)
        for created in command.creates:
            if created.noun == "netns":
                self._add_netns(command, created.name, result=result)
            elif created.noun == "link":
                self._create(command, created, recorded=recorded, is_identified=is_identified)

    def _delete(self, noun: str, netns: str, *, name: str) -> None:
        """Follow the deletion of a link, or of a namespace with its links."""
        if noun == "link":
            location = self.find(netns, name)
            if location is None:
                return
            # The kernel deletes both ends of a pair: veth_dellink() in drivers/net/veth.c.
            peer = self._find_peer(self.located[location])
            self._forget(location)
            if peer is not None:
                self._forget(peer)
        elif noun == "netns":
            for location in [*self.located]:
                if location[0] == name or (name == "*" and location[0]):
                    self._forget(location)

    def _find_peer(self, tracked: TrackedLink) -> LinkLocation | None:
        """Return the present location of the peer of a former link; the peer may have moved, too.

        None for a link created by the session, also under the name of a former link.
        """
        if tracked.origin is None:
            return None

        origin = find_peer(self.before, tracked.origin)
        locations = [
            location
            for location, other in self.located.items()
            if other.origin is not None and other.origin == origin
        ]
        return locations[0] if locations else None

    def _forget(self, location: LinkLocation) -> None:
        """Remove a deleted link."""
        tracked = self.located.pop(location, None)
        if tracked is not None and tracked.origin is not None:
            self.deleted.add(tracked.origin)

    def _rename(
        self, netns: str, rename: LinkRename, *, recorded: dict[LinkLocation, RecordedLink]
    ) -> None:
        """Follow a link to its new name or namespace."""
        old = self.find(netns, rename.link)
        if old is None:
            return

        name = old[1] if rename.name == rename.link else rename.name
        new = (rename.netns or "", name)
        self.move(old, new, facts=recorded.get(new))

    def _recognise(
        self, command: Command, target: LinkLocation
    ) -> dict[LinkLocation, RecordedLink]:
        """Return the description of a moved link whose result has none, as the link is now."""
        assert command.renames is not None, "a command that renames or moves a link"
        old = self.find(command.netns or "", command.renames.link)
        link = link_at(self.now, target)
        if old is None or not link:
            return {}

        candidate = describe_link(link, target[0] or None)
        return {target: candidate} if self.has_arrived(self.located[old], target) else {}

    def _create(
        self,
        command: Command,
        created: CreatedObject,
        *,
        recorded: dict[LinkLocation, RecordedLink],
        is_identified: bool,
    ) -> None:
        """Follow the creation of a link."""
        location = (created.netns or "", created.name)
        link = link_at(self.now, location)

        # `replace` keeps a link that is there.
        known = self.located.get(location)
        if known is not None and known.origin is not None and "add" not in command.argv:
            return

        facts = recorded.get(location)
        if facts is None and location in self.interrupted and link:
            # `InterruptedCommands` has decided that the link is the interrupted command's.
            facts = describe_link(link, created.netns)

        tracked = TrackedLink(
            origin=None, kind=kind_of_command(command), is_identified=is_identified
        )
        if facts is not None:
            tracked.facts.append(facts)
            self.note_index(facts)
        self.located[location] = tracked

    def _add_netns(self, command: Command, name: str, *, result: Result | None) -> None:
        """Add a namespace that a command created, or gave a name."""
        recorded = () if result is None else result.namespaces or ()
        identities = {namespace.name: namespace.identity for namespace in recorded}
        present = self.identify_netns(name)

        self._forget_netns(name)
        if command.argv[1:3] == ("netns", "attach"):
            self.attached_netns.add(name)
        elif name in identities and present not in (None, identities[name]):
            self.foreign_netns.add(name)
        else:
            self.created_netns.add(name)

    def _forget_netns(self, name: str) -> None:
        """Forget to whom a name belonged before."""
        for names in (self.created_netns, self.attached_netns, self.foreign_netns):
            names.discard(name)

    def targets_created_link(self, command: Command) -> bool:
        """Return whether a command of iproute2 changes a link that the session created by now.

        Only the changed link counts: a filter on `dev eth0` may name another link for a redirect.
        """
        program, *words = command.argv
        if program not in IPROUTE2:
            return False

        netns = command.netns or ""
        if "dev" in words[:-1]:
            return self._was_created((netns, words[words.index("dev") + 1]))
        # `ip macsec add NAME …` has no keyword before the link.
        return any(self._was_created((netns, word)) for word in words[2:3])

    def _was_created(self, location: LinkLocation) -> bool:
        """Return whether the session created the link that is at a location by now."""
        tracked = self.located.get(location)
        return tracked is not None and tracked.origin is None


def _by_location(links: Iterable[RecordedLink]) -> dict[LinkLocation, RecordedLink]:
    """Return recorded links by location."""
    return {(link.netns or "", link.name): link for link in links}
