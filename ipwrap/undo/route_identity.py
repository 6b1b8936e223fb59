"""`RouteTracker`: whether a present route or next hop is the recorded one, by its links.

`ip route delete 10.9.0.0/16 via 10.0.0.1` deletes any route with the destination and gateway. The
kernel may have deleted the recorded route with its link, and another program may have added an
equal route on another link: the second route is foreign, and stays.
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
from ipwrap.undo.tracked_link import TrackedLink, format_link

__all__ = ["RouteTracker"]


@define
class RouteTracker:
    """The recorded links of the routes and next hops that a deletion identifies without a link.

    - ``mentioned``: the words of the recorded commands
    - ``after``: the state at the session's end, if recorded: has the links missing in results
    - ``foreign``: the recorded objects whose place is taken by foreign objects
    - ``_devices``: the links in the results, by the key of the object
    """

    mentioned: MentionedWords
    after: SnapshotIndex | None
    foreign: list[CreatedObject] = field(factory=list, init=False)
    _devices: dict[Key, tuple[RecordedLink, ...]] = field(factory=dict, init=False, repr=False)

    def follow(self, pairs: Iterable[Pair]) -> Iterator[Pair]:
        """Note the links in the results, and yield the pairs."""
        for event, result in pairs:
            if isinstance(event, CommandEvent):
                devices = None if result is None else result.devices
                self._note_devices(event.command.creates, devices)
            yield event, result

    def _note_devices(
        self, objects: Iterable[CreatedObject], devices: tuple[RecordedLink, ...] | None
    ) -> None:
        """Note the links of created objects, in place of those of an earlier object."""
        for created in objects:
            self._devices.pop(created.key, None)
            if devices is not None:
                self._devices[created.key] = devices

    def identify(self, created: CreatedObject, now: SnapshotIndex) -> CreatedObject | None:
        """Return an object with its present link, for its deletion; None for a foreign object.

        An object with unknown or several links is returned unchanged.
        """
        kind = object_type(created.noun)
        if kind.show_command(created) is None:  # its deletion names the link
            return created

        present_objects = now.find_objects(created)
        own_objects = [data for data in present_objects if self._is_own(created, data, now=now)]
        if present_objects and not own_objects:
            self.foreign.append(created)
            return None

        names = links_of(own_objects[0]) if own_objects else set()
        return kind.with_link(created, names.pop()) if len(names) == 1 else created

    def _is_own(self, created: CreatedObject, data: Json, *, now: SnapshotIndex) -> bool:
        """Return whether an object of a state goes through the recorded links."""
        names = links_of(data)
        recorded = self._recorded_links(created)
        if recorded is None:  # the command line may name the links
            return not created.depends_on or names == {*created.depends_on}
        if len(names) != len(recorded):
            return False

        tracked = TrackedLink(None, [*recorded])
        for name in names:
            link_key = (created.netns or "", name)
            link = link_at(now.state, link_key)
            if not tracked.is_same(link, link_key, mentioned=self.mentioned):
                return False
        return True

    def _recorded_links(self, created: CreatedObject) -> tuple[RecordedLink, ...] | None:
        """Return the links of an object in the result, else in the state at the session's end."""
        if created.key in self._devices:
            return self._devices[created.key]
        if self.after is None:
            return None

        objects = self.after.find_objects(created)
        if not objects:
            return None

        names = sorted(links_of(objects[0]))
        links = [link_at(self.after.state, (created.netns or "", name)) for name in names]
        return tuple(describe_link(link, created.netns) for link in links)

    def problem_with(self, created: CreatedObject, now: SnapshotIndex) -> str:
        """Describe a foreign object in the place of a recorded one."""
        netns = created.netns or ""
        names = sorted(links_of(now.find_objects(created)[0]))
        present = [format_link((netns, name), link_at(now.state, (netns, name))) for name in names]
        through = f"goes through {', '.join(present)}" if present else "goes through no link"

        recorded = self._recorded_links(created)
        recorded_names = created.depends_on
        if recorded is not None:
            recorded_names = tuple(f"{link.name} (index {link.ifindex})" for link in recorded)

        show = object_type(created.noun).show_command(created)
        assert show is not None, "an object whose deletion names its link is never foreign"
        return (
            f"{created.noun} {created.name.removeprefix('to ')} {through}, and that of the "
            f"recording went through {', '.join(recorded_names) or 'none'}: left alone; look at "
            f"`{show.line}`"
        )

    def without_foreign(self, state: State) -> State:
        """Remove the foreign objects from a state, and return it."""
        index = SnapshotIndex(state)
        for created in self.foreign:
            objects = index.find_objects(created)
            foreign = [data for data in objects if not self._is_own(created, data, now=index)]
            if not foreign:
                continue

            nouns = state[created.netns or ""]
            nouns[created.noun] = [data for data in nouns[created.noun] if data not in foreign]
        return state
