"""The README's two commands, tried as a new user tries them: in a fresh system each, as root and as
an ordinary user.

An ordinary user's first try has to end with one line that installs everything. Root runs that line,
and the second try has to do what the README promises.
"""

import re
import time
from dataclasses import dataclass
from pathlib import Path

from scripts.machine.system import CACHE, ORDINARY, ROOT, System, User

__all__ = ["COMMANDS", "USERS", "WHOLE", "Step", "check", "install_lines", "table"]

COMMANDS = {"demo": "./scripts/demo", "test": "./scripts/test -s tests -- tests/test_readme.py"}
WHOLE = {"demo": "./scripts/demo", "test": "./scripts/test"}
USERS = {user.name: user for user in (ROOT, ORDINARY)}
INSTALL_LINE = re.compile(r"^ +(apt-get update && .*)$", re.MULTILINE)


@dataclass(frozen=True)
class Step:
    """A command that was run in a fresh system, and what came of it."""

    suite: str
    user: str
    command: str
    status: int
    minutes: float
    problem: str
    log: Path


def check(suite: str, user: User, name: str, command: str, mirror: str | None) -> list[Step]:
    """Try a command in a fresh system of its own; return the steps, until one has a problem."""
    log = CACHE / "logs" / f"{suite}-{user.name}-{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.unlink(missing_ok=True)
    system = System.create(suite, mirror)

    def step(who: User, command: str, is_refused: bool = False) -> Step:
        """Run a command and note what came of it."""
        start = time.monotonic()
        with log.open("ab") as output:
            status = system.run(who, ["sh", "-c", f"cd ipwrap && {command}"], output)
        minutes = (time.monotonic() - start) / 60
        done = Step(
            suite, who.name, command, status, minutes, _problem(status, log, is_refused), log
        )
        print(row(done), flush=True)
        return done

    try:
        if user == ROOT:
            return [step(ROOT, command)]
        steps = [step(user, command, is_refused=True)]
        if not steps[-1].problem:
            (line,) = install_lines(log.read_text(errors="replace"))
            steps.append(step(ROOT, line))
        if not steps[-1].problem:
            steps.append(step(user, command))
        return steps
    finally:
        system.remove()


def install_lines(text: str) -> list[str]:
    """Return the lines that say what to install."""
    return INSTALL_LINE.findall(text)


def _problem(status: int, log: Path, is_refused: bool) -> str:
    """Return what is wrong with a step, or nothing."""
    if not is_refused:
        return f"status {status}" if status else ""
    lines = install_lines(log.read_text(errors="replace"))
    if status == 1 and len(lines) == 1:
        return ""
    return f"status {status} and {len(lines)} lines that say what to install: wanted 1 and 1"


def row(step: Step) -> str:
    """Return a step as a row of the table."""
    problem = f"  {step.problem}: see {step.log}" if step.problem else ""
    return (
        f"{step.suite:9} {step.user:5} {step.status:6} {step.minutes:8.1f}  {step.command}{problem}"
    )


def table(steps: list[Step]) -> str:
    """Return all steps as a table."""
    head = f"{'suite':9} {'user':5} {'status':>6} {'minutes':>8}  command"
    return "\n".join([head, *map(row, steps)])
