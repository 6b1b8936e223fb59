"""Exporters: a recording in another format, one format per file.

`FORMATS` maps the names of formats to exporters, which are imported at the first look-up. A new
exporter is a new file with a function, and a line here.
"""

from typing import TYPE_CHECKING, Any

from ipwrap.system.lazy import LazyTable

if TYPE_CHECKING:
    from ipwrap.export.exporter import Exporter

__all__ = ["FORMATS"]

FORMATS: LazyTable["Exporter[Any]"] = LazyTable(
    __name__,
    {
        "asciicast": "asciicast:asciicast",
        "batch": "batchfile:batch",
        "console": "console:console",
        "markdown": "markdown:markdown",
        "plain": "plain:plain",
        "python": "python.exporter:python",
        "sh": "shell:shell",
    },
)
