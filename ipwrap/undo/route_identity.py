"""`RouteTracker`: whether a route or next hop goes through the links that it went through.

`ip route delete 10.9.0.0/16 via 10.0.0.1` takes any route with the destination and gateway. The
kernel deletes a route with its link, and somebody may have added an equal one on another link.
"""

from collections.abc import Iterable, Iterator

from attrs import define, field

from ipwrap.command import CreatedObject
from ipwrap.objects import object_type
from ipwrap.objects.base import links_of
from ipwrap.recording import CommandEvent, Pair, State
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.result import RecordedLink
from ipwrap.sessions.link_query import describe_link
from ipwrap.teardown.created import Key
from ipwrap.teardown.presence import SnapshotIndex
from ipwrap.undo.link_data import Json, link_at
from ipwrap.undo.link_identity import TrackedLink, format_link

__all__ = ["RouteTracker"]


@define
class RouteTracker:
    """The recorded links of the routes and next hops that a deletion identifies without a link.

    - ``mentioned``: the words of the recorded commands
    - ``after``: the state at the session's end, if it ended: it shows what results do not have
    - ``foreign``: the recorded objects in whose place there are objects of others
    """

    mentioned: MentionedWords
    after: SnapshotIndex | None
    foreign: list[CreatedObject] = field(factory=list, init=False)
    _devices: dict[Key, tuple[RecordedLink, ...]] = field(factory=dict, init=False, repr=False)

    def follow(self, pairs: Iterable[Pair]) -> Iterator[Pair]:
        """Note the links in the results, and yield the pairs."""
        for event, result in pairs:
            if isinstance(event, CommandEvent):
                for created in event.command.creates:
                    self._devices.pop(created.key, None)
                    if result is not None and result.devices is not None:
                        self._devices[created.key] = result.devices
            yield event, result

    def identify(self, created: CreatedObject, now: SnapshotIndex) -> CreatedObject | None:
        """Return an object with its present link, as it is to be deleted; None for one of others.

        An object of which nobody knows the links is returned as it is.
        """
        kind = object_type(created.noun)
        if kind.show_command(created) is None:
            return created

        objects = now.find_objects(created)
        own = [data for data in objects if self._is_own(created, data, now=now)]
        if objects and not own:
            self.foreign.append(created)
            return None

        names = links_of(own[0]) if own else set()
        return kind.with_link(created, names.pop()) if len(names) == 1 else created

    def _is_own(self, created: CreatedObject, data: Json, *, now: SnapshotIndex) -> bool:
        """Return whether an object of a state goes through the recorded links."""
        netns = created.netns or ""
        names = links_of(data)
        known = self._known_links(created)
        if known is None:
            return not created.depends_on or names == {*created.depends_on}

        tracked = TrackedLink(None, [*known])
        has_same_count = len(names) == len(known)
        return has_same_count and all(
            tracked.is_same(
                link_at(now.state, (netns, name)), (netns, name), mentioned=self.mentioned
            )
            for name in names
        )

    def _known_links(self, created: CreatedObject) -> tuple[RecordedLink, ...] | None:
        """Return the links of an object as the result has them, or else the session's end."""
        if created.key in self._devices:
            return self._devices[created.key]
        if self.after is None:
            return None

        objects = self.after.find_objects(created)
        if not objects:
            return None
        netns = created.netns or ""
        return tuple(
            describe_link(link_at(self.after.state, (netns, name)), created.netns)
            for name in sorted(links_of(objects[0]))
        )

    def problem_with(self, created: CreatedObject, now: SnapshotIndex) -> str:
        """Describe an object of others in the place of one of the recording."""
        netns = created.netns or ""
        names = sorted(links_of(now.find_objects(created)[0]))
        present = [format_link((netns, name), link_at(now.state, (netns, name))) for name in names]
        through = f"goes through {', '.join(present)}" if present else "goes through no link"

        known = self._known_links(created)
        known_names = created.depends_on
        if known is not None:
            known_names = tuple(f"{link.name} (index {link.ifindex})" for link in known)

        show = object_type(created.noun).show_command(created)
        assert show is not None, "an object whose deletion names its link is never foreign"
        return (
            f"{created.noun} {created.name.removeprefix('to ')} {through}, and that of the "
            f"recording went through {', '.join(known_names) or 'none'}: left alone; look at "
            f"`{show.line}`"
        )

    def without_foreign(self, state: State) -> State:
        """Return a state that may be changed, without the objects of others."""
        index = SnapshotIndex(state)
        for created in self.foreign:
            objects = index.find_objects(created)
            foreign = [data for data in objects if not self._is_own(created, data, now=index)]
            nouns = state.get(created.netns or "", {})
            if foreign:
                kept = [data for data in nouns[created.noun] if data not in foreign]
                nouns[created.noun] = kept
        return state
