"""Drawings as png."""

import struct
import sys
from pathlib import Path

import pytest

from ipwrap.errors import ExecutorError
from ipwrap.views.drawing import png
from ipwrap.views.drawing.png import paint

SVG = '<svg width="30" height="20" xmlns="http://www.w3.org/2000/svg"></svg>'


@pytest.fixture
def font(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a folder with a font be where fonts are looked for."""
    (tmp_path / "fonts").mkdir()
    (tmp_path / "fonts" / "a.TTF").touch()
    monkeypatch.setattr(png, "FONT_FOLDERS", (str(tmp_path),))


@pytest.mark.usefixtures("font")
def test_picture_has_twice_the_pixels() -> None:
    """The picture is a png, sharp on a screen of twice the density."""
    pytest.importorskip("resvg_py")

    picture = paint(SVG)

    assert b"\x89PNG\r\n\x1a\n" == picture[:8]
    assert (60, 40) == struct.unpack(">II", picture[16:24])


@pytest.mark.usefixtures("font")
def test_svg_that_is_none_is_an_error() -> None:
    """The error of resvg is in the message."""
    pytest.importorskip("resvg_py")

    with pytest.raises(ExecutorError, match="resvg could not paint the drawing"):
        paint("no svg")


def test_missing_package_is_an_error_with_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says what to install."""
    monkeypatch.setitem(sys.modules, "resvg_py", None)

    with pytest.raises(ExecutorError, match=r"pip install 'ipwrap\[draw\]'; or draw svg"):
        paint(SVG)


def test_system_without_fonts_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a font all texts would be missing."""
    pytest.importorskip("resvg_py")
    monkeypatch.setattr(png, "FONT_FOLDERS", (str(tmp_path), str(tmp_path / "missing")))

    with pytest.raises(ExecutorError, match="png needs a font"):
        paint(SVG)
