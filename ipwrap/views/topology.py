"""A state as a tree: namespaces, their links, and the addresses of the links."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ipwrap.jsonio.escape import escape_controls
from ipwrap.models import load
from ipwrap.models.address import Interface
from ipwrap.models.link import Link
from ipwrap.views.ip import kind_of

if TYPE_CHECKING:
    from ipwrap.state import State

__all__ = ["format_tree"]

NO_LINK = "NONE"  # of a tunnel

Branch = tuple[str, list[Any]]
Addresses = Mapping[str, Sequence[str]]  # by the name of the link


def format_tree(state: "State", *, first: str = "(host namespace)") -> str:
    """Return the state of a place as a tree for a terminal, with the ports of a bridge below it.

    ``first`` is the label of the namespace without a name. Raises `OutputError` for a state that is
    not made of objects of `ip`.
    """
    lines: list[str] = []

    for netns, objects in state.items():
        links = load(Link, objects.get("link", []))
        addresses = _addresses(load(Interface, objects.get("address", [])))

        root_links = [link for link in links if link.master is None]
        branches = [_branch_of(link, links, addresses=addresses) for link in root_links]
        lines.append(escape_controls(netns) or first)
        lines += _draw_branches(branches)

    return "\n".join(lines)


def _branch_of(link: Link, links: list[Link], *, addresses: Addresses) -> Branch:
    """Return the label of a link, with the branches of its ports."""
    ports = [port for port in links if port.master == link.ifname]
    branches = [_branch_of(port, links, addresses=addresses) for port in ports]
    return _label(link, addresses.get(link.ifname, ())), branches


def _label(link: Link, addresses: Sequence[str]) -> str:
    """Return the name of a link, its kind, its addresses, and `down` for a link that is down."""
    parts = [link.ifname]
    kind = kind_of(link)
    if kind:
        # `ip -j` prints `link_index` instead of `link` for a link in another namespace.
        lower_link = f" @ {link.link}" if link.link not in (None, NO_LINK) else ""
        parts.append(f"({kind}{lower_link})")
    if not link.up:
        parts.append("down")

    return escape_controls(" ".join((*parts, *addresses)))


def _addresses(interfaces: list[Interface]) -> Addresses:
    """Return the addresses of links, except link-local ones, which every link has."""
    addresses = {}
    for interface in interfaces:
        global_ones = [address for address in interface.addr_info if address.scope != "link"]
        addresses[interface.ifname] = [address.prefix for address in global_ones]
    return addresses


def _draw_branches(branches: list[Branch], indent: str = "") -> Iterator[str]:
    """Yield the lines of branches, with the lines between them."""
    last_position = len(branches) - 1

    for position, (label, children) in enumerate(branches):
        is_last = position == last_position
        connector, child_indent = ("└─ ", "   ") if is_last else ("├─ ", "│  ")

        yield f"{indent}{connector}{label}"
        yield from _draw_branches(children, indent + child_indent)
