"""The option words and JSON keys of iproute2, by C file.

The facts are read from a checkout of iproute2's source. Only the words and keys of the newest
release are in this repository: `scripts/iproute2-RELEASE.json`.
"""

import json
import re
from collections.abc import Iterable
from pathlib import Path

import attrs

__all__ = ["DATA_FOLDER", "PROGRAMS", "Release", "SourceFile"]

DATA_FOLDER = Path(__file__).parents[1]
PROGRAMS = ("ip", "bridge", "tc")

# iproute2 has no table of options: its parsers compare `*argv` with one literal after the other,
# by strcmp() or by matches() of lib/utils.c, which accepts abbreviations.
ARGUMENT = r"(?:\*?\(?\*?arg[v\w]*(?:\s*\+\s*\d\))?\)?(?:\[\d\])?|mode|name|str|lla)"
COMPARED = re.compile(rf'\b(?:strcmp|matches|strcasecmp)\(\s*(?:\*+\s*)?{ARGUMENT}\s*,\s*"([^"]+)"')

# A JSON key is an argument of print_*(PRINT_ANY or PRINT_JSON, key, …), declared in
# include/json_print.h; of jsonw_*() in include/json_writer.h; or of a C file's own print helper.
PRINTED = (
    # print_string(PRINT_ANY, "dst", "%s ", address)
    re.compile(r'\bprint_(?!color_)\w+\(\s*PRINT_(?:ANY|JSON)\s*,\s*"([^"]+)"'),
    # print_color_string(PRINT_ANY, COLOR_MAC, "lladdr", "%s ", address)
    re.compile(
        r"\bprint_color_\w+\(\s*PRINT_(?:ANY|JSON)\s*,"
        r'\s*\w+(?:\([^()]*(?:\([^()]*\))?[^()]*\))?\s*,\s*"([^"]+)"'
    ),
    # tc_print_rate(PRINT_ANY, "bandwidth", "bandwidth %s ", rate)
    re.compile(r'\btc_print_rate\(\s*PRINT_(?:ANY|JSON)\s*,\s*"([^"]+)"'),
    # A helper of a C file: flower_print_geneve_opts("geneve_opt_key", …) in tc/f_flower.c.
    re.compile(r'\b\w*print_(?!usage|headers|opt\b)\w+\((?:[^";{}()]*,\s*)?"([a-z][\w-]*)"\s*[,)]'),
    # Nested objects and arrays.
    re.compile(r'\bopen_json_object\(\s*"([^"]+)"'),
    re.compile(r'\bopen_json_array\(\s*\w+\s*,\s*[^;"]*?"([^"]+)"'),
    re.compile(r'\bjsonw_\w+\(\s*\w+\s*,\s*"([^"]+)"'),
)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
# include/version.h: `static const char version[] = "7.1.0";`
VERSION = re.compile(r'version\[\] = "v?(\d+\.\d+)')
LETTER = re.compile(r"[A-Za-z]")


@attrs.frozen
class SourceFile:
    """A C file: the option words that it accepts and the JSON keys that it prints."""

    name: str
    words: frozenset[str]
    keys: frozenset[str]

    @classmethod
    def read(cls, root: Path, path: Path) -> "SourceFile":
        """Read the words and keys from the code of a C file in a checkout."""
        # An option in commented-out code does not exist.
        code = COMMENT.sub("", path.read_text(errors="replace"))

        words = set()

        for word in COMPARED.findall(code):
            # A comparison with a digit or with punctuation parses a value, not an option.
            if LETTER.search(word) or word in "+-":
                words.add(word)

        keys = set()

        for pattern in PRINTED:
            for key in pattern.findall(code):
                # A format, or the bracket of the text output, in the place of a key.
                if "%" not in key and key != "<":
                    keys.add(key)

        return cls(str(path.relative_to(root)), frozenset(words), frozenset(keys))


@attrs.frozen
class Release:
    """The C files of a release that have words or keys."""

    name: str
    sources: tuple[SourceFile, ...]

    def words_of(self, files: Iterable[str]) -> frozenset[str]:
        """Return the option words of some C files."""
        names = frozenset(files)
        words: set[str] = set()

        for source in self.sources:
            if source.name in names:
                words |= source.words

        return frozenset(words)

    def is_older_than(self, installed: str | None) -> bool:
        """Return whether the version of an installed iproute2 is a higher number.

        A version that is a date (`ss191125`, as 5.4 prints) is never higher.
        """
        version = re.match(r"\d+\.\d+", installed or "")
        return version is not None and _numbers(version[0]) > _numbers(self.name)

    @classmethod
    def read(cls, root: Path) -> "Release":
        """Read the C files of a checkout."""
        version = VERSION.search((root / "include" / "version.h").read_text())
        sources = []

        for program in PROGRAMS:
            for path in sorted((root / program).glob("*.c")):
                source = SourceFile.read(root, path)
                if source.words or source.keys:
                    sources.append(source)

        return cls(version[1] if version else "?", tuple(sources))

    @classmethod
    def load_newest(cls, folder: Path = DATA_FOLDER) -> "Release":
        """Load the newest release in a folder."""
        path = max(folder.glob("iproute2-*.json"), key=lambda file: _numbers(file.stem))
        data = json.loads(path.read_text())

        sources = []

        for name, facts in data["files"].items():
            words, keys = frozenset(facts["words"]), frozenset(facts["keys"])
            sources.append(SourceFile(name, words, keys))

        return cls(data["release"], tuple(sources))

    def save(self, folder: Path = DATA_FOLDER) -> Path:
        """Write the words and keys of the release, a C file a line, and return the path."""
        path = folder / f"iproute2-{self.name}.json"
        command = "scripts/iproute2_coverage.py --source DIR --keep"
        source = f"option words compared and JSON keys printed, by C file; by {command}"

        lines = [
            "{",
            f' "release": {_to_json(self.name)},',
            f' "source": {_to_json(f"iproute2 {self.name}: {source}")},',
            ' "files": {',
            ",\n".join(f"  {_to_json(file.name)}: {_facts_json(file)}" for file in self.sources),
            " }",
            "}",
        ]

        path.write_text("\n".join(lines) + "\n")

        return path


def _numbers(text: str) -> list[int]:
    """Return the numbers in a text, to compare releases."""
    return [int(digits) for digits in re.findall(r"\d+", text)]


def _facts_json(source: SourceFile) -> str:
    """Format the words and keys of a C file as JSON, sorted."""
    return _to_json({"words": sorted(source.words), "keys": sorted(source.keys)})


def _to_json(value: object) -> str:
    """Format a value as JSON."""
    return json.dumps(value, ensure_ascii=False)
