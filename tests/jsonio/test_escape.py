"""Text on its way out: visible to people, and written whatever it holds."""

import io
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipwrap.jsonio.escape import any_text, escape_controls

ANY = st.text(st.characters())


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
def test_what_cannot_be_printed_is_escaped(text: str, expected: str) -> None:
    """Control characters, marks of direction and half characters are shown as Python writes them."""
    assert expected == escape_controls(text)


@given(text=ANY)
def test_what_is_visible_is_printable(text: str) -> None:
    """Whatever it was, it is one line that a terminal shows as it is."""
    assert escape_controls(text).isprintable()


def test_what_is_to_be_kept_is_kept() -> None:
    """A text of several lines may keep its line breaks."""
    assert "a\nb\\x07" == escape_controls("a\nb\x07", keep="\n")


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
@pytest.mark.parametrize(
    ("text", "expected"), [("\udcff", b"\xff"), ("\ud800", b"\\ud800"), ("é", "é".encode())]
)
def test_streams_take_any_text(
    text: str, expected: bytes, stream: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bytes that were no text leave as they came, half a character as its escape."""
    raw = io.BytesIO()
    strict = io.TextIOWrapper(raw, encoding="utf-8", errors="strict", write_through=True)
    monkeypatch.setattr(sys, stream, strict)

    any_text()
    strict.write(text)

    assert expected == raw.getvalue()


def test_a_stream_that_is_no_file_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has put something else in stdout's place keeps it as it is."""
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)

    any_text()
    sys.stdout.write("\udcff")

    assert "\udcff" == stream.getvalue()
