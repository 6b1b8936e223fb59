"""`Host`: the links, routes and namespaces of this host, and the changes since an earlier look."""

import subprocess
from collections.abc import Iterator
from typing import Any, Self

from attrs import frozen

from ipwrap.errors import OutputError
from ipwrap.jsonio import reader
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.state import Difference, compare_objects
from ipwrap.system.programs import command_environment, find_program

__all__ = ["Host"]

READS = {
    "link": ("ip", "-j", "link", "show"),
    "route": ("ip", "-j", "-d", "route", "show", "table", "all"),
    "netns": ("ip", "-j", "netns", "list"),
}


@frozen
class Host:
    """The content of this host's first namespace, by the nouns in `READS`.

    Without iproute2, a host has no content.
    """

    nouns: dict[str, list[dict[str, Any]]]

    @classmethod
    def look(cls) -> Self:
        """Return the current content of the host."""
        if find_program("ip") is None:
            return cls({})

        return cls({noun: _read(argv) for noun, argv in READS.items()})

    def since(self, before: Self) -> list[str]:
        """Return the objects added (``+``) and deleted (``-``) since an earlier look.

        Changed objects are not reported: counters and timers change without a test's doing.
        """
        lines = []

        for difference in self._differences(before):
            is_added = difference.left is None
            is_deleted = difference.right is None
            if is_added or is_deleted:
                lines.append(str(difference))

        return lines

    def _differences(self, before: Self) -> Iterator[Difference]:
        """Yield the differences from an earlier look."""
        for noun in READS:
            yield from compare_objects(
                noun,
                before.nouns.get(noun, ()),
                right=self.nouns.get(noun, ()),
                named=MentionedWords(),
            )


def _read(argv: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return the objects that a read prints, or nothing for unreadable output.

    Without /run/netns, `ip -j netns list` prints nothing, not even an empty list.
    """
    completed = subprocess.run(
        argv, capture_output=True, text=True, check=False, env=command_environment()
    )
    if not completed.stdout.strip():
        return []

    try:
        return reader.check_objects(reader.decode(completed.stdout))
    except OutputError:
        return []
