"""The lines of a pasted text: without prompts, quotes of mails, colours, and what is no output."""

import contextlib
import re
from collections.abc import Iterator

from attrs import frozen

from ipwrap.errors import UnknownOption
from ipwrap.models.nouns import find_noun
from ipwrap.models.text.grammar import Words, words_of

__all__ = ["Section", "split_sections"]

# Colours (`ip -c`), as in a copied terminal.
COLOUR = re.compile(r"\x1b\[[0-9;]*[mK]")
QUOTE = re.compile(r"(?:[>|] ?)+")
FENCE = re.compile(r"\s*(?:```|~~~)\s*\w*\s*\Z", re.ASCII)

# The end of a prompt, and the programs of a command line behind it. Longer lines are no prompts.
LONGEST_COMMAND = 400
PROMPT = r"(?P<prompt>\S* ?[#$%>]\s*|\[?[\w.-]+@[^#$%<>]*[#$%>]\s*)"
BEFORE_PROGRAM = r"(?:(?:sudo|doas|busybox)\s+)*(?:[\w./-]*/)?"
COMMAND = re.compile(
    rf"\s*(?:{PROMPT})?{BEFORE_PROGRAM}(?P<command>(?:ip|bridge)(?:\s+\S.*)?)\s*\Z", re.ASCII
)
COMMAND_END = re.compile(r"[|;&]")
OTHER_COMMAND = re.compile(
    r"\s*(?:\[?[\w.-]+@[\w.-]+[^#$%<>]*[#$%>]|(?:[~/]\S* )?[#$%])(?:\s.*)?\Z", re.ASCII
)


@frozen
class Section:
    """The output of a command: its noun (None: unknown), and the words of its lines.

    ``command`` is the line with the prompt, and ``line`` its number; 0 without a prompt.
    """

    lines: list[Words]
    noun: str | None = None
    command: str = ""
    line: int = 0


def split_sections(text: str, line_end: str = "\n") -> list[Section]:
    """Return the outputs in a text, each with the command whose prompt is before it.

    ``line_end`` is a pattern of what else ends a line of output.
    """
    sections = [Section([])]
    for number, line in enumerate(_clean_lines(text), start=1):
        command = _find_command(line)
        if command is not None:
            sections.append(Section([], _noun_of(command), line.strip(), number))
        elif not FENCE.match(line):
            parts = [words_of(part, line=number) for part in re.split(line_end, line)]
            sections[-1].lines.extend(filter(None, parts))
    return sections


def _clean_lines(text: str) -> Iterator[str]:
    """Yield the lines of a text, without colours and the quotes of a mail."""
    # A no-break space is a blank of web pages; the byte order mark is before a file's first line.
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\xa0", " ")
    if "\x1b" in text:
        text = COLOUR.sub("", text)

    lines = text.split("\n")
    is_quoted = any(lines) and all(line.startswith(">") for line in lines if line.strip())
    for line in lines:
        yield QUOTE.sub("", line, count=1) if is_quoted else line


def _find_command(line: str) -> str | None:
    """Return the command behind a prompt; "" for another command; None for a line of output."""
    if len(line) > LONGEST_COMMAND:
        return None

    match = COMMAND.match(line)
    if match is not None and (match["prompt"] or _noun_of(match["command"])):
        return match["command"]
    return "" if OTHER_COMMAND.match(line) else None


def _noun_of(command: str) -> str | None:
    """Return the noun of a command, whatever follows the object; None for one without an object."""
    words = COMMAND_END.split(command, maxsplit=1)[0].split()
    for length in range(len(words), 1, -1):
        with contextlib.suppress(UnknownOption):
            return find_noun(" ".join(words[:length]))
    return None
