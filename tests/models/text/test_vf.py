"""Virtual functions of a network card."""

from typing import Any

import pytest

from ipwrap.models.text.grammar import never, words_of
from ipwrap.models.text.vf import read_vf


@pytest.mark.parametrize(
    ("text", "function"),
    [
        (
            "vf 3 link/ infiniband 80:00 peer 80:01, NODE_GUID 0a:0b, PORT_GUID 0c:0d, trust on",
            {
                "vf": 3,
                "link_type": "infiniband",
                "address": "80:00",
                "broadcast": "80:01",
                "link_pointtopoint": True,
                "node guid": "0a:0b",
                "port guid": "0c:0d",
                "trust": True,
            },
        ),
        (
            "vf 0 MAC 02:00:00:00:00:01, tx rate 5 (Mbps), max_tx_rate 7Mbps, min_tx_rate 6Mbps",
            {
                "vf": 0,
                "address": "02:00:00:00:00:01",
                "tx_rate": 5,
                "rate": {"max_tx": 7, "min_tx": 6},
            },
        ),
    ],
    ids=["InfiniBand", "rates"],
)
def test_function_is_that_of_json(text: str, function: dict[str, Any]) -> None:
    """The comma behind a value is no part of it."""
    data: dict[str, Any] = {}

    assert () == read_vf(words_of(text), data, stop=never)
    assert {"vfinfo_list": [function]} == data


@pytest.mark.parametrize(
    ("text", "unread"),
    [("vf", ()), ("vf many", ("many",)), ("vf 1 tx what", ("tx", "what")), ("vf 1 tx", ("tx",))],
)
def test_text_of_another_form_is_unread(text: str, unread: tuple[str, ...]) -> None:
    """A function without a number is none."""
    assert unread == read_vf(words_of(text), {}, stop=never)
