"""The failures of a session, for the top of a report."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ipwrap.views.report.markup import EMPTY, Markup, element, join, text
from ipwrap.views.report.steps import StepRow

if TYPE_CHECKING:
    from ipwrap.recording import End

__all__ = ["write_failures"]

MAX_LINK = 200  # characters of a command line
MAX_FAILURES = 100


def write_failures(
    rows: Sequence[StepRow], end: "End | None", *, is_running: bool = False
) -> Markup:
    """Return the failures, each a link to its step; nothing without one."""
    failed_rows = [row for row in rows if row.failed]
    entries = [
        *_end_entries(rows, end, is_running=is_running),
        *(element("li", _failure(row)) for row in failed_rows[:MAX_FAILURES]),
    ]
    if not entries:
        return EMPTY
    left_out = len(failed_rows) - MAX_FAILURES
    if left_out > 0:
        entries.append(element("li", f"{left_out} more: the key f leads to the next one."))

    heading = element("h2", "Failures", id="failures")
    listed = element("ul", *entries)
    return element("section", heading, listed, aria_labelledby="failures", class_="failures")


def _end_entries(
    rows: Sequence[StepRow], end: "End | None", *, is_running: bool
) -> Iterator[Markup]:
    """Yield how the session ended, if not well."""
    if end is None and not is_running:
        yield element("li", "The recording was cut short: it has no end.")
    elif end is not None and end.error:
        failed = next((row for row in rows if row.command == end.failed), None)
        yield element("li", "The session ended with an error: ", _cause(end.error, failed))


def _cause(error: str, row: StepRow | None) -> Markup:
    """Return an error, as a link to the step that raised it."""
    if row is None:
        return text(error)
    return element("a", error, href=f"#step-{row.number}")


def _failure(row: StepRow) -> Markup:
    """Return a link to a failed step, and how it failed."""
    first, *_ = row.line.split("\n")
    line = first if len(first) <= MAX_LINK else f"{first[:MAX_LINK]}…"
    link = element("a", element("code", line), href=f"#step-{row.number}")
    last_line = row.output.strip().rpartition("\n")[2]
    reason = f"{row.outcome}: {last_line}" if last_line else row.outcome
    return join([link, element("span", reason, class_="reason")], " ")
