"""Files of labs: TOML, YAML and JSON, read into a `Topology` and written from one."""

from typing import TYPE_CHECKING

from ipwrap.system.lazy import lazy_attributes, public_names

if TYPE_CHECKING:
    from ipwrap.lab.formats.reading import parse_lab as parse_lab
    from ipwrap.lab.formats.reading import read_lab as read_lab
    from ipwrap.lab.formats.schema import lab_schema as lab_schema
    from ipwrap.lab.formats.writing import write_lab as write_lab

MODULES = {
    "reading": ("parse_lab", "read_lab"),
    "schema": ("lab_schema",),
    "writing": ("write_lab",),
}

__all__ = public_names(MODULES)

if not TYPE_CHECKING:  # a type checker would take it that every name exists
    __getattr__, __dir__ = lazy_attributes(__name__, MODULES)
