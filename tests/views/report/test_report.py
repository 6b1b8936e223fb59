"""A report saves itself, and shows itself in a notebook."""

import stat
from pathlib import Path

import pytest

from ipwrap.errors import IpwrapError
from ipwrap.views.report.report import Report
from tests.views.report.recordings import read_page

REPORT = Report('A "lab"', '<p title="x">&amp; ü</p>')


def test_report_is_saved(tmp_path: Path) -> None:
    """The file has the page in UTF-8, and permissions of a new file."""
    path = REPORT.save(tmp_path / "lab.html")

    assert REPORT.html == path.read_text(encoding="utf-8") == str(REPORT)
    assert stat.S_IMODE(path.stat().st_mode) & 0o600 == 0o600


def test_unwritable_file_is_an_error(tmp_path: Path) -> None:
    """The error names the file and the reason."""
    with pytest.raises(IpwrapError, match=r"no/lab.html: cannot be written: "):
        REPORT.save(tmp_path / "no" / "lab.html")


def test_notebook_gets_a_frame() -> None:
    """The frame has the page, a title, and may not reach the notebook."""
    page = read_page(REPORT._repr_html_())

    (frame,) = page.named("iframe")
    assert [] == page.strays
    assert (REPORT.html, 'A "lab"') == (frame.attributes["srcdoc"], frame.attributes["title"])
    assert "allow-same-origin" not in (frame.attributes["sandbox"] or "")


def test_repr_is_short() -> None:
    """A Python prompt does not print the page."""
    assert "<Report 'A \"lab\"': 24 characters>" == repr(REPORT)
