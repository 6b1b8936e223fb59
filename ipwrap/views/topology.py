"""A state as a tree: namespaces, their links, and the addresses of the links."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ipwrap.jsonio.escape import escape_controls

if TYPE_CHECKING:
    from ipwrap.state import State

__all__ = ["format_tree"]

Json = dict[str, Any]
Branch = tuple[str, list[Any]]


def format_tree(state: "State", *, first: str = "(host namespace)") -> str:
    """Return the state of a place as a tree for a terminal, with the ports of a bridge below it.

    ``first`` is the label of the namespace without a name.
    """
    lines: list[str] = []

    for netns, objects in state.items():
        branches = [_branch_of(link, objects) for link in _root_links(objects)]
        lines.append(escape_controls(netns) or first)
        lines += _draw_branches(branches)

    return "\n".join(lines)


def _root_links(objects: dict[str, list[Json]]) -> list[Json]:
    """Return the links that are not the port of another link."""
    return [link for link in objects.get("link", []) if "master" not in link]


def _branch_of(link: Json, objects: dict[str, list[Json]]) -> Branch:
    """Return the label of a link, with the branches of its ports."""
    ports = [port for port in objects.get("link", []) if port.get("master") == link["ifname"]]
    return _label(link, objects), [_branch_of(port, objects) for port in ports]


def _label(link: Json, objects: dict[str, list[Json]]) -> str:
    """Return the name of a link, its kind, its addresses, and `down` for a link that is down."""
    name = link["ifname"]
    kind = (link.get("linkinfo") or {}).get("info_kind")

    parts = [name]
    if kind:
        parts.append(f"({kind}{_lower_link(link)})")
    if "UP" not in link.get("flags", ()):
        parts.append("down")
    parts += _addresses(name, objects)

    return escape_controls(" ".join(parts))


def _lower_link(link: Json) -> str:
    """Return the name of the link below, or of the peer; empty without a name."""
    # `ip -j` prints `link_index` instead of `link` for a link in another namespace.
    if link.get("link"):
        return f" @ {link['link']}"

    return ""


def _addresses(name: str, objects: dict[str, list[Json]]) -> Iterator[str]:
    """Yield the addresses of a link, except link-local addresses, which every link has."""
    for interface in objects.get("address", []):
        if interface.get("ifname") != name:
            continue

        for address in interface.get("addr_info", ()):
            if address.get("scope") != "link":
                yield f"{address['local']}/{address['prefixlen']}"


def _draw_branches(branches: list[Branch], indent: str = "") -> Iterator[str]:
    """Yield the lines of branches, with the lines between them."""
    last_position = len(branches) - 1

    for position, (label, children) in enumerate(branches):
        is_last = position == last_position
        connector, child_indent = ("└─ ", "   ") if is_last else ("├─ ", "│  ")

        yield f"{indent}{connector}{label}"
        yield from _draw_branches(children, indent + child_indent)
