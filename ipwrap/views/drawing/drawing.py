"""`Drawing`: a picture in a format, with methods to save it and to show it in a notebook."""

import os
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from attrs import field, frozen

from ipwrap.errors import IpwrapError, UnknownOption
from ipwrap.system.shortage import describe_file_error
from ipwrap.system.temporary import replaced_file
from ipwrap.views.drawing.dot import dot
from ipwrap.views.drawing.figure import Figure, plan_figure
from ipwrap.views.drawing.labels import Labels
from ipwrap.views.drawing.mermaid import mermaid
from ipwrap.views.drawing.png import paint
from ipwrap.views.drawing.svg import Theme, svg
from ipwrap.views.topology.folding import MOST_SHOWN, fold
from ipwrap.views.topology.read import read_topology
from ipwrap.views.topology.tree import HOST

if TYPE_CHECKING:
    from ipwrap.state import State
    from ipwrap.views.topology.peers import Evidence

__all__ = ["FORMATS", "THEMES", "Drawing", "draw"]

FORMATS = ("mermaid", "dot", "svg", "png")
THEMES: tuple[str, ...] = get_args(Theme)

NEW_FILE = 0o666  # less the umask


@frozen(repr=False)
class Drawing:
    """A picture of a network: ``content`` is text, of png bytes.

    ``print(drawing)`` prints the text; a notebook shows svg and png as a picture.
    """

    format: str
    content: str | bytes
    _figure: Figure = field(eq=False)

    def __str__(self) -> str:
        return self.content if isinstance(self.content, str) else repr(self)

    def __repr__(self) -> str:
        unit = "characters" if isinstance(self.content, str) else "bytes"
        return f"<Drawing: {self.format}, {len(self.content)} {unit}>"

    def __bytes__(self) -> bytes:
        return self.content if isinstance(self.content, bytes) else self.content.encode()

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the picture to a file, and return its path. Raises `IpwrapError`."""
        target = Path(path)
        try:
            with replaced_file(target, mode=NEW_FILE) as partial:
                partial.write_bytes(bytes(self))
        except OSError as error:
            raise IpwrapError(
                f"{target}: cannot be written: {describe_file_error(error)}"
            ) from error
        return target

    def _repr_svg_(self) -> str | None:
        """Return svg for a notebook; None for another format."""
        return str(self.content) if self.format == "svg" else None

    def _repr_png_(self) -> bytes | None:
        """Return png for a notebook; None for another format."""
        return self.content if isinstance(self.content, bytes) else None

    def _repr_html_(self) -> str | None:
        """Return the text of mermaid and dot for a notebook, as svg where graphviz is there."""
        if self.format not in ("mermaid", "dot"):
            return None

        try:
            return svg(self._figure)
        except IpwrapError:
            return f"<pre>{escape(str(self.content))}</pre>"


def draw(
    state: "State",
    format: str = "mermaid",  # noqa: A002 - the user's word
    *,
    first: str = HOST,
    evidence: "Evidence | None" = None,
    full: bool = False,
    theme: Theme = "auto",
) -> Drawing:
    """Return a drawing of a state: see `Session.draw`.

    - ``first``: the label of the namespace without a name
    - ``evidence``: facts about the ends of cables beyond the state
    - ``full``: draw like namespaces one by one, whatever their number
    - ``theme``: the colours of svg and png: "light", "dark", or "auto", which is both for svg

    Raises `UnknownOption` for an unknown format or theme, `OutputError` for a state with objects in
    another form than `ip`'s, and `ExecutorError` for a missing package.
    """
    _check_choice("format", format, choices=FORMATS)
    _check_choice("theme", theme, choices=THEMES)

    plan = fold(read_topology(state, evidence), most=None if full else MOST_SHOWN)
    figure = plan_figure(plan, Labels(first))
    return Drawing(format, _write(figure, format, theme=theme), figure)


def _check_choice(name: str, value: str, *, choices: tuple[str, ...]) -> None:
    """Raise `UnknownOption` for a value that is none of the choices."""
    if value not in choices:
        raise UnknownOption(f"{name}: {value!r} is not one of {', '.join(choices)}")


def _write(figure: Figure, format_: str, *, theme: Theme) -> str | bytes:
    """Return a figure in a format."""
    if format_ == "mermaid":
        return "".join(mermaid(figure))
    if format_ == "dot":
        return "".join(dot(figure))
    if format_ == "svg":
        return svg(figure, theme)
    # A png has no reader's settings: it is light, unless asked otherwise.
    return paint(svg(figure, "dark" if theme == "dark" else "light"))
