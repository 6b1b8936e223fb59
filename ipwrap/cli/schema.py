"""`ipwrap schema`: print the JSON Schema of iproute2's JSON output, and of a file of a lab."""

import json

import click

from ipwrap.cli.examples import examples
from ipwrap.cli.output import echo
from ipwrap.cli.parameters import complete_nouns
from ipwrap.errors import UnknownOption
from ipwrap.models.nouns import MONITORS, NOUNS, find_noun

__all__ = ["schema"]


@click.command(
    epilog=examples(
        "ipwrap schema link", "ipwrap schema bridge vlan", "ipwrap schema lab > lab.schema.json"
    )
)
@click.argument("words", nargs=-1, required=True, metavar="NOUN...", shell_complete=complete_nouns)
@click.option("--typed", is_flag=True, help="That of `ipwrap parse NOUN -o json --typed`.")
def schema(words: tuple[str, ...], typed: bool) -> None:
    """Print the JSON Schema of the output of `ip -j NOUN show`, as `ipwrap parse NOUN` reads it.

    NOUN is the object as typed on the command line, such as link, or "bridge vlan". The NOUN lab
    prints the schema of the files of `ipwrap up`, by which editors complete and check such files.
    """
    if words == ("lab",):
        from ipwrap.lab.formats import lab_schema

        echo(json.dumps(lab_schema(), indent=2))
        return

    try:
        noun = find_noun(" ".join(words))
    except UnknownOption as error:
        raise click.UsageError(str(error)) from error
    if noun in MONITORS:
        raise click.UsageError(f"{noun} prints text, and has no schema")

    if typed:
        from ipwrap.models.typed_json import typed_schema as schema_of
    else:
        from ipwrap.models.schema import schema as schema_of

    echo(json.dumps(schema_of(NOUNS[noun]), indent=2))
