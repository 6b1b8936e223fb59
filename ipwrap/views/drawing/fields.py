"""The texts of a node, from top to bottom, each with its role in the picture."""

from collections.abc import Iterator, Sequence
from typing import Literal

from attrs import frozen

from ipwrap.views.drawing.figure import Node
from ipwrap.views.drawing.labels import Labels
from ipwrap.views.topology.folding import Bundle

__all__ = ["Field", "Role", "Text", "node_fields"]

Role = Literal["name", "plain", "muted", "down", "hidden"]

EMPTY = "."  # graphviz takes a text of blanks for none, whatever its width
CELLS_A_ROW = 5  # of the namespaces of a folded box


@frozen
class Text:
    """A line of text."""

    text: str
    role: Role = "plain"


@frozen
class Field:
    """A part of a node, between two lines: texts, or the cells of a row.

    Lines of the picture can end at a field with the number of a ``port``.
    """

    texts: tuple[Text, ...] = ()
    port: int | None = None
    cells: tuple["Field", ...] = ()


def node_fields(node: Node, labels: Labels) -> Iterator[Field]:
    """Yield the fields of a node: the link, the namespaces of a folded box, and the ports."""
    yield Field(tuple(_link_texts(node.bundle, labels)))

    if node.bundle.is_folded:
        yield from _member_rows(node.bundle, labels)
    for position, port in enumerate(node.ports):
        yield Field(tuple(_port_texts(port, labels)), position)


def _link_texts(bundle: Bundle, labels: Labels) -> Iterator[Text]:
    """Yield the name, the kind, the addresses and the VLANs of a link, and its conditions."""
    first = bundle.first
    yield Text(labels.name(bundle), "name")

    kind = labels.kind(first)
    if kind:
        yield Text(kind, "muted")
    if not bundle.is_folded:
        yield from map(Text, labels.addresses(bundle))
    yield from _further_texts(bundle, labels)


def _port_texts(bundle: Bundle, labels: Labels) -> Iterator[Text]:
    """Yield the name and the addresses of a port on one line, and the rest below."""
    yield Text(" ".join((labels.name(bundle), *labels.addresses(bundle))))

    kind = labels.kind(bundle.first)
    if kind:
        yield Text(kind, "muted")
    yield from _further_texts(bundle, labels)


def _further_texts(bundle: Bundle, labels: Labels) -> Iterator[Text]:
    """Yield the VLANs of a link, and why no packet passes."""
    vlans = ", ".join(labels.vlans(bundle.first))
    if vlans:
        yield Text(vlans, "muted")
    for condition in bundle.first.conditions:
        yield Text(condition, "down")


def _member_rows(bundle: Bundle, labels: Labels) -> Iterator[Field]:
    """Yield rows of the namespaces of a folded box, with addresses."""
    members = []
    for device in bundle.devices:
        addresses = labels.addresses(Bundle((device,)))
        members.append((labels.netns(device.end.netns), *addresses))

    # Columns are in line if all cells have the same width; empty cells fill the last row.
    width = max(len(text) for texts in members for text in texts)
    while len(members) % CELLS_A_ROW:
        members.append((EMPTY,))

    cells = [_member_cell(texts, width) for texts in members]
    for start in range(0, len(cells), CELLS_A_ROW):
        yield Field(cells=tuple(cells[start : start + CELLS_A_ROW]))


def _member_cell(texts: Sequence[str], width: int) -> Field:
    """Return the cell of a namespace: name and addresses, padded to the common width."""
    name, *addresses = (text.ljust(width) for text in texts)
    role: Role = "hidden" if texts == (EMPTY,) else "name"
    return Field((Text(name, role), *map(Text, addresses)))
