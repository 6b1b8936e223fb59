"""Compare the two forms of a condition: the look of a session, and the test of a script."""

import ast
import os
import subprocess
from pathlib import Path

import msgspec
from attrs import frozen

from ipwrap import Session, until
from ipwrap.command import Command
from ipwrap.conditions import Condition, condition_from_json
from ipwrap.result import Result

__all__ = ["OTHER", "POD", "Lab", "check_agreement", "check_value", "pytest_id"]

POD = "pod 'one'$x"
OTHER = "nowhere"

# Directories of `ip` and `bridge` of further releases, on a machine that has them.
BUILDS = sorted(Path(os.environ.get("IPROUTE2_BUILDS", "/nonexistent")).glob("*"))


@frozen
class Lab:
    """The prober of a session that counts nothing as recorded, and the session."""

    session: Session

    def run(self, command: Command, *, check: bool = True) -> Result:
        """Run a command of a condition."""
        return self.session._unrecorded.run(command, check=check)

    def process_output(self, name: str) -> str:
        """Return the output of a process."""
        return self.session._background.processes.process_output(name)

    def redact_text(self, text: str) -> str:
        """Return the text without secrets."""
        return self.session._background.processes.redact_text(text)

    def process_pid(self, name: str) -> int:
        """Return the pid of a process of the session."""
        return self.session._background.processes.process_pid(name)


def check_agreement(
    lab: Lab, condition: Condition, expected: bool, netns: str | None = POD
) -> None:
    """Check that a look and a script find the same, with each release of iproute2."""
    observation = condition.look(lab, netns)
    assert expected == observation.satisfied, observation
    assert 1 == len(observation.seen.splitlines())

    test = condition.shell_test(netns)
    assert expected == shell_finds(lab, test), test
    for build in BUILDS:
        assert expected == shell_finds(lab, test, str(build)), (build, test)

    check_value(condition)


def shell_finds(lab: Lab, test: str, folder: str | None = None) -> bool:
    """Return whether a test of a script holds in the place."""
    path = os.environ["PATH"] if folder is None else f"{folder}:{os.environ['PATH']}"
    script = f"set -u; if {test}; then echo yes; else echo no; fi"

    completed = subprocess.run(
        lab.session.place.wrap(("env", f"PATH={path}", "sh", "-c", script)),
        capture_output=True,
        text=True,
        check=True,
    )
    assert not completed.stderr, completed.stderr
    assert completed.stdout in ("yes\n", "no\n"), completed.stdout
    return completed.stdout == "yes\n"


def check_value(condition: Condition) -> None:
    """Check that JSON and source make the same condition again."""
    data = msgspec.json.decode(msgspec.json.encode(condition.to_json()))
    assert condition == condition_from_json(data)
    assert hash(condition) == hash(condition_from_json(data))

    source = condition.source()
    ast.parse(source)
    assert condition == eval(source, {"until": until})
    assert str(condition)


def pytest_id(value: object) -> str | None:
    """Return the name of a case: its condition in plain English."""
    return str(value) if isinstance(value, Condition) else None
