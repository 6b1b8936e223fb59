"""A drawing as png: the svg, painted by resvg."""

from importlib import import_module
from pathlib import Path

from ipwrap.errors import ExecutorError

__all__ = ["paint"]

ZOOM = 2.0  # sharp on a screen of twice the density
DPI = 96.0
# Where fontconfig looks on Linux. resvg leaves out all text where it finds no font.
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts")
FONT_FILES = frozenset({".ttf", ".otf", ".ttc"})


def paint(svg: str) -> bytes:
    """Return svg as png. Raises `ExecutorError` without resvg, and without a font."""
    try:
        resvg = import_module("resvg_py")
    except ImportError as error:
        raise ExecutorError(
            "png is painted by resvg, which is not installed: pip install 'ipwrap[draw]'; "
            "or draw svg"
        ) from error

    if not _has_font():
        raise ExecutorError(
            "png needs a font, and this system has none: install fonts-dejavu-core, or draw svg"
        )

    try:
        return bytes(resvg.svg_to_bytes(svg_string=svg, zoom=ZOOM, dpi=DPI))
    except ValueError as error:
        raise ExecutorError(f"resvg could not paint the drawing: {error}") from error


def _has_font() -> bool:
    """Return whether a font is installed."""
    for folder in FONT_FOLDERS:
        for path in Path(folder).expanduser().rglob("*"):
            if path.suffix.lower() in FONT_FILES:
                return True
    return False
