"""`run_lab`: one run of a lab, in the worker: a fresh sandbox, its recording, what it returns."""

import contextlib
import tempfile
import threading
import time
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from attrs import evolve

from ipwrap.errors import IpwrapError
from ipwrap.jsonio import reader
from ipwrap.places import Sandbox
from ipwrap.session import Session
from ipwrap.sessions.offer import SessionOffer, offer_to_sessions
from ipwrap.sweeps.lab_source import LabFunction
from ipwrap.sweeps.parameters import LabParameters
from ipwrap.sweeps.run import RunReply, RunTask
from ipwrap.system.termination import Terminated

__all__ = ["run_lab"]

RECORDING_NAME = "recording.jsonl"
VALUE = "value"  # the name of a measurement that has none

# A lab that makes its sessions itself is offered its sandbox by a variable of the process: in a
# worker with several threads, one such lab runs at a time.
_one_offer = threading.Lock()


def run_lab(task: RunTask) -> RunReply:
    """Run a lab in a fresh sandbox, and return how it ended. An error of the lab is not raised."""
    with _record_path(task) as record:
        reply = _run(task, record)
        recording = None
        if task.returns_recording and record is not None and Path(record).exists():
            recording = Path(record).read_bytes()

    return evolve(reply, seconds=round(reply.seconds, 6), recording=recording)


def _run(task: RunTask, record: str | None) -> RunReply:
    """Run a lab here, or within its time limit in a process of its own."""
    if task.timeout is not None:
        # Imported late: few runs have a limit.
        from ipwrap.sweeps.limits import Job, run_within

        return run_within(Job(task, _try_lab, record), task.timeout)

    begin = time.monotonic()
    reply = _try_lab(task, record)
    return evolve(reply, seconds=time.monotonic() - begin)


@contextlib.contextmanager
def _record_path(task: RunTask) -> Iterator[str | None]:
    """Yield the file to record to: that of the task, or a temporary one."""
    if not task.returns_recording:
        yield task.record
        return

    with tempfile.TemporaryDirectory(prefix="ipwrap-sweep-") as folder:
        yield str(Path(folder, RECORDING_NAME))


def _try_lab(task: RunTask, record: str | None) -> RunReply:
    """Run a lab, and return its measurements or its error."""
    try:
        function = task.source.load()
        value = _call(function, task.parameters, record=record)
        measurements = to_measurements(value)
    except Terminated:
        raise
    except (Exception, SystemExit) as error:
        message = _describe(error, task.source.path)
        return RunReply(status="failed", seconds=0.0, error=message)

    return RunReply(status="ok", seconds=0.0, measurements=measurements)


def _call(function: LabFunction, parameters: Mapping[str, Any], *, record: str | None) -> object:
    """Call a lab with a session in a sandbox, or offer the sandbox to the sessions it makes."""
    if LabParameters.of(function).takes_session:
        with Session(sandbox=True, record=record) as session:
            return function(session=session, **parameters)

    with _one_offer, contextlib.closing(Sandbox()) as place:
        place.open()
        with offer_to_sessions(SessionOffer(lambda: place, record)):
            return function(**parameters)


def to_measurements(value: object) -> dict[str, Any]:
    """Return what a lab has returned as measurements by name, of types that JSON has.

    Raises `IpwrapError` for a value that JSON cannot hold.
    """
    if value is None:
        return {}

    try:
        plain = reader.decode(reader.encode(_to_plain(value)))
    except (TypeError, ValueError) as error:
        raise IpwrapError(
            f"the lab has returned {type(value).__name__}: {str(value)[:80]}, which is no "
            f"measurement: {error}; return a dict of numbers, texts and lists"
        ) from error
    return dict(plain) if isinstance(plain, dict) else {VALUE: plain}


def _to_plain(value: Any) -> Any:
    """Return a value with numbers of Python in the place of those of numpy, which are no JSON."""
    if isinstance(value, Mapping):
        return {str(name): _to_plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_to_plain(one) for one in value]
    if hasattr(value, "item") and hasattr(value, "dtype"):
        return value.item()
    return value


def _describe(error: BaseException, path: str) -> str:
    """Return the message of an error, with its class and the line of the lab's file."""
    if isinstance(error, IpwrapError):
        message = str(error)
    else:
        message = "".join(traceback.format_exception_only(error)).strip()

    lines = [
        line
        for frame, line in traceback.walk_tb(error.__traceback__)
        if frame.f_code.co_filename == path
    ]
    if lines and "asked at" not in message:
        message += f"\n  at {path}:{lines[-1]}"
    return message
