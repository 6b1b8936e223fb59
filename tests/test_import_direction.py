"""Imports go down, or to an earlier entry of the same floor; what weighs is imported in one file."""

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

import ipwrap

ROOT = Path(ipwrap.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))

# The floors, from the ground up. A folder is one entry, but for a file of it that stands lower than the rest.
FLOORS = (
    ("version", "errors", "secrets.secret", "jsonio", "system", "options"),
    ("command", "result", "secrets"),
    ("kinds", "qdiscs", "models", "recording", "placeholders"),
    ("places", "executors", "monitor"),
    ("verbs", "ip", "bridge", "tc"),
    ("state", "cmdline", "teardown", "export", "sessions", "session"),
    ("replay", "undo", "shims", "views"),
    ("testing", "pytest_plugin", "cli", "__main__", "__init__"),
)
ORDER = [entry for floor in FLOORS for entry in floor]

# Heavy, or with a say in how the whole process behaves: one file each, and only when it is called.
ALONE = {"sh": "executors/process.py", "structlog": "sessions/log.py", "tabulate": "views/table.py"}


def entry_of(path: Path) -> str:
    """Return which entry of the house a file belongs to."""
    return entry_of_module(path.relative_to(ROOT).with_suffix("").parts)


def entry_of_module(parts: Sequence[str]) -> str:
    """Return the entry of a module below `ipwrap`: its file, where that has an entry of its own, or its folder."""
    file = ".".join(parts[:2])
    return file if file in ORDER else parts[0]


def imported(path: Path) -> Iterator[tuple[str, int]]:
    """Yield every module that a file imports, wherever in it, with the line."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((each.name, node.lineno) for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import"
            yield from ((f"{node.module}.{each.name}", node.lineno) for each in node.names)


def entries(path: Path) -> Iterator[tuple[str, int]]:
    """Yield which entries of the house a file imports from, with the line."""
    for name, line in imported(path):
        first, *rest = name.split(".")
        if first == "ipwrap":
            entry = entry_of_module(rest) if rest else "__init__"
            yield (entry if entry in ORDER else "__init__"), line


def test_every_file_has_its_place() -> None:
    """A new module or folder has to be given a floor."""
    assert [] == sorted({entry_of(path) for path in FILES} - set(ORDER))


def test_every_place_has_its_file() -> None:
    """What is gone is no longer in the plan of the house."""
    assert [] == sorted(set(ORDER) - {entry_of(path) for path in FILES})


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_down(path: Path) -> None:
    """No file imports from a higher floor, or from a later entry of its own, not even within a function."""
    own = ORDER.index(entry_of(path))
    up = [
        f"{path.name}:{line}: {entry}" for entry, line in entries(path) if ORDER.index(entry) > own
    ]

    assert [] == up


@pytest.mark.parametrize(("module", "home"), sorted(ALONE.items()))
def test_what_weighs_is_imported_in_one_file(module: str, home: str) -> None:
    """One file knows each of these, so that it can be replaced, and waits with the import until it is called."""
    files = {
        str(path.relative_to(ROOT))
        for path in FILES
        for name, _ in imported(path)
        if name.split(".")[0] == module
    }

    assert {home} == files


@pytest.mark.parametrize("module", sorted(ALONE))
def test_what_weighs_is_imported_late(module: str) -> None:
    """Not at the top of the file, but in the function that needs it."""
    top = [
        node
        for node in ast.parse((ROOT / ALONE[module]).read_text(encoding="utf-8")).body
        if isinstance(node, (ast.Import, ast.ImportFrom))
    ]

    assert module not in {name.split(".")[0] for node in top for name in _names(node)}


def _names(node: ast.Import | ast.ImportFrom) -> list[str]:
    """Return the modules that an import names."""
    return (
        [each.name for each in node.names] if isinstance(node, ast.Import) else [node.module or ""]
    )
