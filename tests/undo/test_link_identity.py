"""Links are followed across the renames, moves and deletions of a recording."""

import pytest

from ipwrap import Command
from tests.undo.links import link, pairs, state, track


@pytest.mark.parametrize(
    ("lines", "is_created"),
    [
        ("ip link add name x type ifb", True),
        ("ip link add name x type ifb\nip link delete dev x\nip link set dev nic0 name x", False),
        ("ip link add name y type ifb\nip link set dev y name x", True),
        (
            "ip link add name x type ifb\nip link set dev x name y\nip link set dev nic0 name x",
            False,
        ),
    ],
)
def test_created_link_is_known_by_its_present_name(lines: str, is_created: bool) -> None:
    """The name of a created link may be that of a former link later."""
    before = state(host=[link("nic0", 2)])
    tracker, _ = track(before, before, pairs(lines, *[()] * len(lines.splitlines())))

    for line in ("ip macsec offload x mac", "tc filter add dev x matchall"):
        assert is_created == tracker.targets_created_link(Command(tuple(line.split())))


@pytest.mark.parametrize(
    ("lines", "names"),
    [
        # A link of others has the name meanwhile: its deletion takes no pair with it.
        ("ip link set dev a name t\nip link add name a type ifb\nip link delete dev a", ["b", "t"]),
        # Both ends go, wherever they are.
        ("ip link set dev b name c\nip link delete dev a", []),
    ],
)
def test_deletion_takes_the_peer_of_the_link_with_it(lines: str, names: list[str]) -> None:
    """The peer is that of the link, and not of the link which had the name before."""
    peer = link("b", 3, mac="02:00:00:00:00:03", link="a")
    before = state(host=[link("a", 2, link="b"), peer])
    tracker, _ = track(before, before, pairs(lines, *[()] * len(lines.splitlines())))

    assert names == sorted(name for _, name in tracker.located)
