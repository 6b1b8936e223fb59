"""`LocatedLinks`: where the links of a recording are by now, and where a state has them.

A link of the recording has three locations, which may differ: its origin before the session, the
recorded location to which the commands of the session have brought it, and the location where a
present state has it, since other programs may have moved it as well.
"""

from collections.abc import Collection, Iterable, Mapping

from attrs import define, evolve, field

from ipwrap.recording import State
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.result import RecordedLink
from ipwrap.sessions.link_query import describe_link
from ipwrap.undo.link_data import LinkLocation, link_at, links_by_name
from ipwrap.undo.tracked_link import LOOPBACK_INDEX, TrackedLink

__all__ = ["LocatedLinks"]


@define
class LocatedLinks:
    """The links by their recorded location: those of the state before the session, at first.

    - ``before``: the state before the session; ``now``: the state after the session, or its crash
    - ``mentioned``: the words of the recorded commands: an address among them is no stranger's
    - ``located``: the links that the session has not deleted; ``deleted``: the origins of the rest
    - ``created_netns``: the namespaces created by the session
    - ``attached_netns``: the namespaces that existed before, and only got a name
    - ``foreign_netns``: the names that belong to foreign namespaces by now
    """

    before: State
    now: State
    mentioned: MentionedWords
    created_netns: set[str] = field(factory=set, kw_only=True)
    attached_netns: set[str] = field(factory=set, kw_only=True)
    foreign_netns: set[str] = field(factory=set, kw_only=True)
    located: dict[LinkLocation, TrackedLink] = field(factory=dict, kw_only=True)
    deleted: set[LinkLocation] = field(factory=set, kw_only=True)
    _highest_index: dict[str, int] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        for netns, nouns in self.before.items():
            for name, link in links_by_name(nouns).items():
                facts = describe_link(link, netns or None)
                self.located[netns, name] = TrackedLink((netns, name), [facts])
                self.note_index(facts)

    def find(self, netns: str, name: str) -> LinkLocation | None:
        """Return the location of the link of a name, or of an alternative name."""
        if (netns, name) in self.located:
            return netns, name

        for link_name, link in links_by_name(self.before.get(netns, {})).items():
            if name in link.get("altnames", ()) and (netns, link_name) in self.located:
                return netns, link_name
        return None

    def move(
        self, old: LinkLocation, new: LinkLocation, *, facts: RecordedLink | None = None
    ) -> None:
        """Move a link to a new location, and note its description there.

        Without ``facts``, a link that stays in its namespace has only another name.
        """
        tracked = self.located.pop(old, None)
        if tracked is None:
            return

        self.located[new] = tracked
        if new != old:
            tracked.path.append(old)
        if facts is None and tracked.facts and old[0] == new[0]:
            facts = evolve(tracked.facts[-1], name=new[1])
        if facts is not None:
            tracked.facts.append(facts)
            self.note_index(facts)

    def remove(self, location: LinkLocation) -> None:
        """Forget a link that undo has deleted."""
        self.located.pop(location, None)

    def newest_facts(self) -> dict[LinkLocation, RecordedLink]:
        """Return the last description of each link of before, by the location before."""
        return {
            tracked.origin: tracked.facts[-1]
            for tracked in self.located.values()
            if tracked.origin is not None and tracked.facts
        }

    def settle(self, state: State, arrived: Mapping[LinkLocation, RecordedLink]) -> None:
        """Locate the former links that an earlier undo has moved back.

        ``arrived`` are the present descriptions: a moved link may get another index.
        """
        for tracked in self.located.values():
            origin = tracked.origin
            if origin is not None and origin in arrived:
                tracked.facts.append(arrived[origin])

        back = {
            location: tracked
            for location, tracked in self.located.items()
            if tracked.origin not in (None, location)
            and self._is_at(state, tracked.origin, tracked=tracked)
        }

        # All leave before one arrives: names may have gone round.
        for location in back:
            del self.located[location]
        for tracked in back.values():
            if tracked.origin is not None:
                self.located[tracked.origin] = tracked

    def come_home(self, location: LinkLocation) -> None:
        """Follow a link of before to where it was before."""
        tracked = self.located.get(location)
        if tracked is not None and tracked.origin is not None:
            self.move(location, tracked.origin)

    def is_own(self, state: State, location: LinkLocation) -> bool:
        """Return whether the link at a location is the link recorded for the location.

        A link recreated by undo has the facts of the former link.
        """
        link = link_at(state, location)
        tracked = self.located.get(location)
        if tracked is not None and tracked.is_same(link, location, mentioned=self.mentioned):
            return True

        before = link_at(self.before, location)
        if not before:
            return False
        original = TrackedLink(location, [describe_link(before, location[0] or None)])
        return original.is_same(link, location, mentioned=self.mentioned)

    def strangers(self, state: State) -> list[LinkLocation]:
        """Return the locations of the recording where a state has somebody else's link."""
        locations = dict.fromkeys([*self.located, *self.deleted])
        for tracked in self.located.values():
            if tracked.origin is not None:
                locations[tracked.origin] = None

        return [
            location
            for location in locations
            if link_at(state, location) and not self.is_own(state, location)
        ]

    def displaced(self, state: State) -> dict[LinkLocation, LinkLocation]:
        """Return the former links that are not at the recorded location.

        The present location, by recorded location. The search covers the namespaces of the session,
        the original namespace, and the namespace of the recorded location.
        """
        places = {}
        taken = {
            location
            for location in self.located
            if link_at(state, location) and self.is_own(state, location)
        }

        for location, tracked in self.located.items():
            if tracked.origin is None or location in taken:
                continue
            searched = dict.fromkeys([location[0], tracked.origin[0], *sorted(self.created_netns)])
            match = self._search(state, tracked, netns_names=searched, taken=taken)
            if match is not None:
                places[location] = match
        return places

    def _search(
        self,
        state: State,
        tracked: TrackedLink,
        *,
        netns_names: Iterable[str],
        taken: Collection[LinkLocation],
    ) -> LinkLocation | None:
        """Return the location of a link in some namespaces; None unless exactly one matches."""
        matches = []
        for netns in netns_names:
            for name, link in links_by_name(state.get(netns, {})).items():
                candidate = describe_link(link, netns or None)
                if (netns, name) not in taken and tracked.has_same_hardware(candidate):
                    matches.append((netns, name))
        return matches[0] if len(matches) == 1 else None

    def stranded(self, state: State) -> dict[LinkLocation, LinkLocation]:
        """Return the former links that are at the recorded location, but cut off.

        The present location, by recorded location, which is the same. A namespace on the link's
        path was deleted: the link can only move directly to the origin.
        """
        stranded = {}
        for location, tracked in self.located.items():
            if tracked.origin in (None, location):
                continue

            is_cut_off = any(self.is_gone(state, netns) for netns, _ in tracked.path)
            if is_cut_off and self._is_at(state, location, tracked=tracked):
                stranded[location] = location

        return stranded

    def is_gone(self, state: State, netns: str) -> bool:
        """Return whether a namespace is gone, or is another one of the same name."""
        return netns not in state or netns in self.foreign_netns

    def away(self, state: State) -> dict[LinkLocation, LinkLocation]:
        """Return the links of before that are away from their origin: the present location."""
        return {
            tracked.origin: location
            for location, tracked in self.located.items()
            if tracked.origin not in (None, location)
            and self._is_at(state, location, tracked=tracked)
        }

    def _is_at(self, state: State, location: LinkLocation | None, *, tracked: TrackedLink) -> bool:
        """Return whether a certain link is at a location."""
        if location is None:
            return False
        link = link_at(state, location)
        return bool(link) and tracked.is_same(link, location, mentioned=self.mentioned)

    def has_arrived(self, tracked: TrackedLink, target: LinkLocation) -> bool:
        """Return whether a link that an interrupted command moved is at its target.

        The hardware address decides, or the index if the session has set another address.
        """
        link = link_at(self.now, target)
        candidate = describe_link(link, target[0] or None)
        return tracked.has_same_hardware(candidate) or tracked.is_same(
            link, target, mentioned=self.mentioned
        )

    def note_index(self, facts: RecordedLink) -> None:
        """Note the highest index of a namespace."""
        netns = facts.netns or ""
        self._highest_index[netns] = max(self.highest_index(netns), facts.ifindex)

    def highest_index(self, netns: str) -> int:
        """Return the highest index of the recorded links of a namespace."""
        return self._highest_index.get(netns, LOOPBACK_INDEX)
