"""What iproute2 has: the words of the command line that each C file takes, and the keys of JSON
that it prints.

They are read from a checkout; those of the newest release are kept in
`scripts/iproute2-RELEASE.json`: only words.
"""

import json
import re
from collections.abc import Iterable
from pathlib import Path

import attrs

__all__ = ["KEPT", "PROGRAMS", "Release", "Source"]

KEPT = Path(__file__).parents[1]
PROGRAMS = ("ip", "bridge", "tc")

# In C: a word of the command line that is compared; a key that is printed, also by a helper that is
# given it.
ARGUMENT = r"(?:\*?\(?\*?arg[v\w]*(?:\s*\+\s*\d\))?\)?(?:\[\d\])?|mode|name|str|lla)"
COMPARED = re.compile(rf'\b(?:strcmp|matches|strcasecmp)\(\s*(?:\*+\s*)?{ARGUMENT}\s*,\s*"([^"]+)"')
PRINTED = (
    re.compile(r'\bprint_(?!color_)\w+\(\s*PRINT_(?:ANY|JSON)\s*,\s*"([^"]+)"'),
    re.compile(
        r"\bprint_color_\w+\(\s*PRINT_(?:ANY|JSON)\s*,"
        r'\s*\w+(?:\([^()]*(?:\([^()]*\))?[^()]*\))?\s*,\s*"([^"]+)"'
    ),
    re.compile(r'\btc_print_rate\(\s*PRINT_(?:ANY|JSON)\s*,\s*"([^"]+)"'),
    re.compile(r'\b\w*print_(?!usage|headers|opt\b)\w+\((?:[^";{}()]*,\s*)?"([a-z][\w-]*)"\s*[,)]'),
    re.compile(r'\bopen_json_object\(\s*"([^"]+)"'),
    re.compile(r'\bopen_json_array\(\s*\w+\s*,\s*[^;"]*?"([^"]+)"'),
    re.compile(r'\bjsonw_\w+\(\s*\w+\s*,\s*"([^"]+)"'),
)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
VERSION = re.compile(r'version\[\] = "v?(\d+\.\d+)')
LETTER = re.compile(r"[A-Za-z]")


@attrs.frozen
class Source:
    """One C file: the words that it takes and the keys that it prints."""

    name: str
    words: frozenset[str]
    keys: frozenset[str]

    @classmethod
    def read(cls, root: Path, path: Path) -> "Source":
        """Return what a file's code says."""
        code = COMMENT.sub("", path.read_text(errors="replace"))
        words = frozenset(
            word for word in COMPARED.findall(code) if LETTER.search(word) or word in "+-"
        )
        keys = frozenset(key for pattern in PRINTED for key in pattern.findall(code))
        keys = frozenset(
            key for key in keys if "%" not in key and key != "<"
        )  # a format, where there is no key
        return cls(str(path.relative_to(root)), words, keys)


@attrs.frozen
class Release:
    """All C files of one release that have words or keys."""

    name: str
    sources: tuple[Source, ...]

    def words_of(self, files: Iterable[str]) -> frozenset[str]:
        """Return the option words of some C files."""
        names = frozenset(files)
        return frozenset[str]().union(
            *(source.words for source in self.sources if source.name in names)
        )

    def is_older_than(self, installed: str | None) -> bool:
        """Return whether an installed iproute2 calls itself by a higher number.

        None does by a date, as 5.4 does.
        """
        version = re.match(r"\d+\.\d+", installed or "")
        return version is not None and _numbers(version[0]) > _numbers(self.name)

    @classmethod
    def read(cls, root: Path) -> "Release":
        """Return what a checkout says."""
        found = VERSION.search((root / "include" / "version.h").read_text())
        paths = (path for program in PROGRAMS for path in sorted((root / program).glob("*.c")))
        sources = (Source.read(root, path) for path in paths)
        return cls(
            found[1] if found else "?", tuple(each for each in sources if each.words or each.keys)
        )

    @classmethod
    def newest(cls, folder: Path = KEPT) -> "Release":
        """Return the newest release that is kept."""
        path = max(folder.glob("iproute2-*.json"), key=lambda each: _numbers(each.stem))
        data = json.loads(path.read_text())
        files = data["files"].items()
        return cls(data["release"], tuple(_source(name, **about) for name, about in files))

    def keep(self, folder: Path = KEPT) -> Path:
        """Write what there is to know of this release, a C file a line, and return the path."""
        path = folder / f"iproute2-{self.name}.json"
        command = "scripts/iproute2_coverage.py --source DIR --keep"
        source = f"option words compared and JSON keys printed, by C file; by {command}"
        lines = ",\n".join(f"  {_text(each.name)}: {_facts(each)}" for each in self.sources)
        head = (
            f' "release": {_text(self.name)},\n "source": '
            f"{_text(f'iproute2 {self.name}: {source}')}"
        )
        path.write_text(f'{{\n{head},\n "files": {{\n{lines}\n }}\n}}\n')
        return path


def _numbers(text: str) -> list[int]:
    """Return the numbers in a text, to compare releases."""
    return [int(each) for each in re.findall(r"\d+", text)]


def _source(name: str, words: Iterable[str], keys: Iterable[str]) -> Source:
    """Return a C file as it is kept."""
    return Source(name, frozenset(words), frozenset(keys))


def _facts(source: Source) -> str:
    """Return the words and keys of a C file as JSON, sorted."""
    return _text({"words": sorted(source.words), "keys": sorted(source.keys)})


def _text(value: object) -> str:
    """Return a value as JSON."""
    return json.dumps(value, ensure_ascii=False)
