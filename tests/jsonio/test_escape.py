"""Output of arbitrary text: escaped control characters, and streams without encoding errors."""

import io
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipwrap.jsonio.escape import accept_any_text, escape_controls

ANY_TEXT = st.text(st.characters())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain words, é字😀", "plain words, é字😀"),
        ("a\x1b[2Jb", "a\\x1b[2Jb"),
        ("line\nbreak", "line\\nbreak"),
        ("\u202e\u2028", "\\u202e\\u2028"),
        ("\udcff", "\\udcff"),
        ("\ud800", "\\ud800"),
        ("", ""),
    ],
)
def test_unprintable_characters_are_escaped(text: str, expected: str) -> None:
    """Control characters, direction marks and lone surrogates become Python's escapes."""
    assert expected == escape_controls(text)


@given(text=ANY_TEXT)
def test_escaped_text_is_printable(text: str) -> None:
    """An escaped text is one line that a terminal shows unchanged."""
    assert escape_controls(text).isprintable()


def test_kept_characters_are_not_escaped() -> None:
    """A text of several lines can keep its line breaks."""
    assert "a\nb\\x07" == escape_controls("a\nb\x07", keep="\n")


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
@pytest.mark.parametrize(
    ("text", "expected"), [("\udcff", b"\xff"), ("\ud800", b"\\ud800"), ("é", "é".encode())]
)
def test_streams_take_any_text(
    text: str, expected: bytes, stream: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Undecodable bytes leave as the original bytes, lone surrogates as escapes."""
    written = io.BytesIO()
    strict = io.TextIOWrapper(written, encoding="utf-8", errors="strict", write_through=True)
    monkeypatch.setattr(sys, stream, strict)

    accept_any_text()
    strict.write(text)

    assert expected == written.getvalue()


def test_stream_without_an_encoding_is_not_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A replacement of stdout in memory keeps its behaviour."""
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)

    accept_any_text()
    sys.stdout.write("\udcff")

    assert "\udcff" == stream.getvalue()
