"""`Host`: the links, routes and namespaces of this host, and what is otherwise since."""

import subprocess
from collections.abc import Iterator
from typing import Any, Self

from attrs import frozen

from ipwrap.errors import OutputError
from ipwrap.jsonio import reader
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.state import Difference, compare_objects
from ipwrap.system.programs import environment, find

__all__ = ["Host"]

READS = {
    "link": ("ip", "-j", "link", "show"),
    "route": ("ip", "-j", "-d", "route", "show", "table", "all"),
    "netns": ("ip", "-j", "netns", "list"),
}


@frozen
class Host:
    """What this host's first namespace holds, by the nouns of `READS`; without iproute2, nothing."""

    nouns: dict[str, list[dict[str, Any]]]

    @classmethod
    def look(cls) -> Self:
        """Return how the host is now."""
        if find("ip") is None:
            return cls({})
        return cls({noun: _read(argv) for noun, argv in READS.items()})

    def since(self, before: Self) -> list[str]:
        """Return what has come (``+``) and gone (``-``) since an earlier look; what is only otherwise is not told."""
        return [str(each) for each in self._differences(before) if None in (each.left, each.right)]

    def _differences(self, before: Self) -> Iterator[Difference]:
        """Yield what is not as it was."""
        for noun in READS:
            yield from compare_objects(
                noun, before.nouns.get(noun, ()), self.nouns.get(noun, ()), MentionedWords()
            )


def _read(argv: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return what a read gives; what cannot be read is nothing."""
    ran = subprocess.run(argv, capture_output=True, text=True, check=False, env=environment())
    try:
        return reader.objects(reader.decode(ran.stdout)) if ran.stdout.strip() else []
    except OutputError:
        return []
