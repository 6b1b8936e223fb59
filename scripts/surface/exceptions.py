"""Intended omissions, each with its reason; and synonyms of covered words."""

import json
from collections.abc import Collection, Iterable, Mapping
from fnmatch import fnmatch
from pathlib import Path

import attrs

__all__ = ["FILE", "Exceptions"]

FILE = Path(__file__).parents[1] / "iproute2_coverage.json"

Reasons = Mapping[str, Mapping[str, str]]  # by C file or usage text (`*`: everywhere), then by word


@attrs.frozen
class Exceptions:
    """The content of `iproute2_coverage.json`.

    ``synonyms`` apply everywhere, ``same`` in one C file. ``objects`` and ``files`` give the reason
    why ipwrap lacks a whole object or C file; ``help``, ``words`` and ``keys`` the reason for a
    word of a usage text, or for a word or a key of a C file; the word `*` of a C file is each of
    its words.
    """

    synonyms: Mapping[str, list[str]]
    same: Mapping[str, Mapping[str, list[str]]]
    objects: Mapping[str, str]
    files: Mapping[str, str]
    help: Reasons
    words: Reasons
    keys: Reasons

    @classmethod
    def load(cls) -> "Exceptions":
        """Read the exceptions of this repository."""
        return cls(**json.loads(FILE.read_text()))

    def find_missing(
        self,
        words: Iterable[str],
        covered: Iterable[str],
        *,
        excused: Collection[str] = (),
        file: str = "",
    ) -> list[str]:
        """Return the words that are neither covered, nor synonyms of a covered word, nor excused.

        ``file`` is the C file whose own synonyms apply too.
        """
        covered_words = set(covered)
        synonyms = {**self.synonyms, **self.same.get(file, {})}
        uncovered = sorted(set(words) - covered_words - set(excused))

        return [word for word in uncovered if covered_words.isdisjoint(synonyms.get(word, ()))]

    def omission_reason(self, file: str) -> str | None:
        """Return why a C file is omitted, or None if the file counts."""
        for pattern, reason in self.files.items():
            if fnmatch(file, pattern):
                return reason

        return None
