"""Random traffic control and VLANs of the torture."""

import random
from typing import Any

from scripts.torture.traffic import traffic_drift, traffic_lines, vlan_lines

NOUNS: dict[str, list[dict[str, Any]]] = {
    "tc qdisc": [{"dev": "v0", "kind": "htb", "root": True}],
    "tc class": [{"dev": "v0", "handle": "1:10"}],
    "tc filter": [
        {"dev": "v0", "parent": "1:", "pref": 5},
        {"dev": "v0", "parent": "ingress", "pref": 6},
    ],
    "bridge vlan": [{"ifname": "v0"}],
}


def test_every_part_is_drawn() -> None:
    """In many draws there are classes, filters with actions, VLANs and tunnels."""
    draw = random.Random(7).randint
    names = ["br0", "v0", "v1", "vx0"]
    lines = "\n".join(
        line for _ in range(40) for line in (*traffic_lines(draw, names), *vlan_lines(draw, names))
    )

    for part in ("htb rate", "prio bands", "clsact", "u32", "flower", "matchall", "police"):
        assert part in lines, part
    for part in ("mirred", "skbedit", "pvid", " self", "tunnel_info", "global set"):
        assert part in lines, part


def test_a_share_of_the_objects_is_changed() -> None:
    """All of them, or none; the words are those of the objects and their namespace."""
    choices = random.Random(7)
    lines = [*traffic_drift(NOUNS, " -n red", choices=choices, share=1)]

    assert [] == [*traffic_drift(NOUNS, "", choices=choices, share=0)]
    assert 5 == len(lines)
    assert all(" -n red " in line and " dev v0" in line for line in lines)
