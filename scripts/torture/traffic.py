"""Random traffic control and VLANs: what only a full kernel has, and other kernels refuse."""

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

__all__ = ["traffic_drift", "traffic_lines", "vlan_lines"]

# A number that somebody chooses, both ends included.
Draw = Callable[[int, int], int]
AnyValue = TypeVar("AnyValue")

VERDICTS = ("drop", "pass", "pipe")
LEAVES = ("pfifo limit 7", "netem delay 10ms", "sfq perturb 10", "fq_codel")
ROOTS = (
    *("netem delay 20ms loss 1%", "tbf rate 10mbit burst 10k latency 50ms", "sfq perturb 10"),
    *("fq_codel target 7ms", "pfifo limit 50"),
)
# What somebody does to an object, by its noun in a state.
CHANGES = {
    "bridge vlan": (
        "bridge{place} vlan add vid {number} dev {ifname}",
        "bridge{place} vlan del vid {number} dev {ifname}",
    ),
    "tc qdisc": ("tc{place} qdisc del dev {dev} root", "tc{place} qdisc del dev {dev} clsact"),
    "tc class": (
        "tc{place} class add dev {dev} parent 1:1 classid 1:{number} htb rate 3mbit",
        "tc{place} class change dev {dev} parent 1:1 classid {handle} htb rate 3mbit",
        "tc{place} class del dev {dev} classid {handle}",
    ),
    "tc filter": (
        "tc{place} filter del dev {dev} {where} pref {pref}",
        "tc{place} filter add dev {dev} {where} protocol ip pref {number} matchall action drop",
    ),
}


def traffic_drift(
    nouns: dict[str, list[dict[str, Any]]], place: str, *, choices: random.Random, share: float
) -> Iterator[str]:
    """Yield the lines of some changes of VLANs and traffic control, of a share of the objects."""
    for noun, changes in CHANGES.items():
        for data in nouns.get(noun, ()):
            if choices.random() < share:
                parent = str(data.get("parent"))
                where = parent if parent.isalpha() else f"parent {parent}"
                words = {**data, "place": place, "where": where, "number": choices.randint(2, 20)}
                yield choices.choice(changes).format_map(words)


def traffic_lines(draw: Draw, names: Sequence[str]) -> Iterator[str]:
    """Yield the lines of `tc` that give some links qdiscs, classes and filters."""
    for name in names:
        chance = draw(1, 100)
        if chance <= 25:
            yield from _htb_lines(draw, name)
        elif chance <= 35:
            yield from _prio_lines(draw, name)
        elif chance <= 50:
            yield f"qdisc add dev {name} root {_choice(draw, ROOTS)}"
        if draw(1, 100) <= 25:
            yield from _clsact_lines(draw, name, others=names)


def vlan_lines(draw: Draw, names: Sequence[str]) -> Iterator[str]:
    """Yield the lines of `bridge` that give the ports of a bridge, and itself, VLANs."""
    for name in names:
        itself = " self" if name == "br0" else ""
        if draw(1, 100) <= 20:
            yield f"vlan del vid 1 dev {name}{itself}"
        for _ in range(draw(0, 2)):
            first = draw(2, 20)
            last = f"-{first + draw(1, 3)}" if draw(1, 100) <= 30 else ""
            pvid = " pvid" if not last and draw(1, 100) <= 30 else ""
            untagged = " untagged" if draw(1, 100) <= 30 else ""
            yield f"vlan add vid {first}{last} dev {name}{pvid}{untagged}{itself}"
            if draw(1, 100) <= 20:
                yield f"vlan set vid {first} dev {name} mcast_router {draw(0, 2)}"
            if draw(1, 100) <= 20:
                yield f"vlan global set vid {first} dev br0 mcast_querier {draw(0, 1)}"
        if name == "vx0":
            yield from _tunnel_lines(draw, name)


def _tunnel_lines(draw: Draw, name: str) -> Iterator[str]:
    """Yield the lines that give the VLANs of a vxlan tunnels, where it takes some."""
    yield f"link set dev {name} vlan_tunnel on"
    for _ in range(draw(0, 2)):
        vid = draw(2, 20)
        yield f"vlan add vid {vid} dev {name}"
        yield f"vlan add vid {vid} dev {name} tunnel_info id {1000 + vid}"


