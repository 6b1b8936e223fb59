"""`Ssh`: another machine, by OpenSSH and the user's own ssh config."""

import os
import re
import subprocess
import threading
from collections.abc import Mapping
from typing import ClassVar

from attrs import define, field

from ipwrap.errors import ConnectionLost, InvalidArgument, IpwrapError, PlaceError, UnknownOption
from ipwrap.options.validation import check_argument
from ipwrap.places.remote import PRELUDE, RemoteMachine, quote_argv
from ipwrap.places.ssh_connection import Connection, SshCommand
from ipwrap.system.programs import require_linux

__all__ = ["Ssh"]

OPTION_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*", re.ASCII)
# Options of ssh_config(5) that the place sets by itself.
OWN_OPTIONS = frozenset(
    {
        *("batchmode", "controlmaster", "controlpath", "controlpersist", "remotecommand"),
        *("requesttty", "forkafterauthentication", "sessiontype", "stdinnull", "loglevel"),
        *("clearallforwardings", "permitlocalcommand", "forwardagent", "forwardx11"),
    }
)


def _check_destination(destination: object) -> str:
    """Return a destination. Raises `InvalidArgument` for what ssh would take for an option."""
    if not isinstance(destination, str):
        raise InvalidArgument(f"destination: {destination!r} is no text, such as 'root@lab1'")
    check_argument(destination, "destination")
    if destination.startswith("-") or not destination.isprintable() or " " in destination:
        raise InvalidArgument(
            f"destination: {destination!r} is none of ssh(1): give 'lab1', 'root@lab1' or "
            "'ssh://root@lab1:2222'"
        )
    return destination


def _check_options(options: Mapping[str, str | int]) -> dict[str, str]:
    """Return options of ssh_config(5). Raises `InvalidArgument` and `UnknownOption`."""
    checked = {}
    for name, value in options.items():
        if not isinstance(name, str) or not OPTION_NAME.fullmatch(name):
            raise InvalidArgument(f"options: {name!r} is no option of ssh_config(5), as in 'Port'")
        if name.lower() in OWN_OPTIONS:
            raise UnknownOption(f"options: {name} is set by ipwrap")
        if isinstance(value, bool):
            value = "yes" if value else "no"
        text = str(value)
        if not text or not text.isprintable():
            raise InvalidArgument(f"options[{name!r}]: {value!r} is no value of ssh_config(5)")
        checked[name] = text
    return checked


@define
class Ssh:
    """Another machine, by OpenSSH: any destination of ssh(1).

    ::

        with Session(Ssh("root@lab1")) as session:
            session.ip.link.add("br0", Bridge())

    The user's ssh config applies. The connection is opened and closed with the session, and carries
    all commands: `ssh -o BatchMode=yes DESTINATION`. ssh never prompts for a password or a host
    key. The other machine needs sshd, a POSIX sh, iproute2 and util-linux, and no Python.

    - ``destination``: `lab1`, `root@lab1` or `ssh://root@lab1:2222`
    - ``config``: a file in place of ~/.ssh/config (`ssh -F`)
    - ``options``: options of ssh_config(5): ``{"Port": 2222}``
    - ``sudo``: run all commands on the machine as root, by `sudo -n`, which never prompts

    Opening raises `PlaceError`: unknown host, refused, authentication, host key, a program missing
    on the machine. A broken connection raises `ConnectionLost`.
    """

    destination: str = field(converter=_check_destination)
    config: "str | os.PathLike[str] | None" = field(default=None, kw_only=True)
    options: Mapping[str, str | int] = field(factory=dict, converter=_check_options, kw_only=True)
    sudo: bool = field(default=False, kw_only=True)
    isolated: bool = field(default=False, init=False)
    is_remote: ClassVar[bool] = True
    _connections: list[Connection] = field(factory=list, init=False, repr=False, eq=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False, repr=False, eq=False)

    @property
    def name(self) -> str:
        """The name of the place in the recording's header."""
        return f"ssh {self.destination}{', sudo' if self.sudo else ''}"

    @property
    def machine(self) -> RemoteMachine:
        """The facts reported by the machine. Raises `PlaceError` for a closed place."""
        return self._require_connection().machine

    def open(self) -> bool:
        """Connect unless connected already; return whether a connection was made.

        Raises `PlaceError`, and `ExecutorError` for a missing ssh.
        """
        if self._connections:
            return False

        require_linux()
        self._connections.append(Connection.open(self._command))
        return True

    @property
    def _command(self) -> SshCommand:
        """The ssh command line."""
        words: list[str] = []
        if self.config is not None:
            words += ["-F", os.fspath(self.config)]
        for name, value in self.options.items():
            words += ["-o", f"{name}={value}"]
        return SshCommand(self.destination, tuple(words), self.sudo)

    def close(self) -> None:
        """Close the connection, and end its programs. A second call has no effect."""
        while self._connections:
            self._connections.pop().close()

    def host_path(self, path: str) -> str:
        """Raise `PlaceError`: the files of another machine are not seen from here."""
        raise PlaceError(f"{path} is a file of {self.destination}, which is not seen from here")

    def wrap(
        self, argv: tuple[str, ...], *, variables: Mapping[str, str] | None = None
    ) -> tuple[str, ...]:
        """Return the argv of the ssh that runs ``argv``. The login shell has to be a POSIX shell.

        Raises `InvalidArgument` for ``variables``, which every user of the machine could read.
        """
        if variables:
            raise InvalidArgument(f"{argv[0]}: variables do not go by the arguments of ssh")

        words = (*(("sudo", "-n") if self.sudo else ()), "sh", "-c")
        script = f'{PRELUDE}exec "$@"'
        return self._require_connection().shell_argv(quote_argv((*words, script, "sh", *argv)))

    def start_shell(self) -> "subprocess.Popen[bytes]":
        """Start a POSIX shell there, with pipes: see `RemotePlace`.

        Further connections are made for more shells than a server allows on one.
        """
        self._require_connection()
        with self._lock:
            with_room = [
                connection
                for connection in self._connections
                if connection.has_room and not connection.is_lost
            ]
            if not with_room:
                with_room = [Connection.open(self._command)]
                self._connections += with_room
            return with_room[0].start_shell()

    def shell_error(self, process: "subprocess.Popen[bytes]", text: bytes) -> IpwrapError:
        """Return the error for a shell that has ended too early: see `RemotePlace`."""
        for connection in self._connections:
            if connection.has_started(process):
                return connection.shell_error(process, text)
        return ConnectionLost(f"the connection to {self.destination} was closed here")

    def _require_connection(self) -> Connection:
        """Return the connection. Raises `PlaceError` for none, `ConnectionLost` for a lost one."""
        if not self._connections:
            raise PlaceError(f"{self.name} is not connected; use it in a session, or call open()")
        first = self._connections[0]
        first.require()
        return first
