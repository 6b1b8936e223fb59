"""`ipwrap report` writes a recording as a page of HTML."""

from pathlib import Path

import pytest

from tests.cli.running import run_ipwrap
from tests.labs import open_sandbox
from tests.views.report.recordings import command, read_page, recording_of


@pytest.fixture
def lab_path(tmp_path: Path) -> str:
    """Return the path of a recording with a command."""
    return str(recording_of(*command(1)).save(tmp_path / "lab.jsonl"))


def test_page_is_written_to_stdout(lab_path: str) -> None:
    """Without a file, the page is on stdout; its title is the name of the recording."""
    result = run_ipwrap("report", lab_path)

    assert (0, "") == (result.exit_code, result.stderr)
    assert ["lab"] == [tag.text for tag in read_page(result.stdout).named("h1")]


def test_page_is_written_to_a_file(lab_path: str, tmp_path: Path) -> None:
    """With a file, nothing is on stdout; the title may be another one."""
    path = tmp_path / "report.html"

    result = run_ipwrap("report", lab_path, "-o", str(path), "--title", "My lab")

    assert (0, "") == (result.exit_code, result.output)
    assert ["My lab"] == [tag.text for tag in read_page(path.read_text()).named("h1")]


def test_unwritable_file_is_an_error(lab_path: str, tmp_path: Path) -> None:
    """The message names the file."""
    result = run_ipwrap("report", lab_path, "-o", str(tmp_path / "no" / "report.html"))

    assert 1 == result.exit_code
    assert "no/report.html: cannot be written" in result.stderr


@pytest.mark.live
def test_check_shows_what_differs(tmp_path: Path) -> None:
    """`--check` runs the recording again in a sandbox: a command that now fails is a difference.

    The exit status tells it, as that of `ipwrap replay --check` does; the page is written anyhow.
    """
    with open_sandbox() as session:
        session.ip.netns.add("red")
        session.exec("sh", "-c", "exit 0")
    path = str(session.recording.save(tmp_path / "same.jsonl"))
    text = Path(path).read_text()
    (tmp_path / "other.jsonl").write_text(text.replace('"exit 0"', '"exit 3"'))

    same = run_ipwrap("report", path, "--check")
    other = run_ipwrap("report", str(tmp_path / "other.jsonl"), "--check")

    assert (0, 1) == (same.exit_code, other.exit_code)
    assert "ipwrap: runs besides ip, bridge and tc: sh (1)\n" in same.stderr
    assert "ipwrap: run again: no difference\n" in same.stderr
    assert "ipwrap: run again: 1 differ\n" in other.stderr
    assert "Run again: no difference." in [tag.text for tag in read_page(same.stdout).named("p")]
    assert "Run again, with 1 difference:" in [
        tag.text for tag in read_page(other.stdout).named("p")
    ]
