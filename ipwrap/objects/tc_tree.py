"""The tree of the qdiscs and classes of a link: what is below what."""

from collections.abc import Collection, Iterator
from typing import Any

from ipwrap.objects.base import Json, Nouns

__all__ = [
    "CLASSFUL",
    "OWN_PLACES",
    "Node",
    "TcTree",
    "canonical_number",
    "canonical_place",
    "major_of",
    "node_of",
]

# A link, and the number of a qdisc ("1:") or class ("1:10").
Node = tuple[str, str]

# Qdiscs whose classes only commands make; those of others come with their qdisc.
CLASSFUL = frozenset({"cbq", "drr", "hfsc", "htb", "qfq"})
# Qdiscs that are no part of the tree of the root qdisc, and hold filters only.
OWN_PLACES = frozenset({"clsact", "ingress"})
INGRESS = "ffff:"  # the number of a clsact or ingress
# The words for the places of these, and their numbers: include/uapi/linux/pkt_sched.h.
PLACES = {
    **dict.fromkeys(("clsact", INGRESS, "ffff:fff1", "ffff:fff2"), "ingress"),
    "ffff:fff3": "egress",
}


def major_of(handle: Any) -> str:
    """Return the number of the qdisc of a class: `1:` for `1:10`."""
    return str(handle).partition(":")[0] + ":"


def node_of(data: Json) -> Node:
    """Return the node of a qdisc or class."""
    return str(data.get("dev")), str(data.get("handle"))


def canonical_number(text: Any) -> str:
    """Return the number of a qdisc or class as `tc` prints it; other text unchanged."""
    major, colon, minor = str(text).partition(":")
    try:
        numbers = [f"{int(half, 16):x}" if half else "" for half in (major, minor)]
    except ValueError:
        return str(text)
    return f"{numbers[0]}:{numbers[1]}" if colon else str(text)


def canonical_place(text: Any) -> str:
    """Return where a qdisc or filter is: ``root``, ``ingress``, ``egress``, or a number."""
    number = canonical_number(text)
    return PLACES.get(number, number)


class TcTree:
    """What is below each qdisc and class of a namespace."""

    def __init__(self, nouns: Nouns) -> None:
        classes = nouns.get("tc class", ())
        self.uppers: dict[Node, Node | None] = dict.fromkeys(map(node_of, classes))
        for data in classes:
            self.uppers[node_of(data)] = self._upper_of_class(data)
        for data in nouns.get("tc qdisc", ()):
            self.uppers[node_of(data)] = self._upper_of_qdisc(data)

    def depth(self, node: Node) -> int:
        """Return how many nodes are above a node."""
        return sum(1 for _ in self._above(node))

    def path(self, node: Node) -> list[str]:
        """Return the numbers of a node and of those above it, and the place of the first qdisc."""
        if node not in self.uppers:  # a class that comes with its qdisc
            qdisc = (node[0], major_of(node[1]))
            numbers = [node[1], *(self.path(qdisc)[:-1] if qdisc in self.uppers else ())]
        else:
            numbers = [number for _, number in (node, *self._above(node))]
        return [*numbers, "ingress" if numbers[-1] == INGRESS else "root"]

    def below(self, node: Node) -> set[Node]:
        """Return a node with all that are below it."""
        return {other for other in self.uppers if other == node or node in self._above(other)}

    def is_upper(self, node: Node) -> bool:
        """Return whether other nodes are right below a node."""
        return node in self.uppers.values()

    def place_of(self, data: Json) -> Node:
        """Return the node that a filter is at."""
        parent = str(data.get("parent"))
        return str(data.get("dev")), INGRESS if parent in ("ingress", "egress") else parent

    def drop(self, nouns: Nouns, nodes: Collection[Node]) -> None:
        """Remove qdiscs and classes from the state of a namespace, with the filters at them."""
        for noun in ("tc qdisc", "tc class"):
            if noun in nouns:
                nouns[noun] = [data for data in nouns[noun] if node_of(data) not in nodes]
        if "tc filter" in nouns:
            nouns["tc filter"] = [
                data for data in nouns["tc filter"] if self.place_of(data) not in nodes
            ]

    def _above(self, node: Node) -> Iterator[Node]:
        """Yield the nodes above a node; a snapshot that goes round ends somewhere."""
        seen = {node}
        upper = self.uppers.get(node)
        while upper is not None and upper not in seen:
            yield upper
            seen.add(upper)
            upper = self.uppers.get(upper)

    def _upper_of_class(self, data: Json) -> Node | None:
        """Return the class above a class, or its qdisc."""
        parent = (str(data.get("dev")), str(data.get("parent")))
        return parent if parent in self.uppers else (parent[0], major_of(data.get("handle")))

    def _upper_of_qdisc(self, data: Json) -> Node | None:
        """Return the class above a qdisc, or the qdisc whose class comes with it."""
        if data.get("root") or data.get("kind") in OWN_PLACES or "parent" not in data:
            return None
        dev, parent = str(data.get("dev")), str(data["parent"])
        return (dev, parent) if (dev, parent) in self.uppers else (dev, major_of(parent))
