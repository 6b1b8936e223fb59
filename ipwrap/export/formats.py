"""Every format that a recording can be exported as, by its name."""

from typing import Any

from ipwrap import export
from ipwrap.export.exporter import Exporter
from ipwrap.export.python import python

__all__ = ["FORMATS"]

FORMATS: dict[str, Exporter[Any]] = dict(sorted({**export.FORMATS, "python": python}.items()))
