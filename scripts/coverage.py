"""Which option words and JSON keys of iproute2 ipwrap names, and which are missing.

::

    python scripts/coverage.py                          the usage texts of the iproute2 that is installed
    python scripts/coverage.py --source DIR             also a checkout of iproute2's source, file by file

Nothing has to be registered for it. A module of ipwrap says in its docstrings which C files it stands for
(``ip/ipneigh.c``); what it names are the words of its tables, the keys of its models, and the words in its code. What
is left out on purpose is in ``coverage.json``, each with its reason. The status is 1 if anything else is missing from
the usage texts, or if fewer than ``--goal`` percent of the source's option words of ip or of bridge are named. (Of tc,
ipwrap types what a lab needs; its figures are printed all the same.)
"""

import argparse
import ast
import importlib
import inspect
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, is_typeddict

import attrs

import ipwrap
from ipwrap import Command, Session
from ipwrap.errors import BadValue
from ipwrap.kinds import KINDS
from ipwrap.models.base import shape
from ipwrap.option import Option, table

__all__ = ["Exceptions", "Figure", "Said", "Source", "figures", "help_words", "main", "missing_help", "said_of"]

PROGRAMS = ("ip", "bridge", "tc")
WHOLE = ("ip", "bridge")  # those that ipwrap means to name every word of
C_FILE = re.compile(rf"\b(?:{'|'.join(PROGRAMS)})/\w+\.c\b")

# In C: a word of the command line that is compared; a key that is printed.
COMPARED = re.compile(r'\b(?:strcmp|matches|strcasecmp)\(\s*(?:\*+\s*)?\(?\*?arg[v\w]*\)?(?:\[\d\])?\s*,\s*"([^"]+)"')
PRINTED = (
    re.compile(r'\bprint_(?!color_)\w+\(\s*PRINT_(?:ANY|JSON)\s*,\s*"([^"]+)"'),
    re.compile(
        r'\bprint_color_\w+\(\s*PRINT_(?:ANY|JSON)\s*,\s*\w+(?:\([^()]*(?:\([^()]*\))?[^()]*\))?\s*,\s*"([^"]+)"'
    ),
    re.compile(r'\bopen_json_object\(\s*"([^"]+)"'),
    re.compile(r'\bopen_json_array\(\s*\w+\s*,\s*[^;"]*?"([^"]+)"'),
    re.compile(r'\bjsonw_\w+\(\s*\w+\s*,\s*"([^"]+)"'),
)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)

# In a usage text: what a choice of first letters stands for, and a word in small letters that is no part of another.
LETTERS = re.compile(r"\[([a-z|]+)\]([\w-]+)")
WORD = re.compile(r"(?<![\w.<:-])-?([a-z0-9][a-z0-9_.+-]*[a-z0-9])(?![\w>:=])")
NUMBER = re.compile(r"0x.*|\d+(\.\.\d+|-\d+)?")


@attrs.frozen
class Said:
    """What some modules name: words of the command line, and keys of JSON."""

    words: frozenset[str] = frozenset()
    keys: frozenset[str] = frozenset()

    def __or__(self, other: "Said") -> "Said":
        return Said(self.words | other.words, self.keys | other.keys)


@attrs.frozen
class Exceptions:
    """What is left out on purpose, by where, each with its reason; and other words for what is named."""

    synonyms: Mapping[str, list[str]]
    objects: Mapping[str, str]
    files: Mapping[str, str]
    help: Mapping[str, Mapping[str, str]]
    words: Mapping[str, Mapping[str, str]]
    keys: Mapping[str, Mapping[str, str]]

    @classmethod
    def load(cls) -> "Exceptions":
        """Return those in the file beside this one."""
        return cls(**json.loads(Path(__file__).with_suffix(".json").read_text()))

    def lacks(self, words: Iterable[str], said: Iterable[str], excused: Mapping[str, Any]) -> list[str]:
        """Return the words that are neither said, nor synonyms of one that is, nor excused."""
        known = set(said)
        left = set(words) - known - excused.keys()
        return sorted(word for word in left if known.isdisjoint(self.synonyms.get(word, ())))

    def left_out(self, file: str) -> str | None:
        """Return why a C file is left out, if it is."""
        return next((why for pattern, why in self.files.items() if fnmatch(file, pattern)), None)


@cache
def modules() -> dict[str, ModuleType]:
    """Return the modules that stand for parts of iproute2, by their names without `ipwrap.`."""
    root = Path(ipwrap.__file__).parent
    files = (path for path in sorted(root.rglob("*.py")) if C_FILE.search(path.read_text()))
    names = (".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__") for path in files)
    return {name: importlib.import_module(f"ipwrap.{name}") for name in names}


@cache
def _tree(module: ModuleType) -> ast.Module:
    """Return a module's code."""
    return ast.parse(inspect.getsource(module))


