"""Links that lead out of docs/ become addresses, or names of files."""

from types import SimpleNamespace

from scripts.reference.site_links import on_page_markdown, replace_links

TEXT = (
    "[SECURITY.md](../../SECURITY.md), [the map](architecture.md#words), "
    "[labs](../../scripts/nat.py)"
)


def test_links_out_of_the_pages_become_names() -> None:
    """Without an address of the repository the name of the file stands there."""
    assert replace_links(TEXT, "explanation") == (
        "`SECURITY.md`, [the map](architecture.md#words), labs (`scripts/nat.py`)"
    )


def test_links_out_of_the_pages_lead_to_the_repository() -> None:
    """With an address they lead to the file there."""
    page = SimpleNamespace(file=SimpleNamespace(src_uri="explanation/proof.md"))
    text = on_page_markdown(TEXT, page, {"repo_url": "https://example.org/ipwrap/"}, files=None)

    assert "[SECURITY.md](https://example.org/ipwrap/blob/HEAD/SECURITY.md)" in text
    assert "[labs](https://example.org/ipwrap/blob/HEAD/scripts/nat.py)" in text
    assert "[the map](architecture.md#words)" in text
