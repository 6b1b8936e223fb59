"""What is left out on purpose, each with its reason; and other words for what is named."""

import json
from collections.abc import Iterable, Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import attrs

__all__ = ["FILE", "Exceptions"]

FILE = Path(__file__).parents[1] / "iproute2_coverage.json"

Reasons = Mapping[str, Mapping[str, str]]  # by where (`*` is everywhere), and by the word


@attrs.frozen
class Exceptions:
    """What `coverage.json` says. ``synonyms`` hold everywhere, ``same`` in one C file."""

    synonyms: Mapping[str, list[str]]
    same: Mapping[str, Mapping[str, list[str]]]
    objects: Mapping[str, str]
    files: Mapping[str, str]
    help: Reasons
    words: Reasons
    keys: Reasons

    @classmethod
    def load(cls) -> "Exceptions":
        """Return those that are kept."""
        return cls(**json.loads(FILE.read_text()))

    def lacks(
        self, words: Iterable[str], said: Iterable[str], excused: Mapping[str, Any], where: str = ""
    ) -> list[str]:
        """Return the words that are neither said, nor synonyms of one that is, nor excused."""
        known = set(said)
        left = set(words) - known - excused.keys()
        also = {**self.synonyms, **self.same.get(where, {})}
        return sorted(word for word in left if known.isdisjoint(also.get(word, ())))

    def left_out(self, file: str) -> str | None:
        """Return why a C file is left out, if it is."""
        return next((why for pattern, why in self.files.items() if fnmatch(file, pattern)), None)
