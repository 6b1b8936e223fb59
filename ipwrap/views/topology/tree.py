"""A topology as a tree: namespaces, their links, their addresses, and where each cable ends."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from attrs import frozen

from ipwrap.jsonio.escape import escape_controls
from ipwrap.views.fitting import wrap_cell
from ipwrap.views.topology.folding import MOST_SHOWN, Box, Bundle, Plan, fold
from ipwrap.views.topology.graph import Device, End, Outside, Topology
from ipwrap.views.topology.ranges import format_range
from ipwrap.views.topology.read import read_topology

if TYPE_CHECKING:
    from ipwrap.state import State
    from ipwrap.views.topology.peers import Evidence

__all__ = ["HOST", "first_label", "format_tree"]

HOST = "(host namespace)"
LABELS = {"sandbox": "(sandbox)"}
NARROWEST = 24  # columns of a label, however deep it is

Branch = tuple[str, list[Any]]


def first_label(place: str | None) -> str:
    """Return the label of the namespace without a name, by the name of a place."""
    return LABELS.get(place or "", HOST)


def format_tree(
    state: "State",
    *,
    first: str = HOST,
    evidence: "Evidence | None" = None,
    full: bool = False,
    width: int | None = None,
) -> str:
    """Return the state of a place as a tree for a terminal, with the ports of a bridge below it.

    ::

        cni0 (bridge) 10.244.0.1/24
        ├─ veth1 <-> pod1:eth0
        └─ vxlan7 (vxlan id 7 remote 10.0.0.2) <-> node2:vxlan7

    - ``first``: the label of the namespace without a name
    - ``evidence``: facts about the ends of cables beyond the state
    - ``full``: show like namespaces one by one, whatever their number
    - ``width``: columns; longer lines are wrapped, and nothing is cut

    Raises `OutputError` for a state with objects in another form than `ip`'s.
    """
    plan = fold(read_topology(state, evidence), most=None if full else MOST_SHOWN)
    tree = _Tree(plan, first, width)
    return "\n".join(tree.lines())


@frozen
class _Tree:
    """Writes the boxes of a plan."""

    plan: Plan
    first: str
    width: int | None

    @property
    def topology(self) -> Topology:
        """The ends of the cables."""
        return self.plan.topology

    def lines(self) -> Iterator[str]:
        """Yield the lines of all boxes."""
        has_names = any(any(box.names) for box in self.plan.boxes)
        for box in self.plan.boxes:
            if has_names and box.names == ("",) and not box.bundles:
                continue  # as of a sandbox where everything is in named namespaces

            yield self._heading(box)
            names = {bundle.first.name for bundle in box.bundles}
            roots = [bundle for bundle in box.bundles if bundle.first.master not in names]
            branches = [self._branch(bundle, box.bundles) for bundle in roots]
            yield from self._draw(branches)

    def _heading(self, box: Box) -> str:
        """Return the name of a namespace, or the first and last of many with their number."""
        names = format_range([self._netns(name) for name in box.names])
        count = f" ({len(box.names)} namespaces)" if box.is_folded else ""
        return names + count

    def _netns(self, name: str) -> str:
        """Return the name of a namespace for a terminal."""
        return escape_controls(name) or self.first

    def _branch(self, bundle: Bundle, bundles: Sequence[Bundle]) -> Branch:
        """Return the label of a link, with the branches of its ports."""
        ports = [port for port in bundles if port.first.master == bundle.first.name]
        return self._label(bundle), [self._branch(port, bundles) for port in ports]

    def _label(self, bundle: Bundle) -> str:
        """Return a link's name, kind, far ends, addresses, VLANs, and why no packet passes."""
        first = bundle.first
        far_ends = self._far_words(bundle)
        parts = [format_range([device.name for device in bundle.devices])]
        if bundle.is_folded and len({device.end.netns for device in bundle.devices}) == 1:
            parts.append(f"({len(bundle.devices)} ports)")
        if not (first.kind == "veth" and far_ends):
            parts += _kind_words(first)

        parts += far_ends
        parts += _address_words(bundle)
        parts += [f"VLAN {vlan}" for vlan in first.vlans]
        parts += first.conditions
        return escape_controls(" ".join(parts))

    def _far_words(self, bundle: Bundle) -> Iterator[str]:
        """Yield where the cables of a bundle end."""
        if not bundle.is_folded:
            end = bundle.first.end
            for far_end in self.topology.far_ends.get(end, ()):
                if isinstance(far_end, End) and self.topology.is_on(far_end, end):
                    continue  # the upper link tells of it
                sign = "@" if self.topology.is_on(end, far_end) else "<->"
                yield f"{sign} {self._far_end(bundle.first, far_end)}"
            return

        far_ends: list[End | Outside] = []
        for device in bundle.devices:
            far_ends += self.topology.far_ends.get(device.end, ())

        outsides = [far_end.label for far_end in far_ends if isinstance(far_end, Outside)]
        for label in dict.fromkeys(outsides):
            yield f"<-> {label}"

        ends = [far_end for far_end in far_ends if isinstance(far_end, End)]
        if ends:
            namespaces = format_range([self._netns(end.netns) for end in ends])
            links = format_range([end.link for end in ends])
            yield f"<-> {namespaces}:{links}"

    def _far_end(self, device: Device, far_end: End | Outside) -> str:
        """Return the text of a far end; the device's own namespace is not repeated."""
        if isinstance(far_end, Outside):
            return far_end.label
        if far_end.netns == device.end.netns:
            return far_end.link
        return f"{self._netns(far_end.netns)}:{far_end.link}"

    def _draw(self, branches: list[Branch], indent: str = "") -> Iterator[str]:
        """Yield the lines of branches, with the lines between them."""
        last_position = len(branches) - 1

        for position, (label, children) in enumerate(branches):
            is_last = position == last_position
            connector, child_indent = ("└─ ", "   ") if is_last else ("├─ ", "│  ")
            below = "│  " if children else "   "

            first_line, *further_lines = self._wrap(label, len(indent) + len(connector))
            yield f"{indent}{connector}{first_line}"
            for line in further_lines:
                yield f"{indent}{child_indent}{below}{line}"
            yield from self._draw(children, indent + child_indent)

    def _wrap(self, label: str, used: int) -> list[str]:
        """Return a label wrapped to the remaining columns."""
        if self.width is None:
            return [label]

        # A further line has three columns of indentation more.
        return wrap_cell(label, max(self.width - used - 3, NARROWEST)).split("\n")


def _kind_words(device: Device) -> Iterator[str]:
    """Yield the kind of a link, with options and lower link."""
    words = [device.kind, *device.details]
    if device.lower is not None and device.kind:
        words += ["@", device.lower]
    if device.kind:
        yield f"({' '.join(words)})"


def _address_words(bundle: Bundle) -> Iterator[str]:
    """Yield the addresses of a link; of many, the range of each."""
    rows = [device.addresses for device in bundle.devices]
    for column in zip(*rows, strict=True):
        yield format_range(column)
