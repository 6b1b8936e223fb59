"""A block of many namespaces has the outcome of its commands one by one, whatever they are."""

import random
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from ipwrap import IpwrapError, Session
from ipwrap.kinds import Bridge, Macvlan, Veth
from ipwrap.sessions.namespace import NamespaceCommands

pytestmark = pytest.mark.live

NAMES = (None, "red", "blue", "green")
LINKS = ("v0", "v1", "v2", "br0", "mv0")
STEP_COUNT = 220

Change = Callable[[Session], object]


def commands_of(session: Session, netns: str | None) -> NamespaceCommands:
    """Return the verbs of a namespace."""
    return session if netns is None else session.netns(netns)


def random_change(generator: random.Random) -> Change:
    """Return a change that may fail, depending on those before it in whatever namespace."""
    netns, other_netns = generator.choice(NAMES), generator.choice(NAMES[1:])
    link, other_link = generator.choice(LINKS), generator.choice(LINKS)
    number = generator.randrange(250)

    changes: list[Change] = [
        lambda s: commands_of(s, netns).ip.link.add(
            link, Veth(peer=other_link, peer_netns=other_netns)
        ),
        lambda s: commands_of(s, netns).ip.link.add(link, Bridge()),
        lambda s: commands_of(s, netns).ip.link.add(
            link, Macvlan(), link=other_link, netns=other_netns
        ),
        lambda s: commands_of(s, netns).ip.link.set(link, up=True),
        lambda s: commands_of(s, netns).ip.link.set(link, up=False),
        lambda s: commands_of(s, netns).ip.link.set(link, mtu=1300 + number),
        lambda s: commands_of(s, netns).ip.link.set(link, master="br0"),
        lambda s: commands_of(s, netns).ip.address.add(f"10.0.{number}.1/24", dev=link),
        lambda s: commands_of(s, netns).ip.route.add(f"10.9.{number}.0/24", dev=link),
        lambda s: commands_of(s, netns).bridge.link.set(link, cost=1 + number),
    ]
    rare_changes: list[Change] = [
        lambda s: commands_of(s, netns).ip.link.set(link, name=other_link),
        lambda s: commands_of(s, netns).ip.link.set(link, netns=other_netns),
        lambda s: commands_of(s, netns).ip.link.delete(link),
        lambda s: s.ip.netns.add(other_netns),
    ]
    return generator.choice(changes if generator.random() < 0.93 else rare_changes)


def statuses_of(session: Session) -> Iterator[tuple[str, int | None]]:
    """Yield the changes with their status."""
    for event, result in session.recording.pairs():
        if result is not None and result.command.changes:
            yield result.line, result.status
        assert result is not None, event


def links_of(session: Session) -> list[tuple[str, str, int, str | None, bool]]:
    """Return the links of all namespaces, without what the kernel chooses or does later."""
    return [
        (name, link["ifname"], link["mtu"], link.get("master"), "UP" in link["flags"])
        for name, objects in sorted(session.state().items())
        for link in objects["link"]
    ]


@pytest.mark.parametrize("seed", range(4))
def test_block_has_the_outcome_of_single_commands(seed: int) -> None:
    """Every command of a random block has the status that it has alone, and so has the end."""
    generator = random.Random(seed)
    changes = [random_change(generator) for _ in range(STEP_COUNT)]

    with Session(sandbox=True) as single_session, Session(sandbox=True) as block_session:
        for session in (single_session, block_session):
            for name in NAMES[1:]:
                session.ip.netns.add(str(name))
        for change in changes:
            with suppress(IpwrapError):
                change(single_session)
        with suppress(IpwrapError), block_session.batch():
            for change in changes:
                change(block_session)

        expected = list(statuses_of(single_session))
        assert expected == list(statuses_of(block_session))
        assert links_of(single_session) == links_of(block_session)
    assert 20 < sum(status == 0 for _, status in expected) < STEP_COUNT
