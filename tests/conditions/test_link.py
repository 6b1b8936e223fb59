"""A link exists, or not, and has an operational state and a carrier."""

import pytest

from ipwrap import InvalidArgument, until
from ipwrap.conditions import Condition
from tests.conditions.agreement import OTHER, POD, Lab, check_agreement, pytest_id

CASES: list[tuple[Condition, bool, str | None]] = [
    (until.link("it's"), True, POD),
    (until.link("it's"), False, None),
    (until.link("it's"), False, OTHER),
    (until.link("v0"), True, None),
    (until.link("it's", exists=False), False, POD),
    (until.link("it's", exists=False), True, OTHER),
    (until.link("absent", exists=False), True, POD),
    (until.link("it's", operstate="UP"), True, POD),
    (until.link("it's", operstate="UP", carrier=True), True, POD),
    (until.link("it's", operstate="UP", carrier=False), False, POD),
    (until.link("it's", operstate="DOWN"), False, POD),
    (until.link("a.b", operstate="UP"), False, POD),
    (until.link("a.b", carrier=True), False, POD),
    (until.link("a.b", carrier=False), True, POD),
    (until.link("a.b", operstate="LOWERLAYERDOWN", carrier=False), True, POD),
    (until.link("absent", carrier=False), False, POD),
    (until.link("down0", operstate="DOWN"), True, POD),
    (until.link("if77"), True, POD),
    (until.link("if77", carrier=True), True, POD),
    (until.link("if77", exists=False), False, POD),
    (until.link("an-alternative-name", operstate="UP"), True, POD),
    (until.link("if1"), False, POD),
    (until.link("if1", carrier=True), False, POD),
    (until.link("if1", exists=False), True, POD),
    (until.link("lo", operstate="UNKNOWN"), True, POD),
]


@pytest.mark.parametrize(("condition", "expected", "netns"), CASES, ids=pytest_id)
def test_look_and_script_agree(
    lab: Lab, condition: Condition, expected: bool, netns: str | None
) -> None:
    """A look and a script find the same, also with odd names, an alias, and a missing namespace."""
    check_agreement(lab, condition, expected, netns)


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (("",), {}, "dev: an empty word"),
        (("a b",), {}, "white space"),
        ((7,), {}, "dev: 7 is a int; give a str"),
        (("v0",), {"operstate": "up"}, "operstate: 'up' is not one of UNKNOWN, "),
        (("v0",), {"carrier": "yes"}, "carrier: 'yes' is neither True nor False"),
        (("v0",), {"exists": None}, "exists: None is neither"),
        (("v0",), {"exists": False, "carrier": True}, "a missing link has no operstate"),
    ],
)
def test_refused_values(
    arguments: tuple[str, ...], options: dict[str, object], message: str
) -> None:
    """A value that no link can have is refused with its name."""
    with pytest.raises(InvalidArgument, match=message):
        until.link(*arguments, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (until.link("v0"), "link v0 exists"),
        (until.link("v0", exists=False), "link v0 is gone"),
        (until.link("v0", operstate="UP", carrier=True), "link v0 has operstate UP and a carrier"),
        (until.link("v0", carrier=False), "link v0 has no carrier"),
    ],
)
def test_plain_english(condition: Condition, text: str) -> None:
    """A condition prints itself in plain English."""
    assert text == str(condition)


def test_source() -> None:
    """The source names the constructor, with double quotes, and leaves out default values."""
    condition = until.link("eth0", operstate="UP")
    assert 'until.link("eth0", operstate="UP")' == condition.source()
    assert """until.link("it's")""" == until.link("it's").source()
