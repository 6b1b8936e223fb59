"""`ipwrap schema`: JSON Schema on stdout."""

import json

import pytest
from click.testing import CliRunner

from ipwrap.cli.group import cli
from ipwrap.models import NOUNS
from ipwrap.models.schema import schema


@pytest.mark.parametrize("noun", sorted(NOUNS))
def test_the_schema_of_every_noun_is_printed(noun: str) -> None:
    """As one JSON object."""
    result = CliRunner().invoke(cli, ["schema", noun])
    assert (0, schema(NOUNS[noun])) == (result.exit_code, json.loads(result.stdout))


def test_a_noun_that_is_none_is_used_wrongly() -> None:
    """The message names those that there are."""
    result = CliRunner().invoke(cli, ["schema", "lnik"])
    assert 2 == result.exit_code
    assert "'link'" in result.stderr
