"""A recording written as something else. Each exporter is a function of a recording."""

from collections.abc import Callable

from ipwrap.export.shell import shell

__all__ = ["FORMATS", "shell"]

FORMATS: dict[str, Callable[..., str]] = {"sh": shell}
