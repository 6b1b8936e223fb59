"""The labs that are built and read: what is there before, and the steps that are measured."""

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
    """Nothing is there but `lo`."""
    return []


def bridge(_: int) -> list[Step]:
    """One bridge with an address."""
    return [Step("bridge", (BRIDGE,)), Step("address", ("192.0.2.1/24", BRIDGE))]


def reads(n: int) -> list[Step]:
    """Read `lo` so many times."""
    return [Step("show", ("lo",))] * n


def changes(n: int) -> list[Step]:
    """Set a bridge's MTU so many times, each time to another value."""
    return [Step("mtu", (BRIDGE, str(1400 + number % 2))) for number in range(n)]


def pods(n: int) -> list[Step]:
    """One bridge with so many pods, 7 commands each."""
    first = [Step("bridge", (BRIDGE,)), Step("address", (f"{GATEWAY}/16", BRIDGE))]
    return [*first, *(step for number in range(1, n + 1) for step in _pod(number))]


def _pod(number: int) -> Iterator[Step]:
    """Yield the steps of one pod."""
    name, cable = f"pod{number}", f"veth{number}"
    high, low = divmod(number + 1, 256)
    yield Step("netns", (name,))
    yield Step("veth", (cable, "eth0", name))
    yield Step("port", (cable, BRIDGE))
    yield Step("up", ("lo",), name)
    yield Step("address", (f"10.244.{high}.{low}/16", "eth0"), name)
    yield Step("up", ("eth0",), name)
    yield Step("route", ("default", GATEWAY), name)


def chain(n: int) -> list[Step]:
    """So many routers in a row: a default route to the right, the way back to the left."""
    names = [f"r{number}" for number in range(1, n + 1)]
    steps = [Step("netns", (name,)) for name in names]
    pairs = itertools.pairwise(names)
    steps += [Step("between", ("right", left, "left", right)) for left, right in pairs]
    return [*steps, *(step for number in range(1, n + 1) for step in _router(number, n))]


def _router(number: int, last: int) -> Iterator[Step]:
    """Yield the steps inside one router. The cable at its right is 10.200.NUMBER.0/30."""
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
    """So many routes by one gateway."""
    return [
        Step("route", (f"10.{number // 256}.{number % 256}.0/24", "192.0.2.2"))
        for number in range(n)
    ]


def all_links(n: int) -> list[Step]:
    """Read all links of each pod."""
    return [Step("links", (), f"pod{number}") for number in range(1, n + 1)]


def teardown(n: int) -> list[Step]:
    """Take the bridge away, and all pods; the kernel takes the cables away a moment later."""
    return [
        Step("unlink", (BRIDGE,)),
        *(Step("gone", (f"pod{number}",)) for number in range(1, n + 1)),
    ]
