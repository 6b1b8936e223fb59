"""`SweepResults`: the runs of a sweep, as rows, as a file of CSV, JSON or Parquet, as a picture."""

import csv
import io
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, overload

from attrs import frozen

from ipwrap.errors import IpwrapError, UnknownOption
from ipwrap.jsonio.reader import encode
from ipwrap.sweeps.run import Run
from ipwrap.system.counts import count_of
from ipwrap.system.shortage import describe_file_error
from ipwrap.system.temporary import replaced_file

__all__ = ["FORMATS", "ResultFormat", "SweepResults"]

ResultFormat = Literal["csv", "json", "parquet"]
FORMATS: tuple[ResultFormat, ...] = ("csv", "json", "parquet")


@frozen(repr=False)
class SweepResults(Sequence[Run]):
    """The runs of a sweep, in the order of its parameters.

    ::

        for run in results:
            print(run.parameters, run.status, run.measurements)
        results.save("results.csv")
    """

    runs: tuple[Run, ...]

    def __repr__(self) -> str:
        return f"<SweepResults: {count_of(len(self), 'run')}, {len(self.failed)} failed>"

    def __len__(self) -> int:
        return len(self.runs)

    def __iter__(self) -> Iterator[Run]:
        return iter(self.runs)

    @overload
    def __getitem__(self, index: int) -> Run: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Run, ...]: ...

    def __getitem__(self, index: int | slice) -> Run | tuple[Run, ...]:
        return self.runs[index]

    @property
    def failed(self) -> tuple[Run, ...]:
        """The runs that have failed."""
        return tuple(run for run in self.runs if not run.ok)

    def rows(self) -> list[dict[str, Any]]:
        """Return a dict for each run: parameters, repeat, status, seconds, …, measurements.

        Each has the columns of all, with None for what a run has not measured.
        """
        rows = [run.row() for run in self.runs]
        columns: dict[str, None] = {}
        for row in rows:
            columns.update(dict.fromkeys(row))
        return [{name: row.get(name) for name in columns} for row in rows]

    def text(self, format: ResultFormat = "csv") -> str:  # noqa: A002 - the user's word
        """Return the rows as CSV, or as a JSON list with a line for each row.

        A list or an object among the measurements is JSON in its cell of CSV. Raises
        `UnknownOption` for another format; Parquet is no text: see `save`.
        """
        if format == "csv":
            return _to_csv(self.rows())
        if format == "json":
            lines = ",\n".join(encode(row) for row in self.rows())
            return f"[\n{lines}\n]\n" if lines else "[]\n"
        raise UnknownOption(f"format: {format!r} is no text of results; there are: csv, json")

    def save(
        self,
        path: str | os.PathLike[str],
        format: ResultFormat | None = None,  # noqa: A002 - the user's word
    ) -> None:
        """Write the rows to a file, which is replaced as a whole.

        ``format`` is by default the suffix of the path: .csv, .json or .parquet, which needs pandas
        with pyarrow. Raises `UnknownOption` for another one, `IpwrapError` where the package is
        missing or the file cannot be written.
        """
        target = Path(path)
        chosen = format or target.suffix.removeprefix(".")
        if chosen not in FORMATS:
            raise UnknownOption(f"{target.name}: {chosen!r} is none of {', '.join(FORMATS)}")

        try:
            with replaced_file(target, mode=0o666) as partial:
                if chosen == "parquet":
                    self._save_parquet(partial)
                else:
                    partial.write_text(self.text(chosen), encoding="utf-8")
        except OSError as error:
            message = f"{target}: cannot be written: {describe_file_error(error)}"
            raise IpwrapError(message) from error

    def _save_parquet(self, path: Path) -> None:
        """Write the rows as Parquet."""
        check_parquet()
        import pandas

        rows = [{name: _parquet_cell(value) for name, value in row.items()} for row in self.rows()]
        pandas.DataFrame(rows).to_parquet(path, engine="pyarrow", index=False)

    def plot(self, path: str | os.PathLike[str]) -> None:
        """Draw the measurements over the first parameter with several numbers, as SVG.

        A panel for each measurement that is a number, a line for each combination of the other
        parameters: the mean of the repeats, each of which is a point. Needs matplotlib:
        ``pip install "ipwrap[plot]"``. Raises `IpwrapError` without it, where nothing is a number,
        and for a file that cannot be written.
        """
        # Imported late: few sweeps are drawn.
        from ipwrap.sweeps.plot import draw_results

        draw_results(self, Path(path))


def check_parquet() -> None:
    """Raise `IpwrapError` where a package is missing that writes Parquet."""
    try:
        import pandas  # noqa: F401
        import pyarrow  # noqa: F401
    except ImportError as error:
        raise IpwrapError(
            f"parquet: {error.name} is not installed: pip install pandas pyarrow; csv and json "
            "need nothing"
        ) from error


def _to_csv(rows: Sequence[dict[str, Any]]) -> str:
    """Return rows as CSV, with their columns as the first line."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    if rows:
        writer.writerow(rows[0])
    for row in rows:
        writer.writerow([_csv_cell(value) for value in row.values()])
    return stream.getvalue()


def _csv_cell(value: Any) -> Any:
    """Return a value as a cell of CSV: empty for None, JSON for what is no single value."""
    if value is None:
        return ""
    if isinstance(value, (bool, list, dict)):
        return encode(value)
    return value


def _parquet_cell(value: Any) -> Any:
    """Return a value as a cell of Parquet, whose columns have one type each."""
    return encode(value) if isinstance(value, (list, dict)) else value
