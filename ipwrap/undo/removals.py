"""What a recording made and is still here, to be taken away; and what the state will be without it.

The ledger tells what was made. What was there before under the same name stays: it is for the plan to set it right.
"""

from collections.abc import Callable, Iterable
from typing import Any

from attrs import define, field

from ipwrap.command import Command, CreatedObject
from ipwrap.errors import InvalidArgument
from ipwrap.options.validation import FIRST_NETNS
from ipwrap.recording import State
from ipwrap.teardown.ledger import Teardown
from ipwrap.teardown.presence import FINDERS, SnapshotIndex
from ipwrap.undo.state_objects import Nouns, links_of
from ipwrap.undo.to_command import INVERSES, Json, to_command

__all__ = ["Removal", "removals"]

# The nouns of a state by those of things made.
NOUNS = {"fdb": "bridge fdb", "mdb": "bridge mdb", "qdisc": "tc qdisc", "vlan": "bridge vlan"}
DEPENDENT_NOUNS = (
    "address",
    "bridge fdb",
    "bridge link",
    "bridge vlan",
    "neigh",
    "nexthop",
    "route",
    "tc qdisc",
)


@define
class Removal:
    """The commands that take away what was made, and the ``state`` that they will leave."""

    state: State
    commands: list[Command] = field(factory=list)

    def take(self, made: CreatedObject) -> None:
        """Take a thing away, if it is there: with it goes what stands on it. A link may have to be given back."""
        netns = made.netns or ""
        if made.noun == "netns":
            there = self.state.pop(made.name, None) is not None
        elif made.noun == "link":
            there = _drop_link(self.state, netns, made.name)
        elif made.noun == "was":
            there = _move_link_home(self.state, netns, made)
        else:
            there = self._drop(netns, made)
        if there:
            self.commands.append(Command(made.delete_argv, made.netns))

    def _drop(self, netns: str, made: CreatedObject) -> bool:
        """Take out what a thing is by its name or its marks; what no state tells counts as there."""
        nouns = self.state.get(netns)
        noun = _noun(made)
        if nouns is None:
            return False
        if noun not in INVERSES and made.noun not in FINDERS:
            return True
        same = _matcher(made)
        if noun == "address":
            return _drop_address(nouns, same)
        kept = [each for each in nouns.get(noun, ()) if not same(noun, each)]
        there = noun not in nouns or len(kept) < len(nouns[noun])
        nouns[noun] = kept
        return there


def removals(undoing: Teardown, moved: Iterable[tuple[str, str]]) -> Removal:
    """Return what takes away all that was made and is here still, newest first.

    ``moved`` are the places of links that got other names or places. If all are where they were, none is given back.
    """
    before, now = undoing.before, undoing.now
    assert now is not None, "what is here still is told by the state of now"
    out = Removal(
        {
            netns: {noun: [*objects] for noun, objects in nouns.items()}
            for netns, nouns in now.state.items()
        }
    )
    home = before is not None and all(now.same_link(before, *place) for place in moved)
    for made in undoing.ledger.pending_deletions():
        if made.noun == "was" and home:
            continue
        if now.contains(made) and not (before is not None and _existed_before(made, before, now)):
            out.take(made)
    return out


def _existed_before(made: CreatedObject, before: SnapshotIndex, now: SnapshotIndex) -> bool:
    """Tell whether a thing was there before: a link if it is the very same, anything else if it has the same marks."""
    netns = made.netns or ""
    if made.noun == "link":
        return now.same_link(before, netns, made.name)
    if made.noun in FINDERS:
        return netns in before.state and before.contains(made)
    if _noun(made) not in INVERSES:
        return False
    same = _matcher(made)
    return any(same(_noun(made), each) for each in before.state.get(netns, {}).get(_noun(made), ()))


def _noun(made: CreatedObject) -> str:
    """Return the noun of a state that tells of a thing."""
    if made.noun == "rule" and "-6" in made.delete_argv:
        return "rule inet6"
    return NOUNS.get(made.noun, made.noun)


