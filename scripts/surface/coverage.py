"""The words and keys that ipwrap covers: words of option tables, keys of models, words in code.

The docstrings of a module name the C files that the module covers (``ip/ipneigh.c``). The docstring
of the module itself stands for the whole module. Otherwise only the classes and functions with a C
file in their docstrings count, with everything in the module that they use.
"""

import ast
import importlib
import inspect
import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import is_typeddict

import attrs

import ipwrap
from ipwrap.errors import InvalidArgument
from ipwrap.models.base import schema_of
from ipwrap.options.table import Option, options_of
from ipwrap.verbs.hints import HintsAttributes
from scripts.surface.facts import PROGRAMS

__all__ = [
    "Coverage",
    "c_files_of",
    "coverage_by_module",
    "coverage_of_files",
    "covering_modules",
    "module_coverage_of_files",
]

C_FILE = re.compile(rf"\b(?:{'|'.join(PROGRAMS)})/\w+\.c\b")
Definition = ast.ClassDef | ast.FunctionDef

JSON_READERS = ("get", "pop", "json_key")  # called with a JSON key as the first argument
JSON_KEY_ARGUMENTS = ("key", "json_key")
KEYWORD_ARGUMENTS = ("word", "keyword")


@attrs.frozen
class Coverage:
    """Covered words of the command line, and covered keys of JSON."""

    words: frozenset[str] = frozenset()
    keys: frozenset[str] = frozenset()

    def __or__(self, other: "Coverage") -> "Coverage":
        return Coverage(self.words | other.words, self.keys | other.keys)


@cache
def covering_modules() -> dict[str, ModuleType]:
    """Return the modules that cover parts of iproute2, by their names without `ipwrap.`."""
    package = Path(ipwrap.__file__).parent
    modules = {}

    for path in sorted(package.rglob("*.py")):
        if not C_FILE.search(path.read_text()):
            continue

        parts = path.relative_to(package).with_suffix("").parts
        name = ".".join(parts).removesuffix(".__init__")
        modules[name] = importlib.import_module(f"ipwrap.{name}")

    return modules


@cache
def c_files_of(module: ModuleType) -> frozenset[str]:
    """Return the C files that the docstrings of a module name."""
    files = set(_files_in_docstring(_syntax_tree(module)))
    for definition in _definitions(module).values():
        files |= _cited_files(definition)

    return frozenset(files)


def coverage_of_files(files: Iterable[str]) -> Coverage:
    """Return the coverage of C files by the definitions that cite at least one file."""
    requested = frozenset(files)
    coverage = Coverage()

    for module in covering_modules().values():
        if c_files_of(module) & requested:
            names = _definitions_citing(module, requested)
            coverage |= _coverage_of(module, frozenset(names))

    return coverage


def module_coverage_of_files(files: Iterable[str]) -> Coverage:
    """Return the coverage by whole modules that cite at least one C file."""
    requested = frozenset(files)
    coverage = Coverage()

    for module in covering_modules().values():
        if c_files_of(module) & requested:
            coverage |= coverage_by_module(module)

    return coverage


def coverage_by_module(module: ModuleType) -> Coverage:
    """Return the coverage by a whole module."""
    return _coverage_of(module, frozenset(_definitions(module)))


@cache
def _syntax_tree(module: ModuleType) -> ast.Module:
    """Parse the source of a module."""
    return ast.parse(inspect.getsource(module))


@cache
def _definitions(module: ModuleType) -> dict[str, ast.stmt]:
    """Return the classes, functions and variables at the top level of a module, by name."""
    definitions: dict[str, ast.stmt] = {}

    for statement in _syntax_tree(module).body:
        if isinstance(statement, Definition):
            definitions[statement.name] = statement
        elif isinstance(statement, (ast.Assign, ast.AnnAssign)):
            for name in _assigned_names(statement):
                definitions[name] = statement

    # `__all__` repeats names; a name in the list covers nothing.
    definitions.pop("__all__", None)

    return definitions


def _assigned_names(statement: ast.Assign | ast.AnnAssign) -> Iterator[str]:
    """Yield the variables that a statement assigns to."""
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]

    for target in targets:
        for node in ast.walk(target):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id


def _files_in_docstring(node: ast.Module | Definition) -> list[str]:
    """Return the C files that a docstring names."""
    return C_FILE.findall(ast.get_docstring(node) or "")


def _cited_files(statement: ast.stmt) -> set[str]:
    """Return the C files in the docstrings within a definition."""
    files = set()
    for node in ast.walk(statement):
        if isinstance(node, Definition):
            files.update(_files_in_docstring(node))

    return files


def _definitions_citing(module: ModuleType, files: frozenset[str]) -> set[str]:
    """Return the names of the definitions in a module that cover at least one C file."""
    definitions = _definitions(module)

    if files.intersection(_files_in_docstring(_syntax_tree(module))):
        return set(definitions)

    citing = [name for name, statement in definitions.items() if files & _cited_files(statement)]

    return _with_used_definitions(module, citing)


def _with_used_definitions(module: ModuleType, names: Iterable[str]) -> set[str]:
    """Return the names, and the names of every definition in the module that they use."""
    definitions = _definitions(module)
    reached: set[str] = set()
    pending = list(names)

    while pending:
        name = pending.pop()
        if name not in definitions or name in reached:
            continue

        reached.add(name)
        nodes = ast.walk(definitions[name])
        pending.extend(node.id for node in nodes if isinstance(node, ast.Name))

    return reached


