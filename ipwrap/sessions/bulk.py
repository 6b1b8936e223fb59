"""`RecordedBulk`: run like commands as lines of a worker, recorded as a single event."""

import re
from collections.abc import Callable, Sequence

from attrs import define

from ipwrap.command import quote_batch_line
from ipwrap.errors import CommandError, ExecutorError, IpwrapError, NotBatchable
from ipwrap.executors import Batch, Reply
from ipwrap.executors.batch_line import parse_line
from ipwrap.executors.bulk import BulkRun
from ipwrap.executors.chunk_exchange import MAX_LINE_BYTES
from ipwrap.places import Place
from ipwrap.recording import CommandsEvent, ResultsEvent
from ipwrap.result import Result
from ipwrap.sessions.failures import raise_first
from ipwrap.sessions.journal import Journal
from ipwrap.sessions.recorded_runner import Stopwatch
from ipwrap.verbs.bulk import BulkCommands

__all__ = ["RecordedBulk"]

# Characters for which an argument needs quotes in a batch line, or cannot be in one.
NEEDS_QUOTES = re.compile(r"[\s#'\"\\]")


@define
class RecordedBulk:
    """Runs like commands of a session. ``redact`` replaces its secrets in a result."""

    journal: Journal
    batch: Batch
    place: Place
    redact: Callable[[Result], Result]

    def run(self, commands: BulkCommands, call_site: str | None) -> bool:
        """Run like commands, and raise the first failure behind the last command.

        Return False, with no command run, if the commands have to run one by one: on a host each
        result has the identity of links, and placeholders are put into each event.
        """
        recording = self.journal.recording
        is_plain = recording.normalise is None and recording.unmasked is None
        if self.journal.records_links or not is_plain:
            return False

        bulk_run = self._prepare(commands)
        if bulk_run is None:
            return False

        unnumbered = CommandsEvent(0, commands.argv, commands.rows, commands.netns, call_site)
        event = self.journal.record_commands(unnumbered)
        stopwatch = Stopwatch.start(self.journal.clock)
        try:
            bulk_run.run()
        finally:
            failures = {
                position: self._to_result(event, position, outcome=outcome)
                for position, outcome in bulk_run.failures.items()
            }
            self._record(event, bulk_run.done_count, failures=failures, stopwatch=stopwatch)

        self._raise_first(bulk_run, failures)
        return True

    def _prepare(self, commands: BulkCommands) -> BulkRun | None:
        """Return the run of commands; None where a worker cannot run them."""
        lines = format_lines(commands)
        if lines is None:
            return None
        try:
            bulk_run = BulkRun(self.batch, self.place, commands.first, lines)
            bulk_run.start_worker()
        except (NotBatchable, ExecutorError):
            return None
        return bulk_run

    def _to_result(
        self, event: CommandsEvent, position: int, *, outcome: Reply | ExecutorError
    ) -> Result:
        """Return the result of a command that failed, without the secrets of the session."""
        command = event.command(position)
        if isinstance(outcome, ExecutorError):
            # 127 is the status of a shell whose program is missing.
            result = Result(command, 127, stderr=str(outcome), call_site=event.call_site)
        else:
            result = Result(command, outcome.status, "", outcome.stderr, call_site=event.call_site)
        return self.redact(result)

    def _record(
        self,
        event: CommandsEvent,
        count: int,
        *,
        failures: dict[int, Result],
        stopwatch: Stopwatch,
    ) -> None:
        """Record the results, without the commands that have no result."""
        outcomes = {
            position: (result.status or 0, result.stderr) for position, result in failures.items()
        }
        results = ResultsEvent(event, count, outcomes, stopwatch.started, stopwatch.seconds)
        self.journal.recording.append_bulk(results)

    def _raise_first(self, bulk_run: BulkRun, failures: dict[int, Result]) -> None:
        """Raise the first failure, with a note of the next ones."""
        errors: list[IpwrapError] = []
        for position, result in failures.items():
            outcome = bulk_run.failures[position]
            if isinstance(outcome, ExecutorError):
                errors.append(outcome)
            elif not result.ok:
                errors.append(self._to_error(result))

        raise_first(errors, done_count=bulk_run.done_count - len(errors), where="in bulk")

    def _to_error(self, result: Result) -> IpwrapError:
        """Return the error of a failed result."""
        try:
            result.check()
        except CommandError as error:
            error.place = self.place.name
            return error
        raise AssertionError("a result without a failure is not among the failures")


def format_lines(commands: BulkCommands) -> list[bytes] | None:
    """Return like commands as lines of a worker; None if a command cannot be a line.

    A line must not have a differing link name, which would need a check before each command.
    """
    try:
        line = parse_line(commands.first.argv)
    except NotBatchable:
        return None
    if not line.devices.isdisjoint(commands.rows[0]):
        return None

    lines = _format_rows(commands.argv[1 + len(line.flags) :], commands.rows)
    if max(map(len, lines)) > MAX_LINE_BYTES:
        return None
    return lines


def _format_rows(arguments: Sequence[str | None], rows: Sequence[tuple[str, ...]]) -> list[bytes]:
    """Return the lines of rows. Raises `NotBatchable`."""
    values = [value for row in rows for value in row]
    if NEEDS_QUOTES.search("".join(values)) or "" in values:
        rows = [tuple(quote_batch_line([value]) for value in row) for row in rows]

    words = [
        "%s" if argument is None else quote_batch_line([argument]).replace("%", "%%")
        for argument in arguments
    ]
    pattern = " ".join(words)
    return [(pattern % row).encode("utf-8", "surrogateescape") for row in rows]
