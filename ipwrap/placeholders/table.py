"""`PlaceholderTable`: values and their placeholders, one to one."""

from collections.abc import Callable, Container

from attrs import define, field

__all__ = ["PlaceholderTable", "Replace"]

Replace = Callable[[str], str]


@define(eq=False)
class PlaceholderTable:
    """Values of a kind and their placeholders, in order of appearance.

    ``format_placeholder`` returns the placeholder of a number, from 1 on. Placeholders among the
    ``taken`` values are skipped.
    """

    format_placeholder: Callable[[int], str]
    taken: Container[str] = field(default=())
    placeholders: dict[str, str] = field(factory=dict)
    values: dict[str, str] = field(factory=dict)
    _count: int = 0

    def mask(self, value: str) -> str:
        """Return the placeholder of a value; a new value gets the next placeholder."""
        if value not in self.placeholders:
            self.add(value, self._next_placeholder())
        return self.placeholders[value]

    def mask_known(self, value: str) -> str:
        """Return the placeholder of a known value, a new value unchanged."""
        return self.placeholders.get(value, value)

    def unmask(self, placeholder: str) -> str:
        """Return the value of a placeholder; an unknown placeholder unchanged."""
        return self.values.get(placeholder, placeholder)

    def unmask_or_reserve(self, placeholder: str) -> str:
        """Return the value of a placeholder; an unknown placeholder becomes a value as well."""
        # Counted, so that later values get the numbers that they have in the recording.
        if placeholder not in self.values:
            self._count += 1
            self.add(placeholder, placeholder)
        return self.values[placeholder]

    def add(self, value: str, placeholder: str) -> None:
        """Add a value with its placeholder."""
        self.placeholders[value] = placeholder
        self.values[placeholder] = value

    def _next_placeholder(self) -> str:
        """Return the next placeholder that is neither used nor taken."""
        while True:
            self._count += 1
            placeholder = self.format_placeholder(self._count)
            if placeholder not in self.taken and placeholder not in self.values:
                return placeholder
