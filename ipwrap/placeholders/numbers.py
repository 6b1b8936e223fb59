"""Indexes of links, and numbers of processes."""

import re
from itertools import pairwise

from ipwrap.command import IPROUTE2, Command
from ipwrap.placeholders.table import Change, PlaceholderTable

__all__ = ["Ifindexes", "Pids"]

INDEX = (
    r'(?<="ifindex":)\d+|(?<="link_index":)\d+|(?<="viaIfIndex":)\d+|(?<="index":)\d+(?=,"dev":)'
)
NAMELESS = r'(?<="if)\d+(?=")|(?<=@if)\d+\b'  # iproute2's word for a link that it has no name of
ANYWHERE = re.compile(f"{INDEX}|{NAMELESS}")
IN_ITS_TEXT = re.compile(rf"{INDEX}|{NAMELESS}|^\d+(?=:\s)", re.MULTILINE)

PID = re.compile(r'(?<="pid":)\d+|(?<=\bpid[= ])\d+|(?<=/proc/)\d+')
EACH_LINE = re.compile(r"^\d+$", re.MULTILINE)
BEFORE_PID = frozenset({"identify", "-t", "--target"})


class Ifindexes:
    """Indexes of links. Those that a command gave (`ip link add index 50 …`) are kept, and 1, which is `lo`."""

    def __init__(self) -> None:
        self.given = {"1"}
        self.table = PlaceholderTable(lambda number: str(number + 1), self.given)

    def words(self, command: Command, _: Change) -> tuple[str, ...]:
        """Keep the index that a command gives to a link; words are never changed: iproute2 takes names."""
        words = command.argv
        self.given.update(after for word, after in pairwise(words) if word == "index")
        return words

    def text(self, text: str, command: Command | None, change: Change) -> str:
        """Return a text with its indexes changed."""
        pattern = IN_ITS_TEXT if command is not None and command.argv[0] in IPROUTE2 else ANYWHERE
        return pattern.sub(
            lambda found: found[0] if found[0] in self.given else change(found[0]), text
        )


class Pids:
    """Numbers of processes, in what programs say and where a command takes one."""

    def __init__(self) -> None:
        self.table = PlaceholderTable(lambda number: str(1000 + number))

    def words(self, command: Command, change: Change) -> tuple[str, ...]:
        """Return a command's words with its numbers of processes changed."""
        return tuple(
            change(word)
            if word.isdigit() and _is_pid(command.argv, at)
            else _changed(PID, word, change)
            for at, word in enumerate(command.argv)
        )

    def text(self, text: str, command: Command | None, change: Change) -> str:
        """Return a text with its numbers of processes changed."""
        if command is not None and command.argv[0] == "ip" and command.argv[-2:-1] == ("pids",):
            return _changed(EACH_LINE, text, change)
        return _changed(PID, text, change)


def _changed(pattern: re.Pattern[str], text: str, change: Change) -> str:
    """Return a text with what a pattern finds changed."""
    return pattern.sub(lambda found: change(found[0]), text)


def _is_pid(argv: tuple[str, ...], at: int) -> bool:
    """Tell whether the word there is the number of a process."""
    if argv[0] == "kill":
        return at > 0
    moved = argv[0] == "ip" and argv[at - 1] == "netns" and "link" in argv
    return moved or argv[at - 1] in BEFORE_PID
