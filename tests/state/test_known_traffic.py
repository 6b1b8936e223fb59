"""The qdiscs of a state tell whether it may have classes and filters that nobody has read."""

import pytest

from ipwrap.state import State
from ipwrap.state.known_traffic import knows_traffic, with_known_traffic

HTB = {"dev": "d0", "kind": "htb", "handle": "1:", "root": True}
TBF = {"dev": "d0", "kind": "tbf", "handle": "1:", "root": True}


@pytest.mark.parametrize(
    ("state", "is_known"),
    [
        ({"": {"link": [], "tc qdisc": []}}, True),
        ({"": {"link": [], "tc qdisc": [TBF]}}, True),
        ({"": {"link": [], "tc qdisc": []}, "unreadable": {}}, True),
        ({"": {"link": [], "tc qdisc": [HTB], "tc class": [], "tc filter": []}}, True),
        ({"": {"link": [], "tc qdisc": [HTB]}}, False),
        ({"": {"link": [], "tc qdisc": []}, "red": {"link": [], "tc qdisc": [HTB]}}, False),
        ({"": {"link": []}}, False),
        ({}, False),
    ],
)
def test_a_state_without_classful_qdiscs_has_no_classes(state: State, *, is_known: bool) -> None:
    """The state itself stays as it is."""
    keys = {netns: [*nouns] for netns, nouns in state.items()}

    assert is_known == knows_traffic(with_known_traffic(state))
    assert keys == {netns: [*nouns] for netns, nouns in state.items()}
