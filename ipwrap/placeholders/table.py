"""`PlaceholderTable`: values and their stand-ins, one to one."""

from collections.abc import Callable, Container

from attrs import define, field

__all__ = ["Change", "PlaceholderTable"]

Change = Callable[[str], str]


@define(eq=False)
class PlaceholderTable:
    """Values of one sort and what stands in for them, in order of appearance.

    ``write`` gives the stand-in of a number, from 1; one that is among the ``taken`` values is passed over.
    """

    write: Callable[[int], str]
    taken: Container[str] = field(default=())
    placeholders: dict[str, str] = field(factory=dict)
    values: dict[str, str] = field(factory=dict)
    _count: int = 0

    def mask(self, value: str) -> str:
        """Return the stand-in of a value; it gets one, if it has none."""
        if value not in self.placeholders:
            self.enter(value, self._free())
        return self.placeholders[value]

    def is_masked(self, value: str) -> str:
        """Return the stand-in of a value that has one, any other value as it is."""
        return self.placeholders.get(value, value)

    def unmask(self, standin: str) -> str:
        """Return the value that a stand-in stands for; what stands for nothing, as it is."""
        return self.values.get(standin, standin)

    def reserve(self, standin: str) -> str:
        """Return the value that a stand-in stands for; one that is new stands for itself from now on."""
        if standin not in self.values:
            self._count += 1
            self.enter(standin, standin)
        return self.values[standin]

    def enter(self, value: str, standin: str) -> None:
        """Let a stand-in stand for a value."""
        self.placeholders[value] = standin
        self.values[standin] = value

    def _free(self) -> str:
        """Return the next stand-in that is neither used nor taken."""
        while True:
            self._count += 1
            standin = self.write(self._count)
            if standin not in self.taken and standin not in self.values:
                return standin
