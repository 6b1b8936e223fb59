"""Write the man pages of `ipwrap` and of each of its commands from their help.

`python -m scripts.manual [FOLDER]`, by default `man`. `nox -s manual` calls it; a wheel that is
built afterwards has the pages.
"""

import inspect
import os
import re
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from ipwrap.cli.examples import TITLE
from ipwrap.cli.group import COMMANDS, cli
from ipwrap.version import __version__

__all__ = ["iter_pages", "main"]

EXIT_STATUS = (
    ("0", "success"),
    ("1", "a failure, or output that could not be written"),
    ("2", "wrong usage"),
    ("129, 130, 143", "ended by SIGHUP, by SIGINT (Ctrl-C), by SIGTERM"),
)
# A paragraph of click's that keeps its lines.
LITERAL = "\b"
PARAGRAPH_END = re.compile(r"\n\s*\n")


def iter_pages() -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each page: of `ipwrap`, and of each of its commands."""
    context = click.Context(cli, info_name="ipwrap", help_option_names=["-h", "--help"])
    yield "ipwrap", _page("ipwrap", cli, context, summary="drive iproute2 from Python")

    for name, (_, summary) in COMMANDS.items():
        command = cli.get_command(context, name)
        assert command is not None
        command_context = click.Context(command, info_name=name, parent=context)
        summary = summary[0].lower() + summary[1:].rstrip(".")
        yield f"ipwrap-{name}", _page(f"ipwrap-{name}", command, command_context, summary=summary)


def _page(name: str, command: click.Command, context: click.Context, *, summary: str) -> str:
    """Return a page in the macros of man(7)."""
    usage = " ".join(command.collect_usage_pieces(context))
    lines = [
        '.\\" Written by scripts/manual.py.',
        f'.TH {name.upper()} 1 "{_date()}" "ipwrap {__version__}" "ipwrap"',
        ".SH NAME",
        f"{_escape(name)} \\- {_escape(summary)}",
        ".SH SYNOPSIS",
        f".B {_escape(context.command_path)}",
        _escape(usage),
        ".SH DESCRIPTION",
        *_description(command.help or ""),
        ".SH OPTIONS",
        *_options(command, context),
    ]

    if command is cli:
        lines += [
            ".SH COMMANDS",
            *_definitions((f"ipwrap {n}", t) for n, (_, t) in COMMANDS.items()),
        ]

    lines += [
        ".SH EXIT STATUS",
        *_definitions(EXIT_STATUS),
        ".SH EXAMPLES",
        *_literal((command.epilog or "").partition(f"{TITLE}\n")[2]),
        ".SH SEE ALSO",
        *_see_also(name),
    ]
    return "\n".join([*lines, ""])


def _date() -> str:
    """Return the date of the page: today, or that of a reproducible build."""
    seconds = os.environ.get("SOURCE_DATE_EPOCH")
    return time.strftime("%Y-%m-%d", time.gmtime(int(seconds) if seconds else None))


def _escape(text: str) -> str:
    """Return text that roff(7) prints as it is."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("…", "...")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped


def _description(text: str) -> Iterator[str]:
    """Yield the lines of a help text: its paragraphs, some of which keep their lines."""
    paragraphs = PARAGRAPH_END.split(inspect.cleandoc(text).strip())
    for number, paragraph in enumerate(paragraphs):
        if number:
            yield ".PP"
        if paragraph.startswith(LITERAL):
            yield from _literal(paragraph.removeprefix(LITERAL).strip("\n"))
        else:
            yield _escape(" ".join(paragraph.split()))


def _literal(text: str) -> Iterator[str]:
    """Yield lines that are printed one by one."""
    yield ".nf"
    for line in text.splitlines():
        yield _escape(line.strip())
    yield ".fi"


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    """Yield the list of the options. The description names the arguments."""
    options = [
        parameter
        for parameter in command.get_params(context)
        if isinstance(parameter, click.Option)
    ]
    records = [option.get_help_record(context) for option in options]
    yield from _definitions(record for record in records if record is not None)


def _definitions(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield a list of terms with their explanations."""
    for term, text in pairs:
        yield ".TP"
        yield f".B {_escape(term)}"
        yield _escape(text)


def _see_also(name: str) -> Iterator[str]:
    """Yield the other pages: those of ipwrap, and those of iproute2."""
    own = [f"ipwrap-{command}" for command in COMMANDS] if name == "ipwrap" else ["ipwrap"]
    pages = [*((page, 1) for page in own), ("ip", 8), ("bridge", 8), ("tc", 8)]
    last = pages[-1]
    for page, section in pages:
        comma = "" if (page, section) == last else ","
        yield f".BR {_escape(page)} ({section}){comma}"


def main(folder: str = "man") -> None:
    """Write the pages into a folder, which is created if necessary."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    for name, text in iter_pages():
        (target / f"{name}.1").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
