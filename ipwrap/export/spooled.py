"""Text that is written first and read later, on disk if there is much of it."""

from collections.abc import Iterable, Iterator
from tempfile import SpooledTemporaryFile
from typing import IO

from attrs import define, field

from ipwrap.system.temporary import temporary_files

__all__ = ["SpooledText"]

MEMORY = 2**20  # bytes; a larger text goes to a file without a name
PIECE = 2**16


@define
class SpooledText:
    """Pieces of text, for a head that depends on the text below it. Used in a `with` block."""

    _file: IO[str] = field(init=False)

    def __enter__(self) -> "SpooledText":
        self._file = SpooledTemporaryFile(
            max_size=MEMORY,
            mode="w+",
            encoding="utf-8",
            errors="surrogatepass",
            newline="",
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, pieces: Iterable[str]) -> None:
        """Append pieces. Raises `IpwrapError` where there is no room."""
        with temporary_files():
            self._file.writelines(pieces)

    def __iter__(self) -> Iterator[str]:
        self._file.seek(0)
        return iter(lambda: self._file.read(PIECE), "")
