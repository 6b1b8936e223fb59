"""Links for round trips: what has to be there, the link or port of a kind, and what is shown of it."""

from typing import Any

import attrs

from ipwrap import Session
from ipwrap.kinds import Bridge, BridgeSlave, LinkKind, Veth
from tests.live.rounds import ROUNDS
from tests.live.rounds.base import Round

__all__ = ["furnish", "make"]


def furnish(room: Session, about: Round) -> None:
    """Make the links that a kind's round trip needs: `base`, and those beside it."""
    for number, each in enumerate(("base", *about.beside)):
        room.ip.link.add(each, Veth(peer=f"{each}1"), address=f"02:00:00:00:01:{number:02x}")


def make(room: Session, built: LinkKind) -> LinkKind:
    """Make a link of the kind, or a port with the options, and return what is shown of it."""
    about = ROUNDS[built.kind]
    if about.master is not None:
        return make_port(room, built, about.master)
    if isinstance(built, BridgeSlave):
        room.ip.link.add("br", Bridge(), up=True)
        for end in (
            "base1",
            "base",
        ):  # with a carrier before it is a port: the kernel moves a port's state with it
            room.ip.link.set(end, up=True)
        room.ip.link.set("base", master="br")
        if built.backup_port is not None:
            room.ip.link.add("port", Veth(peer="port1"), master="br", up=True)
            room.ip.link.set("port", built)
            return port(room, "port")
        room.ip.link.set("base", built)
        return port(room, "base")
    later = {
        name: getattr(built, name) for name in about.with_port if getattr(built, name) is not None
    }
    unsaid: dict[str, Any] = dict.fromkeys(later)
    room.ip.link.add("new", attrs.evolve(built, **unsaid), link="base" if about.on_base else None)
    if later:
        room.ip.link.set("base1", up=True)
        room.ip.link.set("base", master="new")
        room.ip.link.set("new", up=True)
        room.ip.link.set("new", type(built)(**later))
    (link,) = room.ip.link.show("new")
    assert link.kind is not None
    return link.kind


def make_port(room: Session, built: LinkKind, master: LinkKind) -> LinkKind:
    """Make a port of a link, set its options, and return what is shown of it."""
    room.ip.link.add("new", master)
    room.ip.link.set("base", master="new")
    if built.to_args():
        room.ip.link.set("base", built)
    return port(room, "base")


def port(room: Session, name: str) -> LinkKind:
    """Return what is shown of a port."""
    (link,) = room.ip.link.show(name)
    assert link.port is not None
    return link.port
