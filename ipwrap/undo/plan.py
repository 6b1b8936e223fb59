"""The commands that bring the state before back, in an order that works; and what of it is not reached.

Two states are compared: that before the session's first change, and that of now, without what the session made. Of what
differs only that counts which the session may have altered.
"""

from collections import defaultdict
from collections.abc import Iterator
from functools import partial

from attrs import define, field

from ipwrap.command import Command
from ipwrap.errors import InvalidArgument
from ipwrap.recording import State
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.state import Difference
from ipwrap.undo.affected import AffectedObjects, LinkLocation, lower
from ipwrap.undo.links import (
    ChangedOption,
    altnames,
    as_created,
    changed_options,
    recreate,
    restore_options,
    set_up,
)
from ipwrap.undo.state_objects import (
    StateObject,
    identity_keys,
    known_macs,
    links_of,
    state_objects,
)
from ipwrap.undo.to_command import Json, to_command

__all__ = ["Plan"]

# In this order things are made: a route needs its address, and a rule nothing.
BUILD_ORDER = (
    "address",
    "nexthop",
    "route",
    "rule",
    "rule inet6",
    "neigh",
    "bridge fdb",
    "bridge vlan",
    "tc qdisc",
)
REPLACING_VERBS = {
    **dict.fromkeys(("address", "bridge fdb", "neigh", "nexthop", "route", "tc qdisc"), "replace"),
    "bridge vlan": "add",
}
CHANGEABLE = frozenset({"metric", "noprefixroute", "valid"})  # of an address
OWN_ROUTES = frozenset({"kernel", "ra"})
NEEDS_DOWN = frozenset({"bond", "team"})


