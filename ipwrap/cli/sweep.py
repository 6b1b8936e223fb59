"""`ipwrap sweep`: a lab with every combination of parameters."""

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from attrs import define, field

from ipwrap.cli.examples import examples
from ipwrap.cli.lab_script import LabScript, user_traceback
from ipwrap.cli.output import echo
from ipwrap.cli.parameters import SCRIPT
from ipwrap.cli.suggestions import SuggestingChoice
from ipwrap.errors import IpwrapError
from ipwrap.system.counts import count_of
from ipwrap.system.programs import require_linux
from ipwrap.system.termination import Terminated

if TYPE_CHECKING:
    from ipwrap.sweeps import Run, Sweep, SweepResults
    from ipwrap.sweeps.parameters import LabParameters
    from ipwrap.sweeps.results import ResultFormat
    from ipwrap.sweeps.workers import Workers

__all__ = ["sweep_command"]

FORMATS = ("csv", "json", "parquet")  # of `ipwrap.sweeps.results`, which `--help` need not import
SHOWN_FAILURES = 5
CONNECT_SECONDS = 30


@click.command(
    "sweep",
    epilog=examples(
        "ipwrap sweep lab.py --set delay=10,50 --set loss=0,1",
        "ipwrap sweep lab.py --set delay=10,50 --repeat 5 -o runs",
    ),
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUES",
    help="The values of a parameter, with commas between them. Again for another parameter.",
)
@click.option(
    "--repeat",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="How often each combination runs.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    metavar="SECONDS",
    help="End a run that takes longer; it has failed.",
)
@click.option("--jobs", type=click.IntRange(1), help="Runs at a time; by default the processors.")
@click.option("--scheduler", metavar="ADDRESS", help="Run on the workers of this Dask scheduler.")
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False),
    help="The folder for results and recordings; by default that of the script: lab-sweep.",
)
@click.option(
    "--format",
    "format_",
    type=SuggestingChoice(FORMATS),
    default="csv",
    show_default=True,
    help="The format of the results in the folder; parquet needs pandas.",
)
@click.option("--plot", type=click.Path(dir_okay=False), help="Draw the results to this SVG file.")
@click.option("--restart", is_flag=True, help="Put the runs that the folder has aside.")
@click.argument("script", type=SCRIPT)
def sweep_command(
    script: str,
    settings: tuple[str, ...],
    repeat: int,
    timeout: float | None,
    jobs: int | None,
    scheduler: str | None,
    output: str | None,
    format_: "ResultFormat",
    plot: str | None,
    restart: bool,
) -> None:
    """Run the function `lab` of SCRIPT with every combination of parameters.

    def lab(session, *, delay: int, loss: float) gets a session in a fresh sandbox, and returns a
    dict of measured values. Values are int, float, str or bool, as annotated. A function without
    the parameter session opens sessions itself.

    The results are printed as a table, and are in the folder with the recordings of the runs. A
    failed run does not stop the sweep, and makes the exit status 1. A stopped sweep goes on at the
    next start, which also repeats the failed runs.
    """
    require_linux()
    _check_packages(format_, plot)
    if scheduler is not None and jobs is not None:
        raise click.UsageError("--jobs is for this machine; the scheduler's workers have their own")

    planned = _plan(script, settings, repeat=repeat, timeout=timeout)
    folder = output or f"{Path(script).stem}-sweep"
    with planned.use_folder(folder, restart=restart):
        results = _run(planned, folder, jobs=jobs, scheduler=scheduler)

    results.save(Path(folder, f"results.{format_}"), format_)
    _print_table(results)
    if plot is not None:
        results.plot(plot)
    _report_failures(results)
    sys.exit(1 if results.failed else 0)


def _check_packages(format_: str, plot: str | None) -> None:
    """Raise `IpwrapError` for a missing package before anything runs."""
    from ipwrap.sweeps.plot import check_plot
    from ipwrap.sweeps.results import check_parquet

    if format_ == "parquet":
        check_parquet()
    if plot is not None:
        if Path(plot).suffix != ".svg":
            raise click.UsageError(f"--plot: {plot} is written as SVG; give a name with .svg")
        check_plot()


def _plan(script: str, settings: Sequence[str], *, repeat: int, timeout: float | None) -> "Sweep":
    """Return the sweep of a script. Nothing of a lab runs, only the top level of the file."""
    from ipwrap.sweeps import Sweep
    from ipwrap.sweeps.lab_source import LabSource
    from ipwrap.sweeps.parameters import LabParameters

    LabScript.read(script)  # an error in its syntax, as `ipwrap run` shows it
    sys.path.insert(0, os.path.dirname(os.path.abspath(script)))
    source = LabSource.read(os.path.abspath(script))
    try:
        function = source.load()
    except IpwrapError:
        raise
    except Exception as error:
        raise IpwrapError(f"{script} cannot be loaded\n{user_traceback(error).rstrip()}") from None

    lab_parameters = LabParameters.of(function)
    values = _parse_settings(settings, lab_parameters)
    return Sweep(source, values, repeat=repeat, timeout=timeout, lab_parameters=lab_parameters)


