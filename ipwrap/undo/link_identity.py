"""`LinkTracker`: the identity of links, across renames, moves, a crash, and foreign changes.

A name is no identity: after a crash another link may have the name. A link is recognised by index,
kind and MAC address, as recorded in the first snapshot and the results of the session.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from attrs import define, evolve, field

from ipwrap.command import IPROUTE2, Command, CreatedObject, LinkRename
from ipwrap.recording import CommandEvent, Pair, State
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.result import RecordedLink, Result
from ipwrap.sessions.link_query import describe_link
from ipwrap.system.netns_identity import netns_identity
from ipwrap.undo.link_data import Json, LinkLocation, find_peer, link_at, links_by_name

__all__ = [
    "FALLBACK_LINKS",
    "LinkTracker",
    "TrackedLink",
    "format_link",
    "interrupted_links",
    "stranger_problem",
]

LOOPBACK_INDEX = 1

# The kinds of the modes of `ip tunnel`: ip/iptunnel.c and ip/ip6tunnel.c of iproute2.
TUNNEL_KINDS = {"gre": "gre", "ipip": "ipip", "isatap": "sit", "sit": "sit", "vti": "vti"}
TUNNEL_KINDS_6 = {
    "any": "ip6tnl",
    "ip6gre": "ip6gre",
    "ip6ip6": "ip6tnl",
    "ipip6": "ip6tnl",
    "vti6": "vti6",
}

# Links that the kernel makes in every namespace, once the module of their kind is loaded:
# ip_tunnel_init_net() in net/ipv4/ip_tunnel.c and its like.
FALLBACK_LINKS = frozenset(
    {
        "erspan0",
        "gre0",
        "gretap0",
        "ip6_vti0",
        "ip6gre0",
        "ip6tnl0",
        "ip_vti0",
        "sit0",
        "tunl0",
    }
)


@define
class TrackedLink:
    """A link from before the session (with the ``origin``), or a link created by the session.

    - ``facts``: the descriptions of the link, the newest last; empty if the result of the creating
      command has no description
    - ``kind``: the kind in the creating command
    - ``path``: the locations that the link has left
    """

    origin: LinkLocation | None
    facts: list[RecordedLink] = field(factory=list)
    kind: str | None = None
    is_identified: bool = True
    path: list[LinkLocation] = field(factory=list)

    def is_same(self, link: Json, location: LinkLocation, *, mentioned: MentionedWords) -> bool:
        """Return whether the link at a location is this link."""
        netns, _ = location
        candidate = describe_link(link, netns or None)

        if not self.is_identified:
            return self.kind is None or self.kind == candidate.kind
        return any(_is_same_link(known, candidate, mentioned=mentioned) for known in self.facts)

    def is_recognised(self, candidate: RecordedLink) -> bool:
        """Return whether a link of any namespace is this link, by the hardware address.

        The index may differ: a moved link gets another index if its own is taken.
        """
        return any(_is_same_hardware(known, candidate) for known in self.facts)


def _is_same_link(
    known: RecordedLink, candidate: RecordedLink, *, mentioned: MentionedWords
) -> bool:
    """Return whether a description of a link is of the link at hand."""
    if known.kind != candidate.kind:
        return False
    if known.permaddr is not None and candidate.permaddr is not None:
        return known.permaddr == candidate.permaddr
    if known.ifindex != candidate.ifindex:
        return False

    # A link keeps its index when it moves, but another link may have the index elsewhere.
    if known.netns != candidate.netns and known.address is None:
        return False

    # The session may have set another address; an address that follows other links is no proof.
    if known.address is None or candidate.address is None:
        return True
    return known.address == candidate.address or candidate.address in mentioned


def _is_same_hardware(known: RecordedLink, candidate: RecordedLink) -> bool:
    """Return whether two descriptions, in any namespaces, are of the same link."""
    if known.kind != candidate.kind:
        return False
    if known.permaddr is not None and candidate.permaddr is not None:
        return known.permaddr == candidate.permaddr
    # Every namespace has these from its first moment, and none of them moves.
    if candidate.ifindex == LOOPBACK_INDEX or candidate.name in FALLBACK_LINKS:
        return False
    if known.address is None:
        # Only the index is left to compare: of a tunnel, say.
        return candidate.address is None and known.ifindex == candidate.ifindex
    return known.address == candidate.address


def interrupted_links(pairs: Iterable[Pair]) -> set[LinkLocation]:
    """Return the links that commands without a result would have created."""
    locations = set()
    for event, result in pairs:
        if result is not None or not isinstance(event, CommandEvent):
            continue
        for created in event.command.creates:
            if created.noun == "link":
                locations.add((created.netns or "", created.name))
    return locations


@define
class LinkTracker:
    """The links by their present location, as the recorded commands have left them.

    - ``before``: the state before the session; ``now``: the state after the crash
    - ``interrupted``: the links that commands without a result would have created
    - ``identify_netns``: returns the present identity of a named namespace
    - ``problems``: messages about links of unknown origin
    - ``created_netns``: the namespaces created by the session
    - ``attached_netns``: the namespaces that existed before, and only got a name
    - ``foreign_netns``: the names that belong to foreign namespaces by now
    """

    before: State
    now: State
    mentioned: MentionedWords
    interrupted: Collection[LinkLocation] = ()
    problems: list[str] = field(factory=list)
    created_netns: set[str] = field(factory=set)
    attached_netns: set[str] = field(factory=set)
    foreign_netns: set[str] = field(factory=set)
    identify_netns: Callable[[str], str | None] = netns_identity
    located: dict[LinkLocation, TrackedLink] = field(factory=dict)
    deleted: set[LinkLocation] = field(factory=set)
    _highest: dict[str, int] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        for netns, nouns in self.before.items():
            for name, link in links_by_name(nouns).items():
                facts = describe_link(link, netns or None)
                self.located[netns, name] = TrackedLink((netns, name), [facts])
                self._note_index(facts)

    def follow(self, pairs: Iterable[Pair]) -> Iterator[Pair]:
        """Follow commands, and yield the pairs, without the missing effects of an interruption.

        A crash came before, during or after the last command, which has no result.
        """
        for event, result in pairs:
            if not isinstance(event, CommandEvent) or not event.command.changes:
                yield event, result
                continue

            self.mentioned.add(event.command)
            if result is None:
                event = evolve(event, command=self._without_doubtful(event.command))
            if result is None or result.ok:
                self._apply(event.command, result)
            yield event, result

    def _note_index(self, facts: RecordedLink) -> None:
        """Note the highest index of a namespace."""
        netns = facts.netns or ""
        self._highest[netns] = max(self._highest.get(netns, LOOPBACK_INDEX), facts.ifindex)

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
        return {target: candidate} if self._is_arrived(self.located[old], target) else {}

    def _is_arrived(self, tracked: TrackedLink, target: LinkLocation) -> bool:
        """Return whether a link that an interrupted command moved is at its target.

        The hardware address decides, or the index if the session has set another address.
        """
        link = link_at(self.now, target)
        candidate = describe_link(link, target[0] or None)
        return tracked.is_recognised(candidate) or tracked.is_same(
            link, target, mentioned=self.mentioned
        )

    def move(
        self, old: LinkLocation, new: LinkLocation, *, facts: RecordedLink | None = None
    ) -> None:
        """Move a link to a new location."""
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
            self._note_index(facts)

    def remove(self, location: LinkLocation) -> None:
        """Forget a link that undo has deleted."""
        self.located.pop(location, None)

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
            # `_without_doubtful` has decided that the link is the interrupted command's.
            facts = describe_link(link, created.netns)

        tracked = TrackedLink(
            origin=None, kind=_kind_of_command(command), is_identified=is_identified
        )
        if facts is not None:
            tracked.facts.append(facts)
            self._note_index(facts)
        self.located[location] = tracked

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

    def _without_doubtful(self, command: Command) -> Command:
        """Return an interrupted command with only the certain effects on links."""
        creates = [created for created in command.creates if self._has_created(command, created)]

        renames = command.renames
        if renames is not None and not self._has_moved(command.netns or "", renames):
            renames = None
        return evolve(command, creates=tuple(creates), renames=renames)

    def _has_moved(self, netns: str, rename: LinkRename) -> bool:
        """Return whether an interrupted command has renamed or moved its link."""
        old = self.find(netns, rename.link)
        if old is None:
            return False

        tracked = self.located[old]
        name = old[1] if rename.name == rename.link else rename.name
        new = (rename.netns or "", name)
        link = link_at(self.now, new)
        old_link = link_at(self.now, old)

        if not link or new == old:
            return False
        if old_link and tracked.is_same(old_link, old, mentioned=self.mentioned):
            return False
        if new[0] == old[0]:
            return tracked.is_same(link, old, mentioned=self.mentioned)
        return self._is_arrived(tracked, new)

    def _has_created(self, command: Command, created: CreatedObject) -> bool:
        """Return whether an interrupted command has created a link, as far as can be known.

        The name was free before, kind and address match the command, and no other program has
        created a link in the namespace since the last recorded link: the link has the next index,
        or is the only new link. Otherwise the link becomes a problem to report. (It is impossible
        to know whether the command ran, or another program created exactly the same link.)
        """
        netns = created.netns or ""
        location = (netns, created.name)
        link = link_at(self.now, location)
        if created.noun != "link" or not link or netns in self.created_netns:
            return True

        candidate = describe_link(link, created.netns)
        known = self.located.get(location)
        if known is not None and known.is_same(link, location, mentioned=self.mentioned):
            return False

        doubt = self._doubt_creation(command, created, candidate=candidate)
        if doubt is not None:
            self.problems.append(
                f"{format_link(location, link)} is left alone: the session was interrupted in "
                f"`{command.line}`, and {doubt}; look at `{_show_line(location)}`, and delete it "
                "if it is the session's"
            )
        return doubt is None

    def _doubt_creation(
        self, command: Command, created: CreatedObject, *, candidate: RecordedLink
    ) -> str | None:
        """Return why a link may be foreign; None for a link made by the interrupted command."""
        netns = created.netns or ""
        if (netns, created.name) in self.located:
            return "a link of that name stood there before"

        kind = _kind_of_command(command)
        if kind is None:
            return "the command does not say of which kind its link is"
        if kind != candidate.kind:
            return f"its link would be of kind {kind}"

        address = _address_of_command(command)
        is_first = created is command.creates[0]
        if is_first and None not in (address, candidate.address) and address != candidate.address:
            return f"its link would have the address {address}"

        highest = self._highest.get(netns, LOOPBACK_INDEX)
        new_names = {
            name
            for name, other in links_by_name(self.now.get(netns, {})).items()
            if int(other.get("ifindex", 0)) > highest
        }
        own_names = {name for other_netns, name in self.interrupted if other_netns == netns}

        is_next = 0 < candidate.ifindex - highest <= len(command.creates)
        is_only_new = created.name in new_names and new_names <= own_names
        return None if is_next or is_only_new else "others have made links since"

    def find(self, netns: str, name: str) -> LinkLocation | None:
        """Return the location of the link of a name, or of an alternative name."""
        if (netns, name) in self.located:
            return netns, name

        for link_name, link in links_by_name(self.before.get(netns, {})).items():
            if name in link.get("altnames", ()) and (netns, link_name) in self.located:
                return netns, link_name
        return None

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
                if (netns, name) not in taken and tracked.is_recognised(candidate):
                    matches.append((netns, name))
        return matches[0] if len(matches) == 1 else None

    def is_gone(self, state: State, netns: str) -> bool:
        """Return whether a namespace is gone, or is another one of the same name."""
        return netns not in state or netns in self.foreign_netns

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

    def come_home(self, location: LinkLocation) -> None:
        """Follow a link of before to where it was before."""
        tracked = self.located.get(location)
        if tracked is not None and tracked.origin is not None:
            self.move(location, tracked.origin)

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


def _by_location(links: Iterable[RecordedLink]) -> dict[LinkLocation, RecordedLink]:
    """Return recorded links by location."""
    return {(link.netns or "", link.name): link for link in links}


def _kind_of_command(command: Command) -> str | None:
    """Return the kind of the links that a command creates; None for a command without a kind."""
    argv = command.argv
    if "tuntap" in argv[1:4]:
        return "tun"
    if "tunnel" in argv[1:4] and "mode" in argv[:-1]:
        kinds = TUNNEL_KINDS_6 if "-6" in command.flags else TUNNEL_KINDS
        return kinds.get(argv[argv.index("mode") + 1])
    if "link" not in argv[1:4] or "type" not in argv[:-1]:
        return None
    return argv[argv.index("type") + 1]


def _address_of_command(command: Command) -> str | None:
    """Return the MAC address that a command sets on the link itself, not on the peer."""
    words = command.argv
    if "type" in words:
        words = words[: words.index("type")]
    if "address" not in words[:-1]:
        return None
    return words[words.index("address") + 1].lower()


def _show_line(location: LinkLocation) -> str:
    """Return the command to look at a link."""
    netns, name = location
    return Command(("ip", "-d", "link", "show", "dev", name), netns or None).line


def stranger_problem(location: LinkLocation, link: Json) -> str:
    """Describe a link of others in the place of a link of the recording."""
    return (
        f"{format_link(location, link)} is not the link of that name in the recording: left alone, "
        "with all that is on it"
    )


def format_link(location: LinkLocation, link: Json) -> str:
    """Return a link as a problem names it: the name, namespace, index, kind and MAC address."""
    netns, name = location
    facts = describe_link(link, netns or None)

    details = [f"index {facts.ifindex}"]
    if facts.kind:
        details.append(facts.kind)
    if link.get("address"):
        details.append(str(link["address"]))

    place = f"{name} in {netns}" if netns else name
    return f"{place} ({', '.join(details)})"
