"""Links are told from others by index, kind and MAC address, as the commands have moved them."""

from typing import Any

import pytest
from attrs import evolve

from ipwrap import Command
from ipwrap.command import CreatedObject
from ipwrap.recording import CommandEvent, Pair
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.result import RecordedLink, Result
from ipwrap.undo.link_identity import LinkTracker, TrackedLink, interrupted_links
from tests.undo.hosts import parse_lines

MAC = "02:00:00:00:00:10"


def link(
    name: str, ifindex: int, *, mac: str = MAC, kind: str | None = "veth", **more: Any
) -> dict[str, Any]:
    """Return the JSON of a link."""
    info = {} if kind is None else {"linkinfo": {"info_kind": kind}}
    return {"ifname": name, "ifindex": ifindex, "address": mac, **info, **more}


def state(**links: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a state by namespaces; ``host`` is the one without a name."""
    return {("" if netns == "host" else netns): {"link": data} for netns, data in links.items()}


def pairs(lines: str, *results: tuple[RecordedLink, ...] | None) -> list[Pair]:
    """Return commands with results that have these links; the rest of the commands has none."""
    commands = [*parse_lines(lines)]
    answers: list[Result | None] = [
        Result(command, links=links) for command, links in zip(commands, results, strict=False)
    ]
    answers += [None] * (len(commands) - len(answers))
    return [
        (CommandEvent(number, command), answer)
        for number, (command, answer) in enumerate(zip(commands, answers, strict=True))
    ]


def track(
    before: dict[str, Any], now: dict[str, Any], events: list[Pair]
) -> tuple[LinkTracker, list[Command]]:
    """Return the tracker behind the events, and the commands that it lets through."""
    tracker = LinkTracker(before, now, MentionedWords(), interrupted_links(events))
    commands = [
        event.command for event, _ in tracker.follow(events) if isinstance(event, CommandEvent)
    ]
    return tracker, commands


NIC = RecordedLink(netns=None, name="nic0", ifindex=2, kind="veth", address=MAC)


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


def test_names_that_go_round_are_followed() -> None:
    """Each link is at its new name, and nobody is a stranger."""
    before = state(host=[link("a", 2), link("b", 3, mac="02:00:00:00:00:03")])
    now = state(host=[link("b", 2), link("a", 3, mac="02:00:00:00:00:03")])
    events = pairs(
        "ip link set dev a name t\nip link set dev b name a\nip link set dev t name b", *[None] * 3
    )
    tracker, _ = track(before, now, events)

    assert ("", "a") == tracker.located["", "b"].origin
    assert [] == tracker.strangers(now)
    assert {("", "a"): ("", "b"), ("", "b"): ("", "a")} == tracker.away(now)

    tracker.settle(before, {})
    assert {} == tracker.away(before)


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


def test_link_that_somebody_renamed_at_home_is_found_there() -> None:
    """A match must be the only one."""
    before = state(host=[link("nic0", 2), link("b", 3, mac="02:00:00:00:00:03")])
    renamed = state(host=[link("wan", 2), link("b", 3, mac="02:00:00:00:00:03")])
    tracker, _ = track(before, renamed, [])
    assert {("", "nic0"): ("", "wan")} == tracker.displaced(renamed)

    renamed[""]["link"].append(link("twin", 4))
    assert {} == tracker.displaced(renamed)


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
