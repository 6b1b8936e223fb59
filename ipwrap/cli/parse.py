"""`ipwrap parse`: the output of `ip -j` and `bridge -j` as a table, JSON or CSV."""

import sys
from pathlib import Path
from typing import Any

import click

from ipwrap.errors import OutputError
from ipwrap.jsonio import reader
from ipwrap.models import ALIASES, MONITORS, NOUNS, dump, dump_all
from ipwrap.models import parse as parse_text
from ipwrap.models.event import dump_event
from ipwrap.models.unknown_keys import unknown_keys
from ipwrap.views import table

__all__ = ["parse"]

FORMATS = ("table", "json", "jsonl", "csv")


@click.command()
@click.option(
    "--format",
    "format_",
    type=click.Choice(["table", "json", "jsonl", "csv"]),
    default="table",
    show_default=True,
)
@click.option(
    "--unknown",
    "unknown_",
    is_flag=True,
    help="Print the keys that ipwrap has no name for, and how often.",
)
@click.argument("noun", type=click.Choice([*NOUNS, *ALIASES, *MONITORS]), metavar="NOUN")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True), default="-")
def parse(noun: str, file: str, format_: str, unknown_: bool) -> None:
    """Read the JSON that `ip -j NOUN show` prints, from FILE or stdin.

    NOUN is the object as one types it: link, address, route, rule, nexthop, "nexthop bucket", neigh, maddress, mroute,
    netns, "netns list-id", "bridge link", "bridge fdb", "bridge vlan", "bridge vlan global", "bridge mdb",
    "bridge vni", "bridge mst". Keys that ipwrap has no name for are kept. What `ip monitor`, `bridge monitor` and
    `ip netns monitor` print is text: monitor, "bridge monitor", "netns monitor".
    """
    data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    text = data.decode("utf-8", "surrogateescape")
    try:
        models: list[Any] = parse_text(noun, text)
    except OutputError as error:
        raise OutputError(f"{'stdin' if file == '-' else file}: {error}") from error
    if unknown_:
        click.echo(table.text_table(("key", "objects"), sorted(unknown_keys(models).items())))
    else:
        click.echo(_written(ALIASES.get(noun, noun), models, format_), nl=False)


def _written(noun: str, models: list[Any], format_: str) -> str:
    """Return the models in a format, each with its last newline."""
    one = dump_event if noun in MONITORS else dump
    if format_ == "csv":
        return table.as_csv(models, one)
    if format_ == "table":
        return (
            table.event_table(models) if noun in MONITORS else table.noun_table(noun, models)
        ) + "\n"
    objects = dump_all(models, one)
    return (
        reader.encode(objects) + "\n"
        if format_ == "json"
        else "".join(f"{reader.encode(o)}\n" for o in objects)
    )
