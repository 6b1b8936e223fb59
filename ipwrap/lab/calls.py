"""Run a Python function inside a namespace, in a forked child, and bring back what came of it.

A program of the namespace is started first: `ip netns exec NAME cat`, whose namespaces (network,
mounts with the namespace's /sys and /etc, and those of the sandbox) are what the child enters by
setns(2). The child of the child runs the function, since a pid namespace is entered by a fork.
"""

import contextlib
import ctypes
import os
import pickle
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeVar

from attrs import frozen

from ipwrap.errors import IpwrapError, PlaceError
from ipwrap.places.remote import is_remote
from ipwrap.system.programs import command_environment

if TYPE_CHECKING:
    from ipwrap.session import Namespace

__all__ = ["call_inside"]

T = TypeVar("T")

# The namespaces of a process that its mounts, its network and its view of processes depend on.
NAMESPACES = {
    "user": 0x10000000,
    "mnt": 0x00020000,
    "net": 0x40000000,
    "pid": 0x20000000,
    "uts": 0x04000000,
    "ipc": 0x08000000,
}
PR_SET_NO_NEW_PRIVS = 38
NO_NEW_PRIVS = "NoNewPrivs:\t1"


@frozen
class Outcome:
    """What came of a call: a result, or an error with the traceback of the child as text."""

    result: object = None
    error: BaseException | None = None
    trace: str = ""


def call_inside(
    netns: "Namespace",
    function: Callable[[], T],
    *,
    label: Callable[..., object],
    enter: tuple[str, ...] = (),
) -> T:
    """Return the result of a function that runs in a namespace. Raises what the function raises.

    ``label`` is the function that the user has named, for the note in the recording, ``enter`` the
    arguments that enter further namespaces.
    """
    place = netns.session.place
    if is_remote(place):
        raise PlaceError(
            f"lab: {netns.name} is on another machine ({place.name}), where no function of this "
            "process runs: run a program by exec() instead"
        )
    name = getattr(label, "__qualname__", None) or repr(label)
    netns.session.note(f"Python runs {name} in {netns.name}; a script does not repeat it.")

    with _entrance(netns, enter) as pid:
        outcome = _run_in_child(function, pid)

    if outcome.error is not None:
        outcome.error.add_note(f"in the namespace {netns.name}:\n{outcome.trace}")
        raise outcome.error
    return outcome.result  # type: ignore[return-value]  # it is what the function returned


@contextlib.contextmanager
def _entrance(netns: "Namespace", enter: tuple[str, ...]) -> Iterator[int]:
    """Yield the pid of a process inside, which ends with the block."""
    place = netns.session.place
    # cat(1) writes a line when it is there, and goes on reading.
    process = subprocess.Popen(
        place.wrap(("ip", "netns", "exec", netns.name, *enter, "cat")),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=command_environment(),
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(b"\n")
        process.stdin.flush()
        if process.stdout.readline() != b"\n":
            _, stderr = process.communicate()
            raise PlaceError(f"lab: {netns.name}: {stderr.decode(errors='replace').strip()}")
        yield _innermost(process.pid)
    finally:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        process.wait()
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


def _innermost(pid: int) -> int:
    """Return the last process of a chain, each of which waits for the next."""
    while children := Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii"):
        pid = int(children.split()[0])
    return pid


def _run_in_child(function: Callable[[], object], entrance: int) -> Outcome:
    """Run a function in the namespaces of a process, and return what came of it."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()  # else the child would write the same text again

    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read_end)
        _become_child(function, entrance, pipe=write_end)

    os.close(write_end)
    with os.fdopen(read_end, "rb") as pipe:
        data = pipe.read()
    _, status = os.waitpid(child, 0)

    if not data:
        end = _describe_status(status)
        raise IpwrapError(f"lab: the process of the function ended {end} and returned nothing")
    outcome = pickle.loads(data)
    assert isinstance(outcome, Outcome)
    return outcome


def _describe_status(status: int) -> str:
    """Return how a process ended."""
    code = os.waitstatus_to_exitcode(status)
    return f"with status {code}" if code >= 0 else f"by {signal.Signals(-code).name}"


def _become_child(function: Callable[[], object], entrance: int, *, pipe: int) -> NoReturn:
    """Enter the namespaces, run the function in a further child, and end with its status."""
    status = 1
    try:
        cwd = os.getcwd()
        try:
            _enter(entrance)
            os.chdir(cwd)  # entering a mount namespace changes to its root: setns(2)
        except OSError as error:
            _write(pipe, Outcome(error=_cannot_enter(error)))
            os._exit(1)

        grandchild = os.fork()
        if grandchild == 0:
            _write(pipe, _outcome_of(function))
            status = 0
        else:
            os.close(pipe)
            _, raw = os.waitpid(grandchild, 0)
            status = os.waitstatus_to_exitcode(raw)
            if status < 0:
                os.kill(os.getpid(), -status)
    finally:
        os._exit(max(status, 0))


def _enter(entrance: int) -> None:
    """Enter those namespaces of a process that differ from this one's."""
    flags = 0
    for name, flag in NAMESPACES.items():
        if os.readlink(f"/proc/self/ns/{name}") != os.readlink(f"/proc/{entrance}/ns/{name}"):
            flags |= flag
    has_no_new_privs = NO_NEW_PRIVS in Path(f"/proc/{entrance}/status").read_text(encoding="ascii")

    libc = ctypes.CDLL(None, use_errno=True)
    # With the descriptor of a process all are entered at once, by the rights of this process.
    if libc.setns(os.pidfd_open(entrance), flags):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    if has_no_new_privs:
        libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def _cannot_enter(error: OSError) -> PlaceError:
    """Return the error of a child that may not enter the namespaces."""
    return PlaceError(
        f"lab: this Python process cannot enter the namespace: {error.strerror}; it takes Linux "
        "5.8, and a sandbox or root (not sudo): run a program by exec() instead"
    )


def _outcome_of(function: Callable[[], object]) -> Outcome:
    """Run a function, and return what came of it, as far as it can be sent."""
    try:
        outcome = Outcome(function())
    except BaseException as error:
        outcome = Outcome(error=error, trace="".join(traceback.format_exception(error)).rstrip())
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()

    return outcome


def _write(pipe: int, outcome: Outcome) -> None:
    """Write an outcome to the parent; one that cannot be pickled as an error that says so."""
    try:
        data = pickle.dumps(outcome)
        pickle.loads(data)
    except Exception as error:
        text = outcome.trace or f"the result {outcome.result!r} cannot be sent: {error}"
        data = pickle.dumps(Outcome(error=IpwrapError(f"lab: {text}"), trace=outcome.trace))

    with os.fdopen(pipe, "wb") as file:
        file.write(data)
