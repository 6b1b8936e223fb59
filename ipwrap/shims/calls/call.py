"""Read the calls that shims have written to a folder. shim.sh documents the files of a call."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from attrs import frozen

from ipwrap.shims.calls.call_identity import CallIdentity, read_identities

__all__ = ["SANDBOX_FOLDER", "Call", "OpenPort", "read_call", "read_calls", "write_port"]

# The calls of a sandbox: /run is a tmpfs of the sandbox, so the folder disappears with it.
SANDBOX_FOLDER = "/run/ipwrap"

NETNS_FOLDER = "/run/netns/"
PORTS = ".ports"  # written by the recorder: `tcp 80 TIME` on each line


@frozen
class OpenPort:
    """A port on which a program listens, "tcp" or "udp", and the time at which it was seen."""

    protocol: str
    port: int
    time: float


@frozen
class Call:
    """A call of a program: namespace, caller, arguments and result.

    - ``netns``: None for the first namespace, "?" for a namespace without a name
    - ``caller``: the number of the call whose program made this call
    - ``script_offset``: bash's offset in the script at the time of the call
    - ``status``: None for an unfinished call
    - ``signalled``: whether a signal ended the program
    - ``file``: the content of a file that a replay may lack
    - ``started``: seconds since the epoch
    - ``signal_times``: when the script sent signals to the call, in seconds since the epoch
    - ``ports``: the ports on which a program in the background listened
    - ``identities``: of the objects of the call, or of each line of a batch, as found right behind
      the call on a host
    """

    number: int
    argv: tuple[str, ...]
    netns: str | None = None
    caller: int | None = None
    script_offset: int | None = None
    status: int | None = None
    signalled: bool = False
    stdout: str = ""
    stderr: str = ""
    stdin: str | None = None
    file: str | None = None
    started: float = 0.0
    seconds: float = 0.0
    signal_times: tuple[float, ...] = ()
    ports: tuple[OpenPort, ...] = ()
    identities: tuple[CallIdentity, ...] = ()


def read_calls(folder: Path) -> list[Call]:
    """Return the calls in a folder, in the order of their start, without incomplete calls."""
    names = [path.name for path in folder.iterdir()]
    numbers = [int(name) for name in names if name.isdecimal()]
    calls = []

    for number in sorted(numbers):
        call = read_call(folder / str(number))
        if call is not None:
            calls.append(call)

    return calls


def read_call(path: Path) -> Call | None:
    """Return one call, or None if a crash came before the arguments were written."""
    fields = _read_text(path).split("\0")[:-1]
    if len(fields) < 4:
        return None

    netns, caller, offset, *argv = fields
    started = path.stat().st_mtime

    # The file is written at the end of the program: the status, and the signal sent to the shim.
    done = path.with_suffix(".done")
    status_text, signal, *_ = (*_read_text(done).split(), "", "")
    status = int(status_text) if status_text else None
    # A shell reports a program ended by signal N as 128 + N; N is 64 (SIGRTMAX) at most.
    signalled = bool(signal) or (status is not None and 128 < status < 193)
    seconds = 0.0 if status is None else max(0.0, done.stat().st_mtime - started)

    stdout, stderr = _read_output(path, status)
    return Call(
        number=int(path.name),
        argv=tuple(_without_paths_of_shims(argv, path.parent)),
        netns=netns.removeprefix(NETNS_FOLDER) or None,
        caller=int(caller) if caller else None,
        script_offset=int(offset) if offset else None,
        status=status,
        signalled=signalled,
        stdout=stdout,
        stderr=stderr,
        stdin=_read_optional(path.with_suffix(".in")),
        file=_read_optional(path.with_suffix(".file")),
        started=started,
        seconds=seconds,
        signal_times=tuple(_signal_times(path)),
        ports=tuple(_read_ports(path)),
        identities=read_identities(path),
    )


def _without_paths_of_shims(argv: Iterable[str], folder: Path) -> Iterator[str]:
    """Yield arguments with the names of programs in place of the paths of shims.

    A script that looks up the path of a program gets the path of the shim: `$(which ping6)`.
    """
    for argument in argv:
        if "/bin/" in argument:
            for parent in (SANDBOX_FOLDER, os.path.realpath(folder)):
                argument = argument.replace(f"{parent}/bin/", "")
        yield argument


def _read_output(path: Path, status: int | None) -> tuple[str, str]:
    """Return stdout and stderr of a call.

    If both went to the same file, the shim has kept one text. A single line of a failed program is
    then taken for the error.
    """
    stdout = _read_text(path.with_suffix(".out"))
    errors = path.with_suffix(".err")
    if errors.exists():
        return stdout, _read_text(errors)

    is_error = bool(status) and stdout.count("\n") <= 1
    return ("", stdout) if is_error else (stdout, "")


def write_port(path: Path, port: OpenPort) -> None:
    """Append a port to the ports of a call."""
    with path.with_suffix(PORTS).open("a", encoding="ascii") as file:
        file.write(f"{port.protocol} {port.port} {port.time}\n")


def _read_ports(path: Path) -> Iterator[OpenPort]:
    """Yield the ports of a call."""
    for line in _read_text(path.with_suffix(PORTS)).splitlines():
        protocol, port, time = line.split(" ")
        yield OpenPort(protocol, int(port), float(time))


def _signal_times(path: Path) -> Iterator[float]:
    """Yield the times of the signals that the script sent to a call."""
    number = 1
    while (sent := path.with_suffix(f".sent{number}")).exists():
        yield sent.stat().st_mtime
        number += 1


def _read_text(path: Path) -> str:
    """Return a file's content, or "" without a file. Undecodable bytes become surrogates."""
    if not path.is_file():
        return ""

    return path.read_bytes().decode("utf-8", "surrogateescape")


def _read_optional(path: Path) -> str | None:
    """Return a file's content, or None without a file."""
    return _read_text(path) if path.exists() else None
