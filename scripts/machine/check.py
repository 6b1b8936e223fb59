"""The README's two commands, tried like a new user: in fresh systems, as root and as an ordinary
user.

The first try of an ordinary user has to end with one line that installs all missing packages. Root
runs the line, and the second try has to succeed as the README promises.
"""

import re
import time
from dataclasses import dataclass
from pathlib import Path

from scripts.machine.system import CACHE, ORDINARY, ROOT, System, User

__all__ = ["COMMANDS", "USERS", "WHOLE", "Step", "check_command", "format_table", "install_lines"]

PAGES = "tests/test_readme.py tests/test_docs.py"  # follow the README and the tutorial
COMMANDS = {"demo": "./scripts/demo", "test": f"./scripts/test -s tests -- {PAGES}"}
WHOLE = {"demo": "./scripts/demo", "test": "./scripts/test"}
USERS = {user.name: user for user in (ROOT, ORDINARY)}
INSTALL_LINE = re.compile(r"^ +(apt-get update && .*)$", re.MULTILINE)


@dataclass(frozen=True)
class Step:
    """A command that ran in a fresh system, and its result."""

    suite: str
    user: str
    command: str
    status: int
    minutes: float
    problem: str
    log: Path


def check_command(
    command: str, *, suite: str, user: User, name: str, mirror: str | None
) -> list[Step]:
    """Try a command of the README in a fresh system; return the steps up to a problem."""
    log = CACHE / "logs" / f"{suite}-{user.name}-{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.unlink(missing_ok=True)
    system = System.create(suite, mirror=mirror)

    def run_step(step_user: User, step_command: str, *, is_refusal: bool = False) -> Step:
        """Run a command and print its row of the table."""
        start = time.monotonic()
        with log.open("ab") as output:
            argv = ["sh", "-c", f"cd ipwrap && {step_command}"]
            status = system.run(step_user, argv, output=output)

        minutes = (time.monotonic() - start) / 60

        step = Step(
            suite=suite,
            user=step_user.name,
            command=step_command,
            status=status,
            minutes=minutes,
            problem=_find_problem(status, log, is_refusal=is_refusal),
            log=log,
        )

        print(format_row(step), flush=True)

        return step

    try:
        if user == ROOT:
            return [run_step(ROOT, command)]

        steps = [run_step(user, command, is_refusal=True)]
        if not steps[-1].problem:
            # The line is for root: the ordinary user has no sudo.
            (line,) = install_lines(log.read_text(errors="replace"))
            steps.append(run_step(ROOT, line))
        if not steps[-1].problem:
            steps.append(run_step(user, command))
        return steps
    finally:
        system.remove()


def install_lines(text: str) -> list[str]:
    """Return the lines of an output that install packages."""
    return INSTALL_LINE.findall(text)


def _find_problem(status: int, log: Path, *, is_refusal: bool) -> str:
    """Return the problem of a step, or nothing.

    A refusal ends with status 1 and exactly one line that installs packages.
    """
    if not is_refusal:
        return f"status {status}" if status else ""

    lines = install_lines(log.read_text(errors="replace"))
    if status == 1 and len(lines) == 1:
        return ""

    return f"status {status} and {len(lines)} lines that say what to install: wanted 1 and 1"


def format_row(step: Step) -> str:
    """Format a step as a row of the table."""
    row = f"{step.suite:9} {step.user:5} {step.status:6} {step.minutes:8.1f}  {step.command}"
    if step.problem:
        row += f"  {step.problem}: see {step.log}"

    return row


def format_table(steps: list[Step]) -> str:
    """Format all steps as a table."""
    header = f"{'suite':9} {'user':5} {'status':>6} {'minutes':>8}  command"
    return "\n".join([header, *map(format_row, steps)])
