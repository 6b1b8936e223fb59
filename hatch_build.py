"""The long description of the package, and its man pages.

The description is the README, whose links also lead somewhere where the repository is not. The man
pages are those that `nox -s manual` has written.
"""

import re
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

__all__ = ["LongDescription", "ManPages", "long_description"]

RELATIVE_LINK = re.compile(r"\[([^\]]+)\]\((?!https?:|mailto:|#)([^)]+)\)")


class LongDescription(MetadataHookInterface):
    """Give the package the README as its description."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set the readme; links follow `Source` in [project.urls], where pyproject.toml has
        that.
        """
        source = metadata.get("urls", {}).get("Source")
        text = Path(self.root, "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {
            "content-type": "text/markdown",
            "text": long_description(text, source),
        }


class ManPages(BuildHookInterface[Any]):
    """Put the man pages into the wheel, if they have been written."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the pages to the data of the wheel: pip installs these below share/man."""
        del version
        for page in sorted(Path(self.root, "man").glob("*.1")):
            build_data["shared_data"][str(page)] = f"share/man/man1/{page.name}"


def long_description(text: str, source: str | None) -> str:
    """Return the README with absolute links.

    Without an address of the source, with the files' names in their place.
    """

    def replace(link: re.Match[str]) -> str:
        """Return what stands in a link's place."""
        label, target = link.groups()
        if source:
            return f"[{label}]({source.rstrip('/')}/blob/HEAD/{target})"
        if label.strip("`/") in target:
            return f"`{target}`"
        return f"{label} (`{target}`)"

    return RELATIVE_LINK.sub(replace, text)
