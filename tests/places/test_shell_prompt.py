"""`interactive_shell`: the prompt says where a shell runs, and the user's files run as always."""

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from ipwrap.places.shell_prompt import interactive_shell
from tests.terminals import run_on_terminal

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="terminals of Linux")

BASH_FILE = "PS1='mine> '\nalias ll='echo alias'\n"
# A prompt as of starship: made anew before each command.
BASH_HOOK = "PROMPT_COMMAND=mine\nmine() { PS1='hook> '; }\n"
FISH_FILE = "function fish_prompt\n  echo 'mine> '\nend\n"


def shell_output(
    shell: str, home: Path, *, where: str = "red", variables: Mapping[str, str] | None = None
) -> str:
    """Return what a shell writes to a terminal up to its second prompt."""
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    environment = {
        "HOME": str(home),
        "PATH": os.environ["PATH"],
        "SHELL": shell,
        "TERM": "dumb",
        **(variables or {}),
    }
    made = interactive_shell(where, environment=environment)
    return run_on_terminal(made.argv, b"echo fi''rst-2\nexit\n", env=made.env, folder=home)


@pytest.mark.parametrize(
    ("shell", "file", "text"),
    [
        ("bash", ".bashrc", BASH_FILE),
        ("zsh", ".zshrc", "PROMPT='mine> '\n"),
        ("fish", ".config/fish/config.fish", FISH_FILE),
    ],
)
def test_users_prompt_stays_behind_the_place(
    shell: str, file: str, text: str, tmp_path: Path
) -> None:
    """The user's start-up file runs, and its prompt has the place before it."""
    path = tmp_path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)

    output = shell_output(shell, tmp_path)

    assert "(red) mine>" in output
    assert "first-2" in output


def test_prompt_of_a_posix_shell(tmp_path: Path) -> None:
    """The file that ENV names runs, and its prompt has the place before it."""
    (tmp_path / "rc").write_text("PS1='mine> '\n")

    output = shell_output("dash", tmp_path, variables={"ENV": str(tmp_path / "rc")})

    assert "(red) mine>" in output


def test_posix_shell_without_a_file_of_the_user(tmp_path: Path) -> None:
    """Without ENV the prompt is the shell's own, behind the place, and ENV is not set inside."""
    output = shell_output("dash", tmp_path)

    assert "(red) " in output
    assert "first-2" in output
    assert "not found" not in output


def test_prompt_that_is_made_before_each_command(tmp_path: Path) -> None:
    """A prompt that a hook makes anew has the place before it, too."""
    (tmp_path / ".bashrc").write_text(BASH_HOOK)

    assert "(red) hook>" in shell_output("bash", tmp_path)


def test_name_of_a_namespace_is_no_command(tmp_path: Path) -> None:
    """What a shell would expand in its prompt is replaced."""
    output = shell_output("bash", tmp_path, where="$(echo evil)")

    assert "(??echo?evil?)" in output
    assert "(evil)" not in output


def test_unknown_shell_runs_without_a_prompt_of_ours() -> None:
    """A shell that is not known gets no arguments."""
    shell = interactive_shell("red", environment={"SHELL": sys.executable, "PATH": "/usr/bin"})

    assert (sys.executable,) == shell.argv


@pytest.mark.parametrize("variables", [{}, {"SHELL": "/nonexistent/shell"}])
def test_missing_shell_is_sh(variables: Mapping[str, str]) -> None:
    """Without SHELL, or with one that is not installed, the shell is sh."""
    assert ("sh",) == interactive_shell("red", environment=variables).argv
