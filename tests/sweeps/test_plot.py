"""The results of a sweep as a picture."""

from pathlib import Path

import pytest

from ipwrap import IpwrapError
from ipwrap.sweeps import Run, SweepResults
from ipwrap.sweeps.plot import group_points, numeric_measurements, swept_parameter


def run_of(name: str, delay: int, rtt: float) -> Run:
    """Return a run with two parameters and a measurement."""
    parameters: dict[str, str | int] = {"name": name, "delay": delay}
    measurements = {"rtt": rtt, "ok": True}
    return Run(parameters=parameters, repeat=1, status="ok", seconds=1.0, measurements=measurements)


RUNS = (run_of("a", 1, 2.0), run_of("a", 1, 4.0), run_of("a", 5, 9.0), run_of("b", 1, 7.0))


def test_numbers_are_drawn_over_the_first_parameter_of_numbers() -> None:
    """Truth values and texts are neither an axis nor a line's height."""
    assert ["rtt"] == numeric_measurements(RUNS)
    assert "delay" == swept_parameter(RUNS)
    assert swept_parameter(RUNS[:1]) is None


def test_the_other_parameters_are_the_lines() -> None:
    """Each line has the values of all repeats."""
    lines = group_points(RUNS, "rtt", parameter="delay")

    assert {"name=a": {1: [2.0, 4.0], 5: [9.0]}, "name=b": {1: [7.0]}} == lines


def test_a_plot_needs_matplotlib(tmp_path: Path) -> None:
    """With matplotlib the picture is written, else the error says what to install."""
    path = tmp_path / "results.svg"
    results = SweepResults(RUNS)
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        with pytest.raises(IpwrapError, match=r'needs matplotlib: pip install "ipwrap\[plot\]"'):
            results.plot(path)
        return

    results.plot(path)

    assert "name=a" in path.read_text()
    with pytest.raises(IpwrapError, match="nothing to draw"):
        SweepResults(RUNS[:1]).plot(path)
