"""A program ends with status 0."""

import pytest

from ipwrap import ExecutorError, InvalidArgument, Secret, until
from ipwrap.conditions import Condition
from tests.conditions.agreement import OTHER, POD, Lab, check_agreement, pytest_id

CASES: list[tuple[Condition, bool, str | None]] = [
    (until.succeeds("true"), True, POD),
    (until.succeeds("true"), True, None),
    (until.succeeds("true"), False, OTHER),
    (until.succeeds("false"), False, POD),
    (until.succeeds("sh", "-c", "echo 'it''s'; test \"$1\" = '$x'", "sh", "$x"), True, POD),
    (until.succeeds("test", "-z", ""), True, POD),
    (until.succeeds("test", "-n", ""), False, POD),
    (until.succeeds("ip", "link", "show", "dev", "it's"), True, POD),
    (until.succeeds("ip", "link", "show", "dev", "it's"), False, None),
    (until.succeeds("sh", "-c", "kill -9 $$"), False, POD),
]


@pytest.mark.parametrize(("condition", "expected", "netns"), CASES, ids=pytest_id)
def test_look_and_script_agree(
    lab: Lab, condition: Condition, expected: bool, netns: str | None
) -> None:
    """A look and a script find the same."""
    check_agreement(lab, condition, expected, netns)


def test_missing_program(lab: Lab) -> None:
    """A program that is not installed will never succeed, and is an error at once."""
    with pytest.raises(ExecutorError, match="no-such-program"):
        until.succeeds("no-such-program").look(lab, None)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "no program; give its name"),
        (("",), "program: an empty word"),
        (("a", "b\0"), "argument: .* NUL"),
        (("a", 7), "argument: 7 is a int"),
        (("wg", Secret("hidden", "KEY")), r"argument: \$KEY is a secret"),
    ],
)
def test_refused_values(arguments: tuple[str, ...], message: str) -> None:
    """A value that no program can have is refused; a secret would be recorded."""
    with pytest.raises(InvalidArgument, match=message):
        until.succeeds(*arguments)


def test_plain_english() -> None:
    """A condition prints itself in plain English."""
    condition = until.succeeds("ping", "-c1", "10.0.0.1")
    assert "ping -c1 10.0.0.1 succeeds" == str(condition)
    assert 'until.succeeds("ping", "-c1", "10.0.0.1")' == condition.source()
