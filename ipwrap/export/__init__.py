"""A recording written as something else.

Each exporter is a function of a recording, and yields pieces if asked to.
"""

from typing import Any

from ipwrap.export.asciicast import asciicast
from ipwrap.export.batchfile import batch, batch_files
from ipwrap.export.console import console
from ipwrap.export.exporter import Exporter
from ipwrap.export.markdown import markdown
from ipwrap.export.plain import plain
from ipwrap.export.shell import shell

__all__ = [
    "FORMATS",
    "Exporter",
    "asciicast",
    "batch",
    "batch_files",
    "console",
    "markdown",
    "plain",
    "shell",
]

FORMATS: dict[str, Exporter[Any]] = {
    "asciicast": asciicast,
    "batch": batch,
    "console": console,
    "markdown": markdown,
    "plain": plain,
    "sh": shell,
}
