"""Every class that the documents use can be imported from an obvious place, and has one meaning."""

import builtins
import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CONTRIBUTORS = ROOT / "docs/explanation/architecture.md"  # tells of classes that no user needs
DOCUMENTS = [ROOT / "README.md", *sorted({*(ROOT / "docs").rglob("*.md")} - {CONTRIBUTORS})]
# Where a reader looks for a class.
PLACES = (
    "ipwrap",
    "ipwrap.kinds",
    "ipwrap.models",
    "ipwrap.qdiscs",
    "ipwrap.tc",
    "ipwrap.ip",
    "ipwrap.ip.encap",
    "ipwrap.testing",
    "ipwrap.until",
)
CODE = re.compile(r"```python\n(.*?)```|`([^`\n]+)`", re.DOTALL)
CALLED_CLASS = re.compile(r"(?<![\w.])([A-Z]\w*[a-z]\w*)\(")
IMPORT = re.compile(r"^\s*from (ipwrap[\w.]*) import (\([^)]*\)|[^\n(]+)", re.MULTILINE)
IMPORTED_OR_DEFINED = re.compile(r"^\s*(?:from [\w.]+ import|import|class) (.+)", re.MULTILINE)


def code_of(path: Path) -> str:
    """Return the Python of a document, and all of its inline code."""
    blocks = CODE.findall(path.read_text(encoding="utf-8"))
    return "\n".join("".join(block) for block in blocks)


def places_of(name: str) -> list[str]:
    """Return the places that export a name."""
    return [place for place in PLACES if name in importlib.import_module(place).__all__]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_class_that_a_document_uses_can_be_imported(path: Path) -> None:
    """`Name(…)` is in one of the places, is Python's, or the document says where it is from."""
    code = code_of(path)
    told = set(re.findall(r"\w+", " ".join(IMPORTED_OR_DEFINED.findall(code))))
    names = set(CALLED_CLASS.findall(code)) - told - set(dir(builtins))

    assert [] == sorted(name for name in names if not places_of(name))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_imports_of_a_document_work(path: Path) -> None:
    """What a document imports from ipwrap is there."""
    imports = [
        (module, name)
        for module, names in IMPORT.findall(code_of(path))
        for name in re.findall(r"\w+", re.sub(r"#.*| as \w+", "", names))
    ]

    assert [] == [(module, name) for module, name in imports if not is_importable(module, name)]


def is_importable(module: str, name: str) -> bool:
    """Return whether a module has a name, or is a package with a module of it."""
    if hasattr(importlib.import_module(module), name):
        return True

    try:
        return importlib.import_module(f"{module}.{name}") is not None
    except ImportError:
        return False


def test_a_name_has_one_meaning() -> None:
    """Two places export the same class of a name, but for words that mean two things to iproute2.

    `xfrm` is a kind of link and an encapsulation; `Encap` is the base of what a route is given,
    and what it shows; `NextHop` is a way of a route, `Nexthop` an object of `ip nexthop`.
    """
    meanings: dict[str, set[object]] = {}
    for place in PLACES:
        module = importlib.import_module(place)
        for name in module.__all__:
            if name[0].isupper() and not name.isupper():
                meanings.setdefault(name.lower(), set()).add(getattr(module, name))

    ambiguous = {name for name, classes in meanings.items() if len(classes) > 1}
    assert {"encap", "nexthop", "xfrm"} == ambiguous
