"""The figure of a drawing, in any format: the nodes of each box, and the lines between nodes."""

from collections import Counter
from collections.abc import Iterator, Sequence

from attrs import evolve, frozen

from ipwrap.views.drawing.labels import Labels, master_kinds
from ipwrap.views.topology.folding import Box, Bundle, Plan
from ipwrap.views.topology.graph import PAIRED_KINDS, Outside

__all__ = ["Anchor", "Figure", "Frame", "Line", "Node", "plan_figure"]


# The node of an anchor, or its far end outside.
Owner = tuple[int | None, str | None]

MOST_ON_A_SIDE = 12  # leaves of a hub: a taller picture fits on no screen


@frozen
class Node:
    """A link, or a master with ports, as a node of the picture."""

    number: int
    bundle: Bundle
    ports: tuple[Bundle, ...] = ()
    is_master: bool = False


@frozen
class Frame:
    """The box of a namespace, or of like namespaces, with the nodes inside."""

    box: Box
    title: str
    nodes: tuple[Node, ...]


@frozen
class Anchor:
    """The end of a line: a node, a port of a node, or a far end outside the picture."""

    node: int | None = None
    port: int | None = None
    outside: str | None = None

    @property
    def owner(self) -> "Owner":
        """The node or the far end, whatever the port."""
        return self.node, self.outside


@frozen
class Line:
    """A line of the picture.

    ``style`` is "cable", "tunnel", "stack" (a link on top of a link) or "port" (a master that is
    itself a port). A line that passes no packet ``is_down``.
    """

    style: str
    label: str
    left: Anchor
    right: Anchor
    is_down: bool = False


@frozen
class Figure:
    """A picture: frames, far ends outside of them, and lines."""

    frames: tuple[Frame, ...]
    outsides: tuple[str, ...]
    lines: tuple[Line, ...]
    labels: Labels


def plan_figure(plan: Plan, labels: Labels) -> Figure:
    """Return the picture of a plan.

    The namespace without a name is left out if it has no links, unless it is the only namespace.
    """
    frames = tuple(_frames(plan.boxes, labels))
    anchors = dict(_anchors(frames))
    lines = _from_hubs([*_cables(plan, anchors, labels=labels), *_stacks(frames, anchors)])
    outsides = dict.fromkeys(
        anchor.outside for line in lines for anchor in (line.left, line.right) if anchor.outside
    )
    return Figure(frames, tuple(outsides), lines, labels)


def _frames(boxes: Sequence[Box], labels: Labels) -> Iterator[Frame]:
    """Yield the frames of boxes, with nodes that are numbered through."""
    number = 0
    for box in boxes:
        if box.names == ("",) and not box.bundles and len(boxes) > 1:
            continue

        masters = master_kinds(box)
        nodes = []
        for bundle in box.bundles:
            is_master = bundle.first.name in masters
            if not is_master and bundle.first.master in masters:
                continue  # a row of its master
            ports = tuple(
                port
                for port in box.bundles
                if is_master
                and port.first.master == bundle.first.name
                and port.first.name not in masters
            )
            nodes.append(Node(number, bundle, ports, is_master))
            number += 1
        yield Frame(box, labels.title(box), tuple(nodes))


def _anchors(frames: Sequence[Frame]) -> Iterator[tuple[Bundle, Anchor]]:
    """Yield where lines to each bundle end."""
    for frame in frames:
        for node in frame.nodes:
            yield node.bundle, Anchor(node.number)
            for position, port in enumerate(node.ports):
                yield port, Anchor(node.number, position)


def _cables(plan: Plan, anchors: dict[Bundle, Anchor], *, labels: Labels) -> Iterator[Line]:
    """Yield the lines of cables and tunnels."""
    for join in plan.joins:
        ends = [join.left]
        if isinstance(join.right, Outside):
            right = Anchor(outside=labels.outside(join.right))
        else:
            right = anchors[join.right]
            ends.append(join.right)

        is_down = any(end.first.conditions for end in ends)
        plain = "cable" if join.kind in PAIRED_KINDS else "stack"
        style = "tunnel" if join.label else plain
        yield Line(style, labels.cable(join), anchors[join.left], right, is_down)


def _from_hubs(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Return lines that begin at the node with more lines: the picture grows from the hubs.

    The second half of a hub's many leaves is on the hub's other side.
    """
    counts: Counter[Owner] = Counter()
    for line in lines:
        counts.update((line.left.owner, line.right.owner))

    from_hubs = []
    for line in lines:
        begins_at_leaf = counts[line.left.owner] == 1 < counts[line.right.owner]
        from_hubs.append(_turn(line) if begins_at_leaf else line)

    return tuple(_balance_leaves(from_hubs, counts))


def _balance_leaves(lines: Sequence[Line], counts: Counter[Owner]) -> Iterator[Line]:
    """Yield the lines, with the second half of each hub's many leaves turned to the left."""
    leaf_lines = [line for line in lines if counts[line.right.owner] == 1]
    leaf_counts = Counter(line.left.owner for line in leaf_lines)
    on_the_right: Counter[Owner] = Counter()

    for line in lines:
        hub = line.left.owner
        is_leaf = counts[line.right.owner] == 1
        on_the_right[hub] += is_leaf

        has_many_leaves = leaf_counts[hub] > MOST_ON_A_SIDE
        is_second_half = on_the_right[hub] > leaf_counts[hub] / 2
        yield _turn(line) if is_leaf and has_many_leaves and is_second_half else line


def _turn(line: Line) -> Line:
    """Return a line with its ends the other way round."""
    return evolve(line, left=line.right, right=line.left)


def _stacks(frames: Sequence[Frame], anchors: dict[Bundle, Anchor]) -> Iterator[Line]:
    """Yield the lines from a link to the lower link, and from a master to the master's master."""
    for frame in frames:
        bundles = {bundle.first.name: bundle for bundle in frame.box.bundles}
        nodes = {node.number: node for node in frame.nodes}

        for bundle in frame.box.bundles:
            anchor = anchors[bundle]
            lower = bundles.get(bundle.first.lower or "")
            if lower is not None:
                yield Line("stack", "", anchor, anchors[lower])

            master = bundles.get(bundle.first.master or "")
            is_node = anchor.port is None and nodes[anchor.node or 0].bundle is bundle
            if master is not None and is_node:
                yield Line("port", "", anchor, anchors[master])
