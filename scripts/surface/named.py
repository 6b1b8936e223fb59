"""What ipwrap names: the words of its tables, the keys of its models, and the words in its code.

A module says in its docstrings which C files it stands for (``ip/ipneigh.c``). If its own docstring
says it, all of it does; otherwise those classes and functions do whose docstrings say it, with all
in the module that they use.
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
from scripts.surface.facts import PROGRAMS

__all__ = ["Said", "files_of", "modules", "said_about", "said_by", "said_of"]

C_FILE = re.compile(rf"\b(?:{'|'.join(PROGRAMS)})/\w+\.c\b")
Definition = ast.ClassDef | ast.FunctionDef
READERS = ("get", "pop", "json_key")  # called with a key of JSON


@attrs.frozen
class Said:
    """What some modules name: words of the command line, and keys of JSON."""

    words: frozenset[str] = frozenset()
    keys: frozenset[str] = frozenset()

    def __or__(self, other: "Said") -> "Said":
        return Said(self.words | other.words, self.keys | other.keys)


@cache
def modules() -> dict[str, ModuleType]:
    """Return the modules that stand for parts of iproute2, by their names without `ipwrap.`."""
    root = Path(ipwrap.__file__).parent
    files = (path for path in sorted(root.rglob("*.py")) if C_FILE.search(path.read_text()))
    names = (
        ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
        for path in files
    )
    return {name: importlib.import_module(f"ipwrap.{name}") for name in names}


@cache
def files_of(module: ModuleType) -> frozenset[str]:
    """Return the C files that a module stands for, as its docstrings say."""
    tops = _tops(module).values()
    return frozenset(_files(_tree(module))).union(*(_cited(node) for node in tops))


def said_of(files: Iterable[str]) -> Said:
    """Return what all modules that stand for any of these C files name."""
    asked = frozenset(files)
    found = Said()
    for module in modules().values():
        if files_of(module) & asked:
            found |= _said(module, frozenset(_standing(module, asked)))
    return found


def said_about(files: Iterable[str]) -> Said:
    """Return what all modules that stand for any of these C files name, on whatever."""
    asked = frozenset(files)
    found = Said()
    for module in modules().values():
        if files_of(module) & asked:
            found |= said_by(module)
    return found


def said_by(module: ModuleType) -> Said:
    """Return what one module names."""
    return _said(module, frozenset(_tops(module)))


@cache
def _tree(module: ModuleType) -> ast.Module:
    """Return a module's code."""
    return ast.parse(inspect.getsource(module))


@cache
def _tops(module: ModuleType) -> dict[str, ast.stmt]:
    """Return what a module defines, by name."""
    found: dict[str, ast.stmt] = {}
    for node in _tree(module).body:
        if isinstance(node, Definition):
            found[node.name] = node
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found.update(
                (name, node)
                for target in targets
                for each in ast.walk(target)
                for name in _stored(each)
            )
    found.pop("__all__", None)
    return found


def _stored(node: ast.AST) -> tuple[str, ...]:
    """Return the name that is assigned to, if a node is one."""
    return (node.id,) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) else ()


def _files(node: ast.Module | Definition) -> list[str]:
    """Return the C files that a docstring names."""
    return C_FILE.findall(ast.get_docstring(node) or "")


def _cited(node: ast.stmt) -> set[str]:
    """Return the C files that the docstrings within a definition name."""
    return {
        name for each in ast.walk(node) if isinstance(each, Definition) for name in _files(each)
    }


def _standing(module: ModuleType, files: frozenset[str]) -> set[str]:
    """Return the names of what in a module stands for any of some C files."""
    tops = _tops(module)
    if files.intersection(_files(_tree(module))):
        return set(tops)
    return _reach(module, (name for name, node in tops.items() if files & _cited(node)))


def _reach(module: ModuleType, names: Iterable[str]) -> set[str]:
    """Return these names, and those of all else in a module that they use."""
    tops, found, left = _tops(module), set[str](), list(names)
    while left:
        name = left.pop()
        if name in tops and name not in found:
            found.add(name)
            left += [each.id for each in ast.walk(tops[name]) if isinstance(each, ast.Name)]
    return found


@cache
def _said(module: ModuleType, names: frozenset[str]) -> Said:
    """Return what a part of a module names, with what its classes have from others."""
    own = [
        each
        for name in names
        if inspect.isclass(each := vars(module)[name]) and each.__module__ == module.__name__
    ]
    rows = [row for cls in own if attrs.has(cls) or is_typeddict(cls) for row in options_of(cls)]
    fields = {
        name
        for cls in own
        if attrs.has(cls)
        for name in (*schema_of(cls).fields, *schema_of(cls).keys)
    }
    fields |= {name for cls in own if is_typeddict(cls) for name in cls.__annotations__}
    keys = {
        part
        for row in rows
        if row.json_key
        for key in row.codec.json_keys(row.json_key)
        for part in (key, *key.split("."))
    }
    texts = _texts(module, names)
    for base in {
        base for cls in own for base in cls.__mro__[1:] if base.__module__.startswith("ipwrap.")
    }:
        home = sys.modules[base.__module__]
        texts |= _texts(home, frozenset(_reach(home, (base.__name__,))))
    return texts | Said(
        frozenset(word for row in rows for word in _words(row)), frozenset(fields | keys)
    )


@cache
def _texts(module: ModuleType, names: frozenset[str]) -> Said:
    """Return the texts in the code of a part of a module, as words or as keys by how they are
    used.
    """
    found = Texts()
    for name in sorted(names):
        found.visit(_tops(module)[name])
    return Said(frozenset(found.words), frozenset(found.keys))


class Texts(ast.NodeVisitor):
    """The texts in code.

    Those with which JSON is looked up are keys, and no words; pieces of messages are neither.
    """

    def __init__(self) -> None:
        self.words: set[str] = set()
        self.keys: set[str] = set()

    def visit_Constant(self, node: ast.Constant) -> None:
        """Take a text of which nothing more is known."""
        if isinstance(node.value, str):
            self.words.add(node.value)
            self.keys.add(node.value)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """Look only into what is put into an f-string."""
        for each in node.values:
            if isinstance(each, ast.FormattedValue):
                self.visit(each.value)

    def visit_Raise(self, node: ast.Raise) -> None:
        """Leave out what an error says."""

    def visit_keyword(self, node: ast.keyword) -> None:
        """Take `key=` as a key, and no release as anything."""
        if node.arg == "key":
            self.keys.update(_strings(node.value))
        elif node.arg == "word":
            self.words.update(_strings(node.value))
        elif node.arg != "since":
            self.visit(node.value)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        """Take what a value is looked up by as a key."""
        self.visit(node.value)
        if isinstance(node.slice, ast.Constant):
            self.keys.update(_strings(node.slice))
        else:
            self.visit(node.slice)

    def visit_Call(self, node: ast.Call) -> None:
        """Take what `.get` is called with as a key."""
        name = (
            node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        )
        self.visit(node.func)
        arguments = list(node.args)
        if name in READERS and arguments:
            self.keys.update(_strings(arguments.pop(0)))
        for each in (*arguments, *node.keywords):
            self.visit(each)


def _strings(node: ast.AST) -> Iterator[str]:
    """Yield the texts in an expression."""
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield each.value


def _words(row: Option) -> set[str]:
    """Return the words of one option: its own, and those for yes and no."""
    if not row.keyword:
        return set()
    found = {row.keyword}
    for value in (True, False):
        try:
            found.update(row.codec.format_args(row.keyword, value))
        except (InvalidArgument, AttributeError, TypeError, ValueError):  # no truth
            continue
    return found
