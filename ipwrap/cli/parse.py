"""`ipwrap parse`: the output of `ip -j` and `bridge -j` as a table, JSON or CSV."""

import sys
from pathlib import Path
from typing import Any

import click

from ipwrap import jsontext
from ipwrap.errors import OutputError
from ipwrap.models import NOUNS, dump_all, read
from ipwrap.views import table

__all__ = ["parse"]

FORMATS = ("table", "json", "jsonl", "csv")
ALIASES = {"addr": "address", "neighbour": "neigh", "neighbor": "neigh", "netns list": "netns"}


@click.command()
@click.option(
    "--format", "format_", type=click.Choice(["table", "json", "jsonl", "csv"]), default="table", show_default=True
)
@click.argument("noun", type=click.Choice([*NOUNS, *ALIASES]), metavar="NOUN")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True), default="-")
def parse(noun: str, file: str, format_: str) -> None:
    """Read the JSON that `ip -j NOUN show` prints, from FILE or stdin.

    NOUN is the object as one types it: link, address, route, neigh, netns, "netns list-id", "bridge link",
    "bridge fdb", "bridge vlan". Keys that ipwrap has no name for are kept.
    """
    noun = ALIASES.get(noun, noun)
    data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    text = data.decode("utf-8", "surrogateescape")
    try:
        models: list[Any] = read(NOUNS[noun], text)
    except OutputError as error:
        raise OutputError(f"{'stdin' if file == '-' else file}: {error}") from error
    click.echo(_written(noun, models, format_), nl=False)


def _written(noun: str, models: list[Any], format_: str) -> str:
    """Return the models in a format, each with its last newline."""
    if format_ == "csv":
        return table.as_csv(models)
    if format_ == "table":
        return table.noun_table(noun, models) + "\n"
    objects = dump_all(models)
    return jsontext.encode(objects) + "\n" if format_ == "json" else "".join(f"{jsontext.encode(o)}\n" for o in objects)
