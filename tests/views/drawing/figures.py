"""Figures of states, for the writers of drawings."""

from ipwrap.views.drawing.figure import Figure, plan_figure
from ipwrap.views.drawing.labels import Labels
from ipwrap.views.topology.folding import MOST_SHOWN, fold
from ipwrap.views.topology.read import read_topology
from tests.views.topology.states import Json, link, pair_end, state_of

__all__ = ["EVERYTHING", "HOSTILE", "figure_of", "like_pods"]

State = dict[str, dict[str, list[Json]]]

# Characters with a meaning in mermaid, dot, SVG or a terminal.
HOSTILE = 'a"]; b|{c}<d>&#35;\\N\x1b[2J`e`--><script>'

# A node of each sort, and a line of each style.
EVERYTHING = state_of(
    {
        "": [
            link("eth0", index=2),
            link("eth0.10", "vlan", index=3, data={"id": 10}, link="eth0"),
            link("br0", "bridge", index=4, data={"vlan_filtering": 1}),
            link("bond0", "bond", index=5, data={"mode": "802.3ad"}, master="br0"),
            link("p0", index=6, flags=[], master="bond0"),
            pair_end("veth1", 7, peer=2, master="br0"),
            link("gre1", "gre", index=8, data={"remote": "203.0.113.9", "local": "192.0.2.1"}),
        ],
        "red": [
            pair_end("eth0", 2, peer=7),
            link("mv0", "macvlan", index=3, link_index=2, link_netnsid=0),
        ],
        "empty": [],
    },
    {
        "": {"eth0": "192.0.2.1/24", "br0": "10.0.0.1/24"},
        "red": {"eth0": "10.0.0.2/24"},
    },
    bridge_vlan={"": [{"ifname": "veth1", "vlans": [{"vlan": 10, "flags": ["Egress Untagged"]}]}]},
)


def figure_of(state: State, *, most: int | None = MOST_SHOWN) -> Figure:
    """Return the figure of a state."""
    return plan_figure(fold(read_topology(state), most=most), Labels("(host)"))


def like_pods(count: int, addresses: list[str]) -> State:
    """Return pods on a bridge, with these addresses."""
    ports = [
        pair_end(f"veth{number}", 10 + number, peer=2, number=number, master="cni0")
        for number in range(1, count + 1)
    ]
    links = {"": [link("cni0", "bridge"), *ports]}
    links |= {
        f"pod{number}": [pair_end("eth0", 2, peer=10 + number)] for number in range(1, count + 1)
    }
    by_pod = {f"pod{number}": {"eth0": text} for number, text in enumerate(addresses, start=1)}
    return state_of(links, by_pod)
