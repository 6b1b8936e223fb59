"""The network of a report, before and after: drawings, or trees where svg cannot be made."""

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from ipwrap.errors import ExecutorError, OutputError
from ipwrap.views.drawing.drawing import draw
from ipwrap.views.report.markup import Markup, element
from ipwrap.views.topology.tree import format_tree

if TYPE_CHECKING:
    from ipwrap.state import State
    from ipwrap.views.topology.peers import Evidence

__all__ = ["picture"]

NAMESPACE = "{http://www.w3.org/2000/svg}"
# What graphviz and the style of a drawing need. Nothing that runs, loads or leads elsewhere.
ELEMENTS = frozenset(
    f"{NAMESPACE}{name}"
    for name in (
        *("svg", "g", "title", "desc", "style", "text", "tspan"),
        *("polygon", "polyline", "path", "ellipse", "rect", "line"),
    )
)
REFUSED_ATTRIBUTE = re.compile(r"on|style|.*href", re.IGNORECASE | re.DOTALL)
MAX_NAMESPACES = 200  # graphviz takes minutes for more


def picture(state: "State", *, first: str, evidence: "Evidence") -> Markup:
    """Return the drawing of a state, or its tree as text; a sentence for a state with no network.

    - ``first``: the label of the namespace without a name
    - ``evidence``: what is known of the ends of cables
    """
    try:
        tree = format_tree(state, first=first, evidence=evidence)
    except OutputError as error:
        return element("p", f"This state cannot be shown: {error}", class_="hint")

    if not _has_links(tree):
        return element("p", "No links but those that every namespace has.", class_="hint")

    svg = _svg(state, first=first, evidence=evidence)
    if svg is None:
        return element("pre", tree, class_="tree", tabindex=0, role="region", aria_label="Tree")

    alternative = element(
        "details", element("summary", "The same as text"), element("pre", tree, tabindex=0)
    )
    scroller = element("div", svg, class_="drawing", tabindex=0, role="group", aria_label="Drawing")
    return Markup(scroller + alternative)


def _has_links(tree: str) -> bool:
    """Return whether a tree has more to show than the name of a namespace."""
    return "\n" in tree.strip()


def _svg(state: "State", *, first: str, evidence: "Evidence") -> Markup | None:
    """Return a drawing as svg that is safe in a page; None where there is none."""
    if len(state) > MAX_NAMESPACES:
        return None
    try:
        content = str(draw(state, "svg", first=first, evidence=evidence).content)
    except (ExecutorError, OutputError):
        return None  # without graphviz
    return Markup(content) if _is_harmless(content) else None


def _is_harmless(svg: str) -> bool:
    """Return whether svg draws only: names of links come from others, and pass through graphviz."""
    try:
        root = ElementTree.fromstring(svg)
    except ElementTree.ParseError:
        return False

    return all(
        node.tag in ELEMENTS and not any(map(REFUSED_ATTRIBUTE.match, node.keys()))
        for node in root.iter()
    )
