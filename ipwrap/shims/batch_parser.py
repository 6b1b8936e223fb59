"""The lines that `ip -batch` was given, as commands of their own: each with its own result, and what it makes.

getcmdline(), makeargs() and do_batch() in iproute2's lib/utils.c.
"""

import re
from collections.abc import Iterator

from attrs import evolve, frozen

from ipwrap.cmdline import ParsedCommand
from ipwrap.command import IPROUTE2
from ipwrap.errors import KERNEL_REFUSAL_STATUS, is_kernel_refusal
from ipwrap.shims.calls import Call
from ipwrap.shims.classify import may_change

__all__ = ["BatchInputLine", "single", "split_lines"]

FAILED = re.compile(r"^Command failed .*:([0-9]+)$")
WORD = re.compile(r"""[ \t\r\n]*(?:'([^']*)'|"([^"]*)"|([^ \t\r\n]+))""")


@frozen
class BatchInputLine:
    """One command of a batch: on which line it ends, and its words."""

    number: int
    words: tuple[str, ...]


def split_lines(text: str) -> Iterator[BatchInputLine]:
    """Yield the commands of a batch: `#` ends a line anywhere, a backslash at the end goes on with the next one."""
    number, begun = 0, ""
    for physical in text.split("\n"):
        number += 1
        begun += physical
        if begun.endswith("\\"):
            begun = begun[:-1]
            continue
        words = tuple(_words(begun.partition("#")[0]))
        begun = ""
        if words:
            yield BatchInputLine(number, words)


def _words(text: str) -> Iterator[str]:
    """Yield the words of a line: a quote counts only where a word begins."""
    for match in WORD.finditer(text):
        yield next(group for group in match.groups() if group is not None)


def single(call: Call) -> list[Call]:
    """Return the calls that do what a batch did, one a line; the call itself if it is none, or cannot be told apart.

    It cannot where more than one line has printed something. A line behind the one that ended it has not run.
    """
    if call.argv[0].rpartition("/")[2] not in IPROUTE2 or call.status is None or call.stdin is None:
        return [call]
    typed = ParsedCommand.of(call.argv)
    if typed.batch is None:
        return [call]
    ran, failed = list(split_lines(call.stdin)), _failures(call.stderr)
    if failed and "-force" not in typed.flags:
        ran = [line for line in ran if line.number <= max(failed)]
    if (call.status and not failed) or not ran:
        return [call]
    made = [_call(call, typed, line, failed) for line in ran]
    return _with_output(call, made)


def _failures(stderr: str) -> dict[int, str]:
    """Return what was said of each line that failed."""
    failed: dict[int, str] = {}
    before: list[str] = []
    for said in stderr.splitlines(keepends=True):
        match = FAILED.match(said.strip())
        if match is None:
            before.append(said)
        else:
            failed[int(match[1])] = "".join(before)
            before = []
    return failed


def _call(call: Call, typed: ParsedCommand, line: BatchInputLine, failed: dict[int, str]) -> Call:
    """Return one line as a call of its own."""
    netns = () if typed.netns is None else ("-n", typed.netns)
    said_of_it = failed.get(line.number)
    status = 0 if said_of_it is None else _status(said_of_it)
    return evolve(
        call,
        argv=(typed.program, *typed.options("-force"), *netns, *line.words),
        stdin=None,
        stdout="",
        stderr=said_of_it or "",
        status=status,
        seconds=0.0,
    )


def _status(stderr: str) -> int:
    """Return the status that a line would have had by itself: 2 if the kernel refused it."""
    # Unlike error_for(), every line is examined: a batch reports no status of its own for a line.
    is_refused = any(map(is_kernel_refusal, stderr.splitlines()))
    return KERNEL_REFUSAL_STATUS if is_refused else 1


def _with_output(call: Call, made: list[Call]) -> list[Call]:
    """Return the lines, with the output at the one that looked; the batch as it is if several did."""
    if not call.stdout:
        return made
    looked = [place for place, each in enumerate(made) if not may_change(each.argv)]
    if len(looked) != 1:
        return [call]
    made[looked[0]] = evolve(made[looked[0]], stdout=call.stdout)
    return made
