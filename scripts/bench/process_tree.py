"""The CPU time and the memory of a program and of all programs that it has started.

Nothing but the standard library: Mininet runs in the system's Python.
"""

import contextlib
import os
import resource

__all__ = ["CpuClock", "used_memory"]

TICKS = os.sysconf("SC_CLK_TCK")
PARENT = 1  # ppid, in the fields behind the name
CHILDREN_TIMES = slice(13, 15)  # cutime and cstime, in ticks


class CpuClock:
    """The CPU time of this process and of its descendants between `start` and `stop`.

    Descendants that have ended count as soon as their parent has waited for them.
    """

    def start(self) -> None:
        """Begin to measure."""
        # Own time is read last here and first in `stop`: to look at all processes takes a while.
        self._living = _living_time()
        self._own = _own_time()

    def stop(self) -> float:
        """Return the microseconds since `start`."""
        own = _own_time() - self._own
        return own + _living_time() - self._living


def used_memory() -> int:
    """Return the bytes of memory of this process and of its living descendants.

    What several of them share counts once in all: the sum of Pss, proc_pid_smaps_rollup(5).
    """
    kibibytes = 0
    for pid in (os.getpid(), *_descendants(os.getpid())):
        for line in _read(f"/proc/{pid}/smaps_rollup").splitlines():
            if line.startswith("Pss:"):
                kibibytes += int(line.split()[1])

    return kibibytes * 1024


def _own_time() -> float:
    """Return the microseconds of this process and of the children that it waited for."""
    seconds = 0.0
    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
        usage = resource.getrusage(who)
        seconds += usage.ru_utime + usage.ru_stime

    return seconds * 1e6


def _living_time() -> float:
    """Return the microseconds of all living descendants."""
    return sum(map(_process_time, _descendants(os.getpid())))


def _descendants(pid: int) -> list[int]:
    """Return the living descendants of a process."""
    children: dict[int, list[int]] = {}
    for name in filter(str.isdecimal, _list("/proc")):
        fields = _stat_fields(int(name))
        if fields:
            children.setdefault(int(fields[PARENT]), []).append(int(name))

    descendants = [pid]
    for ancestor in descendants:  # the list grows in the loop
        descendants += children.get(ancestor, ())

    return descendants[1:]


def _process_time(pid: int) -> float:
    """Return the microseconds of a process, of its threads, and of the children it waited for."""
    own = 0
    for thread in _list(f"/proc/{pid}/task"):
        # The first number is the time on a CPU in nanoseconds; /proc/pid/stat counts in ticks.
        own += int(_read(f"/proc/{pid}/task/{thread}/schedstat").partition(" ")[0] or 0)

    ended = sum(map(int, _stat_fields(pid)[CHILDREN_TIMES]))
    return own / 1e3 + ended * 1e6 / TICKS


def _stat_fields(pid: int) -> list[str]:
    """Return the fields of proc_pid_stat(5) behind the name of the program, if it still runs."""
    # The name is in parentheses, and may have blanks and parentheses itself.
    return _read(f"/proc/{pid}/stat").rpartition(")")[2].split()


def _list(path: str) -> list[str]:
    """Return the names in a folder; none if the process has ended."""
    with contextlib.suppress(OSError):
        return os.listdir(path)
    return []


def _read(path: str) -> str:
    """Return the text of a file; an empty text if the process has ended."""
    with contextlib.suppress(OSError), open(path, encoding="utf-8", errors="replace") as stream:
        return stream.read()
    return ""
