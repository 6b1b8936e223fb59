"""Commands as Python: what was typed is read back into verbs, and a recording becomes a script against this library."""

from typing import Any

from ipwrap import export
from ipwrap.export import Exporter
from ipwrap.script.nearest import nearest
from ipwrap.script.python import python
from ipwrap.script.reader import Call, Exec, goes_on, means_the_same, read_command
from ipwrap.script.typed import Typed

__all__ = ["FORMATS", "Call", "Exec", "Typed", "goes_on", "means_the_same", "nearest", "python", "read_command"]

FORMATS: dict[str, Exporter[Any]] = dict(sorted({**export.FORMATS, "python": python}.items()))
