"""`CreatedObjects`: what a session made, in order, and found by its namespace, the link it stands on, its alternative name."""

from collections.abc import Iterable, Iterator

from attrs import define, field

from ipwrap.command import CreatedObject

__all__ = ["CreatedObjects", "Key"]

Key = tuple[str, str | None, str]
Mark = tuple[str | None, ...]


@define
class CreatedObjects:
    """Made things by their keys. None is looked for among all the others: there may be a hundred thousand of them."""

    objects: dict[Key, CreatedObject] = field(factory=dict)
    _found: dict[Mark, dict[Key, None]] = field(factory=dict)

    def put(self, key: Key, made: CreatedObject) -> None:
        """Enter a thing behind the others; one that is there keeps its place."""
        marks = {*_marks(made)}
        self._unmark(key, {*_marks(self.objects[key])} - marks if key in self.objects else ())
        self.objects[key] = made
        for mark in marks:
            self._found.setdefault(mark, {})[key] = None

    def take(self, key: Key) -> CreatedObject | None:
        """Take a thing out, and return it if it was there."""
        made = self.objects.pop(key, None)
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
            return [key for key, made in self.objects.items() if made.netns is not None]
        return list(self._found.get(("in", netns), ()))

    def on(self, netns: str | None, link: str) -> list[Key]:
        """Return what stands on a link."""
        return list(self._found.get(("on", netns, link), ()))

    def owner(self, netns: str | None, altname: str) -> str | None:
        """Return the own name of the link that was given an alternative one."""
        key = next(iter(self._found.get(("altname", netns, altname), ())), None)
        return None if key is None else self.objects[key].depends_on[0]


def _marks(made: CreatedObject) -> Iterator[Mark]:
    """Yield by what a thing is found."""
    if made.netns is not None:
        yield ("in", made.netns)
    for link in dict.fromkeys(made.depends_on):
        yield ("on", made.netns, link)
    if made.noun == "altname" and made.depends_on:
        yield ("altname", made.netns, made.delete_argv[-1])
