"""XDP programs in the text of a link."""

from typing import Any

import pytest

from ipwrap import parse
from ipwrap.models.base import dump
from ipwrap.models.text.xdp import is_xdp


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("xdp", True),
        ("xdpgeneric/id:5", True),
        ("xdp[9]", True),
        ("prog/xdp", True),
        ("prog/xdpdrv", True),
        ("prog/xdpfoo", False),
        ("xdpfoo", False),
        ("mtu", False),
    ],
)
def test_mode_and_program_are_known_by_their_word(word: str, expected: bool) -> None:
    """Other words that begin so are none."""
    assert expected == is_xdp(word)


@pytest.mark.parametrize(
    ("head", "line", "xdp"),
    [
        ("xdp[9]", "", {"mode": 9}),
        ("xdpoffload/id:5", "", {"mode": 3, "prog": {"id": 5}}),
        (
            "xdp/id:5",
            "prog/xdp id 5 tag 0a load_time 7 created_by_uid 0 btf_id 3",
            {
                "mode": 1,
                "prog": {"id": 5, "tag": "0a", "load_time": 7, "created_by_uid": 0, "btf_id": 3},
            },
        ),
    ],
    ids=["mode without a name", "offload", "told twice"],
)
def test_program_is_told_once(head: str, line: str, xdp: dict[str, Any]) -> None:
    """`ip -d address` has the number of a program in both lines."""
    text = f"2: eth0: <UP> mtu 1500 {head} qdisc mq\n    link/none\n    {line}\n    altname a\n"
    (link,) = parse("link", text)
    program = [{"mode": xdp["mode"], "prog": xdp["prog"]}] if "prog" in xdp else []

    assert {**xdp, "attached": program} == {"attached": [], **dump(link)["xdp"]}
    assert ("a",) == link.altnames
