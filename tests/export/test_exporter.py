"""An exporter returns the whole text, or yields the text in pieces."""

from collections.abc import Iterator

import pytest

from ipwrap import Recording, Session
from ipwrap.export import FORMATS
from ipwrap.export.exporter import Exporter
from ipwrap.export.shell import shell
from ipwrap.recording import Header, RecordingView


@Exporter
def letters(recording: RecordingView, *, times: int = 1) -> Iterator[str]:
    """Yield the letters of a place."""
    for _ in range(times):
        yield from recording.header.place or ""


RECORDING = Recording(Header(place="ab"))


def test_a_call_returns_the_whole_text() -> None:
    """A call returns the joined pieces."""
    assert "abab" == letters(RECORDING, times=2)


def test_pieces_are_generated_on_demand() -> None:
    """A piece is not generated before the caller asks for the piece."""
    assert "a" == next(letters.iter_text(RECORDING, times=10**12))


def test_an_exporter_has_name_and_docstring_of_its_function() -> None:
    """An exporter has the name and the docstring of the wrapped function."""
    name = letters.__name__  # type: ignore[attr-defined]

    assert ("letters", "Yield the letters of a place.") == (name, letters.__doc__)


@pytest.mark.parametrize("name", FORMATS)
def test_an_unknown_option_is_refused_at_once(name: str) -> None:
    """An unknown option is refused before the first piece."""
    with pytest.raises(TypeError):
        FORMATS[name].iter_text(Recording(), nonsense=1)


def test_every_format_has_pieces() -> None:
    """Every format is an exporter."""
    assert {Exporter} == {type(exporter) for exporter in FORMATS.values()}
    assert shell(Recording()) == "".join(shell.iter_text(Recording()))


def exported_paragraphs(session: Session, export_format: str) -> list[int]:
    """Return how many lines each paragraph has that has a namespace in it."""
    text = session.export(format=export_format)
    paragraphs = [part.splitlines() for part in text.split("\n\n")]
    added = [[line for line in part if "netns" in line and "add" in line] for part in paragraphs]
    return [len(lines) for lines in added if lines]


@pytest.mark.parametrize(
    ("export_format", "lengths"),
    [("sh", [2, 1, 1]), ("plain", [2, 1, 1]), ("python", [2, 1, 1]), ("console", [4])],
)
def test_an_empty_note_is_an_empty_line(
    dry_session: Session, export_format: str, lengths: list[int]
) -> None:
    """Two empty notes are one empty line, which a script needs more than a transcript does."""
    dry_session.ip.netns.add("a")
    dry_session.ip.netns.add("b")
    dry_session.note("")
    dry_session.ip.link.show()
    dry_session.note("")
    dry_session.ip.netns.add("c")
    dry_session.note("")
    dry_session.note("")
    dry_session.ip.netns.add("d")

    assert lengths == exported_paragraphs(dry_session, export_format)
    assert "\n\n\n    " not in dry_session.export(format=export_format)
