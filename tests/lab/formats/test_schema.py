"""The JSON Schema accepts what is read, and refuses what an editor should mark."""

import tomllib
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from ipwrap.lab.formats import lab_schema

TEXT = Path("tests/cases/lab_files/two-hosts.toml").read_text(encoding="utf-8")
VALIDATOR = Draft202012Validator(lab_schema())


def test_schema_is_one() -> None:
    """The schema itself is valid."""
    Draft202012Validator.check_schema(lab_schema())


@pytest.mark.parametrize("name", ["two-hosts", "over-hosts"])
def test_good_file(name: str) -> None:
    """A file with every key is valid."""
    text = Path(f"tests/cases/lab_files/{name}.toml").read_text(encoding="utf-8")
    assert [] == list(VALIDATOR.iter_errors(tomllib.loads(text)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("mtu = 1400", 'mtu = "1400"'),
        ("mtu = 1400", "mtu = 12"),
        ("mtu = 1400", "mtuu = 1400"),
        ('"switch"', '"swich"'),
        ('"h1", "h2"', '"h1"'),
        ('ends = ["h1", "h2"]', ""),
        ('"sleep 200"', "200"),
        ("two-hosts", "two hosts"),
        ("hostnames = true", 'hostnames = "yes"'),
        ('"h1.example"', "true"),
    ],
)
def test_bad_file(old: str, new: str) -> None:
    """A wrong type, an unknown key, a missing one are marked."""
    data = tomllib.loads(TEXT.replace(old, new, 1))

    assert [] != list(VALIDATOR.iter_errors(data))
