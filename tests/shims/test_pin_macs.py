"""MAC addresses that the kernel chose and a script named."""

from ipwrap import Command, Result
from ipwrap.recording import CommandEvent, Event, Note, ResultEvent
from ipwrap.shims.classify import classify
from ipwrap.shims.pin_macs import pin_macs

MAC = "02:00:00:00:00:07"


def of(*lines: str, status: int = 0) -> list[Event]:
    """Return the events of lines."""
    commands = [classify(tuple(line.split())) for line in lines]
    return [
        event
        for n, command in enumerate(commands, start=1)
        for event in (CommandEvent(n, command), ResultEvent(n, Result(command, status)))
    ]


def after(netns: str = "", name: str = "x") -> dict[str, dict[str, list[dict[str, object]]]]:
    """Return a state in which a link has the address."""
    return {netns: {"link": [{"ifname": name, "link_type": "ether", "address": MAC}]}}


def told(events: list[Event], state: dict[str, dict[str, list[dict[str, object]]]]) -> list[str]:
    """Return the lines of the commands, numbered, and the notes."""
    made = pin_macs(
        events, {"": {"link": [{"ifname": "old", "address": "02:00:00:00:00:01"}]}}, state
    )
    return [
        f"{event.number} {event.command.line}" if isinstance(event, CommandEvent) else "#"
        for event in made
        if isinstance(event, (CommandEvent, Note))
    ]


def test_the_link_is_given_the_address_when_it_is_made() -> None:
    """So the command that names it finds it there."""
    neigh = f"ip neigh add 10.0.0.2 lladdr {MAC.upper()} dev y"

    assert [
        "1 ip link add x type dummy",
        "#",
        f"2 ip link set dev x address {MAC}",
        f"3 {neigh}",
    ] == told(of("ip link add x type dummy", neigh), after())


def test_the_other_end_of_a_pair_in_its_namespace() -> None:
    """The address is given where the end is."""
    lines = (
        "ip link add y type veth peer name x netns red",
        f"ip neigh add 10.0.0.2 lladdr {MAC} dev y",
    )

    assert f"2 ip -n red link set dev x address {MAC}" in told(of(*lines), after("red"))


def test_an_address_that_a_command_gave_stays() -> None:
    """Nobody but the script chose it."""
    lines = (f"ip link add x address {MAC} type dummy", f"ip neigh add 10.0.0.2 lladdr {MAC} dev y")

    assert [f"{n} {line}" for n, line in enumerate(lines, start=1)] == told(of(*lines), after())


def test_what_is_not_named_or_was_not_made_stays() -> None:
    """A read names nothing; a link that was there has the address that it had; a failed command made none."""
    neigh = f"ip neigh add 10.0.0.2 lladdr {MAC} dev y"

    assert 1 == len(told(of("ip link add x type dummy"), after()))
    assert 2 == len(told(of("ip link add x type dummy", f"ip neigh show {MAC}"), after()))
    assert 1 == len(told(of(neigh), after(name="old")))
    assert 2 == len(told(of("ip link add x type dummy", neigh, status=2), after()))


def test_the_number_of_a_result_goes_with_its_command() -> None:
    """Also behind what was put in."""
    made = pin_macs(of("ip link add x type dummy", f"bridge fdb add {MAC} dev y"), {}, after())

    assert [1, 1, 2, 2, 3, 3] == [
        event.number for event in made if isinstance(event, (CommandEvent, ResultEvent))
    ]
    assert Command(("ip", "link", "set", "dev", "x", "address", MAC)) == made[3].command  # type: ignore[union-attr]
