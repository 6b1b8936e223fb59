"""What a recorded session has built and not taken away again, so that a script can take away exactly that.

Each change says what it makes, what it drops and what it renames or moves (see `ipwrap.command`). The ledger follows
these in order; what is in it at the end is what there is to undo, newest first. What stands inside a namespace that
the session made goes with the namespace, and what stands on a link that the session made goes with the link.
"""

from attrs import define, evolve, field

from ipwrap.command import Becomes, Command, Made
from ipwrap.export.standing import State, there
from ipwrap.recording import Asked, Recording

__all__ = ["Ledger", "undo"]

Key = tuple[str, str | None, str]
FIRST_NETNS = "/proc/1/ns/net"


@define
class Ledger:
    """Things made, in order, by their keys. ``pairs`` are the two ends of a veth, which live and die together.

    ``moved`` holds, for a link that was there before, what gives it back, by where it is now.
    """

    things: dict[Key, Made] = field(factory=dict)
    pairs: dict[Key, Key] = field(factory=dict)
    moved: dict[tuple[str | None, str], list[Key]] = field(factory=dict)
    renamed: int = 0

    def follow(self, command: Command) -> None:
        """Enter what a command that succeeded has changed."""
        for noun, netns, name in command.drops:
            self._drop(noun, netns, name)
        if command.becomes:
            self._become(command.netns, command.becomes)
        for made in command.makes:
            self.things.setdefault(made.key, made)
        if [made.noun for made in command.makes] == ["link", "link"]:
            one, other = (made.key for made in command.makes)
            self.pairs |= {one: other, other: one}

    def _drop(self, noun: str, netns: str | None, name: str) -> None:
        """Take a thing out, with all that cannot outlive it."""
        if noun != "netns":
            self._forget((noun, netns, self._own_name(netns, name) if noun == "link" else name))
            return
        for key, made in list(self.things.items()):
            if _is(made, "netns", name) or (made.netns is not None and name in ("*", made.netns)):
                self._forget(key)
        for where in [each for each in self.moved if each[0] is not None and name in ("*", each[0])]:
            self._forget(("link", *where))

    def _forget(self, key: Key) -> None:
        """Take one thing out, its other end, and what stands on it; of a link that was there, what gives it back."""
        self.things.pop(key, None)
        other = self.pairs.pop(key, None)
        if other is not None:
            self._forget(other)
        if key[0] == "link":
            for given_back in self.moved.pop(key[1:], ()):
                self.things.pop(given_back, None)
            for upper in self._standing_on(*key[1:]):
                self._forget(upper)

    def _standing_on(self, netns: str | None, name: str) -> list[Key]:
        """Return what stands on a link."""
        return [key for key, made in self.things.items() if made.netns == netns and name in made.on]

    def _own_name(self, netns: str | None, name: str) -> str:
        """Return a link's own name for one that may be an alternative one."""
        alternative = (made for made in self.things.values() if made.noun == "altname" and made.netns == netns)
        return next((made.on[0] for made in alternative if made.undo[-1] == name), name)

    def _become(self, netns: str | None, becomes: Becomes) -> None:
        """Rename or move a link. One that the session did not make has to be given its name and place back."""
        link = self._own_name(netns, becomes.link)
        name = link if becomes.name == becomes.link else becomes.name
        old: Key = ("link", netns, link)
        new: Key = ("link", becomes.netns, name)
        above = self._standing_on(*old[1:])
        made = self.things.pop(old, None)
        if made is None:
            self._gave(old, new)
        else:
            self.things[new] = evolve(made, name=name, netns=becomes.netns, undo=("ip", "link", "delete", "dev", name))
        if (other := self.pairs.pop(old, None)) is not None:
            self.pairs |= {new: other, other: new}
        for key in above:
            self._carry(key, old, new, made is not None)

    def _carry(self, key: Key, old: Key, new: Key, made: bool) -> None:
        """Carry over what stands on a link that was renamed or moved: moved, it keeps links and alternative names.

        What stands on a link that was made is put behind it again, so that it is taken away before it.
        """
        thing, moved = self.things[key], old[1] != new[1]
        if moved and (key[0] not in ("altname", "link") or (made and key[0] == "altname")):
            self._forget(key)
            return
        if made:
            del self.things[key]
        on = () if moved else tuple(new[2] if each == old[2] else each for each in thing.on)
        self.things[key] = evolve(thing, on=on)

    def _gave(self, old: Key, new: Key) -> None:
        """Enter what gives a link that was there before its name and its place back."""
        self.renamed += 1
        key: Key = (f"was {self.renamed}", *new[1:])
        self.things[key] = _give_back(old, new)
        self.moved[new[1:]] = [*self.moved.pop(old[1:], []), key]

    def remains(self) -> list[Made]:
        """Return what has to be taken away, newest first; namespaces last: the kernel empties them in its own time."""
        made = list(self.things)
        kept = [thing for thing in reversed(self.things.values()) if not self._goes_along(thing, made)]
        return sorted(kept, key=lambda thing: thing.noun == "netns")

    def _goes_along(self, thing: Made, made: list[Key]) -> bool:
        """Tell whether a thing goes with something else that is taken away."""
        if thing.noun == "was":
            return False
        if thing.netns is not None and ("netns", None, thing.netns) in made:
            return True
        other = self.pairs.get(thing.key)
        if other in made and made.index(other) < made.index(thing.key) and not self._in_netns(other, made):
            return True
        return any(("link", thing.netns, link) in made for link in thing.on)

    def _in_netns(self, key: Key, made: list[Key]) -> bool:
        """Tell whether a thing is inside a namespace that is taken away."""
        return ("netns", None, key[1] or "") in made


