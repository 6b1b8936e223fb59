"""Structured logging: an event `ipwrap.command` for each command, and `ipwrap.left_running` for a
child left behind by a program. No other module imports structlog.

Silent by default: nothing is printed until the user (or `-v` on the command line) enables the
logger "ipwrap".
"""

import logging
import sys
from functools import cache
from typing import Any

from ipwrap.jsonio.escape import escape_controls
from ipwrap.result import Result

__all__ = ["LOGGER", "command_ran", "show"]

LOGGER = logging.getLogger("ipwrap")
LOGGER.addHandler(logging.NullHandler())

LEFT_RUNNING_ADVICE = (
    "the program left a child running, whose further output is lost: start by spawn() what is to "
    "go on"
)

LINE_FIELDS = ("n", "status", "ms", "at", "advice")


def command_ran(number: int, result: Result) -> None:
    """Log a command with its result; costs next to nothing while the logger is disabled."""
    if result.left_running:
        _child_was_left(number, result)

    level = logging.WARNING if result.status else logging.INFO
    if not LOGGER.isEnabledFor(level):
        return

    event: dict[str, Any] = {
        "n": number,
        "line": result.line,
        "status": result.status,
        "ms": round(result.seconds * 1000, 3),
        "at": result.call_site,
    }
    _logger().log(level, "ipwrap.command", **event)


def _child_was_left(number: int, result: Result) -> None:
    """Warn of a program that left a child behind."""
    if not LOGGER.isEnabledFor(logging.WARNING):
        return

    _logger().log(
        logging.WARNING,
        "ipwrap.left_running",
        n=number,
        line=result.line,
        at=result.call_site,
        advice=LEFT_RUNNING_ADVICE,
    )


@cache
def _logger() -> Any:
    """Return the bound logger; the first event imports structlog."""
    # Imported late: without a handler no event is logged, and `import ipwrap` stays fast.
    import structlog

    return structlog.wrap_logger(
        LOGGER,
        processors=[
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.stdlib.render_to_log_kwargs,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
    )


class _LineFormatter(logging.Formatter):
    """Formats an event as one line for people."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the event's name, its keywords and the command line."""
        present = (name for name in LINE_FIELDS if hasattr(record, name))
        keywords = [f"{name}={getattr(record, name)}" for name in present]

        line = getattr(record, "line", "")
        return escape_controls(f"{record.getMessage()} {' '.join(keywords)}  {line}")


def show(level: int = logging.INFO) -> None:
    """Print the events to stderr from now on. A second call only changes the level."""
    for handler in list(LOGGER.handlers):
        if isinstance(handler.formatter, _LineFormatter):
            LOGGER.removeHandler(handler)

    stderr_handler = logging.StreamHandler(sys.stderr)
    stderr_handler.setFormatter(_LineFormatter())

    LOGGER.addHandler(stderr_handler)
    LOGGER.setLevel(level)
