"""How a command that is asked for and a recorded one go apart, in words."""

import difflib
import reprlib
import shlex
from collections.abc import Iterator, Mapping, Sequence

from ipwrap.command import Command
from ipwrap.result import Result

__all__ = ["closest", "diff_commands"]

MIN_SIMILARITY = 0.4  # less alike is not near
BESIDES = ("stdin", "timeout", "changes")


def closest(command: Command, results: Mapping[int, Result]) -> int | None:
    """Return the number of the recorded command that is most like this one; of several alike, the first."""
    numbers: dict[str, int] = {}
    for number, result in results.items():
        numbers.setdefault(result.line, number)
    near = difflib.get_close_matches(command.line, numbers, 1, cutoff=MIN_SIMILARITY)
    return numbers[near[0]] if near else None


def diff_commands(asked: Command, recorded: Command, *, answered: bool) -> str:
    """Return where a command differs from a recorded one, which may have been ``answered`` already.

    The words are those of `git diff --word-diff`: ``[-recorded-]`` and ``{+asked+}``.
    """
    parts = [*_diff_fields(asked, recorded)]
    if asked.full_argv != recorded.full_argv:
        parts.insert(0, " ".join(_words(recorded.full_argv, asked.full_argv)))
    if parts:
        return ", ".join(parts)
    return (
        "it was recorded less often than it is asked for"
        if answered
        else "in the order: it is recorded later"
    )


def _diff_fields(asked: Command, recorded: Command) -> Iterator[str]:
    """Yield what differs besides the words."""
    for name in BESIDES:
        then, now = getattr(recorded, name), getattr(asked, name)
        if then != now:
            yield f"{name}=[-{reprlib.repr(then)}-]{{+{reprlib.repr(now)}+}}"


def _words(recorded: Sequence[str], asked: Sequence[str]) -> Iterator[str]:
    """Yield words that are alike as they are, the others marked."""
    for how, start, end, first, last in difflib.SequenceMatcher(
        None, recorded, asked, autojunk=False
    ).get_opcodes():
        then, now = shlex.join(recorded[start:end]), shlex.join(asked[first:last])
        if how == "equal":
            yield then
            continue
        yield (f"[-{then}-]" if then else "") + (f"{{+{now}+}}" if now else "")
