"""`draw_results`: the measurements of a sweep over its parameters, by matplotlib."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from ipwrap.errors import IpwrapError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ipwrap.sweeps.results import SweepResults
    from ipwrap.sweeps.run import Run

__all__ = ["check_plot", "draw_results"]

WIDTH, PANEL_HEIGHT = 7.0, 3.2  # inches
Points = dict[float, list[float]]


def check_plot() -> None:
    """Raise `IpwrapError` where matplotlib is missing."""
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise IpwrapError('a plot needs matplotlib: pip install "ipwrap[plot]"') from error


def draw_results(results: "SweepResults", path: Path) -> None:
    """Write the picture of the results as SVG."""
    check_plot()
    # A figure of its own: pyplot would keep it, and choose a window system.
    from matplotlib.figure import Figure

    runs = [run for run in results if run.ok]
    names = numeric_measurements(runs)
    parameter = swept_parameter(runs)
    if not names or parameter is None:
        raise IpwrapError(
            "plot: nothing to draw: it needs a parameter with several numbers, and a measurement "
            "that is a number"
        )

    figure = Figure(figsize=(WIDTH, PANEL_HEIGHT * len(names)), layout="constrained")
    panels = figure.subplots(len(names), squeeze=False)[:, 0]
    for panel, name in zip(panels, names, strict=True):
        _draw_panel(panel, group_points(runs, name, parameter=parameter))
        panel.set(xlabel=parameter, ylabel=name)

    try:
        figure.savefig(path, format="svg")
    except OSError as error:
        raise IpwrapError(f"{path}: cannot be written: {error.strerror}") from error


def _draw_panel(panel: "Axes", lines: Mapping[str, Points]) -> None:
    """Draw the lines of one measurement."""
    for label, points in lines.items():
        places = sorted(points)
        means = [fmean(points[place]) for place in places]
        (line,) = panel.plot(places, means, label=label)

        repeats = [(place, value) for place in places for value in points[place]]
        panel.plot(*zip(*repeats, strict=True), ".", color=line.get_color())

    if any(lines):
        panel.legend()


def numeric_measurements(runs: "Iterable[Run]") -> list[str]:
    """Return the names of the measurements that are a number in every run that has them."""
    values: dict[str, list[Any]] = {}
    for run in runs:
        for name, value in run.measurements.items():
            values.setdefault(name, []).append(value)

    return [name for name, some in values.items() if all(map(_is_number, some))]


def swept_parameter(runs: "Iterable[Run]") -> str | None:
    """Return the first parameter that has several values, all of them numbers; or None."""
    values: dict[str, set[Any]] = {}
    for run in runs:
        for name, value in run.parameters.items():
            values.setdefault(name, set()).add(value)

    for name, some in values.items():
        if len(some) > 1 and all(map(_is_number, some)):
            return name
    return None


def group_points(runs: "Iterable[Run]", name: str, *, parameter: str) -> dict[str, Points]:
    """Return the values of a measurement by the other parameters, and by the one of the axis."""
    several = [run for run in runs if name in run.measurements]
    lines: dict[str, Points] = {}

    for run in several:
        others = [f"{key}={value}" for key, value in run.parameters.items() if key != parameter]
        points = lines.setdefault(", ".join(others), {})
        place = run.parameters[parameter]
        assert isinstance(place, (int, float))
        points.setdefault(place, []).append(run.measurements[name])
    return lines


def _is_number(value: object) -> bool:
    """Return whether a value is a number, and no truth value."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)
