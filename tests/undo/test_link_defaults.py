"""What a new link of a kind has by itself is no difference."""

from typing import Any

import pytest

from ipwrap.undo.link_defaults import as_new


def link(kind: str, **data: Any) -> dict[str, Any]:
    """Return the JSON of a link."""
    return {"ifname": "x", "linkinfo": {"info_kind": kind}, **data}


@pytest.mark.parametrize(
    ("kind", "queues", "is_usual"),
    [
        ("bridge", {"num_tx_queues": 1, "num_rx_queues": 1}, True),
        # A kernel without CONFIG_RPS.
        ("bridge", {"num_tx_queues": 1}, True),
        ("bridge", {"num_tx_queues": 2, "num_rx_queues": 1}, False),
        ("bridge", {"num_tx_queues": 2}, False),
        ("bond", {"num_tx_queues": 16, "num_rx_queues": 16}, True),
        ("bond", {"num_tx_queues": 1, "num_rx_queues": 1}, False),
        ("veth", {"num_tx_queues": 4, "num_rx_queues": 4}, True),
        ("veth", {"num_tx_queues": 4, "num_rx_queues": 2}, False),
    ],
)
def test_usual_numbers_of_queues_are_left_out(
    kind: str, queues: dict[str, int], *, is_usual: bool
) -> None:
    """One each; a veth has one for each processor, a bond 16."""
    kept = as_new({"": {"link": [link(kind, **queues)]}}, ("", "x"))

    assert is_usual == ("num_tx_queues" not in kept)
    assert link(kind) == {key: kept[key] for key in ("ifname", "linkinfo")}
