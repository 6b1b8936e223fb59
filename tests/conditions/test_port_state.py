"""A port of a bridge is in a state of the spanning tree."""

import pytest

from ipwrap import InvalidArgument, until
from ipwrap.conditions import Condition
from tests.conditions.agreement import OTHER, POD, Lab, check_agreement, pytest_id

CASES: list[tuple[Condition, bool, str | None]] = [
    (until.port_state("p0", "forwarding"), True, POD),
    (until.port_state("p0", "disabled"), False, POD),
    (until.port_state("p0", "blocking"), False, POD),
    (until.port_state("p1", "disabled"), True, POD),
    (until.port_state("p1", "forwarding"), False, POD),
    (until.port_state("it's", "forwarding"), False, POD),
    (until.port_state("absent", "forwarding"), False, POD),
    (until.port_state("p0", "forwarding"), False, None),
    (until.port_state("p0", "forwarding"), False, OTHER),
    (until.port_state("if1", "forwarding"), False, POD),
    (until.port_state("if77", "forwarding"), False, POD),
]


@pytest.mark.parametrize(("condition", "expected", "netns"), CASES, ids=pytest_id)
def test_look_and_script_agree(
    lab: Lab, condition: Condition, expected: bool, netns: str | None
) -> None:
    """A look and a script find the same."""
    check_agreement(lab, condition, expected, netns)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("p0", "FORWARDING"), "state: 'FORWARDING' is not one of disabled, listening, "),
        (("p0", 3), "state: 3 is not one of"),
        (("", "forwarding"), "dev: an empty word"),
    ],
)
def test_refused_values(arguments: tuple[str, str], message: str) -> None:
    """A value that no port can have is refused with its name."""
    with pytest.raises(InvalidArgument, match=message):
        until.port_state(*arguments)


def test_plain_english() -> None:
    """A condition prints itself in plain English."""
    condition = until.port_state("p0", "forwarding")
    assert "bridge port p0 is forwarding" == str(condition)
    assert 'until.port_state("p0", "forwarding")' == condition.source()
