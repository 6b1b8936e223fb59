"""Placeholders for interface indexes and process ids."""

import re
from itertools import pairwise

from ipwrap.command import IPROUTE2, Command
from ipwrap.placeholders.table import PlaceholderTable, Replace

__all__ = ["IfindexRule", "PidRule"]

INDEX_KEYS = (
    r'(?<="ifindex":)\d+|(?<="link_index":)\d+|(?<="viaIfIndex":)\d+|(?<="index":)\d+(?=,"dev":)'
)
# ll_idx_n2a() in lib/ll_map.c prints "if5" for a link whose name it does not know.
NAMELESS_LINK = r'(?<="if)\d+(?=")|(?<=@if)\d+\b'

INDEX = re.compile(f"{INDEX_KEYS}|{NAMELESS_LINK}")
# A line of iproute2's text starts with the index of its link; a program's with any number.
INDEX_IN_IPROUTE2_TEXT = re.compile(rf"{INDEX_KEYS}|{NAMELESS_LINK}|^\d+(?=:\s)", re.MULTILINE)

PID = re.compile(r'(?<="pid":)\d+|(?<=\bpid[= ])\d+|(?<=/proc/)\d+')
# `kill -HUP 20` in a line of shell.
KILLED = re.compile(r"(?<![\w-])kill(?: +-[-\w]+)* +\d+(?: +\d+)*(?![\w.])")
NUMBER = re.compile(r"(?<= )\d+(?!\S)")
PID_LINE = re.compile(r"^\d+$", re.MULTILINE)
BEFORE_PID = frozenset({"identify", "-t", "--target"})


class IfindexRule:
    """Replaces interface indexes.

    Indexes that a command chose (`ip link add index 50 …`) are kept, and 1, which is `lo`.
    """

    def __init__(self) -> None:
        self.chosen = {"1"}
        self.table = PlaceholderTable(lambda number: str(number + 1), self.chosen)

    def replace_arguments(
        self,
        command: Command,
        replace: Replace,  # noqa: ARG002 - a `Rule`
    ) -> tuple[str, ...]:
        """Note the indexes that a command chooses. Its arguments are names, and stay unchanged."""
        for keyword, value in pairwise(command.argv):
            if keyword == "index":
                self.chosen.add(value)
        return command.argv

    def replace_in_text(
        self, text: str, replace: Replace, *, command: Command | None = None
    ) -> str:
        """Return a text with the interface indexes replaced."""
        is_iproute2 = command is not None and command.argv[0] in IPROUTE2
        pattern = INDEX_IN_IPROUTE2_TEXT if is_iproute2 else INDEX

        def replace_index(match: re.Match[str]) -> str:
            index = match[0]
            return index if index in self.chosen else replace(index)

        return pattern.sub(replace_index, text)


class PidRule:
    """Replaces process ids, in output and in the arguments that commands take them in."""

    def __init__(self) -> None:
        self.table = PlaceholderTable(lambda number: str(1000 + number))
        self.processes: set[str] = set()  # the pids of the session's own background processes

    def replace_arguments(self, command: Command, replace: Replace) -> tuple[str, ...]:
        """Return a command's arguments with the process ids replaced."""
        arguments = []
        for position, argument in enumerate(command.argv):
            if argument.isdigit() and self._is_pid(command.argv, position):
                arguments.append(replace(argument))
            else:
                replaced = _replace_matches(PID, argument, replace=replace)
                arguments.append(self._replace_killed(replaced, argument, replace=replace))
        return tuple(arguments)

    def _is_pid(self, argv: tuple[str, ...], position: int) -> bool:
        """Return whether a number among the arguments is a process id."""
        # `-p` is a port for many programs.
        is_process_option = argv[position - 1] in ("-p", "--pid")
        is_process = is_process_option and argv[position] in self.processes
        return is_process or _is_pid(argv, position)

    def _replace_killed(self, text: str, argument: str, *, replace: Replace) -> str:
        """Return a line of shell with the pids of background processes behind `kill` replaced."""
        if text != argument or not self.processes:
            return text

        def replace_process(number: re.Match[str]) -> str:
            return replace(number[0]) if number[0] in self.processes else number[0]

        return KILLED.sub(lambda line: NUMBER.sub(replace_process, line[0]), text)

    def replace_in_text(
        self, text: str, replace: Replace, *, command: Command | None = None
    ) -> str:
        """Return a text with the process ids replaced."""
        pattern = PID_LINE if _prints_only_pids(command) else PID
        return _replace_matches(pattern, text, replace=replace)


def _replace_matches(pattern: re.Pattern[str], text: str, *, replace: Replace) -> str:
    """Return a text with the matches of a pattern replaced."""
    return pattern.sub(lambda match: replace(match[0]), text)


def _prints_only_pids(command: Command | None) -> bool:
    """Return whether a command is `ip netns pids NAME`, which prints a process id a line."""
    if command is None or command.argv[0] != "ip":
        return False
    return command.argv[-2:-1] == ("pids",)


def _is_pid(argv: tuple[str, ...], position: int) -> bool:
    """Return whether a number among the arguments is a process id."""
    if argv[0] == "kill":
        return position > 0

    # `ip link set dev DEV netns PID` moves a link into the namespace of a process.
    previous = argv[position - 1]
    moves_link = argv[0] == "ip" and previous == "netns" and "link" in argv
    return moves_link or previous in BEFORE_PID