def _parse_settings(
    settings: Sequence[str], lab_parameters: "LabParameters"
) -> dict[str, list[Any]]:
    """Return the values of each parameter. Raises `click.UsageError` for a wrong form."""
    values: dict[str, list[Any]] = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals or not name:
            raise click.UsageError(f"--set {setting}: give NAME=VALUES, such as delay=10,50")
        values.setdefault(name, []).extend(lab_parameters.parse(name, text))
    return values


def _run(
    planned: "Sweep", folder: str, *, jobs: int | None, scheduler: str | None
) -> "SweepResults":
    """Run the unfinished runs, with a bar on a terminal; print the progress if interrupted."""
    remaining = len(planned.tasks) - len(planned.ended)
    if planned.ended:
        echo(f"ipwrap: {_describe_ended(planned, folder)}", err=True)

    progress = SweepProgress(remaining)
    try:
        with _workers(jobs, scheduler) as workers, progress.shown():
            return planned.run(workers, progress.on_run)
    except (KeyboardInterrupt, Terminated):
        echo(f"ipwrap: {_describe_ended(planned, folder)}; the same command goes on", err=True)
        raise


def _describe_ended(planned: "Sweep", folder: str) -> str:
    """Return how many runs have ended, and where they are."""
    return f"{len(planned.ended)} of {count_of(len(planned.tasks), 'run')} are in {folder}"


@contextlib.contextmanager
def _workers(jobs: int | None, scheduler: str | None) -> "Iterator[Workers]":
    """Yield the workers: processes of this machine, or those of a scheduler."""
    from ipwrap.sweeps.workers import GivenWorkers, LocalWorkers, cpu_count

    if scheduler is None:
        yield LocalWorkers(jobs or cpu_count())
        return

    with _dask_executor(scheduler) as executor:
        yield GivenWorkers(executor)


@contextlib.contextmanager
def _dask_executor(address: str) -> Iterator[Executor]:
    """Yield the executor of a scheduler. Raises `IpwrapError` where there is none."""
    try:
        from distributed import Client
    except ImportError as error:
        raise IpwrapError('--scheduler needs Dask: pip install "ipwrap[dask]"') from error

    try:
        client = Client(address, timeout=CONNECT_SECONDS)
    except (OSError, ValueError) as error:
        raise IpwrapError(f"--scheduler {address}: no scheduler replies: {error}") from error

    with client:
        executor: Executor = client.get_executor()
        yield executor


@define
class SweepProgress:
    """A progress bar on stderr with the time left, if stderr is a terminal."""

    total: int
    failed: int = field(default=0, init=False)
    _bar: Any = field(default=None, init=False)

    @contextlib.contextmanager
    def shown(self) -> Iterator[None]:
        """Show the bar in the block."""
        if not sys.stderr.isatty() or not self.total:
            yield
            return

        bar: Any = click.progressbar(
            length=self.total,
            label="runs",
            show_pos=True,
            item_show_func=lambda _: f"{self.failed} failed" if self.failed else None,
            file=sys.stderr,
        )
        with bar as self._bar:
            yield

    def on_run(self, run: "Run") -> None:
        """Advance the bar by a run."""
        self.failed += not run.ok
        if self._bar is not None:
            self._bar.update(1, run)


def _print_table(results: "SweepResults") -> None:
    """Print the results as a table: of an error the first line, and no paths of recordings."""
    from ipwrap.cli.parse import terminal_width
    from ipwrap.views.table import ObjectRows, format_cell

    left_out = {"recording"} if results.failed else {"recording", "error"}
    headers = tuple(name for name in results.rows()[0] if name not in left_out)

    rows = []
    for row in results.rows():
        shown = row | {"error": (row["error"] or "").partition("\n")[0]}
        rows.append(tuple(format_cell(shown[name]) for name in headers))
    echo(ObjectRows(headers, tuple(rows), least=len(headers)).fit(terminal_width()).text)


def _report_failures(results: "SweepResults") -> None:
    """Print the errors of the first failed runs, with the recordings."""
    failed = results.failed
    if not failed:
        return

    echo(f"ipwrap: {len(failed)} of {count_of(len(results), 'run')} failed", err=True)
    for run in failed[:SHOWN_FAILURES]:
        values = ", ".join(f"{name}={value}" for name, value in run.parameters.items())
        echo(f"  {values} (repeat {run.repeat}): {run.error}", err=True)
        if run.recording is not None:
            echo(f"  recorded in {run.recording}", err=True)
    if len(failed) > SHOWN_FAILURES:
        echo(f"  and {len(failed) - SHOWN_FAILURES} more", err=True)
