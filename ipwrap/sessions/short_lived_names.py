"""`ShortLivedNames`: the namespaces that came and went before anybody could look at them."""

from collections import Counter
from collections.abc import Iterable

from attrs import define, field

from ipwrap.models import Netns
from ipwrap.models.event import NETNS

__all__ = ["ShortLivedNames"]


@define(eq=False)
class ShortLivedNames:
    """Compares what a poll of the names has found with the lines of `ip netns monitor`.

    A line may come before or after the poll that finds the namespace.

    - ``known``: the namespaces of the start, of which no line is expected
    - ``_found``: how often polls have found a namespace new whose line has not come yet
    - ``_made``: the namespaces of which a line has come, and that no poll has found yet
    """

    known: set[str] = field(factory=set)
    _found: "Counter[str]" = field(factory=Counter, init=False)
    _made: set[str] = field(factory=set, init=False)

    def note_found(self, names: Iterable[str]) -> None:
        """Note the new namespaces that a poll has found."""
        for name in names:
            if name in self._made:
                self._made.discard(name)
            else:
                self._found[name] += 1

    def read(self, lines: Iterable[str]) -> list[str]:
        """Read the next lines; return the names that were made and deleted, and never found."""
        short_lived = []
        for line in lines:
            event = NETNS.read(line)
            if isinstance(event.model, Netns) and self._is_short_lived(
                event.model.name, is_deleted=event.deleted
            ):
                short_lived.append(event.model.name)
        return short_lived

    def _is_short_lived(self, name: str, *, is_deleted: bool) -> bool:
        """Follow a line; return whether the namespace is gone, and was never found."""
        is_known = name in self.known
        self.known.discard(name)
        if is_deleted:
            is_made = name in self._made
            self._made.discard(name)
            return is_made

        if self._found[name]:
            self._found[name] -= 1
        elif not is_known:
            self._made.add(name)
        return False
