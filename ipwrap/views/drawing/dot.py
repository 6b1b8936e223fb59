"""A drawing in the language of graphviz, dot(1): namespaces are clusters, links are records.

Records, because the graphviz of Python's package has no labels of HTML.
"""

import re
from collections.abc import Iterator, Sequence

from ipwrap.views.drawing.fields import Field, Text, node_fields
from ipwrap.views.drawing.figure import Anchor, Figure, Frame, Line
from ipwrap.views.drawing.labels import Labels
from ipwrap.views.drawing.palette import (
    BACKGROUND,
    CABLE,
    DOWN,
    FRAME,
    FRAME_BORDER,
    LINK,
    LINK_BORDER,
    MASTER,
    MUTED,
    OUTSIDE,
    TEXT,
    TUNNEL,
)

__all__ = ["dot"]

# All glyphs of it have the same width, in whatever font of the kind a viewer has.
FONT = "Courier"

HEAD = f"""\
graph ipwrap {{
  graph [rankdir=LR, ordering=out, nodesep=0.18, ranksep=0.9, pad=0.2, bgcolor="{BACKGROUND}",
         style=rounded, color="{FRAME_BORDER}", fontname="{FONT}", fontsize=12,
         fontcolor="{TEXT}"];
  node [shape=record, style="rounded,filled", fillcolor="{LINK}", color="{LINK_BORDER}",
        fontname="{FONT}", fontsize=11, fontcolor="{TEXT}", height=0.2, margin="0.1,0.06"];
  edge [color="{CABLE}", penwidth=1.4, fontname="{FONT}", fontsize=10, fontcolor="{MUTED}"];
"""

# The attributes of lines by their style.
LINE_STYLES = {
    "cable": "",
    "tunnel": f'style=dashed, color="{TUNNEL}", fontcolor="{TUNNEL}"',
    "stack": "style=dotted",
    "port": "",
}
DOWN_STYLE = f'style=dashed, color="{DOWN}"'

# Characters with a meaning in the label of a record, and in any text of graphviz: entities.
RECORD_SPECIAL = re.compile(r"[{}|<> \\]")


def dot(figure: Figure) -> Iterator[str]:
    """Yield the text of a figure for `dot -Tsvg`."""
    yield HEAD

    for number, frame in enumerate(figure.frames):
        yield from _cluster(frame, figure.labels, number=number)
    for number, name in enumerate(figure.outsides):
        yield f'  o{number} [label="{_texts([Text(name)])}", fillcolor="{OUTSIDE}"];\n'
    for line in figure.lines:
        yield _edge(line, figure.outsides)

    yield "}\n"


def _cluster(frame: Frame, labels: Labels, *, number: int) -> Iterator[str]:
    """Yield the box of a namespace with its links."""
    yield (
        f'  subgraph cluster_{number} {{\n    label="{_quote(frame.title)}"; bgcolor="{FRAME}";\n'
    )
    for node in frame.nodes:
        label = "|".join(map(_field, node_fields(node, labels)))
        colour = f', fillcolor="{MASTER}"' if node.is_master else ""
        yield f'    n{node.number} [id=n{node.number}, label="{label}"{colour}];\n'
    if not frame.nodes:
        # Graphviz draws no empty cluster.
        yield f'    e{number} [shape=plain, style="", label="no links", fontcolor="{MUTED}"];\n'
    yield "  }\n"


def _field(field: Field) -> str:
    """Return a field of the label of a record; in braces, its cells are side by side."""
    if field.cells:
        return f"{{{'|'.join(map(_field, field.cells))}}}"
    port = "" if field.port is None else f"<p{field.port}> "
    return port + _texts(field.texts)


def _texts(texts: Sequence[Text]) -> str:
    r"""Return lines of a record; `\l` ends a line that begins at the left."""
    lines = [RECORD_SPECIAL.sub(lambda match: f"\\{match[0]}", line.text) for line in texts]
    return "".join(f"{_quote_entities(line)}\\l" for line in lines)


def _quote(text: str) -> str:
    """Return a text for a plain label."""
    return _quote_entities(text.replace("\\", "\\\\"))


def _quote_entities(text: str) -> str:
    """Return a text with quotes and HTML entities escaped."""
    return text.replace("&", "&amp;").replace('"', "&quot;")


def _edge(line: Line, outsides: Sequence[str]) -> str:
    """Return the statement of a line."""
    attributes = [LINE_STYLES[line.style]]
    if line.label:
        attributes.append(f'label="  {_quote(line.label)}  "')
    if line.is_down:
        attributes.append(DOWN_STYLE)

    left = _anchor(line.left, outsides)
    right = _anchor(line.right, outsides)
    return f"  {left} -- {right} [{', '.join(filter(None, attributes))}];\n"


def _anchor(anchor: Anchor, outsides: Sequence[str]) -> str:
    """Return the node and the port where a line ends."""
    if anchor.outside is not None:
        return f"o{outsides.index(anchor.outside)}"
    if anchor.port is None:
        return f"n{anchor.node}"
    return f"n{anchor.node}:p{anchor.port}"