def _htb_lines(draw: Draw, name: str) -> Iterator[str]:
    """Yield the lines of a tree of classes, with qdiscs below and filters."""
    yield f"qdisc add dev {name} root handle 1: htb default {draw(10, 12)}"
    yield f"class add dev {name} parent 1: classid 1:1 htb rate {draw(5, 15)}mbit ceil 30mbit"
    for minor in range(10, 10 + draw(1, 3)):
        burst = f" burst {draw(2, 40)}k" if draw(1, 100) <= 40 else ""
        prio = f" prio {draw(0, 7)}" if draw(1, 100) <= 40 else ""
        rate = f"rate {draw(100, 5000)}kbit ceil {draw(5, 20)}mbit"
        yield f"class add dev {name} parent 1:1 classid 1:{minor} htb {rate}{burst}{prio}"
        if draw(1, 100) <= 50:
            leaf = _choice(draw, LEAVES)
            yield f"qdisc add dev {name} parent 1:{minor} handle {minor}: {leaf}"

    # Each place has preferences of its own: see `_filter`.
    for _ in range(draw(0, 3)):
        place, prefs = _choice(draw, (("1:", (1, 5)), ("1:", (1, 5)), ("1:1", (6, 9))))
        yield f"filter add dev {name} parent {place} {_filter(draw, prefs)} {_flow(draw)}"


def _prio_lines(draw: Draw, name: str) -> Iterator[str]:
    """Yield the lines of a prio, whose classes come with it."""
    handle = _choice(draw, ("", " handle 5:"))
    yield f"qdisc add dev {name} root{handle} prio bands 3"
    yield f"qdisc add dev {name} parent 5:{draw(1, 3)} {_choice(draw, LEAVES)}"
    yield f"filter add dev {name} parent 5: protocol ip pref 3 u32 match u32 0 0 flowid 5:1"


def _clsact_lines(draw: Draw, name: str, *, others: Sequence[str]) -> Iterator[str]:
    """Yield the lines of filters with actions, on the way in and out."""
    yield f"qdisc add dev {name} clsact"
    for _ in range(draw(1, 3)):
        direction, prefs = _choice(draw, (("ingress", (1, 5)), ("egress", (6, 9))))
        action = _action(draw, others=others)
        yield f"filter add dev {name} {direction} {_filter(draw, prefs)} action {action}"


def _filter(draw: Draw, prefs: tuple[int, int]) -> str:
    """Return the protocol, the preference and the matches of a filter.

    `tc` lists u32 filters of one preference at every place of their qdisc: no place is known then.
    """
    pref = draw(*prefs)
    subnet = f"10.{draw(0, 9)}.0.0/16"
    kind = _choice(
        draw,
        (
            f"u32 match ip src {subnet}",
            f"u32 match ip dst {subnet} match ip dport {draw(1, 9)} 0xffff",
            f"flower dst_ip {subnet}",
            f"flower ip_proto tcp dst_port {draw(1, 9)}-{draw(10, 20)} src_ip {subnet}",
            "matchall",
        ),
    )
    return f"protocol ip pref {pref} {kind}"


def _flow(draw: Draw) -> str:
    """Return the class that a filter leads to."""
    return f"classid 1:{draw(10, 12)}"


def _action(draw: Draw, *, others: Sequence[str]) -> str:
    """Return an action."""
    other = _choice(draw, others)
    return _choice(
        draw,
        (
            _choice(draw, VERDICTS),
            f"police rate {draw(100, 9000)}kbit burst {draw(5, 50)}k conform-exceed drop/pipe",
            f"mirred egress mirror dev {other}",
            f"mirred egress redirect dev {other}",
            f"skbedit priority 1:{draw(1, 9)}",
        ),
    )


def _choice(draw: Draw, values: Sequence[AnyValue]) -> AnyValue:
    """Return one of some values."""
    return values[draw(0, len(values) - 1)]