@define
class Plan:
    """What is to be done, found out when it is asked for.

    ``later`` says that the kernel has had its time: what it sets by itself is no longer left to it.
    """

    before: State
    now: State
    affected: AffectedObjects
    mentioned: MentionedWords
    after_settling: bool = False
    problems: list[str] = field(factory=list)
    _links: dict[LinkLocation, tuple[Json, Json, list[ChangedOption]]] = field(factory=dict)
    _changed_links: set[LinkLocation] = field(factory=set)

    def __attrs_post_init__(self) -> None:
        for word in known_macs(self.before, self.now):
            self.mentioned.words.add(word.lower())

    def commands(self) -> list[Command]:
        """Return the commands, in order. What none can do is in ``problems``."""
        missing = [*self._missing_links()]
        self._links = self._altered_links(frozenset(missing))
        out = [*self._recreate_links(missing), *self._restore_links(), *self._set_links_up()]
        gone, fix = self._diff_objects()
        self._changed_links |= {*_with_new_addresses(fix)}
        worn = [new for old, new in fix if new is not None and _must_be_recreated(old, new)]
        return [
            *self._delete_objects([*gone, *reversed(worn)]),
            *out,
            *self._restore_altnames(),
            *self._restore_objects(fix),
        ]

    def remaining(self) -> list[Difference]:
        """Return what still differs."""
        links = self._altered_links(frozenset())
        lost = [
            Difference(netns, "link", (name,), {}, None) for netns, name in self._missing_links()
        ]
        places = [
            Difference(each, "netns", (each,), {}, None) for each in sorted(self._lost_namespaces())
        ]
        changed = [
            _link_difference(place, found) for place, (_, _, found) in links.items() if found
        ]
        gone, fix = self._diff_objects()
        added = [Difference(each.netns, each.noun, each.name, None, each.compared) for each in gone]
        return [
            *places,
            *lost,
            *changed,
            *added,
            *(_object_difference(old, new) for old, new in fix),
        ]

    def _lost_namespaces(self) -> set[str]:
        """Return the namespaces that were deleted."""
        return {each for each in self.before.keys() - self.now.keys() if each in self.affected.gone}

    def _affected_links(self) -> Iterator[tuple[LinkLocation, Json]]:
        """Yield the links of before that were touched, and whose namespace is there; what is below comes first."""
        for netns, nouns in self.before.items():
            links = links_of(nouns)
            for name in sorted(links, key=lambda each: _depth(links, each)):
                place = (netns, name)
                derived = self.after_settling and place in self.affected.derived
                if netns in self.now and (place in self.affected.links or derived):
                    yield place, links[name]

    def _missing_links(self) -> Iterator[LinkLocation]:
        """Yield the links that are gone."""
        return (
            place
            for place, _ in self._affected_links()
            if place[1] not in links_of(self.now[place[0]])
        )

    def _altered_links(
        self, made: frozenset[LinkLocation]
    ) -> dict[LinkLocation, tuple[Json, Json, list[ChangedOption]]]:
        """Return what differs of links: as it was, as it is (or will be, just made), and the options."""
        out = {}
        for place, before in self._affected_links():
            there = links_of(self.now[place[0]]).get(place[1])
            now = as_created(before) if there is None and place in made else there
            if now is not None:
                out[place] = (
                    before,
                    now,
                    changed_options(before, now, partial(self._wanted, place)),
                )
        return out

    def _wanted(self, place: LinkLocation, option: str) -> bool:
        """Tell whether an option of a link is to be set again."""
        return self.affected.affects_link(place, option) or (
            self.after_settling and option in self.affected.derived.get(place, ())
        )

    def _recreate_links(self, missing: list[LinkLocation]) -> Iterator[Command]:
        """Yield the commands that make links again; the two ends of a pair are made by one."""
        done = set[LinkLocation]()
        for place in missing:
            peer = self.affected.peer(place)
            done.add(place)
            if peer is not None and peer in done:
                continue
            there = peer if peer in missing else None
            try:
                yield recreate(
                    place, self._link(place), None if there is None else (there, self._link(there))
                )
            except InvalidArgument as error:
                self._add_problem(place, error)
                self._links.pop(place, None)
            else:
                self._changed_links.add(place)
            done |= {there} if there is not None else set()

    def _link(self, place: LinkLocation) -> Json:
        """Return what a link was."""
        return links_of(self.before[place[0]])[place[1]]

    def _add_problem(self, place: LinkLocation, error: InvalidArgument) -> None:
        """Note what cannot be done."""
        where = f" (in {place[0]})" if place[0] else ""
        self.problems.append(f"{error}{where}")

    def _restore_links(self) -> Iterator[Command]:
        """Yield the commands that give links their options back."""
        for place, (before, now, found) in self._links.items():
            if self._must_be_down(place, found) and "UP" in now.get("flags", ()):
                yield set_up(place, up=False)
                found.append(ChangedOption("up", old=True, new=False))
            try:
                commands = [*restore_options(place, before, found, one_by_one=self.after_settling)]
            except InvalidArgument as error:
                self._add_problem(place, error)
                continue
            if commands:
                self._changed_links.add(place)
            yield from commands

    def _must_be_down(self, place: LinkLocation, found: list[ChangedOption]) -> bool:
        """Tell whether a link gets a master back that takes only ports that are down."""
        masters = [each.old for each in found if each.option == "master" and each.old is not None]
        links = links_of(self.before[place[0]])
        kinds = {(links.get(each, {}).get("linkinfo") or {}).get("info_kind") for each in masters}
        return not kinds.isdisjoint(NEEDS_DOWN)

    def _set_links_up(self) -> Iterator[Command]:
        """Yield the commands that set links up or down again."""
        for place, (_, _, found) in self._links.items():
            up = [each.old for each in found if each.option == "up"]
            if up:
                self._changed_links.add(place)
                yield set_up(place, up=up[-1])

    def _restore_altnames(self) -> Iterator[Command]:
        """Yield the commands that give links their alternative names back."""
        for place, (before, now, _) in self._links.items():
            if self._wanted(place, "altnames"):
                yield from altnames(place, before, now)

    def _diff_objects(
        self,
    ) -> tuple[list[StateObject], list[tuple[StateObject, StateObject | None]]]:
        """Return the things that were made out of those of before, and those to make again, each with what is there."""
        olds, news = self._objects_by_name(self.before), self._objects_by_name(self.now)
        gone, fix = list[StateObject](), list[tuple[StateObject, StateObject | None]]()
        for key in [*olds, *(each for each in news if each not in olds)]:
            old, new = _only_on_one_side(olds.get(key, []), news.get(key, []))
            for thing in old:
                if key[1] in self.now and self.affected.affects_object(thing):
                    fix.append((thing, new.pop(0) if new else None))
            made = (each for each in new if each.netns in self.before)
            gone += [
                each
                for each in made
                if self._is_made_by_session(each) or self._is_stale_address(each)
            ]
        fix.sort(key=lambda pair: BUILD_ORDER.index(pair[0].noun))
        return gone, fix

    def _objects_by_name(
        self, state: State
    ) -> dict[tuple[str, str, tuple[str, ...]], list[StateObject]]:
        """Return the things of a state by what tells them from others."""
        found = defaultdict[tuple[str, str, tuple[str, ...]], list[StateObject]](list)
        for each in state_objects(state, self.mentioned):
            alike = found[each.noun, each.netns, each.name]
            if not _contains_alike(each, alike):
                alike.append(each)
        return found

    def _is_made_by_session(self, thing: StateObject) -> bool:
        """Tell whether a command of the session made a thing, or made it what it is."""
        try:
            noun, words = words_of(to_command(thing.noun, thing.data, thing.netns or None))
        except InvalidArgument:
            return False
        made = (words_of(each) for each in self.affected.made if (each.netns or "") == thing.netns)
        return any(own == noun and said <= words for own, said in made)

    def _is_stale_address(self, thing: StateObject) -> bool:
        """Tell whether the kernel made an address of a MAC that its link had from the session: it stays until down."""
        return _is_link_local_address(thing) and any(
            self.affected.affects_link((thing.netns, dev), "address") for dev in thing.devs
        )

    def _delete_objects(self, gone: list[StateObject]) -> Iterator[Command]:
        """Yield the commands that take away what the session made out of something else."""
        for thing in gone:
            for made in to_command(thing.noun, thing.data, thing.netns or None).creates:
                yield Command(made.delete_argv, made.netns)

    def _restore_objects(
        self, fix: list[tuple[StateObject, StateObject | None]]
    ) -> Iterator[Command]:
        """Yield the commands that make things again, or what they were; some the kernel makes itself, in its time."""
        for old, new in fix:
            if not self.after_settling and self._is_made_by_kernel(old):
                continue
            try:
                yield from self._restore_object(old, new)
            except (InvalidArgument, LookupError) as error:
                self._add_problem(
                    (old.netns, old.noun),
                    InvalidArgument(f"{old.noun} {' '.join(old.name)}: {error}"),
                )

    def _restore_object(self, old: StateObject, new: StateObject | None) -> Iterator[Command]:
        """Yield the commands for one thing."""
        verb = (
            self._creating_verb(old)
            if new is None or _must_be_recreated(old, new)
            else REPLACING_VERBS[old.noun]
        )
        yield to_command(old.noun, old.data, old.netns or None, verb, whole=self.after_settling)

    def _creating_verb(self, old: StateObject) -> str:
        """Return the verb that makes a thing: one of several that are alike is put behind them."""
        if old.noun == "route":
            own = identity_keys(old.noun, old.data)
            metric = old.data.get("metric")
            alike = (each for each in self._routes(old.netns) if each.data.get("metric") == metric)
            return (
                "append"
                if any(identity_keys("route", each.data)["dst"] == own["dst"] for each in alike)
                else "add"
            )
        return "append" if old.noun == "bridge fdb" and "dst" in old.data else "add"

    def _routes(self, netns: str) -> Iterator[StateObject]:
        """Yield the routes that are there, in a namespace."""
        return (
            each
            for each in state_objects(
                {netns: {"route": self.now[netns].get("route", [])}}, self.mentioned
            )
        )

    def _is_made_by_kernel(self, thing: StateObject) -> bool:
        """Tell whether the kernel makes a thing of what is set in this plan."""
        own = thing.noun == "route" and thing.data.get("protocol") in OWN_ROUTES
        return (own or _is_link_local_address(thing)) and any(
            (thing.netns, dev) in self._changed_links for dev in thing.devs
        )


