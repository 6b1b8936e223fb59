"""The state after a crash tells what an interrupted command has done."""

from typing import Any

import pytest

from ipwrap import Command
from ipwrap.command import CreatedObject
from ipwrap.recording import CommandEvent
from ipwrap.result import RecordedLink
from tests.undo.links import MAC, link, pairs, state, track


@pytest.mark.parametrize(
    ("line", "present", "is_ours"),
    [
        ("ip link set dev nic0 netns lab", state(host=[], lab=[link("nic0", 5)]), True),
        ("ip link set dev nic0 netns lab", state(host=[link("nic0", 2)], lab=[]), False),
        (
            "ip link set dev nic0 netns lab",
            state(host=[], lab=[link("nic0", 5, mac="02:00:00:00:00:77")]),
            False,
        ),
        ("ip link set dev nic0 name x", state(host=[link("x", 2)]), True),
        ("ip link set dev nic0 name x", state(host=[link("x", 3)]), False),
        ("ip link set dev none name x", state(host=[link("x", 3)]), False),
    ],
)
def test_interrupted_move_counts_if_the_link_has_arrived(
    line: str, present: dict[str, Any], is_ours: bool
) -> None:
    """Another link with the new name is no sign of the move."""
    _, (command,) = track(state(host=[link("nic0", 2)]), present, pairs(line))
    assert is_ours == (command.renames is not None)


@pytest.mark.parametrize(("ifindex", "is_ours"), [(2, True), (5, False)])
def test_interrupted_move_of_a_link_with_another_address(ifindex: int, is_ours: bool) -> None:
    """With an address that the session set before, its index tells the link, as it keeps that."""
    lines = "ip link set dev nic0 address 02:00:00:00:00:99\nip link set dev nic0 netns lab"
    now = state(host=[], lab=[link("nic0", ifindex, mac="02:00:00:00:00:99")])

    tracker, (_, move) = track(state(host=[link("nic0", 2)]), now, pairs(lines, ()))

    assert is_ours == (move.renames is not None)
    assert ({("", "nic0"): ("lab", "nic0")} if is_ours else {}) == tracker.away(now)


def test_interrupted_move_of_a_port_counts_if_the_link_has_arrived() -> None:
    """A port of a bridge has an address of its own, by which it is known elsewhere."""
    before = state(host=[link("nic0", 2, master="br0"), link("br0", 3, kind="bridge")])
    now = state(host=[link("br0", 3, kind="bridge")], lab=[link("nic0", 2)])

    _, (command,) = track(before, now, pairs("ip link set dev nic0 netns lab"))

    assert command.renames is not None


@pytest.mark.parametrize(
    ("links", "is_ours"),
    [
        ([link("x", 4, kind="bridge")], True),
        ([link("x", 9, kind="bridge")], True),
        ([link("x", 4, kind="bridge"), link("y", 5)], True),
        ([link("y", 4), link("x", 5, kind="bridge")], False),
        ([link("x", 4, kind="ifb")], False),
    ],
)
def test_interrupted_creation_counts_if_nobody_else_made_links(
    links: list[dict[str, Any]], is_ours: bool
) -> None:
    """The next index, or the only new link of the namespace, and the kind of the command."""
    first = RecordedLink(netns=None, name="first", ifindex=3, kind="bridge")
    events = pairs("ip link add first type bridge\nip link add x type bridge", (first,))
    tracker, commands = track(state(host=[link("lo", 1)]), state(host=links), events)

    assert is_ours == bool(commands[-1].creates)
    assert is_ours == (tracker.problems == [])


@pytest.mark.parametrize(
    ("line", "candidate", "doubt"),
    [
        ("ip link add x type bridge", link("x", 4, kind="ifb"), "would be of kind bridge"),
        ("ip link add x type bridge", link("x", 2, kind="bridge"), "have made links since"),
        ("ip link add old type bridge", link("old", 4, kind="bridge"), "stood there before"),
        (f"ip link add x address {MAC} type veth", link("x", 4), None),
        (
            f"ip link add x address {MAC.upper()} type veth peer name y address 02::1",
            link("x", 4),
            None,
        ),
        (
            f"ip link add x address {MAC} type veth",
            link("x", 4, mac="02:00:00:00:00:77"),
            f"would have the address {MAC}",
        ),
        ("ip tuntap add dev x mode tap", link("x", 4, kind="tun"), None),
    ],
)
def test_interrupted_creation_of_another_link_is_doubted(
    line: str, candidate: dict[str, Any], doubt: str | None
) -> None:
    """The name was taken before, or kind, address or index are not those of the command."""
    before = state(host=[link("lo", 1), link("old", 3, kind="bridge")])
    tracker, (command,) = track(before, state(host=[link("lo", 1), candidate]), pairs(line))

    assert (doubt is None) == bool(command.creates)
    assert ([] if doubt is None else [True]) == [str(doubt) in text for text in tracker.problems]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("ip tunnel add x mode sit remote 10.0.0.1", "sit"),
        ("ip tunnel add x mode isatap remote 10.0.0.1", "sit"),
        ("ip -6 tunnel add x mode ip6gre remote 2001:db8::1", "ip6gre"),
        ("ip tunnel add x remote 10.0.0.1", None),
        ("ip tunnel add x mode magic", None),
    ],
)
def test_interrupted_tunnel_is_known_by_the_kind_of_its_mode(line: str, kind: str | None) -> None:
    """Where the mode says nothing, the link is left alone."""
    words = tuple(line.split())
    created = CreatedObject("link", "x", {"dev": "x"})
    event = CommandEvent(1, Command(words, creates=(created,)))
    now = state(host=[link("x", 4, kind=kind or "gre")])

    tracker, (command,) = track(state(host=[link("a", 3)]), now, [(event, None)])

    assert (kind is not None) == bool(command.creates)
    assert (kind is None) == any("of which kind" in text for text in tracker.problems)
