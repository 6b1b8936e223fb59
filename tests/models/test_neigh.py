"""Neighbours in JSON, and in the text of `neigh get` before iproute2 6.2."""

import pytest

from ipwrap.models import Neigh, load
from ipwrap.models.neigh import from_text


@pytest.mark.parametrize(
    ("line", "neigh"),
    [
        (
            "10.0.0.2 dev v0 lladdr 02:00:00:00:00:01 REACHABLE",
            Neigh(dst="10.0.0.2", dev="v0", lladdr="02:00:00:00:00:01", state=("REACHABLE",)),
        ),
        (
            "fe80::1 dev v0 lladdr 02:00:00:00:00:01 router extern_learn proto static PERMANENT",
            Neigh(
                dst="fe80::1",
                dev="v0",
                lladdr="02:00:00:00:00:01",
                router=True,
                extern_learn=True,
                protocol="static",
                state=("PERMANENT",),
            ),
        ),
        ("10.0.0.3 dev v0 proxy", Neigh(dst="10.0.0.3", dev="v0", proxy=True)),
        ("10.0.0.3 dev v0  FAILED \n", Neigh(dst="10.0.0.3", dev="v0", state=("FAILED",))),
        ("10.0.0.3 dev DOWN nud", Neigh(dst="10.0.0.3", dev="DOWN")),
    ],
)
def test_line_of_text_becomes_a_neighbour(line: str, neigh: Neigh) -> None:
    """Values, flags and states of a line fill the fields of the model."""
    assert neigh == from_text(line)


def test_null_flag_is_true() -> None:
    """`"router": null` means that the flag is set."""
    assert [Neigh(dst="fe80::1", router=True)] == load(Neigh, [{"dst": "fe80::1", "router": None}])