def _is(made: Made, noun: str, name: str) -> bool:
    """Tell whether a thing is the one of that noun and name."""
    return made.noun == noun and name in ("*", made.name)


def _give_back(old: Key, new: Key) -> Made:
    """Return what gives a link that was there before its name and its place back."""
    words = ["ip", "link", "set", "dev", new[2]]
    if new[2] != old[2]:
        words += ["name", old[2]]
    if new[1] != old[1]:
        words += ["netns", old[1] or FIRST_NETNS]
    return Made("was", new[2], tuple(words), new[1])


def undo(recording: Recording, now: State | None = None) -> list[Command]:
    """Return the commands that take away what the recorded session has built, in reverse.

    The snapshots have the last word: what a `replace` found there before stays, and what is gone at the end (flushed,
    or with its group or its gateway) needs no taking away. ``now`` is the state of the place after a crash: it tells
    what is left, and whether a change that was asked for and never answered was made.
    """
    ledger, before = Ledger(), recording.before
    for event, result in recording.pairs():
        if not isinstance(event, Asked) or not event.command.changes:
            continue
        if result is not None and result.ok:
            ledger.follow(_without(event.command, before))
        elif result is None and now is not None:
            ledger.follow(_as_far_as_seen(event.command, before, now))
    end = recording.end.state if recording.end else None
    left = end if now is None else now
    return [Command(made.undo, made.netns) for made in ledger.remains() if left is None or there(made, left)]


def _as_far_as_seen(command: Command, before: State | None, now: State) -> Command:
    """Return a command of which nobody knows whether it ran, with what is to be seen of it."""
    made = tuple(each for each in command.makes if there(each, now) and (before is None or not there(each, before)))
    becomes = command.becomes
    if becomes is not None and not there(Made("link", becomes.name, ("",), becomes.netns), now):
        becomes = None
    return evolve(command, makes=made, drops=(), becomes=becomes)


def _without(command: Command, before: State | None) -> Command:
    """Return a command without what it only replaced."""
    if "replace" not in command.argv or before is None:
        return command
    return evolve(command, makes=tuple(made for made in command.makes if not there(made, before)))
