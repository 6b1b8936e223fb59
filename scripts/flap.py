"""A cable that is pulled and put back: what a monitor sees, and when traffic flows again.

    left --- switch --- right

Run it: ipwrap run scripts/flap.py
"""

from ipwrap import Session, until
from ipwrap.kinds import Bridge
from ipwrap.models import Event, Link


def main(session: Session) -> None:
    """Build two hosts on a switch, and pull the cable of one."""
    session.note("Two hosts on a switch, which is a namespace with a bridge.")
    for name in ("left", "switch", "right"):
        session.ip.netns.add(name)
    switch, left = session.netns("switch"), session.netns("left")
    switch.ip.link.add("br0", Bridge(), up=True)
    for number, host in enumerate(("left", "right"), start=1):
        session.cable(
            f"switch:port{number}",
            f"{host}:eth0",
            addresses=((), f"192.0.2.{number}/24"),
            master=("br0", None),
        )
    left.exec("ping", "-c", "1", "-W", "2", "192.0.2.2")

    session.note("The cable of right is pulled: both ends lose their carrier.")
    with switch.ip.monitor("link") as monitor:
        session.netns("right").ip.link.set("eth0", up=False)
        switch.wait_for(until.link("port2", carrier=False))
        left.exec("ping", "-c", "1", "-W", "1", "192.0.2.2", check=False)

        session.note("It is put back. The bridge forwards again, and the ping is answered.")
        session.netns("right").ip.link.set("eth0", up=True)
        switch.wait_for(until.port_state("port2", "forwarding"))
        left.exec("ping", "-c", "1", "-W", "2", "192.0.2.2")
        events = list(monitor.events())

    carriers = ["LOWER_UP" in link.flags for link in port_links(events)]
    changes = [new for old, new in zip([True, *carriers], carriers, strict=False) if old != new]
    print("port2:", ", ".join("carrier" if is_up else "no carrier" for is_up in changes))


def port_links(events: list[Event]) -> list[Link]:
    """Return what the events tell of port2."""
    links = [event.model for event in events if isinstance(event.model, Link)]
    return [link for link in links if link.ifname == "port2"]
