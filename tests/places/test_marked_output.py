"""`MarkedOutput`: a stream is cut at its marks, however it arrives in pieces."""

import pytest

from ipwrap.places.marked_output import Mark, MarkedOutput, new_mark

STREAM = b"motd\n\nM 0 0\nout\n\nM 1 2\n\nM 2 0\nM 3\n\n\nM 4 0\nrest"
PARTS = [
    *(b"motd\n", Mark((b"0", b"0")), b"out\n", Mark((b"1", b"2")), Mark((b"2", b"0"))),
    *(b"M 3\n\n", Mark((b"4", b"0")), b"rest"),
]


def joined(parts: list[bytes | Mark]) -> list[bytes | Mark]:
    """Return parts with the pieces of an output in one."""
    result: list[bytes | Mark] = []
    for part in parts:
        if isinstance(part, bytes) and result and isinstance(result[-1], bytes):
            result[-1] += part
        else:
            result.append(part)
    return result


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 100])
def test_the_pieces_do_not_matter(size: int) -> None:
    """Output and marks are the same, byte by byte and at once."""
    output = MarkedOutput("M")
    parts: list[bytes | Mark] = []
    for start in range(0, len(STREAM), size):
        parts += output.feed(STREAM[start : start + size])
    assert joined(parts) == PARTS


def test_output_is_not_held_back() -> None:
    """Only what may begin a mark waits for more."""
    assert [b"ready"] == MarkedOutput("M").feed(b"ready\n")


def test_the_rest_comes_at_the_end() -> None:
    """A newline at the end of the stream is output."""
    output = MarkedOutput("M")
    output.feed(b"ready\n")
    assert b"\n" == output.flush()


def test_marks_differ() -> None:
    """No program prints a mark by chance."""
    assert new_mark() != new_mark()
