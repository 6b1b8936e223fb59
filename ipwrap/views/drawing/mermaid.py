"""A drawing in the language of mermaid, which GitHub, GitLab and many editors show in Markdown."""

import re
from collections.abc import Iterator, Sequence

from ipwrap.views.drawing.figure import Anchor, Figure, Frame, Line, Node
from ipwrap.views.drawing.labels import Labels
from ipwrap.views.topology.folding import Bundle
from ipwrap.views.topology.ranges import find_address_range

__all__ = ["mermaid"]

# Whatever mermaid, the Markdown of its labels or the HTML of its output may take for syntax.
SPECIAL = re.compile(r"[^\w .,:/@+()…–×-]")
# A label that begins so is a list in Markdown, which mermaid refuses.
LIST = re.compile(r"^(?:[0-9]+\.|[-+])(?= )")

# The line without a label, and the two halves of one with a label.
CABLE = ("---", "--", "---")
TUNNEL = ("-.-", "-.", "-.-")
PORT = ("===", "==", "===")
LINE_STYLES = {"cable": CABLE, "tunnel": TUNNEL, "stack": TUNNEL, "port": PORT}

MASTER_SHAPE = ('{{"', '"}}')
LINK_SHAPE = ('["', '"]')

CLASSES = """\
  classDef master fill:#ddf4ff,stroke:#0969da,color:#1f2328
  classDef outside fill:#fff8c5,stroke:#9a6700,color:#1f2328
"""
DOWN_STYLE = "stroke:#cf222e,stroke-dasharray:4"


def mermaid(figure: Figure) -> Iterator[str]:
    """Yield the text of a figure, for a block of Markdown or mermaid's own programs."""
    yield "flowchart LR\n"

    for number, frame in enumerate(figure.frames):
        yield from _subgraph(frame, figure.labels, number=number)
    for number, name in enumerate(figure.outsides):
        yield f'  o{number}(["{_escape(name)}"]):::outside\n'

    ports = {
        (node.number, position): port
        for frame in figure.frames
        for node in frame.nodes
        for position, port in enumerate(node.ports)
    }
    for line in figure.lines:
        yield _link(line, figure, ports=ports)

    yield CLASSES
    for number, line in enumerate(figure.lines):
        if line.is_down:
            yield f"  linkStyle {number} {DOWN_STYLE}\n"


def _subgraph(frame: Frame, labels: Labels, *, number: int) -> Iterator[str]:
    """Yield the box of a namespace with its links."""
    yield f'  subgraph ns{number}["{_escape(frame.title)}"]\n'
    for node in frame.nodes:
        yield _node(node, labels)
    if not frame.nodes:
        yield f'    e{number}["no links"]\n'
    yield "  end\n"


def _node(node: Node, labels: Labels) -> str:
    """Return the statement of a link; its unconnected ports are part of the text."""
    first = node.bundle.first
    lines = [labels.name(node.bundle), labels.kind(first)]
    if node.bundle.is_folded:
        lines += _member_lines(node.bundle, labels)
    else:
        lines += labels.addresses(node.bundle)
    lines += [*labels.vlans(first), *first.conditions]

    opening, closing = MASTER_SHAPE if node.is_master else LINK_SHAPE
    text = "<br/>".join(_escape(line) for line in lines if line)
    style = ":::master" if node.is_master else ""
    return f"    n{node.number}{opening}{text}{closing}{style}\n"


def _member_lines(bundle: Bundle, labels: Labels) -> Iterator[str]:
    """Yield the addresses of many namespaces: a range of consecutive addresses, or each address."""
    columns = list(zip(*(device.addresses for device in bundle.devices), strict=True))
    if all(map(find_address_range, columns)):
        yield from labels.addresses(bundle)
        return

    for device in bundle.devices:
        addresses = labels.addresses(Bundle((device,)))
        yield " ".join((labels.netns(device.end.netns), *addresses))


def _link(line: Line, figure: Figure, *, ports: dict[tuple[int, int], Bundle]) -> str:
    """Return the statement of a line. The label names the ports at the ends."""
    labels = figure.labels
    ends = [_port_text(anchor, ports, labels=labels) for anchor in (line.left, line.right)]
    words = [" – ".join(filter(None, ends)), line.label]
    text = "<br/>".join(_escape(word) for word in words if word)

    left = _anchor(line.left, figure.outsides)
    right = _anchor(line.right, figure.outsides)
    plain, opening, closing = LINE_STYLES[line.style]
    middle = f'{opening} "{text}" {closing}' if text else plain
    return f"  {left} {middle} {right}\n"


def _port_text(anchor: Anchor, ports: dict[tuple[int, int], Bundle], *, labels: Labels) -> str:
    """Return the name of the port where a line ends, with its addresses and VLANs."""
    if anchor.node is None or anchor.port is None:
        return ""

    port = ports[anchor.node, anchor.port]
    words = [labels.name(port), *labels.addresses(port), *labels.vlans(port.first)]
    return " ".join((*words, *port.first.conditions))


def _anchor(anchor: Anchor, outsides: Sequence[str]) -> str:
    """Return the node where a line ends: mermaid has no ports."""
    if anchor.outside is not None:
        return f"o{outsides.index(anchor.outside)}"
    return f"n{anchor.node}"


def _escape(text: str) -> str:
    """Return a text with every character that may be syntax as the entity of its number."""
    text = SPECIAL.sub(lambda match: f"#{ord(match[0])};", text)
    return LIST.sub(lambda match: f"{match[0][:-1]}#{ord(match[0][-1])};", text)