@cache
def _coverage_of(module: ModuleType, names: frozenset[str]) -> Coverage:
    """Return the coverage by some definitions of a module, inherited options included."""
    classes = _classes_of(module, names)
    coverage = _coverage_of_texts(module, names)

    for cls in classes:
        coverage |= _coverage_of_options(cls) | Coverage(keys=_field_keys(cls))

    # A kind inherits options from classes of other modules, which cite no C file of the kind.
    for base in _base_classes(classes):
        base_module = sys.modules[base.__module__]
        base_names = _with_used_definitions(base_module, (base.__name__,))
        coverage |= _coverage_of_texts(base_module, frozenset(base_names))

    return coverage


def _classes_of(module: ModuleType, names: Iterable[str]) -> list[type]:
    """Return the classes among some definitions of a module, without imported classes."""
    classes = []
    for name in names:
        value = vars(module)[name]
        if inspect.isclass(value) and value.__module__ == module.__name__:
            classes.append(value)

    return classes


def _base_classes(classes: Iterable[type]) -> set[type]:
    """Return the base classes that ipwrap defines, but for that with the names it lacks."""
    bases: set[type] = set()
    for cls in classes:
        bases.update(base for base in cls.__mro__[1:] if base.__module__.startswith("ipwrap."))

    return bases - {HintsAttributes}


def _coverage_of_options(cls: type) -> Coverage:
    """Return the words and keys in the option table of a class."""
    if not attrs.has(cls) and not is_typeddict(cls):
        return Coverage()

    words: set[str] = set()
    keys: set[str] = set()

    for option in options_of(cls):
        words |= _option_words(option)
        if not option.json_key:
            continue
        for key in option.codec.json_keys(option.json_key):
            # A nested key is a path, `delay.jitter`: the C file prints its parts.
            keys.update((key, *key.split(".")))

    return Coverage(frozenset(words), frozenset(keys))


def _field_keys(cls: type) -> frozenset[str]:
    """Return the names of the fields of a class, and the JSON keys that its model reads."""
    keys: set[str] = set()

    if attrs.has(cls):
        schema = schema_of(cls)
        keys.update(schema.fields, schema.keys)

    if is_typeddict(cls):
        keys.update(cls.__annotations__)

    return frozenset(keys)


@cache
def _coverage_of_texts(module: ModuleType, names: frozenset[str]) -> Coverage:
    """Return the string literals in some definitions, as words or keys according to their use."""
    collector = TextCollector()
    for name in sorted(names):
        collector.visit(_definitions(module)[name])

    return Coverage(frozenset(collector.words), frozenset(collector.keys))


class TextCollector(ast.NodeVisitor):
    """Collect the string literals in code as words, as keys, or as both.

    A literal that looks a value up in JSON is a key, and no word. Pieces of messages are neither.
    """

    def __init__(self) -> None:
        self.words: set[str] = set()
        self.keys: set[str] = set()

    def visit_Constant(self, node: ast.Constant) -> None:
        """Add a string of unknown use as a word and a key."""
        if isinstance(node.value, str):
            self.words.add(node.value)
            self.keys.add(node.value)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """Visit only the expressions of an f-string, not its text."""
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                self.visit(part.value)

    def visit_Raise(self, node: ast.Raise) -> None:
        """Skip the message of an error."""

    def visit_keyword(self, node: ast.keyword) -> None:
        """Add `json_key=` as a key and `keyword=` as a word; skip the release in `since=`."""
        if node.arg in JSON_KEY_ARGUMENTS:
            self.keys.update(_strings(node.value))
        elif node.arg in KEYWORD_ARGUMENTS:
            self.words.update(_strings(node.value))
        elif node.arg != "since":
            self.visit(node.value)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        """Add a constant index as a key."""
        self.visit(node.value)

        if isinstance(node.slice, ast.Constant):
            self.keys.update(_strings(node.slice))
        else:
            self.visit(node.slice)

    def visit_Call(self, node: ast.Call) -> None:
        """Add the first argument of `.get` and `.pop` as a key."""
        self.visit(node.func)

        arguments = list(node.args)
        if _function_name(node.func) in JSON_READERS and arguments:
            self.keys.update(_strings(arguments.pop(0)))

        for argument in (*arguments, *node.keywords):
            self.visit(argument)


def _function_name(function: ast.expr) -> str:
    """Return the name of a called function or method, or nothing for a longer expression."""
    if isinstance(function, ast.Attribute):
        return function.attr
    return getattr(function, "id", "")


def _strings(expression: ast.AST) -> Iterator[str]:
    """Yield the string literals in an expression."""
    for node in ast.walk(expression):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _option_words(option: Option) -> set[str]:
    """Return the words of an option: its keyword, and the words for true and false."""
    if not option.keyword:
        return set()

    words = {option.keyword}

    for value in (True, False):
        # Only a codec of booleans accepts them; the other codecs reject both values.
        try:
            words.update(option.codec.format_args(option.keyword, value))
        except (InvalidArgument, AttributeError, TypeError, ValueError):
            continue

    return words
