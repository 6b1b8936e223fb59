"""The difference between a requested and a recorded command, as text."""

import difflib
import reprlib
import shlex
from collections.abc import Iterator, Mapping, Sequence

from ipwrap.command import Command
from ipwrap.result import Result

__all__ = ["closest", "diff_commands"]

MIN_SIMILARITY = 0.4  # of difflib's ratio: below it, two commands have little in common
COMPARED_FIELDS = ("stdin", "timeout", "changes", "env", "cwd")  # besides the argv


def closest(command: Command, results: Mapping[int, Result]) -> int | None:
    """Return the number of the most similar recorded command; of equals, the first."""
    numbers: dict[str, int] = {}
    for number, result in results.items():
        numbers.setdefault(result.line, number)

    matches = difflib.get_close_matches(command.line, numbers, n=1, cutoff=MIN_SIMILARITY)
    if not matches:
        return None

    return numbers[matches[0]]


def diff_commands(asked: Command, recorded: Command, *, answered: bool) -> str:
    """Return the difference between a requested and a recorded command.

    The format is that of `git diff --word-diff`: ``[-recorded-]`` and ``{+asked+}``. ``answered``
    marks a recorded command whose reply was used up before.
    """
    parts: list[str] = []
    if asked.full_argv != recorded.full_argv:
        parts.append(" ".join(_diff_arguments(recorded.full_argv, asked.full_argv)))
    parts += _diff_fields(asked, recorded)

    if parts:
        return ", ".join(parts)
    if answered:
        return "it was recorded less often than it is asked for"

    return "in the order: it is recorded later"


def _diff_fields(asked: Command, recorded: Command) -> Iterator[str]:
    """Yield the differences besides the arguments."""
    for name in COMPARED_FIELDS:
        recorded_value = getattr(recorded, name)
        asked_value = getattr(asked, name)
        if recorded_value != asked_value:
            removed = f"[-{reprlib.repr(recorded_value)}-]"
            added = f"{{+{reprlib.repr(asked_value)}+}}"
            yield f"{name}={removed}{added}"


def _diff_arguments(recorded: Sequence[str], asked: Sequence[str]) -> Iterator[str]:
    """Yield equal arguments unchanged, and different arguments with marks."""
    matcher = difflib.SequenceMatcher(None, recorded, asked, autojunk=False)

    for tag, start, end, asked_start, asked_end in matcher.get_opcodes():
        removed = shlex.join(recorded[start:end])
        added = shlex.join(asked[asked_start:asked_end])
        if tag == "equal":
            yield removed
            continue

        marked = ""
        if removed:
            marked += f"[-{removed}-]"
        if added:
            marked += f"{{+{added}+}}"
        yield marked
