"""Commands as Python: what was typed is read back into verbs, and a recording becomes a script against this library."""

from typing import Any

from ipwrap import export
from ipwrap.export import Exporter
from ipwrap.script.python import python
from ipwrap.script.reader import Call, Exec, goes_on, means_the_same, read_command

__all__ = ["FORMATS", "Call", "Exec", "goes_on", "means_the_same", "python", "read_command"]

FORMATS: dict[str, Exporter[Any]] = dict(sorted({**export.FORMATS, "python": python}.items()))
