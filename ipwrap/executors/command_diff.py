"""The difference between a request and the recorded one, as text."""

import difflib
import reprlib
import shlex
from collections.abc import Iterator, Mapping, Sequence

from ipwrap.command import Command
from ipwrap.executors.recorded_entries import Request, Spawn, format_request

__all__ = ["closest", "describe_difference"]

MIN_SIMILARITY = 0.4  # of difflib's ratio: below it, two commands have little in common
COMPARED_FIELDS = ("stdin", "timeout", "changes", "env", "cwd")  # besides the argv


def closest(request: Request, recorded: Mapping[int, Request]) -> int | None:
    """Return the number of the most similar recorded request of its kind; of equals, the first."""
    numbers: dict[str, int] = {}
    for number, candidate in recorded.items():
        if _kind_of(candidate) is _kind_of(request):
            numbers.setdefault(format_request(candidate), number)

    line = format_request(request)
    matches = difflib.get_close_matches(line, numbers, n=1, cutoff=MIN_SIMILARITY)
    if not matches:
        return None

    return numbers[matches[0]]


def _kind_of(request: Request) -> type:
    """Return the kind of requests that a request is compared with: a process is a command, too."""
    return Command if isinstance(request, Spawn) else type(request)


def describe_difference(asked: Request, recorded: Request, *, answered: bool) -> str:
    """Return the difference between a request and a recorded one.

    The format is that of `git diff --word-diff`: ``[-recorded-]`` and ``{+asked+}``. ``answered``
    marks a recorded request whose reply was used up before.
    """
    parts: list[str] = []
    asked_words, recorded_words = _words_of(asked), _words_of(recorded)
    if asked_words != recorded_words:
        parts.append(" ".join(_diff_arguments(recorded_words, asked_words)))

    asked_command, recorded_command = _command_of(asked), _command_of(recorded)
    if asked_command is not None and recorded_command is not None:
        parts += _diff_fields(asked_command, recorded_command)

    if parts:
        return ", ".join(parts)
    if answered:
        return "it was recorded less often than it is asked for"

    return "in the order: it is recorded later"


def _command_of(request: Request) -> Command | None:
    """Return the command of a request, if it has one."""
    if isinstance(request, Spawn):
        return request.command
    return request if isinstance(request, Command) else None


def _words_of(request: Request) -> tuple[str, ...]:
    """Return a request as words: the arguments of a command, or the call itself."""
    command = _command_of(request)
    if command is None:
        return (format_request(request),)
    return (*command.full_argv, "&") if isinstance(request, Spawn) else command.full_argv


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
        removed = _join(recorded[start:end])
        added = _join(asked[asked_start:asked_end])
        if tag == "equal":
            yield removed
            continue

        marked = ""
        if removed:
            marked += f"[-{removed}-]"
        if added:
            marked += f"{{+{added}+}}"
        yield marked


def _join(words: Sequence[str]) -> str:
    """Return words as typed into a shell; a `&` and a single call stay as they are."""
    return " ".join(word if word == "&" or "(" in word else shlex.quote(word) for word in words)
