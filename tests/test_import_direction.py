"""Imports go to lower layers or earlier entries of a layer, and heavy modules have one importer."""

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

import ipwrap

ROOT = Path(ipwrap.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))

# The layers, from the lowest. A folder is one entry, except files that belong to a lower layer.
LAYERS = (
    (
        *("version", "system.lazy_pattern", "errors", "jsonio", "system", "options"),
        "secrets.secret",
    ),
    ("command", "result", "secrets", "verbs.runner"),
    ("kinds", "qdiscs", "models", "conditions", "until", "recording", "placeholders"),
    ("places", "executors", "monitor", "background_process", "capture"),
    ("verbs", "ip", "bridge", "tc", "sysctl"),
    (
        *("cmdline", "objects", "state", "teardown", "export", "views", "state.typed_snapshot"),
        *("sessions", "undo", "apply", "session"),
    ),
    ("replay", "shims", "lab", "sweeps"),
    ("testing", "pytest_plugin", "cli", "__main__", "__init__"),
)
ORDER = [entry for layer in LAYERS for entry in layer]

# Types that a verb returns and that are made of verbs: named for type checkers, never imported.
RETURNED_TYPES = {("ip/netns.py", "session"), ("state/__init__.py", "state.typed_snapshot")}
# The parts of a folder that has several, from the lowest, in the same way.
PARTS = {
    "shims": (
        *("calls", "script", "shell", "sysctls", "events", "changes"),
        *("termination", "recovery", "recorder", "__init__"),
    ),
}

# Heavy modules, or modules that change the whole process: one importer each, imported late.
HEAVY_MODULES = {
    "sh": "executors/process.py",
    "structlog": "sessions/log.py",
    "tabulate": "views/table.py",
}


def entry_of(path: Path) -> str:
    """Return the layer entry of a file."""
    return entry_of_module(path.relative_to(ROOT).with_suffix("").parts)


def entry_of_module(parts: Sequence[str]) -> str:
    """Return the layer entry of a module below `ipwrap`: the file, if listed, or the folder."""
    file = ".".join(parts[:2])
    return file if file in ORDER else parts[0]


def imported_modules(path: Path) -> Iterator[tuple[str, int]]:
    """Yield every module that a file imports anywhere, with the line."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import"
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("find_spec"):
            yield from ((ast.literal_eval(argument), node.lineno) for argument in node.args)


def imported_entries(path: Path) -> Iterator[tuple[str, int]]:
    """Yield every layer entry that a file imports from, with the line."""
    for name, line in imported_modules(path):
        first, *rest = name.split(".")
        if first == "ipwrap":
            entry = entry_of_module(rest) if rest else "__init__"
            yield (entry if entry in ORDER else "__init__"), line


def test_every_file_has_a_layer() -> None:
    """Every module and folder is listed in a layer."""
    assert [] == sorted({entry_of(path) for path in FILES} - set(ORDER))


def test_every_layer_entry_exists() -> None:
    """Every entry of a layer exists."""
    assert [] == sorted(set(ORDER) - {entry_of(path) for path in FILES})


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_down(path: Path) -> None:
    """No file imports from a higher layer or a later entry, not even inside a function."""
    position = ORDER.index(entry_of(path))
    upward_imports = [
        f"{path.name}:{line}: {entry}"
        for entry, line in imported_entries(path)
        if ORDER.index(entry) > position
        and (str(path.relative_to(ROOT)), entry) not in RETURNED_TYPES
    ]

    assert [] == upward_imports


@pytest.mark.parametrize("folder", sorted(PARTS))
def test_imports_within_a_folder_go_down(folder: str) -> None:
    """Each part of a folder is listed, and imports from no later one."""
    parts = PARTS[folder]
    files = [path for path in FILES if path.is_relative_to(ROOT / folder)]
    part_of = {path: path.relative_to(ROOT / folder).with_suffix("").parts[0] for path in files}
    prefix = f"ipwrap.{folder}."
    upward_imports = [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for path in files
        for name, line in imported_modules(path)
        if name.startswith(prefix)
        and parts.index(name.removeprefix(prefix).split(".")[0]) > parts.index(part_of[path])
    ]

    assert (set(parts), []) == (set(part_of.values()), upward_imports)


@pytest.mark.parametrize(("module", "home"), sorted(HEAVY_MODULES.items()))
def test_a_heavy_module_has_one_importer(module: str, home: str) -> None:
    """A heavy module has a single importer, which makes the module replaceable."""
    files = {
        str(path.relative_to(ROOT))
        for path in FILES
        for name, _ in imported_modules(path)
        if name.split(".")[0] == module
    }

    assert {home} == files


@pytest.mark.parametrize("module", sorted(HEAVY_MODULES))
def test_a_heavy_module_is_imported_late(module: str) -> None:
    """A heavy module is imported inside a function."""
    top_imports = [
        node
        for node in ast.parse((ROOT / HEAVY_MODULES[module]).read_text(encoding="utf-8")).body
        if isinstance(node, (ast.Import, ast.ImportFrom))
    ]

    assert module not in {name.split(".")[0] for node in top_imports for name in _modules_of(node)}


def _modules_of(node: ast.Import | ast.ImportFrom) -> list[str]:
    """Return the modules of an import statement."""
    return (
        [alias.name for alias in node.names]
        if isinstance(node, ast.Import)
        else [node.module or ""]
    )
