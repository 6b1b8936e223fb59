"""The results of a sweep as rows, CSV, JSON and Parquet."""

import csv
import io
import json
from pathlib import Path

import pytest

from ipwrap import IpwrapError, UnknownOption
from ipwrap.sweeps import Run, SweepResults

RESULTS = SweepResults(
    (
        Run(
            parameters={"delay": 10},
            repeat=1,
            status="ok",
            seconds=0.5,
            measurements={"rtt": 20.5, "hops": ["a", "b"], "up": True},
        ),
        Run(parameters={"delay": 50}, repeat=1, status="failed", seconds=1.0, error="no\nreply"),
    )
)


def test_results_are_a_sequence_of_runs() -> None:
    """They have a length, an order, and those that have failed."""
    assert 2 == len(RESULTS)
    assert (RESULTS[1],) == RESULTS.failed == RESULTS[1:]
    assert "<SweepResults: 2 runs, 1 failed>" == repr(RESULTS)


def test_csv_has_a_line_for_each_run() -> None:
    """A missing value is an empty cell, a list is JSON."""
    first, second = csv.DictReader(io.StringIO(RESULTS.text()))

    assert ("10", "20.5", '["a","b"]', "true") == (
        *(first["delay"], first["rtt"], first["hops"], first["up"]),
    )
    assert ("50", "failed", "no\nreply", "") == (
        *(second["delay"], second["status"], second["error"], second["rtt"]),
    )


def test_json_has_an_object_for_each_run() -> None:
    """Every row has the keys of all."""
    rows = json.loads(RESULTS.text("json"))

    assert rows == RESULTS.rows()
    assert rows[0].keys() == rows[1].keys()
    assert [] == json.loads(SweepResults(()).text("json"))


@pytest.mark.parametrize("name", ["results.csv", "results.json"])
def test_the_suffix_chooses_the_format(name: str, tmp_path: Path) -> None:
    """A file is written as its name says."""
    path = tmp_path / name

    RESULTS.save(path)

    suffix = path.suffix.removeprefix(".")
    assert RESULTS.text(suffix) == path.read_text()  # type: ignore[arg-type]


def test_another_suffix_is_refused(tmp_path: Path) -> None:
    """The message lists the formats."""
    with pytest.raises(UnknownOption, match="'xlsx' is none of csv, json, parquet"):
        RESULTS.save(tmp_path / "results.xlsx")


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """The error has the path."""
    with pytest.raises(IpwrapError, match=r"none/results\.csv: cannot be written"):
        RESULTS.save(tmp_path / "none" / "results.csv")


def test_parquet_needs_packages(tmp_path: Path) -> None:
    """With pandas and pyarrow the rows are written, else the error says what to install."""
    path = tmp_path / "results.parquet"
    try:
        import pandas
        import pyarrow  # noqa: F401
    except ImportError:
        with pytest.raises(IpwrapError, match="is not installed: pip install pandas pyarrow"):
            RESULTS.save(path)
        return

    RESULTS.save(path)

    assert [10, 50] == list(pandas.read_parquet(path)["delay"])
