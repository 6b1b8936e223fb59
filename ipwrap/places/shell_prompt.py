"""`interactive_shell`: the user's shell with the place in the prompt, such as `(red) `.

The start-up files of the user run as always. Afterwards a file of the folder ``prompts`` puts the
word before the user's prompt.
"""

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from attrs import frozen

from ipwrap.system.programs import command_environment, find_program

__all__ = ["InteractiveShell", "interactive_shell"]

FOLDER = Path(__file__).parent / "prompts"
# A shell expands what stands in its prompt: `$(…)` in the name of a namespace would run.
UNSAFE_IN_PROMPT = re.compile(r"[^\w.,:@+-]", re.ASCII)
VARIABLE = "IPWRAP_PROMPT"


@frozen
class InteractiveShell:
    """A shell: its arguments, and its environment."""

    argv: tuple[str, ...]
    env: dict[str, str]


def interactive_shell(
    where: str, *, environment: Mapping[str, str] | None = None
) -> InteractiveShell:
    """Return the shell of the user, by the variable SHELL, with ``(where) `` before its prompt.

    An unknown shell runs with the usual prompt; without SHELL, the shell is sh. The environment is
    by default the environment of this process.
    """
    env = dict(os.environ if environment is None else environment)
    env["PATH"] = command_environment()["PATH"]
    env[VARIABLE] = f"({UNSAFE_IN_PROMPT.sub('?', where)}) "

    shell = env.get("SHELL") or "sh"
    if find_program(shell) is None:
        shell = "sh"

    prepare = PREPARATIONS.get(Path(shell).name)
    arguments = () if prepare is None else prepare(env)
    return InteractiveShell((shell, *arguments), env)


def _prepare_bash(_: dict[str, str]) -> tuple[str, ...]:
    """Return the arguments of bash(1), which reads /etc/bash.bashrc before other files."""
    return ("--rcfile", str(FOLDER / "bashrc"))


def _prepare_zsh(env: dict[str, str]) -> tuple[str, ...]:
    """Let zsh(1) read our files, which read the user's."""
    env["IPWRAP_ZDOTDIR"] = env.get("ZDOTDIR", "")
    env["ZDOTDIR"] = str(FOLDER / "zsh")
    return ()


def _prepare_fish(_: dict[str, str]) -> tuple[str, ...]:
    """Return the arguments of fish(1), which runs a command behind the user's files."""
    return ("--init-command", f"source '{FOLDER / 'prompt.fish'}'")


def _prepare_sh(env: dict[str, str]) -> tuple[str, ...]:
    """Let a POSIX shell read our file, which reads the user's: `ENV` of sh(1)."""
    env["IPWRAP_ENV"] = env.get("ENV", "")
    env["ENV"] = str(FOLDER / "shrc")
    return ()


PREPARATIONS: dict[str, Callable[[dict[str, str]], tuple[str, ...]]] = {
    "ash": _prepare_sh,
    "bash": _prepare_bash,
    "dash": _prepare_sh,
    "fish": _prepare_fish,
    "ksh": _prepare_sh,
    "mksh": _prepare_sh,
    "sh": _prepare_sh,
    "zsh": _prepare_zsh,
}
