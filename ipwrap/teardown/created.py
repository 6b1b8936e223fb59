"""`Things`: what a session made, in order, and found by its namespace, the link it stands on, its alternative name."""

from collections.abc import Iterable, Iterator

from attrs import define, field

from ipwrap.command import Made

__all__ = ["Key", "Things"]

Key = tuple[str, str | None, str]
Mark = tuple[str | None, ...]


@define
class Things:
    """Made things by their keys. None is looked for among all the others: there may be a hundred thousand of them."""

    made: dict[Key, Made] = field(factory=dict)
    _found: dict[Mark, dict[Key, None]] = field(factory=dict)

    def put(self, key: Key, made: Made) -> None:
        """Enter a thing behind the others; one that is there keeps its place."""
        marks = {*_marks(made)}
        self._unmark(key, {*_marks(self.made[key])} - marks if key in self.made else ())
        self.made[key] = made
        for mark in marks:
            self._found.setdefault(mark, {})[key] = None

    def take(self, key: Key) -> Made | None:
        """Take a thing out, and return it if it was there."""
        made = self.made.pop(key, None)
        if made is not None:
            self._unmark(key, _marks(made))
        return made

    def _unmark(self, key: Key, marks: Iterable[Mark]) -> None:
        """Let a thing no longer be found by these."""
        for mark in marks:
            found = self._found[mark]
            found.pop(key, None)
            if not found:
                del self._found[mark]

    def inside(self, netns: str) -> list[Key]:
        """Return what is in a namespace; in ``*``, in any but the first."""
        if netns == "*":
            return [key for key, made in self.made.items() if made.netns is not None]
        return list(self._found.get(("in", netns), ()))

    def on(self, netns: str | None, link: str) -> list[Key]:
        """Return what stands on a link."""
        return list(self._found.get(("on", netns, link), ()))

    def owner(self, netns: str | None, altname: str) -> str | None:
        """Return the own name of the link that was given an alternative one."""
        key = next(iter(self._found.get(("altname", netns, altname), ())), None)
        return None if key is None else self.made[key].on[0]


def _marks(made: Made) -> Iterator[Mark]:
    """Yield by what a thing is found."""
    if made.netns is not None:
        yield ("in", made.netns)
    for link in dict.fromkeys(made.on):
        yield ("on", made.netns, link)
    if made.noun == "altname" and made.on:
        yield ("altname", made.netns, made.undo[-1])
