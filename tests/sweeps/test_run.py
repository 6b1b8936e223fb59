"""A run as a row of the results."""

from ipwrap.sweeps.run import Run, run_key


def test_a_row_has_parameters_columns_and_measurements() -> None:
    """A measurement with the name of another column is kept under another name."""
    run = Run(
        parameters={"delay": 10},
        repeat=2,
        status="ok",
        seconds=0.5,
        measurements={"rtt": 20, "seconds": 3, "delay": 11},
    )

    expected = {
        "delay": 10,
        "repeat": 2,
        "status": "ok",
        "seconds": 0.5,
        "error": None,
        "recording": None,
        "rtt": 20,
        "measured_seconds": 3,
        "measured_delay": 11,
    }
    assert expected == run.row()


def test_the_order_of_parameters_does_not_identify_a_run() -> None:
    """The values, their types and the repeat do."""
    assert run_key({"a": 1, "b": 2}, 1) == run_key({"b": 2, "a": 1}, 1)
    assert 4 == len({run_key({"a": value}, n) for value in (1, "1") for n in (1, 2)})
