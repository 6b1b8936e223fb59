"""`ipwrap schema`: print the JSON Schema of iproute2's JSON output."""

import json

import click

from ipwrap.cli.output import echo
from ipwrap.models.nouns import NOUNS

__all__ = ["schema"]


@click.command()
@click.argument("noun", type=click.Choice([*NOUNS]), metavar="NOUN")
@click.option("--typed", is_flag=True, help="That of `ipwrap parse NOUN -o json --typed`.")
def schema(noun: str, typed: bool) -> None:
    """Print the JSON Schema of the output of `ip -j NOUN show`, as `ipwrap parse NOUN` reads it.

    NOUN is the object as typed on the command line, such as link, or "bridge vlan".
    """
    if typed:
        from ipwrap.models.typed_json import typed_schema as schema_of
    else:
        from ipwrap.models.schema import schema as schema_of

    echo(json.dumps(schema_of(NOUNS[noun]), indent=2))
