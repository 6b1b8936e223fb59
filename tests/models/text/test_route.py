"""Words of routes that releases print in several ways."""

from typing import Any

import pytest

from ipwrap import parse
from ipwrap.models.base import dump


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("rtt 300ms rto_min lock 1.5s", {"metrics": [{"rtt": 300, "rto_min": 1500.0}]}),
        ("rtt 300", {"unread": ["rtt", "300"]}),
        ("features ecn tcp_usec_ts", {"metrics": [{"ecn": None, "tcp_usec_ts": None}]}),
        ("cache <local,src-direct> users 2 age 5sec", {"cache": ["local", "src-direct"]}),
        ("cache", {"cache": []}),
        ("as to 200/300", {"to": "200/300"}),
        ("as 200", {"to": "200"}),
        ("via inet6 fe80::1", {"via": {"family": "inet6", "host": "fe80::1"}}),
        ("realms 5", {"flow": {"to": "5"}}),
        (
            "nh_info id 1 mood happy",
            {"nh_info": {"id": 1, "flags": [], "unread": ["mood", "happy"]}},
        ),
    ],
)
def test_words_are_read_as_json_has_them(text: str, values: dict[str, Any]) -> None:
    """A time without a unit is kept as words: old releases count in another unit."""
    (route,) = parse("route", f"default dev lo {text}\n")
    data = dump(route)

    assert values == {key: data.get(key, "absent") for key in values}
