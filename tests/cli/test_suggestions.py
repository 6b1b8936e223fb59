"""Mistyped words of the command line get a suggestion."""

import pytest

from tests.cli.running import run_ipwrap


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
