"""Names of the links of a lab: those given, or the first free of a scheme.

The links of a node or a router are `eth0`, `eth1`, …, the ports of a switch `port1`, `port2`, …,
each in the namespace of its node: they fit into the 15 characters of the kernel, and none is ever
cut.
"""

import re
from collections.abc import Container
from itertools import count

from ipwrap.errors import InvalidArgument
from ipwrap.lab.topology import Role
from ipwrap.options.validation import check_link_name, check_netns_name

__all__ = ["BRIDGE", "check_host_name", "check_node_name", "check_port_name", "choose_port_name"]

BRIDGE = "br0"  # of a switch, in its namespace
RESERVED = ("lo", BRIDGE)
HOST_NAME = re.compile(r"[\w+-][\w.+-]*", re.ASCII)


def check_host_name(name: str) -> str:
    """Return the name of a host, which is part of the names of files. Raises `InvalidArgument`."""
    if not isinstance(name, str) or not HOST_NAME.fullmatch(name):
        raise InvalidArgument(
            f"lab: host: {name!r} is no name of letters, digits and any of . _ + -"
        )
    return name


def check_node_name(name: str, taken: Container[str]) -> str:
    """Return the name of a new node. Raises `InvalidArgument` for one that cannot be, or is taken.

    A colon parts a node from its link in other commands, so that no node has one.
    """
    name = check_netns_name(name, "lab: node")
    if ":" in name:
        raise InvalidArgument(f"lab: node: {name!r} holds ':', which parts a node from its link")
    if name in taken:
        raise InvalidArgument(f"lab: there is a node {name!r} already; give another name")
    return name


def check_port_name(name: str, node: str, *, taken: Container[str]) -> str:
    """Return the name of a new link of a node. Raises `InvalidArgument`."""
    name = check_link_name(name, f"lab: link of {node}")
    if name in RESERVED or name in taken:
        raise InvalidArgument(f"lab: {node} has a link {name!r} already; give another name")
    return name


def choose_port_name(role: Role, taken: Container[str]) -> str:
    """Return the first name of the scheme that no link of the node has."""
    prefix, start = ("port", 1) if role == "switch" else ("eth", 0)
    return next(name for number in count(start) if (name := f"{prefix}{number}") not in taken)
