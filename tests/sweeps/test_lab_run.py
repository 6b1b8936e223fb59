"""One run of a lab, as a worker does it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ipwrap import PlaceError, Recording, Session
from ipwrap.sweeps.lab_run import run_lab
from ipwrap.sweeps.lab_source import LabSource
from ipwrap.sweeps.run import RunReply, RunTask
from tests.sweeps import labs

pytestmark = pytest.mark.live


@pytest.fixture(autouse=True, scope="module")
def _sandbox() -> None:
    """Skip without support for sandboxes."""
    try:
        with Session(sandbox=True):
            pass
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")


def run(function: Callable[..., object], **options: Any) -> RunReply:
    """Run a lab in this process."""
    parameters = options.pop("parameters", {})
    task = RunTask(source=LabSource.of(function), parameters=parameters, repeat=1, **options)
    return run_lab(task)


def test_a_lab_measures_and_is_recorded(tmp_path: Path) -> None:
    """A lab gets a session of its own, whose recording is complete."""
    path = tmp_path / "ping.jsonl"

    reply = run(labs.ping, parameters={"size": 56}, record=str(path))

    recording = Recording.load(path)
    assert ("ok", 56) == (reply.status, reply.measurements["bytes"])
    assert recording.end is not None
    assert "ping" in recording.commands[-1].command.argv


def test_a_recording_returns_with_the_reply(tmp_path: Path) -> None:
    """A worker of another machine has no folder of the sweep."""
    reply = run(
        labs.own_session,
        parameters={"size": 1},
        record=str(tmp_path / "x.jsonl"),
        returns_recording=True,
    )

    assert reply.recording is not None
    assert b'"node1"' in reply.recording
    assert [] == list(tmp_path.iterdir())


def test_a_lab_that_makes_its_session_gets_a_sandbox(tmp_path: Path) -> None:
    """Session() in such a lab is in a sandbox that nobody else has, and is recorded."""
    path = tmp_path / "own.jsonl"

    reply = run(labs.own_session, parameters={"size": 1}, record=str(path))

    assert {"value": 1} == reply.measurements
    assert "sandbox" == Recording.load(path).header.place


def test_an_error_is_a_reply(tmp_path: Path) -> None:
    """The reply has the error with the line of the lab, and the recording is kept."""
    path = tmp_path / "failed.jsonl"

    reply = run(labs.odd_fails, parameters={"number": 3}, record=str(path))

    assert "failed" == reply.status
    assert str(reply.error).startswith(f"ValueError: 3 is odd\n  at {labs.__file__}:")
    assert 1 == len(Recording.load(path).commands)


def test_a_failed_command_is_told_with_its_line() -> None:
    """The report of a command tells where it was asked for."""
    reply = run(labs.missing_link)

    assert "ip link set dev nothing up" in str(reply.error)
    assert f"{Path(labs.__file__).name}:" in str(reply.error)


def test_a_lab_that_exits_has_failed() -> None:
    """sys.exit() ends the run, and not the worker."""
    assert "SystemExit: 3" in str(run(labs.exits).error)


@pytest.mark.parametrize(
    ("what", "measurements"),
    [("nothing", {}), ("list", {"value": [1, 2]}), ("seconds", {"seconds": 1.5})],
)
def test_what_a_lab_returns_is_its_measurements(what: str, measurements: dict[str, Any]) -> None:
    """A dict has names; another value is called value."""
    assert measurements == run(labs.returns, parameters={"what": what}).measurements


def test_a_value_that_is_no_json_has_failed() -> None:
    """Nothing is lost silently: the error tells the type."""
    reply = run(labs.returns, parameters={"what": "object"})

    assert "failed" == reply.status
    assert "the lab has returned object" in str(reply.error)
