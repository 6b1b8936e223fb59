"""One structured event a command, `ipwrap.command`, into the logging system. The only file that imports structlog.

Silent by default: nothing is printed until the user (or `-v` on the command line) asks for the logger "ipwrap".
"""

import logging
import sys
from functools import cache
from typing import Any

from ipwrap.result import Result

__all__ = ["LOGGER", "command_ran", "show"]

LOGGER = logging.getLogger("ipwrap")
LOGGER.addHandler(logging.NullHandler())


def command_ran(number: int, result: Result) -> None:
    """Log a command with its result; costs next to nothing while nobody listens."""
    level = logging.INFO if result.ok else logging.WARNING
    if not LOGGER.isEnabledFor(level):
        return
    event: dict[str, Any] = {"n": number, "line": result.line, "status": result.status}
    event["ms"] = round(result.seconds * 1000, 3)
    event["at"] = result.call_site
    _logger().log(level, "ipwrap.command", **event)


@cache
def _logger() -> Any:
    """Return the bound logger, importing structlog when the first event is wanted."""
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


class _Line(logging.Formatter):
    """Writes an event as one line for people."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the event's name and keywords."""
        fields = (
            f"{name}={getattr(record, name)}"
            for name in ("n", "status", "ms", "at")
            if hasattr(record, name)
        )
        return f"{record.getMessage()} {' '.join(fields)}  {getattr(record, 'line', '')}"


def show(level: int = logging.INFO) -> None:
    """Print the events to stderr from now on. Asking again only changes the level."""
    for old in [each for each in LOGGER.handlers if isinstance(each.formatter, _Line)]:
        LOGGER.removeHandler(old)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Line())
    LOGGER.addHandler(handler)
    LOGGER.setLevel(level)