def _docstrings(module: ModuleType) -> Iterator[str]:
    """Yield the docstrings of a module, its classes and its functions."""
    for node in ast.walk(_tree(module)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
            yield ast.get_docstring(node) or ""


@cache
def files_of(module: ModuleType) -> frozenset[str]:
    """Return the C files that a module stands for, as its docstrings say."""
    return frozenset(name for text in _docstrings(module) for name in C_FILE.findall(text))


@cache
def said_by(module: ModuleType) -> Said:
    """Return what one module names, with what its classes have from others."""
    own = [each for each in vars(module).values() if inspect.isclass(each) and each.__module__ == module.__name__]
    rows = [row for cls in own if attrs.has(cls) or is_typeddict(cls) for row in table(cls)]
    fields = {name for cls in own if attrs.has(cls) for name in (*shape(cls).fields, *shape(cls).keys)}
    keys = {part for row in rows if row.key for key in row.codec.keys(row.key) for part in (key, *key.split("."))}
    texts = {text for each in (module, *_bases(own)) for text in _texts(each)}
    return Said(frozenset(texts | {word for row in rows for word in _words(row)}), frozenset(texts | fields | keys))


def _bases(classes: Iterable[type]) -> set[ModuleType]:
    """Return the modules of ipwrap that the bases of classes are from."""
    names = {base.__module__ for cls in classes for base in cls.__mro__}
    return {sys.modules[name] for name in names if name.startswith("ipwrap.")}


def _texts(module: ModuleType) -> Iterator[str]:
    """Yield the texts in a module's code."""
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _words(row: Option) -> set[str]:
    """Return the words of one option: its own, and those for yes and no."""
    if not row.word:
        return set()
    found = {row.word, *row.codec.keywords()} if hasattr(row.codec, "keywords") else {row.word}
    for value in (True, False):
        try:
            found.update(row.codec.words(row.word, value))
        except (BadValue, AttributeError, TypeError, ValueError):  # no truth
            continue
    return found


def said_of(files: Iterable[str]) -> Said:
    """Return what all modules that stand for any of these C files name."""
    asked = set(files)
    found = Said()
    for module in modules().values():
        if files_of(module) & asked:
            found |= said_by(module)
    return found


def help_words(text: str) -> set[str]:
    """Return the words of the command line in a usage text: what is in small letters, and no placeholder."""
    found = WORD.findall(LETTERS.sub(_each_letter, text))
    return {word for word in found if not NUMBER.fullmatch(word)}


def _each_letter(found: "re.Match[str]") -> str:
    """Return the words that `[no]learning` and `[i|o]key` stand for."""
    return " ".join(prefix + found[2] for prefix in ("", *found[1].split("|")))


def helped() -> dict[str, tuple[tuple[str, ...], str]]:
    """Return the commands that print a usage text, by what they are about: their words, and the module's name."""
    found: dict[str, tuple[tuple[str, ...], str]] = {}
    for name in modules():
        program, *noun = name.split(".")
        if program in PROGRAMS and len(noun) == 1:
            found[f"{program} {noun[0]}"] = ((program, noun[0], "help"), name)
    for kind_, cls in KINDS.items():
        found[f"link {kind_}"] = (("ip", "link", "help", kind_), cls.__module__.removeprefix("ipwrap."))
    return found


def missing_help(session: Session, exceptions: Exceptions) -> dict[str, list[str]]:
    """Return, by what it is about, the words that the installed iproute2 tells of and that nothing names."""
    found = {program: _objects(session, program, exceptions) for program in PROGRAMS}
    for about, (argv, module) in helped().items():
        said = said_of(files_of(modules()[module])) | said_by(modules()[module])
        if about.startswith("link "):  # those without a text of their own print that of `ip link`
            said |= said_of(files_of(modules()["ip.link"]))
        excused = {**exceptions.help.get("*", {}), **exceptions.help.get(about, {}), **dict.fromkeys(KINDS)}
        found[about] = exceptions.lacks(help_words(_usage(session, argv)), said.words, excused)
    return {about: words for about, words in found.items() if words}


def _usage(session: Session, argv: tuple[str, ...]) -> str:
    """Return a usage text: some print it on stdout, some on stderr; none at all where this iproute2 has no such."""
    result = session.run(Command(argv, changes=False), check=False)
    text = result.stdout + result.stderr
    return text if "sage" in text else ""


def _objects(session: Session, program: str, exceptions: Exceptions) -> list[str]:
    """Return the objects of a program (`ip neigh`) that ipwrap has nothing for."""
    text = _usage(session, (program, "help"))
    listed = re.search(r"OBJECT := \{(.*?)\}", text, re.DOTALL)
    ours = {name.removeprefix(f"{program}.") for name in modules()}
    excused = {name.removeprefix(f"{program} ") for name in exceptions.objects if name.startswith(f"{program} ")}
    return exceptions.lacks(WORD.findall(listed[1]) if listed else (), ours, dict.fromkeys(excused))


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
        keys = frozenset(key for pattern in PRINTED for key in pattern.findall(code))
        keys = frozenset(key for key in keys if "%" not in key and key != "<")  # a format, where there is no key
        return cls(str(path.relative_to(root)), frozenset(COMPARED.findall(code)), keys)


@attrs.frozen
class Figure:
    """How much of one C file is named: how many words and keys it has, and which are missing."""

    name: str
    words: int
    keys: int
    lacking_words: tuple[str, ...]
    lacking_keys: tuple[str, ...]

    def __str__(self) -> str:
        words, keys = _share(self.words, self.lacking_words), _share(self.keys, self.lacking_keys)
        counts = f"{self.name:28} words {words}  keys {keys}"
        lacking = [("words", self.lacking_words), ("keys", self.lacking_keys)]
        return counts + "".join(f"\n    missing {what}: {', '.join(which)}" for what, which in lacking if which)


def _share(count: int, lacking: tuple[str, ...]) -> str:
    """Return how many of so many are there."""
    return f"{count - len(lacking):4}/{count:<4}"


def figures(root: Path, exceptions: Exceptions) -> tuple[list[Figure], list[Source]]:
    """Return how much is named of each C file in a checkout, and those that are left out.

    A file that a module stands for is never left out.
    """
    sources = [Source.read(root, path) for program in PROGRAMS for path in sorted((root / program).glob("*.c"))]
    wrapped = {name for module in modules().values() for name in files_of(module)}
    left = [each for each in sources if each.name not in wrapped and exceptions.left_out(each.name)]
    counted = [each for each in sources if each not in left and (each.words or each.keys)]
    return [_figure(each, exceptions) for each in counted], left


def _figure(source: Source, exceptions: Exceptions) -> Figure:
    """Return how much is named of one C file. What is excused is not counted."""
    said = said_of((source.name,))
    no_words = {**exceptions.words.get("*", {}), **exceptions.words.get(source.name, {})}
    no_keys = {**exceptions.keys.get("*", {}), **exceptions.keys.get(source.name, {})}
    words, keys = source.words - no_words.keys(), source.keys - no_keys.keys()
    lacking = exceptions.lacks(words, said.words, {}), exceptions.lacks(keys, said.keys, {})
    return Figure(source.name, len(words), len(keys), tuple(lacking[0]), tuple(lacking[1]))


def _told(about: str, words: list[str]) -> str:
    """Return a line on what is missing."""
    return f"{about}: {', '.join(words)}"


def _report_help(exceptions: Exceptions) -> bool:
    """Print what is missing from the installed iproute2's usage texts, and tell whether nothing is."""
    with Session(sandbox=True) as session:
        missing = missing_help(session, exceptions)
    print(f"{len(helped())} usage texts of the installed iproute2:", "nothing is missing" if not missing else "missing")
    print("".join(f"    {_told(about, words)}\n" for about, words in missing.items()), end="")
    return not missing


def _report_source(root: Path, exceptions: Exceptions, goal: float) -> bool:
    """Print the figures of a checkout, file by file and in all, and tell whether the goal is met."""
    found, left = figures(root, exceptions)
    print(*found, sep="\n")
    for program in PROGRAMS:
        print(f"{program}: {_total([each for each in found if _of(each, program)])}")
    print(f"in all: {_total(found)}")
    words, keys = sum(len(each.words) for each in left), sum(len(each.keys) for each in left)
    print(f"not counted: {len(left)} files that ipwrap leaves out, with {words} words and {keys} keys")
    return all(_named([each for each in found if _of(each, program)]) >= goal for program in WHOLE)


def _of(figure: Figure, program: str) -> bool:
    """Tell whether a C file belongs to a program."""
    return figure.name.startswith(f"{program}/")


def _named(found: list[Figure]) -> float:
    """Return how many percent of the option words are named."""
    return _percent(sum(len(each.lacking_words) for each in found), sum(each.words for each in found))


def _percent(lacking: int, count: int) -> float:
    """Return how many percent are there; of nothing, all is."""
    return 100 * (1 - lacking / count) if count else 100


def _total(found: list[Figure]) -> str:
    """Return the figures of several files together."""
    words, keys = sum(each.words for each in found), sum(each.keys for each in found)
    of_keys = _percent(sum(len(each.lacking_keys) for each in found), keys)
    return f"{len(found)} files, {_named(found):.1f} % of {words} option words, {of_keys:.1f} % of {keys} JSON keys"


def main(arguments: list[str] | None = None) -> int:
    """Print what is asked for and return the exit status."""
    parser = argparse.ArgumentParser(description="which option words and JSON keys of iproute2 ipwrap names")
    parser.add_argument("--source", type=Path, metavar="DIR", help="a checkout of iproute2")
    parser.add_argument("--goal", type=float, default=98, help="percent of its option words that have to be named")
    asked = parser.parse_args(arguments)
    exceptions = Exceptions.load()
    good = [_report_help(exceptions)]
    if asked.source:
        good.append(_report_source(asked.source, exceptions, asked.goal))
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
