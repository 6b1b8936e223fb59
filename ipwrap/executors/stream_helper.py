"""`StreamHelper`: the client of `stream_main`, a helper program inside a place that runs commands
which end when they are stopped.

Each command has a socket of its own, from which `ipwrap.executors.stream` reads the output. The
helper ends with the socket for requests and the last command, however abruptly this process ends.
"""

import os
import socket
import subprocess
from pathlib import Path

from attrs import define

from ipwrap.command import Command
from ipwrap.errors import ExecutorError
from ipwrap.executors import helper_process
from ipwrap.places import Place
from ipwrap.system.forks import close_in_children
from ipwrap.system.shortage import raise_as

__all__ = ["StreamHelper"]

# A path, since the module cannot be imported on other systems: it needs termios and fcntl.
PROGRAM = str(Path(__file__).with_name("stream_main.py"))
# iproute2 prints colours to a terminal on request, and the helper gives it a terminal.
MONOCHROME = {"NO_COLOR": "1"}


@define(eq=False)
class StreamHelper:
    """The helper program, and the socket for requests."""

    _requests: socket.socket
    _process: "subprocess.Popen[bytes]"

    @classmethod
    def open(cls, place: Place) -> "StreamHelper":
        """Start the helper in a place. Raises `ExecutorError`."""
        with raise_as(ExecutorError, "a monitor cannot be run"):
            requests, child_requests = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with child_requests:
                try:
                    process = helper_process.start_helper(
                        PROGRAM, place, requests=child_requests, variables=MONOCHROME
                    )
                except BaseException:
                    requests.close()
                    raise

        helper = cls(requests, process)
        close_in_children(helper)
        return helper

    def start(self, command: Command) -> socket.socket:
        """Start a command, and return the socket with its packets. Raises `ExecutorError`."""
        request = b"\0".join(os.fsencode(word) for word in command.full_argv)
        with raise_as(ExecutorError, f"{command.line}: cannot be run"):
            parent_socket, child_socket = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with child_socket:
                try:
                    socket.send_fds(self._requests, [request], [child_socket.fileno()])
                except BaseException:
                    parent_socket.close()
                    raise

        parent_socket.setblocking(False)
        return parent_socket

    def require_running(self) -> None:
        """Raise `ExecutorError` where the helper has ended, and all commands with it."""
        if self._process.poll() is not None:
            raise ExecutorError("the helper program that runs the monitors was ended from outside")

    def close(self) -> None:
        """Close the socket for requests, and wait for the end of the helper.

        The sockets of all commands have to be closed before. A second call has no effect.
        """
        self._requests.close()
        helper_process.end_process(self._process)

    def close_in_child(self) -> None:
        """Close this child's copy of the socket."""
        self._requests.close()
