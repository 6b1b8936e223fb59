"""No function of the package has more than two positional parameters."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import ipwrap

ROOT = Path(ipwrap.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))

# Signatures that somebody else defines: Python, attrs validators, pytest hooks.
GIVEN_SIGNATURES = {
    "__exit__",
    "_check_order",
    "pytest_assertrepr_compare",
    # click calls these: `ParamType`, and the attribute `shell_complete` of a parameter.
    *("convert", "shell_complete"),
    *("complete_nouns", "_complete_lab", "_complete_netns", "_complete_lab_or_netns"),
}


def functions(tree: ast.AST) -> Iterator[tuple[ast.FunctionDef, bool]]:
    """Yield the functions of a module and its classes, with whether each is a method."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef):
            for statement in node.body:
                if isinstance(statement, ast.FunctionDef):
                    yield statement, isinstance(node, ast.ClassDef)


def is_click_command(function: ast.FunctionDef) -> bool:
    """Return whether click calls the function, by keyword."""
    return any("click." in ast.unparse(decorator) for decorator in function.decorator_list)


def positional_names(function: ast.FunctionDef, *, is_method: bool) -> list[str]:
    """Return the names of the positional parameters, without self and cls."""
    parameters = [*function.args.posonlyargs, *function.args.args]
    names = [parameter.arg for parameter in parameters]
    if is_method and names[:1] in (["self"], ["cls"]):
        names = names[1:]

    return names


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_further_parameters_are_keyword_only(path: Path) -> None:
    """A call can be read without the signature: from the third on, arguments have names."""
    long_signatures = []
    for function, is_method in functions(ast.parse(path.read_text(encoding="utf-8"))):
        if function.name in GIVEN_SIGNATURES or is_click_command(function):
            continue
        if len(positional_names(function, is_method=is_method)) > 2:
            long_signatures.append(f"{path.name}:{function.lineno}: {function.name}")

    assert [] == long_signatures
