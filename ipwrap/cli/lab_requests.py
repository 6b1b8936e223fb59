"""Requests to a lab of `ipwrap up`, served on a socket by the process that holds the lab.

Requests and replies are lines of JSON. By requests, every change of the lab is made in the lab's
session, and recorded.
"""

import contextlib
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from attrs import define, field

from ipwrap.cli.running_labs import RunningLab, socket_path
from ipwrap.cli.staying import LOOK_SECONDS, is_alive
from ipwrap.errors import IpwrapError
from ipwrap.lab.formats import parse_lab, write_lab

if TYPE_CHECKING:
    from ipwrap.lab import Lab
    from ipwrap.lab.topology import Topology
    from ipwrap.places import Place

__all__ = ["LabServer", "apply_topology", "ask_status", "delete_nodes"]

REQUEST_SECONDS = 10.0  # for a request to come, once a client has connected
Json = dict[str, Any]


@define
class LabServer:
    """Serves the requests to a lab of this process. ``announce`` is called when it has changed."""

    lab: "Lab"
    announce: Callable[[], Any]
    _path: Path = field(init=False)
    _listener: socket.socket = field(init=False)

    def open(self, name: str) -> None:
        """Take requests from now on, under the name of the running lab."""
        self._path = socket_path(name)
        self._path.unlink(missing_ok=True)

        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with _short_path(self._path) as address:
            self._listener.bind(address)
        self._listener.listen()
        self._listener.settimeout(LOOK_SECONDS)

    def serve(self, place: "Place") -> None:
        """Serve requests until the lab's place has ended. A signal raises its exception here."""
        try:
            while is_alive(place):
                with contextlib.suppress(TimeoutError):
                    connection, _ = self._listener.accept()
                    with connection:
                        self._serve_one(connection)
        finally:
            self._listener.close()
            self._path.unlink(missing_ok=True)

    def _serve_one(self, connection: socket.socket) -> None:
        """Read a request, and send the reply. A client that has gone gets none."""
        connection.settimeout(REQUEST_SECONDS)
        try:
            with connection.makefile("rwb") as stream:
                reply = self._reply(stream.readline())
                stream.write(msgspec.json.encode(reply) + b"\n")
        except OSError:
            return

    def _reply(self, line: bytes) -> Json:
        """Return the reply to a request: what failed, too, since the lab stays up."""
        try:
            request: Json = msgspec.json.decode(line)
            return HANDLERS[request["request"]](self, request)
        except IpwrapError as error:
            notes: list[str] = getattr(error, "__notes__", [])
            return {"error": "\n".join((str(error), *notes))}
        except Exception as error:
            return {"error": f"{type(error).__name__}: {error}"}

    def _apply(self, request: Json) -> Json:
        """Change the lab to a topology. The reply has the commands of the change.

        After a failed change, the lab stays unchanged, and the reply has the earlier failure.
        """
        if self.lab.failure is not None:
            return {"commands": [], "failure": self.lab.failure}

        sessions = self.lab.sessions
        counts = {host: len(session.recording.results) for host, session in sessions.items()}
        try:
            self.lab.apply(parse_lab(request["topology"], "json"))
        finally:
            self.announce()

        commands = [
            f"{host}: {change.line}" if host else change.line
            for host, session in sessions.items()
            for change in session.recording.results[counts[host] :]
            if change.command.changes
        ]
        return {"commands": commands, "failure": None}

    def _status(self, _request: Json) -> Json:
        """Return the topology with the names of all links, the processes, and the lost hosts."""
        return {
            "lost": self.lab.hosts.lost,
            "topology": write_lab(self.lab.topology(), "json"),
            "links": [
                [[port.node.name, port.name] for port in link.ports] for link in self.lab.links
            ],
            "processes": [
                {
                    "node": node,
                    "name": spec.name,
                    "line": spec.line,
                    "pid": process.pid,
                    "running": process.running,
                }
                for (node, spec), process in self.lab.made.processes.items()
            ],
        }

    def _delete(self, _request: Json) -> Json:
        """Delete the nodes of the lab."""
        self.lab.down()
        return {}


HANDLERS: dict[str, Callable[[LabServer, Json], Json]] = {
    "apply": LabServer._apply,
    "status": LabServer._status,
    "delete": LabServer._delete,
}


def apply_topology(running: RunningLab, topology: "Topology") -> tuple[list[str], str | None]:
    """Change a running lab to a topology. Raises `IpwrapError`.

    Returns the commands that ran, and why an earlier change failed, None if none has.
    """
    reply = _ask(running, request="apply", topology=write_lab(topology, "json"))
    return reply["commands"], reply["failure"]


def ask_status(running: RunningLab) -> Json:
    """Return the topology, links and processes of a running lab. Raises `IpwrapError`."""
    return _ask(running, request="status")


def delete_nodes(running: RunningLab) -> None:
    """Delete the nodes of a running lab. Raises `IpwrapError`."""
    _ask(running, request="delete")


def _ask(running: RunningLab, **request: str) -> Json:
    """Send a request to a running lab, and return the reply. Raises `IpwrapError`."""
    if running.file is None:
        raise IpwrapError(f"lab {running.name!r} is not of `ipwrap up`: no file describes it")

    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        try:
            with _short_path(socket_path(running.name)) as address:
                connection.connect(address)
            with connection.makefile("rwb") as stream:
                stream.write(msgspec.json.encode(request) + b"\n")
                stream.flush()
                line = stream.readline()
        except OSError as error:
            raise IpwrapError(f"lab {running.name!r} does not reply: {error.strerror}") from error

    if not line:
        raise IpwrapError(f"lab {running.name!r} has ended without a reply")
    reply: Json = msgspec.json.decode(line)
    if "error" in reply:
        raise IpwrapError(reply["error"])
    return reply


@contextlib.contextmanager
def _short_path(path: Path) -> Iterator[str]:
    """Yield a path of at most 107 bytes, the limit of a socket's address."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
