"""Mistyped words get a suggestion."""

import pytest

from ipwrap.cli.suggestions import did_you_mean
from tests.cli.running import run_ipwrap

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


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("rnu",), "no such command: rnu; did you mean 'run'?"),
        (("zzz",), "no such command: zzz"),
        (("export", "--format", "md", "x"), "did you mean 'markdown'?"),
    ],
)
def test_mistyped_words_of_the_command_line(arguments: tuple[str, ...], message: str) -> None:
    """Commands and formats are suggested, with exit status 2."""
    result = run_ipwrap(*arguments)

    assert 2 == result.exit_code
    assert message in result.stderr
