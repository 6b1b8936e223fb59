"""The order of calls, as tests write it."""

import tempfile
from pathlib import Path

from ipwrap.shims.calls.order import ORDER, Moment, read_order

__all__ = ["parse_order"]


def parse_order(text: str) -> list[Moment]:
    """Return the moments of the lines of an order, which stand behind each other: `+ 1 20; - 1`."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / ORDER).write_text(text.replace("; ", "\n"))
        return read_order(Path(folder))
