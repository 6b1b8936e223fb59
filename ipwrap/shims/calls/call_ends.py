"""The ends of calls that the shims have not written, or not written yet.

A script that kills its servers and ends does not wait for the servers' ends. A shim killed by
SIGKILL writes no end.
"""

import time
from collections.abc import Iterable
from pathlib import Path

from attrs import define, evolve, field

from ipwrap.errors import PlaceError
from ipwrap.places import Place
from ipwrap.shims.calls.call import Call, OpenPort, read_call, write_port
from ipwrap.shims.calls.order import KILLED, add_end, read_order
from ipwrap.shims.calls.sockets import listening_ports
from ipwrap.system.process_identity import ENDED_STATES

__all__ = ["BackgroundShims", "await_ends"]

SECONDS = 3.0  # for a program to end after a signal
STEP = 0.02

BACKGROUND = "background"  # the file of the shims with their numbers and pids
NAME = "(through"  # of a shim in the background, in /proc/PID/stat
KILLED_STATUS = 137


def await_ends(folder: Path, calls: Iterable[Call]) -> list[Call]:
    """Return the calls of an ended script, with the late ends of the calls that got a signal.

    The programs have `SECONDS` to end. A call that got SIGKILL counts as ended, even without a
    written end.
    """
    calls = list(calls)
    unfinished = {call.number for call in calls if call.status is None}
    if not unfinished:
        return calls

    signals = [moment for moment in read_order(folder) if moment.kind == "signal"]
    killed = {moment.number for moment in signals if moment.signal == KILLED}
    signalled = {moment.number for moment in signals} - killed
    _await_files([_end_path(folder, number) for number in unfinished & signalled])

    return [_read_end(folder, call, is_killed=call.number in killed) for call in calls]


def _read_end(folder: Path, call: Call, *, is_killed: bool) -> Call:
    """Return a call with its end, if the end has been written since."""
    if call.status is not None:
        return call

    call = read_call(folder / str(call.number)) or call
    if call.status is None and is_killed:
        return evolve(call, status=KILLED_STATUS, signalled=True)
    return call


def _await_files(paths: list[Path]) -> None:
    """Wait until the files exist, for at most `SECONDS`."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and not all(path.exists() for path in paths):
        time.sleep(STEP)


def _end_path(folder: Path, number: int) -> Path:
    """Return the path of the file that a shim writes at the end of a call."""
    return folder / f"{number}.done"


@define
class BackgroundShims:
    """Looks at the shims in the background: writes the ends of killed shims, and the ports on which
    programs listen.

    A shim is identified by its pid and by its name in /proc. A shim in another pid namespace, where
    the pid is another number, is left alone.
    """

    folder: Path
    place: Place
    _seen: set[int] = field(factory=set, init=False)
    _ended: set[int] = field(factory=set, init=False)
    _ports: set[tuple[int, str, int]] = field(factory=set, init=False)

    def update(self) -> None:
        """Look at the shims once."""
        path = self.folder / BACKGROUND
        if not path.exists():
            return

        for line in path.read_text(encoding="ascii", errors="replace").splitlines():
            number, _, pid = line.partition(" ")
            if number.isdecimal() and pid.isdecimal() and int(number) not in self._ended:
                self._look_at(int(number), int(pid))

    def _look_at(self, number: int, pid: int) -> None:
        """Look at a shim that has not ended so far."""
        if self._runs(number, pid):
            self._seen.add(number)
            self._note_ports(number, pid)
            return

        done = _end_path(self.folder, number)
        if done.exists():
            self._ended.add(number)
        elif number in self._seen:
            self._ended.add(number)
            done.write_text(f"{KILLED_STATUS} KILL\n")
            add_end(self.folder, number)

    def _note_ports(self, number: int, pid: int) -> None:
        """Write the ports on which a program has begun to listen."""
        proc = Path(self.place.host_path("/proc"))
        for protocol, port in listening_ports(proc, pid):
            if (number, protocol, port) not in self._ports:
                self._ports.add((number, protocol, port))
                write_port(self.folder / str(number), OpenPort(protocol, port, time.time()))

    def _runs(self, number: int, pid: int) -> bool:
        """Return whether a process of the place is a shim in the background.

        The shim of a plain call has become the program, which may have any name.
        """
        try:
            stat = Path(self.place.host_path(f"/proc/{pid}/stat")).read_text(errors="replace")
        except (OSError, PlaceError):
            return False

        head, _, fields = stat.rpartition(") ")
        is_shim = head.endswith(NAME) or (self.folder / f"{number}.plain").exists()
        return is_shim and fields[:1] not in ENDED_STATES
