"""What counts of traffic control: handles and seeds that a person chose."""

import pytest

from ipwrap.recording.mentioned import GENERATED
from tests.state.comparison.counted import named, one


@pytest.mark.parametrize(
    ("handle", "words", "expected"),
    [
        ("8001:", "", GENERATED),
        ("8001:", "tc qdisc add dev x handle 8001: root netem", "8001:"),
        ("1:", "", "1:"),
        ("ffff:", "tc qdisc add dev x handle ffff: ingress", "ffff:"),
    ],
)
def test_a_handle_counts_if_a_person_chose_it(handle: str, words: str, expected: str) -> None:
    """The kernel counts from 8001: on; so a class or a filter below it is known by that."""
    of = named(*filter(None, [words]))
    identity, out = one(
        "tc qdisc", {"kind": "netem", "dev": "x", "root": True, "handle": handle}, of
    )
    _, below = one("tc class", {"class": "htb", "dev": "x", "parent": handle}, of)
    assert (expected, expected) == (out["handle"], below["parent"])
    assert expected in identity


@pytest.mark.parametrize(
    ("words", "counts"), [("", False), ("tc qdisc add dev x root netem loss 1% seed 7", True)]
)
def test_a_seed_counts_if_it_was_named(words: str, counts: bool) -> None:
    """Else netem draws one."""
    _, out = one(
        "tc qdisc",
        {"kind": "netem", "options": {"limit": 5, "seed": 7}},
        named(*filter(None, [words])),
    )
    assert ({"limit": 5} | ({"seed": 7} if counts else {})) == out["options"]
