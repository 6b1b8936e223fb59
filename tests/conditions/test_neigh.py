"""A neighbour is resolved, or its entry has a state or a link-layer address."""

import pytest

from ipwrap import InvalidArgument, until
from ipwrap.conditions import Condition
from tests.conditions.agreement import OTHER, POD, Lab, check_agreement, pytest_id

MAC = "02:00:00:00:00:0a"

CASES: list[tuple[Condition, bool, str | None]] = [
    (until.neigh("10.0.0.2"), True, POD),
    (until.neigh("10.0.0.2", dev="it's"), True, POD),
    (until.neigh("10.0.0.2", dev="a.b"), False, POD),
    (until.neigh("10.0.0.2", dev="absent"), False, POD),
    (until.neigh("10.0.0.2"), False, None),
    (until.neigh("10.0.0.2"), False, OTHER),
    (until.neigh("10.0.0.9"), False, POD),
    (until.neigh("10.0.0.2", state="PERMANENT"), True, POD),
    (until.neigh("10.0.0.2", state="REACHABLE"), False, POD),
    (until.neigh("10.0.0.2", lladdr=MAC), True, POD),
    (until.neigh("10.0.0.2", lladdr="02:00:00:00:00:0A"), True, POD),
    (until.neigh("10.0.0.2", lladdr="2:0:0:0:0:a"), True, POD),
    (until.neigh("10.0.0.2", lladdr="02:00:00:00:00:0b"), False, POD),
    (until.neigh("10.0.0.2", dev="it's", lladdr=MAC, state="PERMANENT"), True, POD),
    (until.neigh("10.0.0.2", lladdr=MAC, state="STALE"), False, POD),
    (until.neigh("10.0.0.4"), False, POD),
    (until.neigh("10.0.0.4", state="FAILED"), True, POD),
    (until.neigh("10.0.0.4", dev="it's", state="FAILED"), True, POD),
    (until.neigh("10.0.0.4", state="FAILED", lladdr=MAC), False, POD),
    (until.neigh("2001:db8::2", state="NOARP"), True, POD),
    (until.neigh("2001:db8::2", state="NOARP", lladdr="02:00:00:00:00:0c"), True, POD),
    (until.neigh("2001:DB8:0::2"), True, POD),
    (until.neigh("10.0.0.2", dev="if1"), False, POD),
]


@pytest.mark.parametrize(("condition", "expected", "netns"), CASES, ids=pytest_id)
def test_look_and_script_agree(
    lab: Lab, condition: Condition, expected: bool, netns: str | None
) -> None:
    """A look and a script find the same."""
    check_agreement(lab, condition, expected, netns)


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (("eth0",), {}, "to: 'eth0' is not an IP address"),
        (("fe80::1%v0",), {}, "to: 'fe80::1%v0' has a zone"),
        (("10.0.0.2",), {"state": "reachable"}, "state: 'reachable' is not one of INCOMPLETE"),
        (("10.0.0.2",), {"lladdr": "02:zz"}, "lladdr: '02:zz' is not a link-layer address"),
        (("10.0.0.2",), {"dev": " "}, "dev: ' '"),
    ],
)
def test_refused_values(arguments: tuple[str, ...], options: dict[str, str], message: str) -> None:
    """A value that no neighbour can have is refused with its name."""
    with pytest.raises(InvalidArgument, match=message):
        until.neigh(*arguments, **options)


def test_plain_english() -> None:
    """A condition prints itself in plain English."""
    assert "neighbour 10.0.0.2 is resolved" == str(until.neigh("10.0.0.2"))
    condition = until.neigh("10.0.0.2", dev="v0", state="STALE", lladdr=MAC)
    assert f"neighbour 10.0.0.2 on v0 is STALE at {MAC}" == str(condition)
    assert "resolved at 10.0.0.9" in str(until.neigh("10.0.0.2", lladdr="10.0.0.9"))
