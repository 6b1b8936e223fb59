"""`scripts.torture.topologies`: what a random topology may have."""

import random
import re

from scripts.torture.topologies import End, draw_topology

NETNS = r"ip(?: -n (\S+))? "
CABLE = re.compile(NETNS + r"link add name (\S+) type veth peer name (\S+)(?: netns (\S+))?")
PORT = re.compile(NETNS + r"link set dev (\S+) master br0")


def cables_of(lines: tuple[str, ...]) -> dict[End, End]:
    """Return the ends of the cables that the kernel makes, by each end."""
    peers: dict[End, End] = {}
    for match in filter(None, map(CABLE.fullmatch, lines)):
        netns, name, peer, peer_netns = match.groups()
        first, second = (netns or "", name), (peer_netns or netns or "", peer)
        if first != second and peers.keys().isdisjoint((first, second)):
            peers |= {first: second, second: first}
    return peers


def trunks_of(lines: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return the namespaces of the bridges that each trunk connects."""
    peers = cables_of(lines)
    ports = {(match[1] or "", match[2]) for match in filter(None, map(PORT.fullmatch, lines))}
    return [(end[0], peers[end][0]) for end in ports & peers.keys() if end < peers[end] in ports]


def test_no_trunks_close_a_loop_of_bridges() -> None:
    """Two trunks between the same bridges would pass on a broadcast for ever."""
    count = 0

    for seed in range(500):
        reached: dict[str, set[str]] = {}
        for first, second in trunks_of(draw_topology(random.Random(seed).randint)):
            bridges = reached.get(first, {first})
            assert second not in bridges, seed

            bridges = bridges | reached.get(second, {second})
            reached |= dict.fromkeys(bridges, bridges)
            count += 1

    assert count > 10
