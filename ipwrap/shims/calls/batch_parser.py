"""Split a batch (`ip -batch FILE`) into commands with separate results.

Grammar: getcmdline() and makeargs() in iproute2's lib/utils.c. Error report: do_batch() in the same
file.
"""

import re
from collections.abc import Iterator

from attrs import evolve, frozen

from ipwrap.cmdline import ParsedCommand
from ipwrap.command import IPROUTE2
from ipwrap.errors import KERNEL_REFUSAL_STATUS, is_kernel_refusal
from ipwrap.shims.calls.call import Call
from ipwrap.shims.calls.classify import may_change

__all__ = ["BatchInputLine", "is_batch", "split_batch", "split_lines"]

FAILED = re.compile(r"^Command failed .*:([0-9]+)$")

# makeargs() honours a quote only at the start of a word: a"b is a word of three characters.
WORD = re.compile(r"""[ \t\r\n]*(?:'([^']*)'|"([^"]*)"|([^ \t\r\n]+))""")


@frozen
class BatchInputLine:
    """A command of a batch: the number of the last line, and the arguments."""

    number: int
    arguments: tuple[str, ...]


def split_lines(text: str) -> Iterator[BatchInputLine]:
    """Yield the commands of a batch.

    `#` starts a comment anywhere. A backslash at the end of a line continues the command, unless
    the line has a comment.
    """
    pending = ""

    for number, line in enumerate(text.split("\n"), start=1):
        code, comment, _ = line.partition("#")
        pending += code

        # getcmdline() cuts a comment together with the newline, before the test for "\\\n".
        if pending.endswith("\\") and not comment:
            pending = pending[:-1]
            continue

        arguments = tuple(_split_words(pending))
        pending = ""
        if arguments:
            yield BatchInputLine(number, arguments)


def _split_words(text: str) -> Iterator[str]:
    """Yield the words of a line, without their quotes."""
    for match in WORD.finditer(text):
        single_quoted, double_quoted, bare = match.groups()

        if single_quoted is not None:
            yield single_quoted
        elif double_quoted is not None:
            yield double_quoted
        else:
            yield bare


def is_batch(call: Call) -> bool:
    """Return whether a call is a batch whose lines were kept.

    The program of a line such as `netns exec red ip link set lo up` is part of the line.
    """
    is_iproute2 = call.argv[0].rpartition("/")[2] in IPROUTE2
    return is_iproute2 and call.stdin is not None and ParsedCommand.of(call.argv).batch is not None


def split_batch(call: Call) -> list[Call]:
    """Return a call for each executed line of a batch.

    Return the call itself if the call is no batch, or if the results cannot be assigned to the
    lines: several lines may have printed output, or no error message names the failed line.
    Without -force, iproute2 stops at the first failure: later lines have not run.
    """
    # How far an unfinished batch ran is unknown.
    program = call.argv[0].rpartition("/")[2]
    if program not in IPROUTE2 or call.status is None or call.stdin is None:
        return [call]

    parsed = ParsedCommand.of(call.argv)
    if parsed.batch is None:
        return [call]

    errors = _errors_by_line(call.stderr)
    if call.status and not errors:
        return [call]

    lines = list(split_lines(call.stdin))
    if errors and "-force" not in parsed.flags:
        last_number = max(errors)
        lines = [line for line in lines if line.number <= last_number]

    if not lines:
        return [call]

    line_calls = []
    for index, line in enumerate(lines):
        error = errors.get(line.number)
        line_call = _call_of_line(call, parsed, line=line, error=error)
        line_calls.append(evolve(line_call, identities=call.identities[index : index + 1]))

    return _assign_output(call, line_calls)


def _errors_by_line(stderr: str) -> dict[int, str]:
    """Return the error message of each failed line, by the line's number.

    The messages of a line precede its `Command failed FILE:NUMBER`.
    """
    errors: dict[int, str] = {}
    messages: list[str] = []

    for message in stderr.splitlines(keepends=True):
        match = FAILED.match(message.strip())
        if match is None:
            messages.append(message)
        else:
            errors[int(match[1])] = "".join(messages)
            messages = []

    return errors


def _call_of_line(
    call: Call, parsed: ParsedCommand, *, line: BatchInputLine, error: str | None
) -> Call:
    """Return the call for a line of a batch, as if run in a separate process."""
    netns = () if parsed.netns is None else ("-n", parsed.netns)
    status = 0 if error is None else _status(error)

    return evolve(
        call,
        argv=(parsed.program, *parsed.options("-force"), *netns, *line.arguments),
        stdin=None,
        stdout="",
        stderr=error or "",
        status=status,
        seconds=0.0,
    )


def _status(stderr: str) -> int:
    """Return the status that a line would have had by itself: 2 if the kernel refused it."""
    # Unlike error_for(), every line is examined: a batch reports no status of its own for a line.
    is_refused = any(map(is_kernel_refusal, stderr.splitlines()))
    return KERNEL_REFUSAL_STATUS if is_refused else 1


def _assign_output(call: Call, line_calls: list[Call]) -> list[Call]:
    """Assign the output to the only read of a batch. Return a batch with several reads itself."""
    if not call.stdout:
        return line_calls

    reads = [index for index, line in enumerate(line_calls) if not may_change(line.argv)]
    if len(reads) != 1:
        return [call]

    index = reads[0]
    line_calls[index] = evolve(line_calls[index], stdout=call.stdout)
    return line_calls
