"""A drawing as svg: graphviz's, with colours for light and dark, a title and a description."""

import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Literal

from ipwrap.views.drawing.description import describe
from ipwrap.views.drawing.dot import dot
from ipwrap.views.drawing.fields import Field, Role, node_fields
from ipwrap.views.drawing.figure import Figure
from ipwrap.views.drawing.graphviz import lay_out
from ipwrap.views.drawing.palette import DARK, DOWN, LINK, MUTED

__all__ = ["Theme", "svg"]

Theme = Literal["auto", "light", "dark"]

PIXELS_A_POINT = 4 / 3  # CSS's, as a browser would take the points of graphviz
FONTS = (
    "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', "
    "'Courier New', monospace"
)

# The colours of texts other than the one that graphviz gives them.
COLOURS: Mapping[Role, str] = {"muted": MUTED, "down": DOWN, "hidden": LINK}

SIZE = re.compile(r'<svg width="([0-9.]+)pt" height="([0-9.]+)pt"')
# Graphviz's own names of nodes: "n0", shown as tooltips.
NAMES = re.compile(r"<!--.*?-->\n?|<title>.*?</title>\n?", re.DOTALL)
FONT_FAMILY = re.compile(r'font-family="[^"]*"')
NODE = re.compile(r'<g id="(n[0-9]+)" class="node">.*?</g>', re.DOTALL)
TEXT = re.compile(r"<text [^>]*>")
FILL = re.compile(r' fill="[^"]*"')
IDENTIFIER = re.compile(r'<g id="[^"]*"')


def svg(figure: Figure, theme: Theme = "auto") -> str:
    """Return a figure as svg, laid out by graphviz. Raises `ExecutorError` without it.

    "auto" has both colours, and the viewer's settings choose (prefers-color-scheme). Nothing is
    loaded from elsewhere.
    """
    text = lay_out("".join(dot(figure)))
    head, _, body = text[text.index("<svg") :].partition(">")

    body = _with_roles(NAMES.sub("", body), dict(_roles(figure)))
    body = FONT_FAMILY.sub(f'font-family="{FONTS}"', body)
    # Two drawings in one page would have the same identifiers.
    body = IDENTIFIER.sub("<g", body)
    if theme == "dark":
        body = _with_dark_colours(body)

    style = _style() if theme == "auto" else ""
    title, *sentences = describe(figure)
    return (
        f'{_with_pixels(head)} class="ipwrap-drawing" role="img">\n'
        f"<title>{escape(title)}</title>\n<desc>{escape(' '.join(sentences))}</desc>\n"
        f"{style}{body.lstrip()}"
    )


def _with_pixels(head: str) -> str:
    """Return the start of svg with the size in pixels, since some viewers ignore points."""
    size = SIZE.search(head)
    if size is None:
        return head

    width, height = (round(float(number) * PIXELS_A_POINT) for number in size.groups())
    return head.replace(size[0], f'<svg width="{width}" height="{height}"')


def _roles(figure: Figure) -> Iterator[tuple[str, Sequence[Role]]]:
    """Yield the identifier of each node, and the roles of its texts from the first to the last."""
    for frame in figure.frames:
        for node in frame.nodes:
            roles: list[Role] = []
            for field in node_fields(node, figure.labels):
                roles += _field_roles(field)
            yield f"n{node.number}", roles


def _field_roles(field: Field) -> Iterator[Role]:
    """Yield the roles of the texts of a field and of its cells."""
    for text in field.texts:
        yield text.role
    for cell in field.cells:
        yield from _field_roles(cell)


def _with_roles(body: str, roles: Mapping[str, Sequence[Role]]) -> str:
    """Return svg with bold names and coloured conditions: a record of graphviz has one style."""

    def style_node(match: re.Match[str]) -> str:
        remaining = iter(roles[match[1]])
        return TEXT.sub(lambda text: _style_text(text[0], next(remaining, "plain")), match[0])

    return NODE.sub(style_node, body)


def _style_text(start: str, role: Role) -> str:
    """Return the start of a text in the style of its role."""
    if role == "name":
        return start.replace("<text ", '<text font-weight="bold" ', 1)
    colour = COLOURS.get(role)
    return start if colour is None else FILL.sub(f' fill="{colour}"', start)


def _with_dark_colours(text: str) -> str:
    """Return svg with each light colour replaced by its dark counterpart."""
    light = re.compile('(?<=")(?:' + "|".join(map(re.escape, DARK)) + ')(?=")')
    return light.sub(lambda match: DARK[match[0]], text)


def _style() -> str:
    """Return the rules that replace the colours where the viewer prefers dark ones."""
    return f"<style>\n@media (prefers-color-scheme: dark) {{\n{''.join(_rules())}}}\n</style>\n"


def _rules() -> Iterator[str]:
    """Yield a rule for each colour, which applies to this drawing only, also inside a page."""
    for light, dark in DARK.items():
        for attribute in ("fill", "stroke"):
            yield f'.ipwrap-drawing [{attribute}="{light}"] {{ {attribute}: {dark} }}\n'
