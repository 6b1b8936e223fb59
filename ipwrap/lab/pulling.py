"""What the kernel drops of a link that is set down, read before and added again afterwards.

These are the IPv6 addresses and the routes by the link, also those that a person or a program of
the node has added: fib_sync_down_dev() in net/ipv4/fib_semantics.c, addrconf_ifdown() in
net/ipv6/addrconf.c.
"""

import contextlib
from typing import Any, get_args

from attrs import field, frozen

from ipwrap.errors import AlreadyExists
from ipwrap.ip.route import RouteType
from ipwrap.lab.making import await_link_locals, declared_routes
from ipwrap.lab.parts import Node, Port
from ipwrap.objects import object_type

__all__ = ["PortState", "read_port", "restore_port"]

Json = dict[str, Any]

VOLATILE = ("flags", "expires")  # of a route: what the kernel notes by itself


@frozen
class PortState:
    """The routes of the node of an end, and the IPv6 addresses of the end, as `ip -j -d` shows."""

    routes: tuple[Json, ...] = field(default=(), repr=False)
    addresses: tuple[Json, ...] = field(default=(), repr=False)


def read_port(port: Port) -> PortState:
    """Return what the kernel would drop with an end that is set down, and does not bring back.

    Link-local addresses, and those with a lifetime, are generated anew: by the kernel, and by
    advertisements of a router. One of these that a person has added is not told from them.
    """
    links: list[Json] = port.node.netns.run(f"ip -j -d -6 address show dev {port.name}").json()
    address_type = object_type("address")
    addresses = [
        {**address, "ifname": port.name}
        for link in links
        for address in link.get("addr_info", ())
        if not address_type.is_generated(address) and not address.get("dynamic")
    ]
    return PortState(tuple(_read_routes(port.node)), tuple(addresses))


def _read_routes(node: Node) -> list[Json]:
    """Return the routes of all tables that the kernel has not added by itself."""
    route_type = object_type("route")
    listed: list[Json] = []
    for family in ("-4", "-6"):
        listed += node.netns.run(f"ip -j -d {family} route show table all").json()
    return [route for route in listed if route and not route_type.is_derived(route)]


def restore_port(port: Port, state: PortState) -> None:
    """Add what is missing of an end that is up again: what is declared, and what a state has."""
    ip = port.ip
    for prefix in port.addresses:
        if ":" in prefix:
            ip.address.ensure(prefix, dev=port.name, nodad=True)

    session, node = port.node.session, port.node
    present = [address["local"] for address in read_port(port).addresses]
    for address in state.addresses:
        if address["local"] not in present:
            create = object_type("address").create_command
            session.run(create("address", address, netns=node.name))

    await_link_locals([port])
    _restore_declared_routes(node)
    _restore_routes(node, state)


def _restore_declared_routes(node: Node) -> None:
    """Add the missing routes of a lab in a node."""
    ip = node.netns.ip
    present = {
        (route.dst, route.gateway) for route in (*ip.route.show(), *ip.route.show(family="inet6"))
    }
    for line in declared_routes(node.lab, node):
        if _destination(line) not in present:
            # A line may name a destination that is there in other words.
            with contextlib.suppress(AlreadyExists):
                node.netns.run(f"ip route add {line}")


def _restore_routes(node: Node, state: PortState) -> None:
    """Add the missing routes of a state, those to networks of gateways first."""
    route_type = object_type("route")
    present = [_without_volatile(route) for route in _read_routes(node)]
    missing = [route for route in state.routes if _without_volatile(route) not in present]
    missing.sort(key=route_type.creation_level)

    for route in missing:
        command = route_type.create_command("route", route, netns=node.name)
        with contextlib.suppress(AlreadyExists):
            node.session.run(command)


def _without_volatile(route: Json) -> Json:
    """Return a route without what the kernel notes by itself, for a comparison."""
    kept = {key: value for key, value in route.items() if key not in VOLATILE}
    hops = kept.get("nexthops", ())
    return kept | {"nexthops": [_without_volatile(hop) for hop in hops]}


def _destination(line: str) -> tuple[str, str | None]:
    """Return the destination and the gateway of a route, as arguments of `ip route add`."""
    words = line.split()
    if words[0] in get_args(RouteType):
        del words[0]
    gateway = words[words.index("via") + 1] if "via" in words[:-1] else None
    return words[0], gateway
