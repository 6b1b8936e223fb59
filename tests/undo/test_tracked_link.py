"""Links are told from others by index, kind and MAC address."""

from typing import Any

import pytest
from attrs import evolve

from ipwrap import Command
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.undo.tracked_link import TrackedLink
from tests.undo.links import NIC, link, pairs, state, track


@pytest.mark.parametrize(
    ("candidate", "expected"),
    [
        (link("nic0", 2), True),
        (link("nic0", 3), False),
        (link("nic0", 2, kind="bridge"), False),
        (link("nic0", 2, mac="02:00:00:00:00:77"), False),
        (link("nic0", 2, mac="02:00:00:00:00:05"), True),
        (
            link(
                "nic0",
                2,
                mac="02:00:00:00:00:77",
                master="bond0",
                linkinfo={"info_kind": "veth", "info_slave_kind": "bond"},
            ),
            True,
        ),
        (link("nic0", 2, mac="02:00:00:00:00:77", master="br0"), False),
    ],
)
def test_link_is_known_by_index_kind_and_address(candidate: dict[str, Any], expected: bool) -> None:
    """An address that the session set, or that a bond gives, is no sign of another link."""
    mentioned = MentionedWords([Command(("ip", "link", "set", "x", "02:00:00:00:00:05"))])
    tracked = TrackedLink(("", "nic0"), [NIC])
    assert expected == tracked.is_same(candidate, ("", "nic0"), mentioned=mentioned)


def test_hardware_is_known_by_its_permanent_address() -> None:
    """Whatever index and address it has, in whatever namespace."""
    tracked = TrackedLink(("", "eth0"), [evolve(NIC, kind=None, permaddr="aa:00:00:00:00:01")])
    same = link("x", 9, mac="02:00:00:00:00:99", kind=None, permaddr="aa:00:00:00:00:01")
    other = link("x", 2, kind=None, permaddr="aa:00:00:00:00:02")
    words = MentionedWords()
    assert tracked.is_same(same, ("red", "x"), mentioned=words)
    assert not tracked.is_same(other, ("", "x"), mentioned=words)


def test_link_without_a_description_is_known_by_its_kind() -> None:
    """The calls of a recorded script have no description of links."""
    tracker, _ = track(state(host=[]), state(host=[]), pairs("ip link add x type bridge", None))
    tracked = tracker.located["", "x"]
    words = MentionedWords()
    assert tracked.is_same(link("x", 5, kind="bridge"), ("", "x"), mentioned=words)
    assert not tracked.is_same(link("x", 5, kind="ifb"), ("", "x"), mentioned=words)
