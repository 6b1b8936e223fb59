"""The labs of the contests: setup steps and measured steps."""

import itertools
from collections.abc import Iterator

from scripts.bench.steps import Step

__all__ = [
    "BRIDGE",
    "all_links",
    "bridge",
    "chain",
    "changes",
    "nothing",
    "pods",
    "reads",
    "routes",
    "teardown",
]

BRIDGE = "br0"
GATEWAY = "10.244.0.1"


def nothing(_: int) -> list[Step]:
    """Return no steps: a sandbox has nothing but `lo`."""
    return []


def bridge(_: int) -> list[Step]:
    """Create a bridge with an address."""
    return [Step("bridge", (BRIDGE,)), Step("address", ("192.0.2.1/24", BRIDGE))]


def reads(n: int) -> list[Step]:
    """Read `lo` N times."""
    return [Step("show", ("lo",))] * n


def changes(n: int) -> list[Step]:
    """Set the MTU of a bridge N times, to alternating values."""
    # The kernel ignores an MTU that is already set: dev_set_mtu() in net/core/dev.c.
    # Two objects for all steps: the contest `memory` measures the memory of ipwrap.
    pair = [Step("mtu", (BRIDGE, "1400")), Step("mtu", (BRIDGE, "1401"))]
    return (pair * (n // 2 + 1))[:n]


def pods(n: int) -> list[Step]:
    """Create a bridge with N pods, 7 commands each."""
    steps = [Step("bridge", (BRIDGE,)), Step("address", (f"{GATEWAY}/16", BRIDGE))]
    for number in range(1, n + 1):
        steps += _pod(number)

    return steps


def _pod(number: int) -> Iterator[Step]:
    """Yield the steps of a pod."""
    name = f"pod{number}"
    cable = f"veth{number}"
    high, low = divmod(number + 1, 256)

    yield Step("netns", (name,))
    yield Step("veth", (cable, "eth0", name))
    yield Step("port", (cable, BRIDGE))
    yield Step("up", ("lo",), name)
    yield Step("address", (f"10.244.{high}.{low}/16", "eth0"), name)
    yield Step("up", ("eth0",), name)
    yield Step("route", ("default", GATEWAY), name)


def chain(n: int) -> list[Step]:
    """Create a chain of N routers: a default route to the right, and a route back to the left."""
    names = [f"r{number}" for number in range(1, n + 1)]
    steps = [Step("netns", (name,)) for name in names]

    pairs = itertools.pairwise(names)
    steps += [Step("between", ("right", left, "left", right)) for left, right in pairs]

    for number in range(1, n + 1):
        steps += _router(number, n)

    return steps


def _router(number: int, last: int) -> Iterator[Step]:
    """Yield the steps inside a router. The cable to the right is 10.200.NUMBER.0/30."""
    name = f"r{number}"
    yield Step("up", ("lo",), name)

    if number > 1:
        yield Step("address", (f"10.200.{number - 1}.2/30", "left"), name)
        yield Step("up", ("left",), name)

    if number < last:
        yield Step("address", (f"10.200.{number}.1/30", "right"), name)
        yield Step("up", ("right",), name)
        yield Step("route", ("default", f"10.200.{number}.2"), name)

    if number > 1:
        yield Step("route", ("10.200.0.0/16", f"10.200.{number - 1}.1"), name)


def routes(n: int) -> list[Step]:
    """Add N routes by a gateway."""
    steps = []
    for number in range(n):
        high, low = divmod(number, 256)
        steps.append(Step("route", (f"10.{high}.{low}.0/24", "192.0.2.2")))

    return steps


def all_links(n: int) -> list[Step]:
    """Read all links of N pods."""
    return [Step("links", (), f"pod{number}") for number in range(1, n + 1)]


def teardown(n: int) -> list[Step]:
    """Delete the bridge and N pods. The kernel deletes the cables a moment later."""
    delete_bridge = Step("delete-link", (BRIDGE,))
    delete_pods = [Step("delete-netns", (f"pod{number}",)) for number in range(1, n + 1)]

    return [delete_bridge, *delete_pods]
