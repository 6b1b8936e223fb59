"""Mistyped words get a suggestion."""

import pytest

from ipwrap.system.suggestions import did_you_mean

FORMATS = ("asciicast", "batch", "console", "markdown", "plain", "python", "sh")


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("md", "; did you mean 'markdown'?"),
        ("pyhton", "; did you mean 'python'?"),
        ("bash", "; did you mean 'sh'?"),
        ("xyz", ""),
        ("", ""),
    ],
)
def test_suggestion(word: str, expected: str) -> None:
    """Close words and abbreviations are suggested, and nothing else."""
    assert expected == did_you_mean(word, FORMATS)


def test_common_prefix() -> None:
    """The dashes of options do not make them alike."""
    assert "; did you mean '--host'?" == did_you_mean("hst", ["host", "record"], prefix="--")
    assert "" == did_you_mean("pods", ["host", "record"], prefix="--")
