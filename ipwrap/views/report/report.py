"""`Report`: a recording as one page of HTML, which saves itself and shows itself in a notebook."""

import os
from html import escape
from pathlib import Path

from attrs import field, frozen

from ipwrap.errors import IpwrapError
from ipwrap.system.shortage import describe_file_error
from ipwrap.system.temporary import replaced_file

__all__ = ["Report"]

NEW_FILE = 0o666  # less the umask
NOTEBOOK_HEIGHT = 640  # pixels


@frozen(repr=False)
class Report:
    """A page of HTML: ``html`` is its text, which needs no other file and no network.

    ``report.save("report.html")`` writes it; a notebook shows it in a frame.
    """

    title: str
    html: str = field(repr=False)

    def __str__(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return f"<Report {self.title!r}: {len(self.html)} characters>"

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the page to a file, and return its path. Raises `IpwrapError`."""
        target = Path(path)
        try:
            with replaced_file(target, mode=NEW_FILE) as partial:
                partial.write_text(self.html, encoding="utf-8", newline="\n")
        except OSError as error:
            raise IpwrapError(
                f"{target}: cannot be written: {describe_file_error(error)}"
            ) from error
        return target

    def _repr_html_(self) -> str:
        """Return the page in a frame: its styles and scripts do not reach the notebook."""
        return (
            f'<iframe title="{escape(self.title)}" sandbox="allow-scripts allow-downloads" '
            f'allow="clipboard-write" width="100%" height="{NOTEBOOK_HEIGHT}" '
            f'srcdoc="{escape(self.html)}"></iframe>'
        )
