"""Kernel-assigned MAC addresses that a script mentions are pinned."""

from ipwrap import Command, Result
from ipwrap.recording import CommandEvent, Event, Note, ResultEvent
from ipwrap.shims.calls.classify import classify
from ipwrap.shims.events.pin_macs import pin_macs

MAC = "02:00:00:00:00:07"


def events_of(*lines: str, status: int = 0) -> list[Event]:
    """Return the events of command lines."""
    commands = [classify(tuple(line.split())) for line in lines]
    return [
        event
        for n, command in enumerate(commands, start=1)
        for event in (CommandEvent(n, command), ResultEvent(n, Result(command, status)))
    ]


def state_with_mac(
    netns: str = "", name: str = "x"
) -> dict[str, dict[str, list[dict[str, object]]]]:
    """Return a state in which a link has the address."""
    return {netns: {"link": [{"ifname": name, "link_type": "ether", "address": MAC}]}}


def pinned_lines(
    events: list[Event], state: dict[str, dict[str, list[dict[str, object]]]]
) -> list[str]:
    """Return the numbered command lines and the notes after pinning."""
    old_link = {"ifname": "old", "address": "02:00:00:00:00:01"}
    pinned = pin_macs(events, before={"": {"link": [old_link]}}, after=state)

    return [
        f"{event.number} {event.command.line}" if isinstance(event, CommandEvent) else "#"
        for event in pinned
        if isinstance(event, (CommandEvent, Note))
    ]


def test_address_is_set_when_the_link_is_created() -> None:
    """The address is set directly after the link's creation, before the command that needs it."""
    neigh = f"ip neigh add 10.0.0.2 lladdr {MAC.upper()} dev y"

    assert [
        "1 ip link add x type dummy",
        "#",
        f"2 ip link set dev x address {MAC}",
        f"3 {neigh}",
    ] == pinned_lines(events_of("ip link add x type dummy", neigh), state_with_mac())


def test_address_of_a_peer_is_set_in_its_namespace() -> None:
    """The address of a peer is set in the peer's namespace."""
    lines = (
        "ip link add y type veth peer name x netns red",
        f"ip neigh add 10.0.0.2 lladdr {MAC} dev y",
    )

    assert f"2 ip -n red link set dev x address {MAC}" in pinned_lines(
        events_of(*lines), state_with_mac("red")
    )


def test_address_set_by_the_script_is_not_pinned() -> None:
    """An address that the script itself sets is not pinned."""
    lines = (f"ip link add x address {MAC} type dummy", f"ip neigh add 10.0.0.2 lladdr {MAC} dev y")

    assert [f"{n} {line}" for n, line in enumerate(lines, start=1)] == pinned_lines(
        events_of(*lines), state_with_mac()
    )


def test_unmentioned_or_old_addresses_are_not_pinned() -> None:
    """Only addresses that a change mentions, of links that a command created, are pinned."""
    neigh = f"ip neigh add 10.0.0.2 lladdr {MAC} dev y"

    assert 1 == len(pinned_lines(events_of("ip link add x type dummy"), state_with_mac()))
    assert 2 == len(
        pinned_lines(
            events_of("ip link add x type dummy", f"ip neigh show {MAC}"), state_with_mac()
        )
    )
    assert 1 == len(pinned_lines(events_of(neigh), state_with_mac(name="old")))
    assert 2 == len(
        pinned_lines(events_of("ip link add x type dummy", neigh, status=2), state_with_mac())
    )


def test_results_have_the_numbers_of_their_commands() -> None:
    """A result has the number of its command after the renumbering."""
    events = events_of("ip link add x type dummy", f"bridge fdb add {MAC} dev y")

    pinned = pin_macs(events, before={}, after=state_with_mac())

    assert [1, 1, 2, 2, 3, 3] == [
        event.number for event in pinned if isinstance(event, (CommandEvent, ResultEvent))
    ]
    inserted = pinned[3]
    assert isinstance(inserted, CommandEvent)
    assert Command(("ip", "link", "set", "dev", "x", "address", MAC)) == inserted.command
