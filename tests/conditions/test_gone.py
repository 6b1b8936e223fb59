"""A link or a named namespace is gone."""

import pytest

from ipwrap import InvalidArgument, Session, until
from ipwrap.conditions import Condition
from ipwrap.kinds import Veth
from tests.conditions.agreement import OTHER, POD, Lab, check_agreement, pytest_id
from tests.waiting import LIMIT

CASES: list[tuple[Condition, bool, str | None]] = [
    (until.gone(link="it's"), False, POD),
    (until.gone(link="it's"), True, None),
    (until.gone(link="it's"), True, OTHER),
    (until.gone(link="v0"), False, None),
    (until.gone(link="if1"), True, POD),
    (until.gone(netns=POD), False, None),
    (until.gone(netns=POD), False, POD),
    (until.gone(netns=POD), False, OTHER),
    (until.gone(netns=OTHER), True, None),
    (until.gone(netns=OTHER), True, POD),
    (until.gone(netns="pod"), True, None),
]


@pytest.mark.parametrize(("condition", "expected", "netns"), CASES, ids=pytest_id)
def test_look_and_script_agree(
    lab: Lab, condition: Condition, expected: bool, netns: str | None
) -> None:
    """A look and a script find the same."""
    check_agreement(lab, condition, expected, netns)


def test_the_name_of_a_deleted_peer_is_free(session: Session) -> None:
    """After the wait for a link of a deleted namespace, its name can be used again."""
    for _ in range(20):
        session.ip.netns.add("red")
        session.ip.link.add("v0", Veth(peer="v1", peer_netns="red"))
        session.ip.netns.delete("red")
        session.wait_for(until.gone(link="v0"), timeout=LIMIT)

    session.ip.link.add("v0", Veth(peer="v1"))
    session.wait_for(until.gone(netns="red"), timeout=LIMIT)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "give link= or netns="),
        ({"link": "v0", "netns": "red"}, "give link= or netns="),
        ({"link": ""}, "link: an empty word"),
        ({"netns": "a/b"}, "netns: 'a/b' is not a file's name"),
    ],
)
def test_refused_values(options: dict[str, str], message: str) -> None:
    """A value that no name can be is refused."""
    with pytest.raises(InvalidArgument, match=message):
        until.gone(**options)


def test_plain_english() -> None:
    """A condition prints itself in plain English."""
    assert "link v0 is gone" == str(until.gone(link="v0"))
    assert "namespace red is gone" == str(until.gone(netns="red"))
