"""`SeenNames`: the names of namespaces that came and went before anybody could look at them."""

from collections.abc import Iterable

from attrs import define, field

from ipwrap.models import Netns
from ipwrap.models.event import NETNS

__all__ = ["SeenNames"]


@define(eq=False)
class SeenNames:
    """Which namespaces the lines of `ip netns monitor` tell of, and which a look has found.

    - ``_made``: the namespaces that were made and that nobody has seen yet
    - ``_unheard``: those that were seen before their lines have come
    """

    _made: set[str] = field(factory=set, init=False)
    _unheard: set[str] = field(factory=set, init=False)

    def note_seen(self, names: Iterable[str]) -> None:
        """Note the new namespaces that a look has found."""
        for name in names:
            if name in self._made:
                self._made.discard(name)
            else:
                self._unheard.add(name)

    def find_unseen(self, lines: Iterable[str]) -> list[str]:
        """Return the names that were made and deleted, by the next lines, and were never seen."""
        unseen = []
        for line in lines:
            event = NETNS.read(line)
            if not isinstance(event.model, Netns):
                continue

            name = event.model.name
            is_seen = name in self._unheard
            self._unheard.discard(name)
            if not event.deleted and not is_seen:
                self._made.add(name)
            elif event.deleted and name in self._made:
                self._made.discard(name)
                unseen.append(name)
        return unseen
