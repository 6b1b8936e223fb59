"""The generated parts of docs/ are current, and are found by their comments."""

from pathlib import Path

from scripts.reference.__main__ import DOCS
from scripts.reference.pages import PARTS, current_text, outdated_pages, write_pages


def test_generated_parts_of_the_pages_are_current() -> None:
    """The tables of docs/ say what the code says: `python -m scripts.reference` writes them."""
    assert [] == outdated_pages(DOCS)


def test_every_part_stands_in_a_page() -> None:
    """No function writes a part that no page has."""
    text = "".join(page.read_text(encoding="utf-8") for page in DOCS.rglob("*.md"))

    assert [] == [name for name in PARTS if f"<!-- generated: {name} -->" not in text]


def test_part_is_replaced_and_the_rest_of_the_page_is_kept(tmp_path: Path) -> None:
    """Only what stands between the two comments of a part is written anew."""
    page = tmp_path / "errors.md"
    stale = "<!-- generated: error tree -->\nstale words\n<!-- end of error tree -->"
    page.write_text(f"# Errors\n\n{stale}\n\nThe end.\n", encoding="utf-8")

    assert [page] == outdated_pages(tmp_path)
    assert [page] == write_pages(tmp_path)

    text = page.read_text(encoding="utf-8")
    assert text.startswith("# Errors\n\n<!-- generated: error tree -->\n\n```text\nIpwrapError\n")
    assert text.endswith("<!-- end of error tree -->\n\nThe end.\n")
    assert "stale words" not in text
    assert text == current_text(text)
