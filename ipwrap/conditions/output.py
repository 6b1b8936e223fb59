"""A background process has printed a line that matches a pattern: `grep -E PATTERN "$web_log"`."""

import re
import shlex
from typing import Any

from attrs import field, frozen

from ipwrap.conditions.base import (
    Condition,
    Observation,
    Prober,
    check_public,
    positional,
    shorten,
)
from ipwrap.conditions.pattern import check_pattern, to_extended_pattern
from ipwrap.errors import InvalidArgument

__all__ = ["PROCESS_NAME", "Output", "check_process_name", "log_variable", "to_process_name"]

PROCESS_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")  # it is a variable of exported scripts


def to_process_name(process: Any) -> Any:
    """Return the name of a background process; a name, or a value of another type, unchanged."""
    return process if isinstance(process, str) else getattr(process, "name", process)


def check_process_name(value: Any) -> None:
    """Raise `InvalidArgument` for a value that is no name of a background process."""
    name = check_public(value, "process")
    if not PROCESS_NAME.fullmatch(name):
        raise InvalidArgument(
            f"process: {name!r} is no name of a background process; give the process that "
            "spawn() has returned, or its name"
        )


@frozen
class Output(Condition):
    """A background process has printed a line that a pattern matches, on stdout or stderr.

    - ``process``: the process that `spawn` has returned, or its name
    - ``pattern``: a regular expression that is searched for in each line, and that `grep -E` of a
      script understands as well: see `ipwrap.conditions.pattern`
    """

    tag = "output"

    process: str = field(metadata=positional(), converter=to_process_name)
    pattern: str = field(metadata=positional())

    def __attrs_post_init__(self) -> None:
        check_process_name(self.process)
        check_pattern(check_public(self.pattern, "pattern"))

    def look(self, prober: Prober, netns: str | None) -> Observation:  # noqa: ARG002 - of no use
        """Search the lines that the process has printed up to now."""
        pattern = re.compile(self.pattern, re.ASCII)
        lines = prober.process_output(self.process).split("\n")
        for line in lines:
            if pattern.search(line):
                return Observation(True, shorten(line))

        printed_lines = [line for line in lines if line]
        last_line = printed_lines[-1] if printed_lines else "no output"
        return Observation(False, shorten(last_line))

    def shell_test(self, netns: str | None) -> str:  # noqa: ARG002 - of no use
        """Return a test of the log file, whose path a variable of the script holds."""
        pattern = shlex.quote(to_extended_pattern(self.pattern))
        return f'grep -Eq -e {pattern} "${log_variable(self.process)}" 2>/dev/null'

    def __str__(self) -> str:
        return f"{self.process} has printed {self.pattern!r}"


def log_variable(name: str) -> str:
    """Return the variable of a script that holds the path of a process's output."""
    return f"{name}_log"
