"""HTML of text that others have written."""

import pytest

from ipwrap.views.report.markup import EMPTY, Markup, element, fill, join, text


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("<b>&\"'", "&lt;b&gt;&amp;&quot;&#x27;"),
        ("a\n\tb", "a\n\tb"),
        ("\u202e\x1b\r\x00\udcff", "\\u202e\\x1b\\r\\x00\\udcff"),
    ],
)
def test_text_is_escaped(content: str, expected: str) -> None:
    """Markup, control characters, bidi marks and surrogates become text that one sees."""
    assert expected == text(content)


def test_children_are_escaped_unless_they_are_markup() -> None:
    """A text in an element is escaped, and an element in it is kept."""
    assert "<p>&lt;i&gt;<b>x</b></p>" == element("p", "<i>", element("b", "x"))


def test_attributes_are_escaped_and_named() -> None:
    """An underscore is a hyphen, True has no value, None and False are left out."""
    tag = element("input", class_='"x"', aria_label="<", hidden=True, open=False, id=None, value=0)

    assert '<input class="&quot;x&quot;" aria-label="&lt;" hidden value="0">' == tag


def test_join_puts_html_between() -> None:
    """Children are escaped, and what is between them is HTML."""
    assert "&lt;<br>&gt;" == join(["<", Markup("&gt;")], "<br>")
    assert EMPTY == join([])


def test_fill_replaces_once() -> None:
    """What a part holds is no placeholder again."""
    assert "{{b}} 2" == fill("{{a}} {{b}}", {"a": "{{b}}", "b": "2"})
