"""The generated parts of a page: found by their comments, and replaced."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from scripts.reference.command_line import command_line
from scripts.reference.errors import error_classes, error_tree
from scripts.reference.kinds import actions, filters, links, ports, qdiscs
from scripts.reference.nouns import parsed_nouns
from scripts.reference.verbs import (
    bridge_verbs,
    ip_verbs,
    session_methods,
    sysctl_verbs,
    tc_verbs,
)

__all__ = ["PARTS", "current_text", "outdated_pages", "write_pages"]

PARTS: Mapping[str, Callable[[], str]] = {
    "actions": actions,
    "bridge": bridge_verbs,
    "command line": command_line,
    "error classes": error_classes,
    "error tree": error_tree,
    "filters": filters,
    "ip": ip_verbs,
    "kinds": links,
    "parsed nouns": parsed_nouns,
    "ports": ports,
    "qdiscs": qdiscs,
    "session": session_methods,
    "sysctl": sysctl_verbs,
    "tc": tc_verbs,
}

PART = re.compile(r"<!-- generated: ([\w ]+) -->\n.*?<!-- end of \1 -->", re.DOTALL)


def current_text(text: str) -> str:
    """Return the text of a page with its generated parts made anew."""
    return PART.sub(_replacement, text)


def _replacement(match: "re.Match[str]") -> str:
    """Return a part with its comments."""
    name = match[1]
    body = PARTS[name]().strip("\n")
    return f"<!-- generated: {name} -->\n\n{body}\n\n<!-- end of {name} -->"


def outdated_pages(docs: Path) -> list[Path]:
    """Return the pages whose generated parts differ from what the code says."""
    return [page for page, _ in _changed_pages(docs)]


def write_pages(docs: Path) -> list[Path]:
    """Write the generated parts of all pages; return the pages that changed."""
    written = []

    for page, text in _changed_pages(docs):
        page.write_text(text, encoding="utf-8")
        written.append(page)

    return written


def _changed_pages(docs: Path) -> Iterator[tuple[Path, str]]:
    """Yield each page that is not current, with its current text."""
    for page in sorted(docs.rglob("*.md")):
        text = page.read_text(encoding="utf-8")
        current = current_text(text)

        if current != text:
            yield page, current
