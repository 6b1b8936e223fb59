"""Multicast routes in the JSON of print_mroute()."""

import json
from typing import Any

import pytest

from ipwrap.models import Mroute, Oif, dump_all, parse

# The first is captured from iproute2 6.1, the others follow print_mroute().
PRINTED: list[tuple[dict[str, Any], Mroute]] = [
    (
        {
            "src": "10.0.0.3",
            "dst": "239.1.2.3",
            "iif": "v0",
            "multipath": [{"oif": "v1", "ttl": 7}],
            "state": "resolved",
            "table": "default",
        },
        Mroute(
            src="10.0.0.3",
            dst="239.1.2.3",
            iif="v0",
            multipath=(Oif(oif="v1", ttl=7),),
            state="resolved",
            table="default",
        ),
    ),
    (
        {
            "src": "unknown",
            "dst": "ff0e::1",
            "iif": "unresolved",
            "state": "unresolved",
            "offload": None,
        },
        Mroute(src="unknown", dst="ff0e::1", iif="unresolved", state="unresolved", offload=True),
    ),
    (
        {
            "src": "10.0.0.2",
            "multipath": [{"oif": "v1"}],
            "packets": 3,
            "bytes": 252,
            "wrong_if": 1,
            "expires": 0.25,
        },
        Mroute(
            src="10.0.0.2",
            multipath=(Oif(oif="v1"),),
            packets=3,
            bytes=252,
            wrong_if=1,
            expires=0.25,
        ),
    ),
    ({"src": "10.0.0.2", "new": None}, Mroute(src="10.0.0.2", extra={"new": None})),
]


@pytest.mark.parametrize(("printed", "route"), PRINTED)
def test_route_is_read_and_written(printed: dict[str, Any], route: Mroute) -> None:
    """Outgoing links and counters are converted in both directions."""
    assert [route] == parse("mroute", json.dumps([printed]))
    assert [printed] == dump_all([route])
