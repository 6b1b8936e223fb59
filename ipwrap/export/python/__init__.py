"""A recording as a Python script against ipwrap."""

from ipwrap.export.python.exporter import python

__all__ = ["python"]
