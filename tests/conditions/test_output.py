"""A background process has printed a line that matches a pattern."""

import os
import subprocess
from pathlib import Path

import pytest

from ipwrap import Command, InvalidArgument, Session, until
from ipwrap.conditions import Condition
from ipwrap.result import Result
from tests.conditions.agreement import Lab, check_value, pytest_id
from tests.waiting import LIMIT

TEXT = """ready on port 8000 (it's $HOME [x] {y} <z>)

an error\tof 12.5 ms \x1b[0m é
-last line without an end"""

# A pattern, and whether a line of the text matches.
CASES: list[tuple[Condition, bool]] = [
    (until.output("web", pattern), expected)
    for pattern, expected in (
        ("ready", True),
        ("^ready", True),
        ("^port", False),
        (r"port 8\d{3} ", True),
        (r"port \d{5}", False),
        (r"\D8000\s", True),
        (r"\(it's \$HOME \[x\] \{y\} <z>\)$", True),
        (r"\<z\>", True),
        (r"\<y\>", False),
        (r"\-last|never", True),
        ("-last line", True),
        ("(never|an) error", True),
        ("(never|no) error", False),
        ("^an error\t", True),
        (r"error\tof", True),
        ("[]x]", True),
        ("[^]a-z ]+", True),
        ("[0-9]+[.]5", True),
        (r"12.5", True),
        (r"12\.6", False),
        (r"\w+\W\w+ ms\S*", True),
        ("e{2}", False),
        ("r{2}or", True),
        ("(er?){1,3}ror", True),
        ("lines?$", False),
        ("end$", True),
        ("é", True),
        ("e.*ready.*x*", False),
        ("a^b", False),
        (r"\]|\}", True),
        (r"\\", False),
        ("READY", False),
        ("port.*an", False),
    )
]


@pytest.mark.parametrize(("condition", "expected"), CASES, ids=pytest_id)
def test_look_and_script_agree(condition: Condition, expected: bool, tmp_path: Path) -> None:
    """Python and `grep -E` find the same lines."""
    log = tmp_path / "web.log"
    log.write_text(TEXT)

    assert expected == condition.look(Printed(TEXT), None).satisfied
    assert expected == greps(condition, log), condition.shell_test("red")
    check_value(condition)


class Printed:
    """A prober whose process has printed a text."""

    def __init__(self, text: str) -> None:
        self.text = text

    def run(self, command: Command, *, check: bool = True) -> Result:
        """Run `grep`, to which a search that takes Python long is left."""
        assert ("grep", False) == (command.argv[0], check)
        ended = subprocess.run(
            command.argv, input=str(command.stdin), capture_output=True, text=True, check=False
        )
        return Result(command, ended.returncode, ended.stdout)

    def process_pid(self, name: str) -> int:
        """Return no pid: these conditions ask for none."""
        raise AssertionError(name)

    def process_output(self, name: str) -> str:
        """Return the text."""
        assert "web" == name
        return self.text

    def redact_text(self, text: str) -> str:
        """Return the text: there are no secrets."""
        return text


def greps(condition: Condition, log: Path) -> bool:
    """Return whether the test of a script holds for a log file, without a word on stderr."""
    completed = subprocess.run(
        ["sh", "-c", condition.shell_test("red")],
        env={"web_log": str(log), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "" == completed.stdout + completed.stderr
    return completed.returncode == 0


def test_missing_log(tmp_path: Path) -> None:
    """A process that has printed nothing has no line, with or without a file."""
    condition = until.output("web", "x*")

    assert not greps(condition, tmp_path / "missing")
    assert "no output" == until.output("web", "x").look(Printed("\n"), None).seen
    assert "b" == until.output("web", "x").look(Printed("a\nb\n"), None).seen


def test_process_or_name(lab: Lab) -> None:
    """The process itself may be given, of which the condition holds the name."""
    process = lab.session.processes[0]
    condition = until.output(process, "on port [0-9]+")

    assert until.output("web", "on port [0-9]+") == condition
    assert condition.look(lab, None).seen.startswith("ready on port 8000 ")
    assert until.output(process, "^an error$").look(lab, None).satisfied


def test_unknown_process(session: Session) -> None:
    """A name that no process has is an error at once, with the known names."""
    with pytest.raises(InvalidArgument, match="no process 'web'; the session has: none"):
        session.wait_for(until.output("web", "x"))


@pytest.mark.parametrize(
    ("process", "pattern", "message"),
    [
        ("", "x", "process: an empty word"),
        ("Web", "x", "process: 'Web' is no name"),
        ("web;x", "x", "process: 'web;x' is no name"),
        (None, "x", "process: None is a NoneType"),
        ("web", "", "pattern: an empty word"),
        ("web", 7, "pattern: 7 is a int"),
        ("web", "a*?", "lazy"),
    ],
)
def test_refused_values(process: str, pattern: str, message: str) -> None:
    """A value that no process or pattern can have is refused with its name."""
    with pytest.raises(InvalidArgument, match=message):
        until.output(process, pattern)


def test_plain_english() -> None:
    """A condition prints itself in plain English."""
    condition = until.output("web", "port 80+")
    assert "web has printed 'port 80+'" == str(condition)
    assert 'until.output("web", "port 80+")' == condition.source()
    assert """grep -Eq -e 'port 80+' "$web_log" 2>/dev/null""" == condition.shell_test(None)


def test_a_process_that_is_ready_by_its_output(session: Session) -> None:
    """A server may be waited for by the line that it prints when it is ready."""
    program = "sleep 0.3; echo listening on port 8000; exec sleep 1000"
    ready = until.output("server", r"port \d+$")

    with session.spawn("sh", "-c", program, name="server", ready=ready) as server:
        assert "listening on port 8000\n" == server.stdout
        session.wait_for(until.output(server, "^listening"))


@pytest.mark.parametrize(
    ("pattern", "line", "expected"),
    [
        ("(a+)+c", "a" * 100, False),
        ("(a+)+c", "a" * 100 + "c", True),
        ("a?" * 40 + "a" * 40 + "c", "a" * 40, False),
        (".*.*.*c", "a" * 100_000, False),
    ],
)
def test_a_pattern_that_python_would_search_for_years(
    session: Session, pattern: str, line: str, expected: bool
) -> None:
    """No pattern of a recording holds a wait up: a line is read once, whatever the pattern."""
    process = session.spawn("cat", stdin=f"first\n{line}\nlast\n")
    process.wait(LIMIT)
    prober = session._background.processes

    observation = until.output(process, pattern).look(prober, None)

    assert expected == observation.satisfied
    assert observation.seen == ("last" if not expected else line)
