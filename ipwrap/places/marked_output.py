"""`MarkedOutput`: the output of a remote shell, cut at the marks that the shell prints in between.

A mark is a line behind an extra newline: ``\\nMARK word …\\n``. A mark has random digits, so that
no program prints a mark by chance.
"""

import secrets
from typing import NamedTuple

from attrs import define, field

__all__ = ["Mark", "MarkedOutput", "new_mark"]


class Mark(NamedTuple):
    """The words of a mark."""

    words: tuple[bytes, ...]


def new_mark() -> str:
    """Return a new mark."""
    return f"ipwrap-{secrets.token_hex(8)}"


@define(eq=False)
class MarkedOutput:
    """Cuts a stream at the marks."""

    mark: str
    _prefix: bytes = field(init=False)
    _rest: bytearray = field(factory=bytearray, init=False)

    def __attrs_post_init__(self) -> None:
        self._prefix = b"\n%b " % self.mark.encode()

    def feed(self, data: bytes) -> list[bytes | Mark]:
        """Take the next bytes, and return output and marks as far as they are complete."""
        self._rest += data
        parts: list[bytes | Mark] = []

        while (start := self._rest.find(self._prefix)) >= 0:
            if start:
                parts.append(bytes(self._rest[:start]))
                del self._rest[:start]

            end = self._rest.find(b"\n", len(self._prefix))
            if end < 0:
                return parts
            words = bytes(self._rest[len(self._prefix) : end]).split()
            parts.append(Mark(tuple(words)))
            del self._rest[: end + 1]

        ready = len(self._rest) - self._count_begun()
        if ready:
            parts.append(bytes(self._rest[:ready]))
            del self._rest[:ready]
        return parts

    def flush(self) -> bytes:
        """Return what is left at the end of the stream."""
        rest = bytes(self._rest)
        self._rest.clear()
        return rest

    def _count_begun(self) -> int:
        """Return how many of the last bytes may be the beginning of a mark."""
        longest = min(len(self._prefix) - 1, len(self._rest))
        for count in range(longest, 0, -1):
            if self._rest.endswith(self._prefix[:count]):
                return count
        return 0
