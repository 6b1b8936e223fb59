"""`ipwrap schema` prints a JSON Schema."""

import json

import pytest
from click.testing import CliRunner

from ipwrap.cli.group import cli
from ipwrap.lab.formats import lab_schema
from ipwrap.models import NOUNS
from ipwrap.models.schema import schema
from ipwrap.models.typed_json import typed_schema


@pytest.mark.parametrize("noun", sorted(NOUNS))
def test_schema_of_every_noun_is_printed(noun: str) -> None:
    """The schema is printed as a JSON object."""
    result = CliRunner().invoke(cli, ["schema", noun])
    assert 0 == result.exit_code
    assert schema(NOUNS[noun]) == json.loads(result.stdout)


def test_typed_schema_is_printed() -> None:
    """`--typed` prints the schema of typed JSON."""
    result = CliRunner().invoke(cli, ["schema", "--typed", "link"])

    assert 0 == result.exit_code
    assert typed_schema(NOUNS["link"]) == json.loads(result.stdout)


def test_unknown_noun_is_a_usage_error() -> None:
    """The error has the noun that is meant."""
    result = CliRunner().invoke(cli, ["schema", "lnik"])

    assert 2 == result.exit_code
    assert "did you mean 'link'?" in result.stderr


def test_noun_may_be_several_words() -> None:
    """The noun is typed as for `ipwrap parse`; a monitor prints no JSON."""
    results = [
        CliRunner().invoke(cli, ["schema", *words])
        for words in (("bridge", "fdb"), ("bridge fdb",), ("bridge", "f"))
    ]

    assert 1 == len({result.stdout for result in results})
    assert [0] * 3 == [result.exit_code for result in results]
    assert 2 == CliRunner().invoke(cli, ["schema", "monitor"]).exit_code


def test_schema_of_a_file_of_a_lab() -> None:
    """`ipwrap schema lab` prints the schema of a file of a lab."""
    result = CliRunner().invoke(cli, ["schema", "lab"])

    assert lab_schema() == json.loads(result.stdout)
