"""The share of covered words and keys, C file by C file."""

from collections.abc import Iterable

import attrs

from scripts.surface.coverage import c_files_of, coverage_of_files, covering_modules
from scripts.surface.exceptions import Exceptions
from scripts.surface.facts import Release, SourceFile

__all__ = ["Figure", "measure_files", "percent_of_words", "summarize"]


@attrs.frozen(kw_only=True)
class Figure:
    """The coverage of one C file: numbers of words and keys, the missing, and the excused."""

    name: str
    words: int
    keys: int
    missing_words: tuple[str, ...] = ()
    missing_keys: tuple[str, ...] = ()
    excused: int = 0

    def __str__(self) -> str:
        words = _share(self.words, self.missing_words)
        keys = _share(self.keys, self.missing_keys)
        text = f"{self.name:28} words {words}  keys {keys}"

        if self.excused:
            text += f"  excused {self.excused}"

        if self.missing_words:
            text += f"\n    missing words: {', '.join(self.missing_words)}"

        if self.missing_keys:
            text += f"\n    missing keys: {', '.join(self.missing_keys)}"

        return text

    def is_of(self, program: str) -> bool:
        """Return whether the C file belongs to a program."""
        return self.name.startswith(f"{program}/")


def _share(count: int, missing: tuple[str, ...]) -> str:
    """Format the numbers of covered and of all words."""
    return f"{count - len(missing):4}/{count:<4}"


def measure_files(
    release: Release, exceptions: Exceptions
) -> tuple[list[Figure], list[SourceFile]]:
    """Return the figures of a release's C files, and the C files that are omitted.

    A C file that a module covers is never omitted.
    """
    covered_files: set[str] = set()
    for module in covering_modules().values():
        covered_files |= c_files_of(module)

    figures = []
    omitted = []

    for source in release.sources:
        if source.name not in covered_files and exceptions.omission_reason(source.name):
            omitted.append(source)
        else:
            figures.append(_measure_file(source, exceptions))

    return figures, omitted


def _measure_file(source: SourceFile, exceptions: Exceptions) -> Figure:
    """Return the figures of one C file. Excused words and keys are not counted."""
    name = source.name
    excused_words = {**exceptions.words.get("*", {}), **exceptions.words.get(name, {})}
    excused_keys = {**exceptions.keys.get("*", {}), **exceptions.keys.get(name, {})}
    words = frozenset() if "*" in excused_words else source.words - excused_words.keys()
    keys = source.keys - excused_keys.keys()

    covered = coverage_of_files((name,))
    missing_words = exceptions.find_missing(words, covered.words, file=name)
    missing_keys = exceptions.find_missing(keys, covered.keys, file=name)

    return Figure(
        name=name,
        words=len(words),
        keys=len(keys),
        missing_words=tuple(missing_words),
        missing_keys=tuple(missing_keys),
        excused=len(source.words - words) + len(source.keys - keys),
    )


def percent_of_words(figures: Iterable[Figure]) -> float:
    """Return the percentage of covered option words."""
    missing = 0
    count = 0

    for figure in figures:
        missing += len(figure.missing_words)
        count += figure.words

    return _percent(missing, count)


def _percent(missing: int, count: int) -> float:
    """Return the percentage that is not missing; of nothing, 100."""
    return 100 * (1 - missing / count) if count else 100


def summarize(figures: list[Figure]) -> str:
    """Format the figures of several C files as one line."""
    words = sum(figure.words for figure in figures)
    keys = sum(figure.keys for figure in figures)
    missing_keys = sum(len(figure.missing_keys) for figure in figures)
    excused = sum(figure.excused for figure in figures)

    return (
        f"{len(figures)} files, {percent_of_words(figures):.1f} % of {words} option words, "
        f"{_percent(missing_keys, keys):.1f} % of {keys} JSON keys ({excused} are excused)"
    )
