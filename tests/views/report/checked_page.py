"""The page of a recording, read and checked."""

from collections.abc import Sequence
from itertools import pairwise

from ipwrap.recording import Recording
from ipwrap.views.report.page import make_report
from tests.views.report.recordings import Page, read_page

__all__ = ["check_page", "page_of"]

HEADINGS = ("h1", "h2", "h3")


def page_of(
    recording: Recording, *, title: str = "lab", differences: Sequence[str] | None = None
) -> Page:
    """Return the page of a recording, which is always well-formed."""
    page = read_page(make_report(recording, title=title, differences=differences).html)
    assert [] == page.strays
    return page


def check_page(page: Page) -> None:
    """Check what holds of every page: landmarks, headings, labels, identifiers, nothing remote."""
    identifiers = page.attribute("id")
    assert len(set(identifiers)) == len(identifiers)
    for name in ("html", "head", "header", "main", "h1"):
        assert 1 == len(page.named(name)), name
    assert "en" == page.named("html")[0].attributes["lang"]

    levels = [HEADINGS.index(tag.name) for tag in page.named(*HEADINGS)]
    assert 0 == levels[0]
    assert all(after - before <= 1 for before, after in pairwise(levels))

    labelled = set(page.attribute("for"))
    assert all(tag.attributes["id"] in labelled for tag in page.named("input"))
    assert set(page.attribute("for", "aria-labelledby")) <= set(identifiers)
    assert all(tag.text.strip() for tag in page.named("button", "summary", "a", *HEADINGS))
    assert all(tag.attributes["type"] == "button" for tag in page.named("button"))

    assert [] == page.named("link", "img", "iframe", "object", "base", "form")
    assert [] == page.attribute("src", "srcset", "action", "style", "onclick", "onload", "data")
    for href in page.attribute("href"):
        assert href.startswith(("#", "./", "/"))
        assert not href.startswith("//")
        assert not href.startswith("#") or href[1:] in identifiers
