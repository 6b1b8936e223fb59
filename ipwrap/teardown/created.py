"""`CreatedObjects`: the objects created by a session, in order, with indexes."""

from collections.abc import Iterable, Iterator

from attrs import define, field

from ipwrap.command import CreatedObject

__all__ = ["CreatedObjects", "Key"]

Key = tuple[str, str | None, str]  # noun, namespace, name
IndexEntry = tuple[str | None, ...]


@define
class CreatedObjects:
    """Created objects by key, in the order of creation.

    Indexes by namespace, by link and by alternative name keep every step of the ledger cheap: a
    recording may hold a hundred thousand objects.

    - ``positions``: the order of creation, as numbers that increase
    - ``touched``: the objects added and removed since somebody emptied it
    """

    objects: dict[Key, CreatedObject] = field(factory=dict)
    positions: dict[Key, int] = field(factory=dict)
    touched: dict[Key, None] = field(factory=dict)
    _added: int = 0
    # A dict without values is an ordered set: lookups return objects in the order of creation.
    _index: dict[IndexEntry, dict[Key, None]] = field(factory=dict)

    def add(self, key: Key, created: CreatedObject) -> None:
        """Append an object, or replace an object with the same key in place."""
        entries = {*_index_entries(created)}

        previous = self.objects.get(key)
        if previous is not None:
            self._remove_from_index(key, {*_index_entries(previous)} - entries)

        self._added += 1
        self.positions.setdefault(key, self._added)
        self.touched[key] = None

        self.objects[key] = created
        for entry in entries:
            self._index.setdefault(entry, {})[key] = None

    def remove(self, key: Key) -> CreatedObject | None:
        """Remove and return an object; return None for an unknown key."""
        created = self.objects.pop(key, None)
        if created is not None:
            del self.positions[key]
            self.touched[key] = None
            self._remove_from_index(key, _index_entries(created))
        return created

    def _remove_from_index(self, key: Key, entries: Iterable[IndexEntry]) -> None:
        """Remove an object from the given entries of the index."""
        for entry in entries:
            keys = self._index[entry]
            keys.pop(key, None)
            if not keys:
                del self._index[entry]

    def in_netns(self, netns: str) -> list[Key]:
        """Return the objects in a namespace; for ``*``, in every namespace with a name."""
        if netns != "*":
            return self._lookup("netns", netns)
        return [key for key, created in self.objects.items() if created.netns is not None]

    def dependents(self, netns: str | None, link: str) -> list[Key]:
        """Return the dependents of a link."""
        return self._lookup("link", netns, link)

    def link_with_altname(self, netns: str | None, altname: str) -> str | None:
        """Return the name of the link with an alternative name."""
        keys = self._lookup("altname", netns, altname)
        if not keys:
            return None

        first_key = keys[0]
        return self.objects[first_key].depends_on[0]

    def _lookup(self, *entry: str | None) -> list[Key]:
        """Return the objects with an index entry."""
        return list(self._index.get(entry, ()))


def _index_entries(created: CreatedObject) -> Iterator[IndexEntry]:
    """Yield the index entries of an object."""
    if created.netns is not None:
        yield ("netns", created.netns)
    for link in dict.fromkeys(created.depends_on):
        yield ("link", created.netns, link)
    if created.noun == "altname" and created.depends_on:
        yield ("altname", created.netns, created.identity["altname"])
