"""How much of each C file is named."""

from collections.abc import Iterable

import attrs

from scripts.surface.exceptions import Exceptions
from scripts.surface.facts import Release, Source
from scripts.surface.named import files_of, modules, said_of

__all__ = ["Figure", "figures", "share_of_words", "total"]


@attrs.frozen
class Figure:
    """How much of one C file is named.

    How many words and keys it has, which are missing, how many are excused.
    """

    name: str
    words: int
    keys: int
    lacking_words: tuple[str, ...] = ()
    lacking_keys: tuple[str, ...] = ()
    excused: int = 0

    def __str__(self) -> str:
        words, keys = _share(self.words, self.lacking_words), _share(self.keys, self.lacking_keys)
        counts = f"{self.name:28} words {words}  keys {keys}" + (
            f"  excused {self.excused}" if self.excused else ""
        )
        lacking = [("words", self.lacking_words), ("keys", self.lacking_keys)]
        return counts + "".join(
            f"\n    missing {what}: {', '.join(which)}" for what, which in lacking if which
        )

    def of(self, program: str) -> bool:
        """Tell whether the C file belongs to a program."""
        return self.name.startswith(f"{program}/")


def _share(count: int, lacking: tuple[str, ...]) -> str:
    """Return how many of so many are there."""
    return f"{count - len(lacking):4}/{count:<4}"


def figures(release: Release, exceptions: Exceptions) -> tuple[list[Figure], list[Source]]:
    """Return how much is named of each C file of a release, and those that are left out.

    A file that a module stands for is never left out.
    """
    wrapped = {name for module in modules().values() for name in files_of(module)}
    left = [
        each
        for each in release.sources
        if each.name not in wrapped and exceptions.left_out(each.name)
    ]
    return [_figure(each, exceptions) for each in release.sources if each not in left], left


def _figure(source: Source, exceptions: Exceptions) -> Figure:
    """Return how much is named of one C file. What is excused is not counted."""
    said = said_of((source.name,))
    no_words = {**exceptions.words.get("*", {}), **exceptions.words.get(source.name, {})}
    no_keys = {**exceptions.keys.get("*", {}), **exceptions.keys.get(source.name, {})}
    words, keys = source.words - no_words.keys(), source.keys - no_keys.keys()
    return Figure(
        source.name,
        len(words),
        len(keys),
        tuple(exceptions.lacks(words, said.words, {}, source.name)),
        tuple(exceptions.lacks(keys, said.keys, {}, source.name)),
        len(source.words - words) + len(source.keys - keys),
    )


def share_of_words(found: Iterable[Figure]) -> float:
    """Return how many percent of the option words are named."""
    counts = [(len(each.lacking_words), each.words) for each in found]
    return _percent(sum(lacking for lacking, _ in counts), sum(count for _, count in counts))


def _percent(lacking: int, count: int) -> float:
    """Return how many percent are there; of nothing, all is."""
    return 100 * (1 - lacking / count) if count else 100


def total(found: list[Figure]) -> str:
    """Return the figures of several files together."""
    words, keys = sum(each.words for each in found), sum(each.keys for each in found)
    of_keys = _percent(sum(len(each.lacking_keys) for each in found), keys)
    excused = sum(each.excused for each in found)
    return (
        f"{len(found)} files, {share_of_words(found):.1f} % of {words} option words, "
        f"{of_keys:.1f} % of {keys} JSON keys ({excused} are excused)"
    )
