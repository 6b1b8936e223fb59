"""`ipwrap schema`: print the JSON Schema of iproute2's JSON output."""

import json

import click

from ipwrap.cli.output import echo
from ipwrap.models.nouns import NOUNS

__all__ = ["schema"]


@click.command()
@click.argument("noun", type=click.Choice([*NOUNS]), metavar="NOUN")
def schema(noun: str) -> None:
    """Print the JSON Schema of the output of `ip -j NOUN show`, as `ipwrap parse NOUN` reads it.

    NOUN is the object as typed on the command line, such as link, or "bridge vlan".
    """
    from ipwrap.models.schema import schema as schema_of

    echo(json.dumps(schema_of(NOUNS[noun]), indent=2))