def _must_be_recreated(old: StateObject, new: StateObject) -> bool:
    """Tell whether a thing cannot become what it was, but has to be taken away first."""
    if old.noun not in REPLACING_VERBS:
        return True
    keys = old.compared.keys() | new.compared.keys() if old.noun == "address" else ()
    return any(
        old.compared.get(key) != new.compared.get(key) for key in keys if key not in CHANGEABLE
    )


def _with_new_addresses(
    fix: list[tuple[StateObject, StateObject | None]],
) -> Iterator[LinkLocation]:
    """Yield the links that get addresses again of which the kernel makes routes."""
    for old, _ in fix:
        if old.noun == "address" and not _is_link_local_address(old):
            yield from ((old.netns, dev) for dev in old.devs)


def _is_link_local_address(thing: StateObject) -> bool:
    """Tell whether a thing is an address that the kernel gives a link when it is set up."""
    return (
        thing.noun == "address"
        and thing.data.get("family") == "inet6"
        and thing.data.get("scope") == "link"
    )


def _depth(links: dict[str, Json], name: str, most: int = 8) -> int:
    """Return how many links are below one."""
    below = lower(links.get(name, {})) if most else ()
    return max((1 + _depth(links, each, most - 1) for each in below), default=0)


def _only_on_one_side(
    olds: list[StateObject], news: list[StateObject]
) -> tuple[list[StateObject], list[StateObject]]:
    """Return what is on one side only, of things with the same name."""
    return [each for each in olds if not _contains_alike(each, news)], [
        each for each in news if not _contains_alike(each, olds)
    ]


def _contains_alike(thing: StateObject, others: list[StateObject]) -> bool:
    """Tell whether a thing is alike to one of several in all that counts."""
    return any(thing.compared == each.compared for each in others)


def _link_difference(place: LinkLocation, found: list[ChangedOption]) -> Difference:
    """Return what differs of a link."""
    old, new = ({each.option: getattr(each, side) for each in found} for side in ("old", "new"))
    return Difference(place[0], "link", (place[1],), old, new)


def _object_difference(old: StateObject, new: StateObject | None) -> Difference:
    """Return what differs of a thing."""
    return Difference(
        old.netns, old.noun, old.name, old.compared, None if new is None else new.compared
    )


def words_of(command: Command) -> tuple[str, frozenset[str]]:
    """Return the object of a command, and the words behind its verb; of tc those that say where."""
    words = command.argv[1 + len(command.flags) :]
    return words[0], frozenset(words[2:5] if command.argv[0] == "tc" else words[2:])
