"""Links for round trips: prerequisites, links of a kind, ports, and the shown options."""

from typing import Any

import attrs

from ipwrap import Session
from ipwrap.kinds import Bridge, BridgeSlave, LinkKind, Veth
from tests.live.rounds import ROUNDS
from tests.live.rounds.base import Round

__all__ = ["add_base_links", "build_kind"]


def add_base_links(session: Session, round_trip: Round) -> None:
    """Add the links that a round trip requires: `base`, and the extra links."""
    for number, name in enumerate(("base", *round_trip.extra_links)):
        session.ip.link.add(name, Veth(peer=f"{name}1"), address=f"02:00:00:00:01:{number:02x}")


def build_kind(session: Session, built: LinkKind) -> LinkKind:
    """Add a link of the kind, or a port with the options, and return the shown options."""
    round_trip = ROUNDS[built.kind]
    if round_trip.master is not None:
        return build_port(session, built, round_trip.master)

    if isinstance(built, BridgeSlave):
        session.ip.link.add("br", Bridge(), up=True)
        # The carrier comes first: the kernel changes the state of a port with the carrier.
        for end in ("base1", "base"):
            session.ip.link.set(end, up=True)

        session.ip.link.set("base", master="br")
        if built.backup_port is not None:
            session.ip.link.add("port", Veth(peer="port1"), master="br", up=True)
            session.ip.link.set("port", built)
            return read_port_options(session, "port")

        session.ip.link.set("base", built)

        return read_port_options(session, "base")

    port_options = {
        name: getattr(built, name)
        for name in round_trip.with_port
        if getattr(built, name) is not None
    }
    without_port_options: dict[str, Any] = dict.fromkeys(port_options)
    session.ip.link.add(
        "new",
        attrs.evolve(built, **without_port_options),
        link="base" if round_trip.on_base else None,
    )
    if port_options:
        session.ip.link.set("base1", up=True)
        session.ip.link.set("base", master="new")
        session.ip.link.set("new", up=True)
        session.ip.link.set("new", type(built)(**port_options))

    (link,) = session.ip.link.show("new")

    assert link.kind is not None

    return link.kind


def build_port(session: Session, built: LinkKind, master: LinkKind) -> LinkKind:
    """Add a port of a link, set the options, and return the options that `show` prints."""
    session.ip.link.add("new", master)
    session.ip.link.set("base", master="new")
    if built.to_args():
        session.ip.link.set("base", built)

    return read_port_options(session, "base")


def read_port_options(session: Session, name: str) -> LinkKind:
    """Return the options of a port that `show` prints."""
    (link,) = session.ip.link.show(name)

    assert link.port is not None
    return link.port
