"""Read a topology from a file: TOML, YAML or JSON, in ipwrap's format or in containerlab's."""

import os
import warnings
from collections.abc import Iterator
from pathlib import Path

from attrs import evolve

from ipwrap.errors import InvalidArgument, LabFileWarning
from ipwrap.lab.formats.checks import check_lab_name
from ipwrap.lab.formats.containerlab import is_containerlab, read_containerlab
from ipwrap.lab.formats.document import (
    Document,
    FileFormat,
    Item,
    format_of,
    parse_document,
    read_text,
)
from ipwrap.lab.formats.layout import LAB
from ipwrap.lab.topology import Topology
from ipwrap.system.suggestions import did_you_mean

__all__ = ["name_of_file", "parse_lab", "read_lab"]


def read_lab(path: str | os.PathLike[str]) -> Topology:
    """Return the topology in a file: .toml, .yaml, .yml or .json, in ipwrap's or containerlab's
    format.

    A file without a name is named for the file. Warns with `LabFileWarning` of what a containerlab
    file has that does nothing here.

    Raises `LabFileError`, with line, column and key, for a file that cannot be read, and for one
    that describes no lab; `OutputError` for YAML without the package PyYAML.
    """
    file_format = format_of(path)
    return parse_lab(read_text(path), file_format, name=os.fspath(path))


def parse_lab(text: str, format: FileFormat, *, name: str = "lab file") -> Topology:  # noqa: A002
    """Return the topology in a text, as `read_lab`; ``name`` is for messages."""
    document = parse_document(text, format, name=name)
    if is_containerlab(document):
        topology, ignored = read_containerlab(document)
        for note in ignored:
            warnings.warn(note, LabFileWarning, stacklevel=3)
    else:
        topology = _read_own(document)

    _check_references(topology, document.root)
    if topology.hosts or topology.place or any(node.host for node in topology.nodes):
        # Imported late: most labs have a single host.
        from ipwrap.lab.formats.host_checks import check_hosts

        check_hosts(topology, document.root)
    return topology


def _read_own(document: Document) -> Topology:
    """Return the topology of a document in ipwrap's format."""
    root = document.root
    if root.value is None:
        raise root.error("is empty; a lab has nodes and links")

    topology: Topology = LAB.read(root)
    if "name" in root.value:
        return topology
    return evolve(topology, name=name_of_file(document.name))


def name_of_file(path: str) -> str:
    """Return the name of a lab whose file tells none: the file's, without its suffixes."""
    stem = Path(path).name.partition(".")[0]
    try:
        return check_lab_name(stem)
    except InvalidArgument:
        return Topology().name


def _check_references(topology: Topology, root: Item) -> None:
    """Raise `LabFileError` for an end at no node, and for a link's name that a node has twice."""
    names = [node.name for node in topology.nodes]
    seen: dict[tuple[str, str], Item] = {}

    for (node, link), item in _iter_ends(topology, root):
        if node not in names:
            raise item.error(f"{node!r} is no node{_known_nodes(node, names)}")
        if link is None:
            continue

        first = seen.setdefault((node, link), item)
        if first is not item:
            position = first.position
            where = f"; first in line {position.line}" if position else ""
            raise item.error(f"node {node} has two links {link!r}{where}")


def _known_nodes(name: str, names: list[str]) -> str:
    """Return the nodes that there are, and the one that is probably meant."""
    suggestion = did_you_mean(name, names)
    return f"; there are {', '.join(names) or 'none'}{suggestion}"


def _iter_ends(topology: Topology, root: Item) -> Iterator[tuple[tuple[str, str | None], Item]]:
    """Yield the node and link of each end, and where the file has it."""
    for number, link in enumerate(topology.links):
        for side, end in enumerate(link.ends):
            yield (end.node, end.interface), _end_item(root, number, side=side)


def _end_item(root: Item, number: int, *, side: int) -> Item:
    """Return the item of an end; containerlab's have another name."""
    table = root if "links" in root.value else root.member("topology")
    link = table.member("links").member(number)
    return link.member("ends" if "ends" in link.value else "endpoints").member(side)
