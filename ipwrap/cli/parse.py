"""`ipwrap parse`: the output of iproute2 as a table, CSV, JSON, JSON Lines or YAML."""

import codecs
import shutil
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import click

from ipwrap.cli.examples import examples
from ipwrap.cli.output import echo
from ipwrap.cli.parameters import complete_nouns
from ipwrap.cli.suggestions import SuggestingChoice
from ipwrap.errors import OutputError, UnknownOption
from ipwrap.models.nouns import MONITORS, NOUNS, TEXT_NOUNS, find_noun

__all__ = ["FORMATS", "describe", "parse", "terminal_width"]

FORMATS = ("table", "json", "jsonl", "csv", "yaml")


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


@click.command(
    help=HELP,
    epilog=examples(
        "ip -j -d link | ipwrap parse link",
        "ip -j route | ipwrap parse route -o csv",
        "ipwrap parse address addresses.json",
    ),
)
@click.option(
    "-o",
    "--format",
    "format_",
    type=SuggestingChoice(FORMATS),
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
@click.option(
    "--partial",
    "partial_",
    is_flag=True,
    help="Show the whole objects of an output that is cut off.",
)
@click.option(
    "--typed",
    is_flag=True,
    help="JSON, YAML and CSV of what Python has: kinds, flags, times (ipwrap schema --typed).",
)
@click.argument(
    "words", nargs=-1, required=True, metavar="NOUN... [FILE]", shell_complete=complete_nouns
)
def parse(
    words: tuple[str, ...],
    *,
    format_: str,
    unknown_: bool,
    wide: bool,
    columns: str,
    sort: str,
    partial_: bool,
    typed: bool,
) -> None:
    """Parse the output of iproute2, and print the models in another format."""
    noun, file = _split_words(words)
    is_object_table = format_ == "table" and noun not in MONITORS
    if (columns or sort) and not is_object_table:
        raise click.UsageError("--columns and --sort are for tables of objects")
    if typed and format_ == "table":
        raise click.UsageError("--typed is for json, jsonl, csv and yaml: give it with -o json")

    models = _read_models(noun, file, is_partial=partial_)

    if unknown_:
        echo(_unknown_key_table(models))
    elif is_object_table:
        chosen = tuple(filter(None, columns.split(",")))
        width = None if wide else terminal_width()
        _print_table(models, noun=noun, width=width, columns=chosen, sort=sort)
    else:
        click.echo(_format(models, noun=noun, format_=format_, typed=typed), nl=False)


def _read_models(noun: str, file: str, *, is_partial: bool) -> list[Any]:
    """Return the models of a file; warnings about the file are printed on stderr.

    Raises `OutputError` with the name of the file.
    """
    from ipwrap.models.nouns import parse_output

    # To the kernel, an interface alias is any bytes, so the output need not be UTF-8.
    data = sys.stdin.buffer.read() if file == "-" else _read_file(file)
    text = data.decode(_encoding_of(data), "surrogateescape")
    source = "stdin" if file == "-" else file

    try:
        output = parse_output(noun, text, partial=is_partial)
    except OutputError as error:
        raise OutputError(f"{source}: {error}") from error

    for note in output.notes:
        echo(f"{source}: {note}", err=True)
    if not text.strip():
        echo(f"{source} is empty", err=True)
    return output.models


def _encoding_of(data: bytes) -> str:
    """Return the encoding of a file: PowerShell writes UTF-16, with a mark at the beginning."""
    marks = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    return "utf-16" if data.startswith(marks) else "utf-8"


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
    """Print the models as a table; a message on stderr names the omitted parts."""
    from ipwrap.views.table import object_table

    table = object_table(noun, models, width=width, columns=columns, sort=sort)
    click.echo(table.text)
    if table.left_out:
        echo(f"left out for want of width: {', '.join(table.left_out)} (--wide)", err=True)

    deleted = sum(map(_is_deleted, models))
    if deleted:
        echo(f"deleted: {deleted} of {len(models)} (-o json tells which)", err=True)


def _is_deleted(model: Any) -> bool:
    """Return whether an object of `-echo` was deleted, or an address of a link."""
    parts = (model, *getattr(model, "addr_info", ()))
    return any(getattr(part, "deleted", None) for part in parts)


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


def _format(models: list[Any], *, noun: str, format_: str, typed: bool) -> str:
    """Return models or events in a format, with a newline at the end."""
    from ipwrap.models.base import dump_all
    from ipwrap.views import table

    if format_ == "table":
        return f"{table.format_event_table(models)}\n"

    to_json = _json_writer(noun, typed=typed, is_csv=format_ == "csv")
    if format_ == "csv":
        return table.format_csv(models, to_json, noun=noun)
    return WRITERS[format_](dump_all(models, to_json))


def _json_writer(noun: str, *, typed: bool, is_csv: bool) -> Callable[[Any], dict[str, Any]]:
    """Return the function for the JSON object of a model, or of an event."""
    from ipwrap.models.base import dump

    if noun in MONITORS:
        from ipwrap.models.event import dump_event

        return partial(dump_event, typed=typed)
    # A cell of CSV has no null: a flag is true there.
    return partial(dump, typed=typed, nulls=not is_csv)


def _format_json(objects: list[dict[str, Any]]) -> str:
    """Return one list on one line."""
    from ipwrap.jsonio import reader

    return f"{reader.encode(objects)}\n"


def _format_json_lines(objects: list[dict[str, Any]]) -> str:
    """Return a line for each object."""
    from ipwrap.jsonio import reader

    return "".join(f"{reader.encode(json_object)}\n" for json_object in objects)


def _format_yaml(objects: list[dict[str, Any]]) -> str:
    """Return a list as YAML. Raises `OutputError` where PyYAML is missing."""
    from ipwrap.jsonio import yaml_text

    return yaml_text.format_yaml(objects)


WRITERS = {"json": _format_json, "jsonl": _format_json_lines, "yaml": _format_yaml}
