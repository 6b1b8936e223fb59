"""`RemotePlace`: a place on another machine, where a POSIX shell runs the commands.

The other machine is invisible from here: no file, no process, no notification of the kernel. Code
that needs these checks `is_remote`, and has another way or raises a typed error.
"""

import shlex
import subprocess
from typing import Protocol, TypeGuard

from ipwrap.errors import IpwrapError
from ipwrap.places.base import Place
from ipwrap.system.facts import fact
from ipwrap.system.host_identity import HostIdentity

__all__ = ["PRELUDE", "RemoteMachine", "RemotePlace", "is_remote", "quote_argv"]

# A shell of a login without a terminal has a search path without the directories of `ip`.
PRELUDE = """\
LC_ALL=C; PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"; export LC_ALL PATH
unset LANGUAGE
"""


@fact
class RemoteMachine:
    """The facts reported by a remote host: identity, kernel, iproute2, and the pid of our shell.

    ``shell`` runs as long as the connection.
    """

    identity: HostIdentity
    kernel: str
    iproute2: str
    shell: int


class RemotePlace(Place, Protocol):
    """A place on another machine."""

    @property
    def machine(self) -> RemoteMachine:
        """The facts reported by the machine. Raises `PlaceError` for a closed place."""

    def start_shell(self) -> "subprocess.Popen[bytes]":
        """Start a POSIX shell on the machine, which reads commands from stdin.

        stdin, stdout and stderr are pipes. Raises `PlaceError` for a closed place, and
        `ConnectionLost`.
        """

    def shell_error(self, process: "subprocess.Popen[bytes]", text: bytes) -> IpwrapError:
        """Return the error for a shell that has ended too early, such as `ConnectionLost`.

        ``text`` is the stderr of the shell before the first command.
        """


def is_remote(place: Place) -> TypeGuard[RemotePlace]:
    """Return whether a place is on another machine."""
    return bool(getattr(place, "is_remote", False))


def quote_argv(argv: tuple[str, ...]) -> str:
    """Return an argv as words of a POSIX shell."""
    return shlex.join(argv)
