"""Write a topology as a file: TOML, YAML or JSON, as `read_lab` reads it."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from ipwrap.errors import InvalidArgument
from ipwrap.jsonio import yaml_text
from ipwrap.lab.formats import checks
from ipwrap.lab.formats.document import FileFormat
from ipwrap.lab.formats.layout import LAB
from ipwrap.lab.topology import Topology

__all__ = ["write_lab"]

BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
TABLES = ("hosts", "place", "nodes", "links")  # in tables of their own
MAX_LINE = 96  # of a list in one line


def write_lab(topology: Topology, format: FileFormat = "toml") -> str:  # noqa: A002
    """Return the text of a file of a lab: `read_lab` makes the same topology of it.

    Raises `InvalidArgument` for a name that no file can have, and for another format;
    `OutputError` for YAML without the package PyYAML.
    """
    if format not in WRITERS:
        known = ", ".join(get_args(FileFormat))
        raise InvalidArgument(f"format: there is no {format!r}; there are {known}")

    checks.check_lab_name(topology.name)
    for host in topology.hosts:
        if host.ssh is None:
            raise InvalidArgument(
                f"host {host.name} has no destination of ssh, by which a file reaches it"
            )
    for node in topology.nodes:
        checks.check_node_name(node.name)
    return WRITERS[format](LAB.write(topology))


def _format_json(data: dict[str, Any]) -> str:
    """Return data as JSON."""
    return json.dumps(data, indent=2) + "\n"


def _format_toml(data: dict[str, Any]) -> str:
    """Return data as TOML: a table for each host and node, and one for each link."""
    plain = {key: value for key, value in data.items() if key not in TABLES}
    parts = ["\n".join(_iter_pairs(plain))]

    tables = [(f"[hosts.{_key(name)}]", host) for name, host in data.get("hosts", {}).items()]
    tables += [("[place]", data["place"])] if "place" in data else []
    tables += [(f"[nodes.{_key(name)}]", node) for name, node in data.get("nodes", {}).items()]
    tables += [("[[links]]", link) for link in data.get("links", ())]
    parts += ["\n".join((header, *_iter_pairs(table))) for header, table in tables]
    return "\n\n".join(parts) + "\n"


def _iter_pairs(table: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line for each key of a table."""
    for key, value in table.items():
        yield f"{_key(key)} = {_value(value, indent=True)}"


def _key(key: str) -> str:
    """Return a key, quoted where it has to be."""
    return key if BARE_KEY.fullmatch(key) else _string(key)


def _value(value: Any, *, indent: bool = False) -> str:
    """Return a value; a long list has a line for each item, where ``indent`` allows."""
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{_key(key)} = {_value(member)}" for key, member in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, list):
        return _list([_value(member) for member in value], indent=indent)
    return json.dumps(value)


def _list(members: list[str], *, indent: bool) -> str:
    """Return a list of values."""
    line = f"[{', '.join(members)}]"
    if not indent or len(line) <= MAX_LINE:
        return line
    return "\n".join(("[", *(f"    {member}," for member in members), "]"))


def _string(text: str) -> str:
    """Return a text in quotes. JSON's escapes are TOML's, but for those of large characters."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


WRITERS = {"toml": _format_toml, "yaml": yaml_text.format_yaml, "json": _format_json}
