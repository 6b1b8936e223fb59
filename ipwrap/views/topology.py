"""A state drawn as a tree: namespaces, their links, their addresses."""

from collections.abc import Iterator
from typing import Any

from ipwrap.jsonio.escape import escape_controls
from ipwrap.state import State

__all__ = ["tree"]


def tree(state: State, *, first: str = "(first namespace)") -> str:
    """Return the state of a place as a tree for a terminal: bridges with their ports below them."""
    lines: list[str] = []
    for name in state:
        lines.append(escape_controls(name) or first)
        lines += _branches([_branch(link, state[name]) for link in _roots(state[name])])
    return "\n".join(lines)


Branch = tuple[str, list[Any]]


def _roots(nouns: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return the links that are no port of another."""
    return [link for link in nouns.get("link", []) if "master" not in link]


def _branch(link: dict[str, Any], nouns: dict[str, list[dict[str, Any]]]) -> Branch:
    """Return a link's line, and below it its ports."""
    ports = [each for each in nouns.get("link", []) if each.get("master") == link["ifname"]]
    return _label(link, nouns), [_branch(port, nouns) for port in ports]


def _label(link: dict[str, Any], nouns: dict[str, list[dict[str, Any]]]) -> str:
    """Return a link's line: its name, its kind, whether it is up, its addresses."""
    kind = (link.get("linkinfo") or {}).get("info_kind")
    words = [link["ifname"]]
    if kind:
        words.append(f"({kind}{_other_end(link)})")
    if "UP" not in link.get("flags", ()):
        words.append("down")
    return escape_controls(" ".join([*words, *_addresses(link["ifname"], nouns)]))


def _other_end(link: dict[str, Any]) -> str:
    """Return what a link is on, or tied to, where it can be named."""
    return f" @ {link['link']}" if link.get("link") else ""


def _addresses(name: str, nouns: dict[str, list[dict[str, Any]]]) -> Iterator[str]:
    """Yield a link's addresses, but for the link-local ones that every link has."""
    for interface in nouns.get("address", []):
        if interface.get("ifname") == name:
            for each in interface.get("addr_info", ()):
                if each.get("scope") != "link":
                    yield f"{each['local']}/{each['prefixlen']}"


def _branches(branches: list[Branch], indent: str = "") -> Iterator[str]:
    """Yield the lines of branches, drawn."""
    for n, (label, below) in enumerate(branches):
        last = n == len(branches) - 1
        yield f"{indent}{'└─ ' if last else '├─ '}{label}"
        yield from _branches(below, indent + ("   " if last else "│  "))
