"""A hook of MkDocs: pages that are written for the repository, as pages of the site.

Links that lead out of docs/, to files of the repository, get another target: the built site has only
docs/. With a ``repo_url`` in mkdocs.yml such a link leads to the repository's address; without one,
the name of the file stands in its place.
"""

import posixpath
import re
from typing import Any

__all__ = ["on_page_markdown", "plain_bars", "replace_links"]

TABLE_ROW = re.compile(r"^\|.*$", re.MULTILINE)
CODE = re.compile(r"`[^`]+`")
LINK = re.compile(r"\[([^\]]+)\]\((?!https?:|mailto:|#)([^)#]+)(#[^)]*)?\)")


def on_page_markdown(markdown: str, page: Any, config: Any, **_unused: Any) -> str:
    """Return the text of a page for the site. MkDocs calls it, for each page."""
    folder = posixpath.dirname(page.file.src_uri)
    return replace_links(plain_bars(markdown), folder, repository=config["repo_url"])


def plain_bars(markdown: str) -> str:
    """Return the text with the bars of code in tables unescaped.

    GitHub takes any bar in a row for the end of the cell, and so needs a backslash; MkDocs would
    show it.
    """
    return TABLE_ROW.sub(lambda row: CODE.sub(_without_backslash, row[0]), markdown)


def _without_backslash(code: "re.Match[str]") -> str:
    """Return code without the backslashes before bars."""
    return code[0].replace("\\|", "|")


def replace_links(markdown: str, folder: str, *, repository: str | None = None) -> str:
    """Replace the links that lead out of docs/, for a page in a folder of docs/."""

    def replace(link: "re.Match[str]") -> str:
        """Return what stands in a link's place."""
        label, target, anchor = link.groups()
        path = posixpath.normpath(posixpath.join("docs", folder, target))

        if path.startswith("docs/"):
            return link[0]
        if repository:
            return f"[{label}]({repository.rstrip('/')}/blob/HEAD/{path}{anchor or ''})"
        if label.strip("`/") in path:
            return f"`{path}`"
        return f"{label} (`{path}`)"

    return LINK.sub(replace, markdown)
