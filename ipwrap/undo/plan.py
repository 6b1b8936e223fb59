"""The commands that bring the state before back, in an order that works; and what of it is not reached.

Two states are compared: that before the session's first change, and that of now, without what the session made. Of what
differs only that counts which the session may have altered.
"""

from collections import defaultdict
from collections.abc import Iterator
from functools import partial

from attrs import define, field

from ipwrap.command import Command
from ipwrap.errors import BadValue
from ipwrap.recording import State
from ipwrap.recording.mentioned import Named
from ipwrap.state import Difference
from ipwrap.undo.affected import Place, Touched, lower
from ipwrap.undo.links import Altered, altered, altnames, fresh, made_again, set_again, up_again
from ipwrap.undo.state_objects import Thing, known, links_of, marks, things
from ipwrap.undo.to_command import Json, command

__all__ = ["Plan"]

# In this order things are made: a route needs its address, and a rule nothing.
ORDER = ("address", "nexthop", "route", "rule", "rule inet6", "neigh", "bridge fdb", "bridge vlan", "tc qdisc")
AGAIN = {
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
    touched: Touched
    named: Named
    later: bool = False
    problems: list[str] = field(factory=list)
    _links: dict[Place, tuple[Json, Json, list[Altered]]] = field(factory=dict)
    _stirred: set[Place] = field(factory=set)

    def __attrs_post_init__(self) -> None:
        for word in known(self.before, self.now):
            self.named.words.add(word.lower())

    def commands(self) -> list[Command]:
        """Return the commands, in order. What none can do is in ``problems``."""
        missing = [*self._missing_links()]
        self._links = self._altered_links(frozenset(missing))
        out = [*self._links_made(missing), *self._links_set(), *self._links_up()]
        gone, fix = self._things()
        self._stirred |= {*_with_new_addresses(fix)}
        worn = [new for old, new in fix if new is not None and _made_anew(old, new)]
        return [*self._taken([*gone, *reversed(worn)]), *out, *self._altnames(), *self._made(fix)]

    def left(self) -> list[Difference]:
        """Return what still differs."""
        links = self._altered_links(frozenset())
        lost = [Difference(netns, "link", (name,), {}, None) for netns, name in self._missing_links()]
        places = [Difference(each, "netns", (each,), {}, None) for each in sorted(self._lost_places())]
        changed = [_difference(place, found) for place, (_, _, found) in links.items() if found]
        gone, fix = self._things()
        added = [Difference(each.netns, each.noun, each.name, None, each.counts) for each in gone]
        return [*places, *lost, *changed, *added, *(_of_thing(old, new) for old, new in fix)]

    def _lost_places(self) -> set[str]:
        """Return the namespaces that were deleted."""
        return {each for each in self.before.keys() - self.now.keys() if each in self.touched.gone}

    def _touched_links(self) -> Iterator[tuple[Place, Json]]:
        """Yield the links of before that were touched, and whose namespace is there; what is below comes first."""
        for netns, nouns in self.before.items():
            links = links_of(nouns)
            for name in sorted(links, key=lambda each: _depth(links, each)):
                place = (netns, name)
                derived = self.later and place in self.touched.derived
                if netns in self.now and (place in self.touched.links or derived):
                    yield place, links[name]

    def _missing_links(self) -> Iterator[Place]:
        """Yield the links that are gone."""
        return (place for place, _ in self._touched_links() if place[1] not in links_of(self.now[place[0]]))

    def _altered_links(self, made: frozenset[Place]) -> dict[Place, tuple[Json, Json, list[Altered]]]:
        """Return what differs of links: as it was, as it is (or will be, just made), and the options."""
        out = {}
        for place, before in self._touched_links():
            there = links_of(self.now[place[0]]).get(place[1])
            now = fresh(before) if there is None and place in made else there
            if now is not None:
                out[place] = (before, now, altered(before, now, partial(self._wanted, place)))
        return out

    def _wanted(self, place: Place, option: str) -> bool:
        """Tell whether an option of a link is to be set again."""
        return self.touched.link(place, option) or (self.later and option in self.touched.derived.get(place, ()))

    def _links_made(self, missing: list[Place]) -> Iterator[Command]:
        """Yield the commands that make links again; the two ends of a pair are made by one."""
        done = set[Place]()
        for place in missing:
            peer = self.touched.peer(place)
            done.add(place)
            if peer is not None and peer in done:
                continue
            there = peer if peer in missing else None
            try:
                yield made_again(place, self._link(place), None if there is None else (there, self._link(there)))
            except BadValue as error:
                self._cannot(place, error)
                self._links.pop(place, None)
            else:
                self._stirred.add(place)
            done |= {there} if there is not None else set()

    def _link(self, place: Place) -> Json:
        """Return what a link was."""
        return links_of(self.before[place[0]])[place[1]]

    def _cannot(self, place: Place, error: BadValue) -> None:
        """Note what cannot be done."""
        where = f" (in {place[0]})" if place[0] else ""
        self.problems.append(f"{error}{where}")

    def _links_set(self) -> Iterator[Command]:
        """Yield the commands that give links their options back."""
        for place, (before, now, found) in self._links.items():
            if self._has_to_be_down(place, found) and "UP" in now.get("flags", ()):
                yield up_again(place, up=False)
                found.append(Altered("up", old=True, new=False))
            try:
                commands = [*set_again(place, before, found, one_by_one=self.later)]
            except BadValue as error:
                self._cannot(place, error)
                continue
            if commands:
                self._stirred.add(place)
            yield from commands

    def _has_to_be_down(self, place: Place, found: list[Altered]) -> bool:
        """Tell whether a link gets a master back that takes only ports that are down."""
        masters = [each.old for each in found if each.option == "master" and each.old is not None]
        links = links_of(self.before[place[0]])
        kinds = {(links.get(each, {}).get("linkinfo") or {}).get("info_kind") for each in masters}
        return not kinds.isdisjoint(NEEDS_DOWN)

    def _links_up(self) -> Iterator[Command]:
        """Yield the commands that set links up or down again."""
        for place, (_, _, found) in self._links.items():
            up = [each.old for each in found if each.option == "up"]
            if up:
                self._stirred.add(place)
                yield up_again(place, up=up[-1])

    def _altnames(self) -> Iterator[Command]:
        """Yield the commands that give links their alternative names back."""
        for place, (before, now, _) in self._links.items():
            if self._wanted(place, "altnames"):
                yield from altnames(place, before, now)

    def _things(self) -> tuple[list[Thing], list[tuple[Thing, Thing | None]]]:
        """Return the things that were made out of those of before, and those to make again, each with what is there."""
        olds, news = self._by_name(self.before), self._by_name(self.now)
        gone, fix = list[Thing](), list[tuple[Thing, Thing | None]]()
        for key in [*olds, *(each for each in news if each not in olds)]:
            old, new = _unlike(olds.get(key, []), news.get(key, []))
            for thing in old:
                if key[1] in self.now and self.touched.thing(thing):
                    fix.append((thing, new.pop(0) if new else None))
            made = (each for each in new if each.netns in self.before)
            gone += [each for each in made if self._was_made(each) or self._outlived(each)]
        fix.sort(key=lambda pair: ORDER.index(pair[0].noun))
        return gone, fix

    def _by_name(self, state: State) -> dict[tuple[str, str, tuple[str, ...]], list[Thing]]:
        """Return the things of a state by what tells them from others."""
        found = defaultdict[tuple[str, str, tuple[str, ...]], list[Thing]](list)
        for each in things(state, self.named):
            alike = found[each.noun, each.netns, each.name]
            if not _among(each, alike):
                alike.append(each)
        return found

    def _was_made(self, thing: Thing) -> bool:
        """Tell whether a command of the session made a thing, or made it what it is."""
        try:
            noun, words = words_of(command(thing.noun, thing.data, thing.netns or None))
        except BadValue:
            return False
        made = (words_of(each) for each in self.touched.made if (each.netns or "") == thing.netns)
        return any(own == noun and said <= words for own, said in made)

    def _outlived(self, thing: Thing) -> bool:
        """Tell whether the kernel made an address of a MAC that its link had from the session: it stays until down."""
        return _of_the_link(thing) and any(self.touched.link((thing.netns, dev), "address") for dev in thing.devs)

    def _taken(self, gone: list[Thing]) -> Iterator[Command]:
        """Yield the commands that take away what the session made out of something else."""
        for thing in gone:
            for made in command(thing.noun, thing.data, thing.netns or None).makes:
                yield Command(made.undo, made.netns)

    def _made(self, fix: list[tuple[Thing, Thing | None]]) -> Iterator[Command]:
        """Yield the commands that make things again, or what they were; some the kernel makes itself, in its time."""
        for old, new in fix:
            if not self.later and self._comes_by_itself(old):
                continue
            try:
                yield from self._again(old, new)
            except (BadValue, LookupError) as error:
                self._cannot((old.netns, old.noun), BadValue(f"{old.noun} {' '.join(old.name)}: {error}"))

    def _again(self, old: Thing, new: Thing | None) -> Iterator[Command]:
        """Yield the commands for one thing."""
        verb = self._adding(old) if new is None or _made_anew(old, new) else AGAIN[old.noun]
        yield command(old.noun, old.data, old.netns or None, verb, whole=self.later)

    def _adding(self, old: Thing) -> str:
        """Return the verb that makes a thing: one of several that are alike is put behind them."""
        if old.noun == "route":
            own = marks(old.noun, old.data)
            metric = old.data.get("metric")
            alike = (each for each in self._routes(old.netns) if each.data.get("metric") == metric)
            return "append" if any(marks("route", each.data)["dst"] == own["dst"] for each in alike) else "add"
        return "append" if old.noun == "bridge fdb" and "dst" in old.data else "add"

    def _routes(self, netns: str) -> Iterator[Thing]:
        """Yield the routes that are there, in a namespace."""
        return (each for each in things({netns: {"route": self.now[netns].get("route", [])}}, self.named))

    def _comes_by_itself(self, thing: Thing) -> bool:
        """Tell whether the kernel makes a thing of what is set in this plan."""
        own = thing.noun == "route" and thing.data.get("protocol") in OWN_ROUTES
        return (own or _of_the_link(thing)) and any((thing.netns, dev) in self._stirred for dev in thing.devs)


def _made_anew(old: Thing, new: Thing) -> bool:
    """Tell whether a thing cannot become what it was, but has to be taken away first."""
    if old.noun not in AGAIN:
        return True
    keys = old.counts.keys() | new.counts.keys() if old.noun == "address" else ()
    return any(old.counts.get(key) != new.counts.get(key) for key in keys if key not in CHANGEABLE)


def _with_new_addresses(fix: list[tuple[Thing, Thing | None]]) -> Iterator[Place]:
    """Yield the links that get addresses again of which the kernel makes routes."""
    for old, _ in fix:
        if old.noun == "address" and not _of_the_link(old):
            yield from ((old.netns, dev) for dev in old.devs)


def _of_the_link(thing: Thing) -> bool:
    """Tell whether a thing is an address that the kernel gives a link when it is set up."""
    return thing.noun == "address" and thing.data.get("family") == "inet6" and thing.data.get("scope") == "link"


def _depth(links: dict[str, Json], name: str, most: int = 8) -> int:
    """Return how many links are below one."""
    below = lower(links.get(name, {})) if most else ()
    return max((1 + _depth(links, each, most - 1) for each in below), default=0)


def _unlike(olds: list[Thing], news: list[Thing]) -> tuple[list[Thing], list[Thing]]:
    """Return what is on one side only, of things with the same name."""
    return [each for each in olds if not _among(each, news)], [each for each in news if not _among(each, olds)]


def _among(thing: Thing, others: list[Thing]) -> bool:
    """Tell whether a thing is alike to one of several in all that counts."""
    return any(thing.counts == each.counts for each in others)


def _difference(place: Place, found: list[Altered]) -> Difference:
    """Return what differs of a link."""
    old, new = ({each.option: getattr(each, side) for each in found} for side in ("old", "new"))
    return Difference(place[0], "link", (place[1],), old, new)


def _of_thing(old: Thing, new: Thing | None) -> Difference:
    """Return what differs of a thing."""
    return Difference(old.netns, old.noun, old.name, old.counts, None if new is None else new.counts)


def words_of(command: Command) -> tuple[str, frozenset[str]]:
    """Return the object of a command, and the words behind its verb; of tc those that say where."""
    words = command.argv[1 + len(command.flags) :]
    return words[0], frozenset(words[2:5] if command.argv[0] == "tc" else words[2:])