def _matcher(made: CreatedObject) -> Callable[[str, Json], bool]:
    """Return what tells whether a thing of a state is a thing made."""
    if made.noun in FINDERS:
        asked, found = FINDERS[made.noun]
        dev = (
            made.delete_argv[made.delete_argv.index("dev") + 1]
            if "dev" in made.delete_argv[:-1]
            else None
        )
        mark = asked(made, dev)
        return lambda noun, data: mark in set(found({"link": [], noun: [data]}))
    words = set(zip(made.delete_argv[1:], made.delete_argv[2:], strict=False))

    def same(noun: str, data: Json) -> bool:
        try:
            own = to_command(noun, data, made.netns).creates
        except (InvalidArgument, LookupError, TypeError, ValueError):
            return False
        pairs = {
            pair
            for each in own
            for pair in zip(each.delete_argv[1:], each.delete_argv[2:], strict=False)
        }
        return any(each.name == made.name for each in own) or (
            made.noun == "rule" and words <= pairs
        )

    return same


def _drop_address(nouns: Nouns, same: Callable[[str, Json], bool]) -> bool:
    """Take an address out; tell whether it was there."""
    there, links = False, list[Json]()
    for link in nouns.get("address", ()):
        kept = [
            each for each in link["addr_info"] if not same("address", {**link, "addr_info": [each]})
        ]
        there = there or len(kept) < len(link["addr_info"])
        links.append({**link, "addr_info": kept})
    nouns["address"] = links
    return there


def _drop_link(state: State, netns: str, name: str) -> bool:
    """Take a link out, with its peer and all that stands on it; tell whether it was there."""
    nouns: Nouns = state.get(netns, {})
    link = links_of(nouns).get(name)
    if link is None:
        return False
    peer = link.get("link") if (link.get("linkinfo") or {}).get("info_kind") == "veth" else None
    for each in (name, peer):
        if each is not None:
            nouns["link"] = [one for one in nouns["link"] if one["ifname"] != each]
            _drop_dependents(nouns, each)
    nouns["link"] = [_without_master(each, name) for each in nouns["link"]]
    return True


def _drop_dependents(nouns: Nouns, name: str) -> None:
    """Take out what stands on a link."""
    for noun in DEPENDENT_NOUNS:
        if noun in nouns:
            nouns[noun] = [
                each for each in nouns[noun] if name not in (each.get("ifname"), each.get("dev"))
            ]


def _without_master(link: Json, master: str) -> Json:
    """Return a link without its master, if it was that one."""
    if link.get("master") != master:
        return link
    info = {key: value for key, value in (link.get("linkinfo") or {}).items() if "slave" not in key}
    return {**{key: value for key, value in link.items() if key != "master"}, "linkinfo": info}


def _move_link_home(state: State, netns: str, made: CreatedObject) -> bool:
    """Give a link its name and place back; tell whether it is there. One that moves is down then, and has lost all."""
    nouns: Nouns = state.get(netns, {})
    link = links_of(nouns).get(made.name)
    if link is None:
        return False
    name, target = (_word(made.delete_argv, word) for word in ("name", "netns"))
    nouns["link"] = [
        _renamed(each, made.name, name)
        for each in nouns["link"]
        if target is None or each is not link
    ]
    if target is None:
        for noun, objects in nouns.items():
            nouns[noun] = (
                objects if noun == "link" else [_renamed(each, made.name, name) for each in objects]
            )
        return True
    _drop_dependents(nouns, made.name)
    there: Nouns = state.get("" if target == FIRST_NETNS else target, {})
    flags = [flag for flag in link.get("flags", ()) if flag not in ("UP", "LOWER_UP")]
    moved = _without_master(
        {**link, "ifname": name or made.name, "flags": flags}, str(link.get("master"))
    )
    there.setdefault("link", []).append(moved)
    there.setdefault("address", []).append({**moved, "addr_info": []})
    return True


def _word(words: tuple[str, ...], word: str) -> str | None:
    """Return the word after another."""
    return words[words.index(word) + 1] if word in words[:-1] else None


def _renamed(data: Json, old: str, new: str | None) -> Json:
    """Return a thing with the new name of a link, wherever it stands."""
    keys = [key for key in ("dev", "ifname", "link", "master") if data.get(key) == old]
    hops: Any = data.get("nexthops")
    out = {**data, **dict.fromkeys(keys, new or old)} if keys else data
    return (
        {**out, "nexthops": [_renamed(hop, old, new) for hop in hops]}
        if isinstance(hops, list)
        else out
    )
