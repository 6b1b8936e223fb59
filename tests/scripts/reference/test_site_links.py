"""Links that lead out of docs/ become addresses, or names of files."""

from types import SimpleNamespace

from scripts.reference.site_links import on_page_markdown, plain_bars, replace_links

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


def test_bars_of_code_in_tables_have_no_backslash() -> None:
    """GitHub needs the backslash, MkDocs would show it. Outside of tables it stays."""
    assert "| `a | b` | x \\| y |\n`c \\| d`" == plain_bars("| `a \\| b` | x \\| y |\n`c \\| d`")
