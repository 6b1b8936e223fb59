"""Several conditions hold at once."""

import pytest

from ipwrap import InvalidArgument, until
from ipwrap.conditions import Condition
from tests.conditions.agreement import POD, Lab, check_agreement, pytest_id

UP = until.link("it's", operstate="UP")
SERVER = until.listening(8000)

CASES: list[tuple[Condition, bool]] = [
    (until.all_of(UP), True),
    (until.all_of(UP, SERVER), True),
    (until.all_of(UP, until.gone(link="it's")), False),
    (until.all_of(until.gone(link="absent"), UP), True),
    (until.all_of(until.gone(link="absent"), until.listening(9)), False),
    (until.all_of(until.link("it's", operstate="UP", carrier=True), until.address("::1")), True),
    (until.all_of(until.succeeds("false"), UP), False),
]


@pytest.mark.parametrize(("condition", "expected"), CASES, ids=pytest_id)
def test_look_and_script_agree(lab: Lab, condition: Condition, expected: bool) -> None:
    """A look and a script find the same, also of negated tests and of groups."""
    check_agreement(lab, condition, expected, POD)


def test_the_first_that_does_not_hold_is_seen(lab: Lab) -> None:
    """What was seen last names the condition that does not hold."""
    condition = until.all_of(UP, until.listening(9), until.gone(link="it's"))
    observation = condition.look(lab, POD)

    assert "a TCP socket listens on port 9: no such socket" == observation.seen
    assert until.all_of(UP).look(lab, "nowhere").lacks_netns


def test_nested_conditions_are_one_list() -> None:
    """An all_of among the conditions counts as its conditions."""
    nested = until.all_of(until.all_of(UP, SERVER), until.all_of(UP))
    assert until.all_of(UP, SERVER, UP) == nested


def test_monitored_objects() -> None:
    """The monitor tells of every condition, or of none."""
    both = until.all_of(UP, until.address("::1"), UP)

    assert ("link", "address") == both.monitored
    assert () == until.all_of(UP, SERVER).monitored


@pytest.mark.parametrize(
    ("conditions", "message"),
    [((), "0 conditions"), (("x",), "'x' is no condition"), ((UP,) * 101, "101 conditions")],
)
def test_refused_values(conditions: tuple[Condition, ...], message: str) -> None:
    """No condition, too many of them, and anything else are refused."""
    with pytest.raises(InvalidArgument, match=message):
        until.all_of(*conditions)


def test_plain_english() -> None:
    """A condition prints itself in plain English."""
    condition = until.all_of(until.gone(link="v0"), until.listening(80))
    assert "link v0 is gone, and a TCP socket listens on port 80" == str(condition)
    assert 'until.all_of(until.gone(link="v0"), until.listening(80))' == condition.source()
