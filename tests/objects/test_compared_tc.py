"""The comparison of traffic control objects: handles and seeds from commands."""

import pytest

from ipwrap.recording.mentioned import GENERATED
from tests.objects.counted import mentioned, only_item


@pytest.mark.parametrize(
    ("handle", "line", "expected"),
    [
        ("8001:", "", GENERATED),
        ("8001:", "tc qdisc add dev x handle 8001: root netem", "8001:"),
        ("1:", "", "1:"),
        ("ffff:", "tc qdisc add dev x handle ffff: ingress", "ffff:"),
    ],
)
def test_a_handle_is_compared_if_named(handle: str, line: str, expected: str) -> None:
    """A handle from 8000: is masked unless a command named the handle, also as a parent."""
    mentioned_words = mentioned(*filter(None, [line]))
    identity, fields = only_item(
        "tc qdisc",
        {"kind": "netem", "dev": "x", "root": True, "handle": handle},
        mentioned_words,
    )
    _, class_fields = only_item(
        "tc class",
        {"class": "htb", "dev": "x", "parent": handle},
        mentioned_words,
    )

    assert (expected, expected) == (fields["handle"], class_fields["parent"])
    assert expected in identity


@pytest.mark.parametrize(
    ("line", "is_compared"),
    [("", False), ("tc qdisc add dev x root netem loss 1% seed 7", True)],
)
def test_a_seed_is_compared_if_named(line: str, is_compared: bool) -> None:
    """The random seed of netem is compared only if a command named a seed."""
    _, fields = only_item(
        "tc qdisc",
        {"kind": "netem", "options": {"limit": 5, "seed": 7}},
        mentioned(*filter(None, [line])),
    )

    assert ({"limit": 5} | ({"seed": 7} if is_compared else {})) == fields["options"]
