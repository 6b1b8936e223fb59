"""Multicast groups, and the ports with a multicast router."""

from typing import Any

import pytest

from ipwrap import parse
from ipwrap.models.base import dump


@pytest.mark.parametrize(
    ("text", "router"),
    [
        ("router ports on br0: v1 v2 \n", {"br0": [{"port": "v1"}, {"port": "v2"}]}),
        (
            "router ports on br0: v1    0.00 permanent\nrouter ports on br0: temp  12.50 temp\n",
            {
                "br0": [
                    {"port": "v1", "timer": "   0.00", "type": "permanent"},
                    {"port": "temp", "timer": "  12.50", "type": "temp"},
                ]
            },
        ),
        ("router ports on br0: \n", {"br0": []}),
    ],
)
def test_router_ports_are_those_of_their_bridge(text: str, router: dict[str, Any]) -> None:
    """With `-s` each port has a line of its own, with a timer and a type."""
    (mdb,) = parse("bridge mdb", text)

    assert router == dump(mdb)["router"]


def test_word_that_is_unknown_is_kept() -> None:
    """All unknown words of all groups are in one list, as there is one object."""
    entry = "dev br0 port v1 grp 239.1.1.1 temp mood happy\n"
    (mdb,) = parse("bridge mdb", entry + entry)

    assert {"unread": ["mood", "happy", "mood", "happy"]} == mdb.extra
    assert ["temp", "temp"] == [group.state for group in mdb.mdb]
