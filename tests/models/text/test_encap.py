"""Encapsulations of routes and next hops."""

from typing import Any

import pytest

from ipwrap import parse
from ipwrap.models.base import dump


@pytest.mark.parametrize(
    ("text", "encap"),
    [
        (
            "ip6 id 9 src :: dst 2001:db8::9 hoplimit 4 tc 0 key csum",
            {"id": 9, "src": "::", "dst": "2001:db8::9", "hoplimit": 4, "tc": 0, "key": True}
            | {"csum": True},
        ),
        ("rpl segs 1 [ 2001:db8::a ]", {"segs": ["2001:db8::a"]}),
        ("seg6local action End.X nh6 2001:db8::9", {"action": "End.X", "nh6": "2001:db8::9"}),
        ("xfrm if_id 0x5 link_dev v1", {"link_dev": "v1", "unread": ["if_id", "0x5"]}),
        ("seg6 mode encap segs 1 what", {"mode": "encap", "unread": ["segs", "1", "what"]}),
        ("lantern brightness 7", {"unread": ["brightness", "7"]}),
    ],
    ids=lambda value: value.split()[0] if isinstance(value, str) else "",
)
def test_words_up_to_the_link_are_those_of_the_encapsulation(
    text: str, encap: dict[str, Any]
) -> None:
    """They have the keys of JSON since 6.3; unknown words are kept beside them."""
    (route,) = parse("route", f"2001:db8::/32  encap {text} dev v0 metric 7 \n")

    assert {"encap_type": text.split()[0], **encap} == dump(route.encap)
    assert ("2001:db8::/32", "v0", 7) == (route.dst, route.dev, route.metric)
