"""One structured event a command, and silence until somebody asks."""

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
def _as_before() -> Iterator[None]:
    """Leave the logger as it was."""
    handlers, level = list(log.LOGGER.handlers), log.LOGGER.level
    yield
    log.LOGGER.handlers[:] = handlers
    log.LOGGER.setLevel(level)


def test_a_command_is_one_event(caplog: pytest.LogCaptureFixture) -> None:
    """Its name is fixed, so that it can be searched for."""
    caplog.set_level(logging.INFO, "ipwrap")
    log.command_ran(3, GOOD)
    assert [("ipwrap", logging.INFO, "ipwrap.command")] == caplog.record_tuples


def test_an_event_has_its_keywords(caplog: pytest.LogCaptureFixture) -> None:
    """What a command was and what became of it are fields, not prose."""
    caplog.set_level(logging.INFO, "ipwrap")
    log.command_ran(3, GOOD)
    fields = {
        name: getattr(caplog.records[0], name) for name in ("n", "line", "status", "ms", "at")
    }
    assert {"n": 3, "line": "ip -n ns1 link", "status": 0, "ms": 12.346, "at": "lab.py:7"} == fields


def test_a_failure_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    """Who listens only to warnings hears it."""
    caplog.set_level(logging.WARNING, "ipwrap")
    log.command_ran(1, GOOD)
    log.command_ran(2, BAD)
    assert [(logging.WARNING, 2)] == [(each.levelno, each.__dict__["n"]) for each in caplog.records]


def test_a_session_logs_each_command(dry: Session, caplog: pytest.LogCaptureFixture) -> None:
    """The choke point tells all, with their numbers."""
    caplog.set_level(logging.INFO, "ipwrap")
    dry.exec("one")
    dry.exec("two")
    assert [(1, "one"), (2, "two")] == [
        (each.__dict__["n"], each.__dict__["line"]) for each in caplog.records
    ]


@pytest.mark.usefixtures("_as_before")
def test_events_can_be_shown_to_people(capsys: pytest.CaptureFixture[str]) -> None:
    """`-v` prints one line a command, on stderr: stdout carries data only."""
    log.show()
    log.command_ran(3, GOOD)
    captured = capsys.readouterr()
    assert ("", "ipwrap.command n=3 status=0 ms=12.346 at=lab.py:7  ip -n ns1 link\n") == (
        captured.out,
        captured.err,
    )


@pytest.mark.usefixtures("_as_before")
def test_other_records_are_shown_too(capsys: pytest.CaptureFixture[str]) -> None:
    """A record without our keywords does not break the line."""
    log.show()
    log.LOGGER.warning("something else")
    assert capsys.readouterr().err.strip() == "something else"


@pytest.mark.usefixtures("_as_before")
def test_asking_twice_does_not_print_twice(capsys: pytest.CaptureFixture[str]) -> None:
    """Each command stays one line."""
    log.show()
    log.show()
    log.command_ran(3, GOOD)
    assert 1 == len(capsys.readouterr().err.splitlines())


@pytest.mark.usefixtures("_as_before")
def test_the_level_can_be_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    """Only failures, if that is wanted."""
    log.show(logging.WARNING)
    log.command_ran(3, GOOD)
    assert capsys.readouterr().err == ""


def test_nothing_is_printed_until_somebody_asks() -> None:
    """A fresh program that runs commands, also failing ones, prints nothing of ours."""
    code = "from ipwrap import Session\nwith Session() as s: s.exec('false', check=False, changes=False)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ("", "") == (done.stdout, done.stderr)


def test_structlog_waits_until_it_is_needed() -> None:
    """`import ipwrap` is quick: the first event that somebody wants imports it."""
    code = "import ipwrap, sys; print('structlog' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
