"""`ipwrap init` writes a lab that runs, and names the commands for it."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.running import run_ipwrap

IPWRAP = shlex.join((sys.executable, "-m", "ipwrap"))


@pytest.mark.live
def test_the_first_lab_runs_and_so_do_the_next_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each printed command ends with status 0, in the order of the text."""
    monkeypatch.chdir(tmp_path)

    result = run_ipwrap("init")

    assert 0 == result.exit_code
    lines = [line.strip() for line in result.stdout.splitlines()[1:]]
    assert 4 == len(lines)
    for line in lines:
        command = line.partition("   ")[0].replace("ipwrap", IPWRAP, 1)
        process = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
        assert 0 == process.returncode, process.stderr
    assert "10.0.0.1/24" in Path("lab.sh").read_text()


def test_an_existing_file_stays(tmp_path: Path) -> None:
    """A second call changes nothing."""
    path = tmp_path / "lab.py"
    path.write_text("mine")

    result = run_ipwrap("init", str(path))

    assert 1 == result.exit_code
    assert f"{path} exists already" in result.stderr
    assert "mine" == path.read_text()


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    """The error names the file and the reason."""
    result = run_ipwrap("init", str(tmp_path / "none" / "lab.py"))

    assert 1 == result.exit_code
    assert "cannot be written: No such file or directory" in result.stderr
