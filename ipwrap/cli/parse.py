"""`ipwrap parse`: the output of iproute2 as a table, CSV, JSON or JSON Lines."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from ipwrap.cli.output import echo
from ipwrap.errors import OutputError, UnknownOption
from ipwrap.models.nouns import MONITORS, NOUNS, TEXT_NOUNS, find_noun

__all__ = ["FORMATS", "describe", "parse", "terminal_width"]

FORMATS = ("table", "json", "jsonl", "csv")


def describe(names: list[str]) -> str:
    """Return the sorted names as typed in a shell: names with a blank are quoted."""
    quoted = [f'"{name}"' if " " in name else name for name in sorted(names)]
    return ", ".join(quoted)


HELP = f"""Parse the output of `ip -j NOUN show` (or `bridge -j`, `tc -j`) from FILE or stdin.

NOUN is the object as typed on the command line, also as a or "ip -j link": {describe([*NOUNS])}.
Unknown keys are kept.

Text without -j is parsed as well, as pasted from a terminal: {describe([*TEXT_NOUNS])}.

The text output of monitors is parsed as events: {describe([*MONITORS])}.
"""


@click.command(help=HELP)
@click.option(
    "--format",
    "format_",
    type=click.Choice(FORMATS),
    default="table",
    show_default=True,
)
@click.option(
    "--unknown",
    "unknown_",
    is_flag=True,
    help="Count the keys that are unknown to ipwrap.",
)
@click.option("--wide", is_flag=True, help="Show all columns, also in a narrow terminal.")
@click.option("--columns", metavar="A,B", default="", help="Show these columns of the table only.")
@click.option("--sort", metavar="COLUMN", default="", help="Sort the table by a column.")
@click.argument("words", nargs=-1, required=True, metavar="NOUN... [FILE]")
def parse(
    words: tuple[str, ...], format_: str, unknown_: bool, wide: bool, columns: str, sort: str
) -> None:
    """Parse the output of iproute2, and print the models in another format."""
    from ipwrap.models.nouns import parse as parse_text

    noun, file = _split_words(words)
    # To the kernel, an interface alias is any bytes, so the output need not be UTF-8.
    data = sys.stdin.buffer.read() if file == "-" else _read_file(file)
    text = data.decode("utf-8", "surrogateescape")

    try:
        models: list[Any] = parse_text(noun, text)
    except OutputError as error:
        source = "stdin" if file == "-" else file
        raise OutputError(f"{source}: {error}") from error

    if not text.strip():
        echo(f"{'stdin' if file == '-' else file} is empty", err=True)
    if unknown_:
        echo(_unknown_key_table(models))
    elif format_ == "table" and noun not in MONITORS:
        chosen = tuple(filter(None, columns.split(",")))
        width = None if wide else terminal_width()
        _print_table(models, noun=noun, width=width, columns=chosen, sort=sort)
    elif columns or sort:
        raise click.UsageError("--columns and --sort are for tables of objects")
    else:
        click.echo(_format(models, noun=noun, format_=format_), nl=False)


def terminal_width() -> int | None:
    """Return the columns of the terminal; None if stdout is none."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _split_words(words: tuple[str, ...]) -> tuple[str, str]:
    """Return the noun and the file of the arguments. Raises `click.UsageError`."""
    noun_words, file = words, "-"
    if len(words) > 1 and (Path(words[-1]).is_file() or words[-1] == "-" or not _is_noun(words)):
        noun_words, file = words[:-1], words[-1]

    try:
        noun = find_noun(" ".join(noun_words))
    except UnknownOption as error:
        raise click.UsageError(str(error)) from error
    if file != "-" and not Path(file).is_file():
        raise click.UsageError(f"{file!r} is no file")
    return noun, file


def _is_noun(words: tuple[str, ...]) -> bool:
    """Return whether words are a noun."""
    try:
        find_noun(" ".join(words))
    except UnknownOption:
        return False
    return True


def _print_table(
    models: list[Any], *, noun: str, width: int | None, columns: tuple[str, ...], sort: str
) -> None:
    """Print the models as a table; what did not fit is said on stderr."""
    from ipwrap.views.table import object_table

    table = object_table(noun, models, width=width, columns=columns, sort=sort)
    click.echo(table.text)
    if table.left_out:
        echo(f"left out for want of width: {', '.join(table.left_out)} (--wide)", err=True)


def _read_file(name: str) -> bytes:
    """Return the content of a file. Raises `OutputError`."""
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise OutputError(f"{name}: cannot be read: {error.strerror}") from error


def _unknown_key_table(models: list[Any]) -> str:
    """Return a table of the keys without a field in the models, with the number of objects."""
    from ipwrap.models.unknown_keys import unknown_keys
    from ipwrap.views import table

    return table.format_table(("key", "objects"), sorted(unknown_keys(models).items()))


def _format(models: list[Any], *, noun: str, format_: str) -> str:
    """Return the models in a format, with a newline at the end."""
    from ipwrap.views import table

    is_monitor = noun in MONITORS

    if format_ == "table":
        return f"{table.format_event_table(models)}\n"

    from ipwrap.jsonio import reader
    from ipwrap.models.base import dump, dump_all

    to_json: Callable[[Any], dict[str, Any]] = dump
    if is_monitor:
        from ipwrap.models.event import dump_event

        to_json = dump_event

    if format_ == "csv":
        return table.format_csv(models, to_json)

    objects = dump_all(models, to_json)
    if format_ == "json":
        return f"{reader.encode(objects)}\n"

    return "".join(f"{reader.encode(json_object)}\n" for json_object in objects)
