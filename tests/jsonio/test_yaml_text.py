"""JSON values are written as YAML."""

import sys

import pytest

from ipwrap.errors import OutputError
from ipwrap.jsonio.yaml_text import format_yaml


@pytest.mark.parametrize(
    "value",
    [[], {}, [{"a": None, "b": [1, 2.5, True], "c": {"d": "no"}}], "1:20", "é\u202e", "a\n b"],
)
def test_values_are_kept(value: object) -> None:
    """What is read again is equal, and the text has no characters that a terminal obeys."""
    yaml = pytest.importorskip("yaml")

    text = format_yaml(value)

    assert value == yaml.safe_load(text)
    assert text.isascii()


def test_undecodable_byte_is_escaped() -> None:
    """A lone surrogate, which stands for a byte, is written as an escape."""
    pytest.importorskip("yaml")

    assert 'alias: "\\uDCFF"\n' == format_yaml({"alias": "\udcff"})


def test_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without PyYAML the error says what to install."""
    monkeypatch.setitem(sys.modules, "yaml", None)

    with pytest.raises(OutputError, match=r"pip install 'ipwrap\[yaml\]'"):
        format_yaml([])
