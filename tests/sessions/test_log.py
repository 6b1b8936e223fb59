"""Structured events, one a command, which nobody sees by default."""

import logging
import subprocess
import sys
from collections.abc import Iterator

import pytest

from ipwrap import Session
from ipwrap.command import Command
from ipwrap.result import Result
from ipwrap.sessions import log

GOOD = Result(Command(("ip", "link"), "ns1"), 0, "", "", 1.0, 0.0123456, "lab.py:7")
BAD = Result(Command(("ip", "link")), 2, "", "RTNETLINK answers: File exists\n")


@pytest.fixture
def _restored_logger() -> Iterator[None]:
    """Restore handlers and level of the logger after the test."""
    handlers, level = list(log.LOGGER.handlers), log.LOGGER.level
    yield
    log.LOGGER.handlers[:] = handlers
    log.LOGGER.setLevel(level)


def test_a_command_is_an_event(caplog: pytest.LogCaptureFixture) -> None:
    """The name of the event is fixed, and can be searched for."""
    caplog.set_level(logging.INFO, "ipwrap")
    log.command_ran(3, GOOD)

    assert [("ipwrap", logging.INFO, "ipwrap.command")] == caplog.record_tuples


def test_an_event_has_keywords(caplog: pytest.LogCaptureFixture) -> None:
    """Command and result are fields, not prose."""
    caplog.set_level(logging.INFO, "ipwrap")
    log.command_ran(3, GOOD)
    fields = {
        name: getattr(caplog.records[0], name) for name in ("n", "line", "status", "ms", "at")
    }

    assert {"n": 3, "line": "ip -n ns1 link", "status": 0, "ms": 12.346, "at": "lab.py:7"} == fields


def test_a_failure_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    """A handler for warnings gets failed commands only."""
    caplog.set_level(logging.WARNING, "ipwrap")
    log.command_ran(1, GOOD)
    log.command_ran(2, BAD)

    assert [(logging.WARNING, 2)] == [
        (record.levelno, record.__dict__["n"]) for record in caplog.records
    ]


def test_a_session_logs_each_command(
    dry_session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    """A session logs every command with its number."""
    caplog.set_level(logging.INFO, "ipwrap")
    dry_session.exec("one")
    dry_session.exec("two")

    assert [(1, "one"), (2, "two")] == [
        (record.__dict__["n"], record.__dict__["line"]) for record in caplog.records
    ]


@pytest.mark.usefixtures("_restored_logger")
def test_events_can_be_shown_to_people(capsys: pytest.CaptureFixture[str]) -> None:
    """`-v` prints a line a command on stderr: stdout carries data only."""
    log.show()
    log.command_ran(3, GOOD)
    captured = capsys.readouterr()

    assert "" == captured.out
    assert "ipwrap.command n=3 status=0 ms=12.346 at=lab.py:7  ip -n ns1 link\n" == captured.err


@pytest.mark.usefixtures("_restored_logger")
def test_records_of_other_code_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """A record without the keywords of a command does not break the line."""
    log.show()
    log.LOGGER.warning("something else")

    assert capsys.readouterr().err.strip() == "something else"


@pytest.mark.usefixtures("_restored_logger")
def test_showing_twice_does_not_print_twice(capsys: pytest.CaptureFixture[str]) -> None:
    """A command stays a single line after a second `show()`."""
    log.show()
    log.show()
    log.command_ran(3, GOOD)

    assert 1 == len(capsys.readouterr().err.splitlines())


@pytest.mark.usefixtures("_restored_logger")
def test_the_level_can_be_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    """With the level of warnings only failures are printed."""
    log.show(logging.WARNING)
    log.command_ran(3, GOOD)

    assert capsys.readouterr().err == ""


def test_nothing_is_printed_by_default() -> None:
    """A fresh program that runs commands, also failing ones, prints no log."""
    code = (
        "from ipwrap import Session\n"
        "with Session() as session: session.exec('false', check=False, changes=False)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "" == done.stdout
    assert "" == done.stderr


def test_structlog_is_imported_late() -> None:
    """`import ipwrap` is quick: only the first event imports structlog."""
    code = "import ipwrap, sys; print('structlog' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "False\n"


def test_a_child_that_was_left_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    """The warning names the command, and advises what to use in place of it."""
    result = Result(Command(("sh", "-c", "sleep 9 &")), call_site="lab.py:7", left_running=True)
    caplog.set_level(logging.WARNING, "ipwrap")
    log.command_ran(3, result)
    (record,) = caplog.records

    assert (logging.WARNING, "ipwrap.left_running") == (record.levelno, record.getMessage())
    assert (3, "lab.py:7", result.line) == (record.n, record.at, record.line)  # type: ignore[attr-defined]
    assert "spawn()" in record.advice  # type: ignore[attr-defined]

    caplog.clear()
    caplog.set_level(logging.ERROR, "ipwrap")
    log.command_ran(3, result)
    assert [] == caplog.records
