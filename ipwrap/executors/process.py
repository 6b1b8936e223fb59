"""`Process`: a process for each command, through sh. The only file that imports sh."""

import codecs
import contextlib
import glob
import os
import signal
import threading
from collections.abc import Sequence
from functools import cache
from typing import Any

from attrs import define, field

from ipwrap.command import Command
from ipwrap.errors import ExecutorError
from ipwrap.executors.base import Reply
from ipwrap.executors.stream import ProcessStream
from ipwrap.places import Place
from ipwrap.secrets.secret import reveal
from ipwrap.system.forks import close_in_children
from ipwrap.system.programs import command_environment, require_program

__all__ = ["Process"]

ENCODING = "utf_8_bytes_kept"
TIMED_OUT = 124  # as timeout(1)


@define(eq=False)
class LaunchLock:
    """The lock around a start.

    Two concurrent starts would wait for each other: each child inherits pipes of the other's start.
    """

    lock: threading.Lock = field(factory=threading.Lock)

    def close_in_child(self) -> None:
        """Begin with a new lock: a thread of the parent may hold the present one for ever."""
        self.lock = threading.Lock()


LAUNCHING = LaunchLock()


@define
class Process:
    """Run each command as a process: without terminal, with `LC_ALL=C`, whatever the exit status.

    All of stdout and stderr is captured. Raises `ExecutorError`, with the name of the package to
    install, for a missing program.
    """

    live: bool = True

    def run(self, command: Command, place: Place) -> Reply:
        """Run a command; kill the command and child processes after ``timeout`` seconds."""
        require_program(command.argv[0])
        program, *arguments = place.wrap(command.full_argv)
        revealed_arguments = [reveal(argument) for argument in arguments]

        return _run(require_program(program), revealed_arguments, command=command)

    def listen(self, command: Command, place: Place) -> ProcessStream:
        """Start a command that runs until it is stopped."""
        return ProcessStream.open(command, place)

    def close(self) -> None:
        """Do nothing: no resources are held."""


@cache
def _sh() -> Any:
    """Import sh on first use: the import takes 90 ms, and replaces Python's `glob` function."""
    python_glob = glob.glob
    import sh

    glob.glob = python_glob
    codecs.register(_find_codec)
    return sh


def _find_codec(name: str) -> codecs.CodecInfo | None:
    """Return the UTF-8 codec with surrogates for invalid bytes, None for another name.

    sh has no setting for the error handler of arguments and stdin, only for the encoding.
    """
    if name != ENCODING:
        return None

    utf8 = codecs.lookup("utf-8")
    return codecs.CodecInfo(
        lambda text, _="strict": utf8.encode(text, "surrogateescape"),
        lambda data, _="strict": utf8.decode(data, "surrogateescape"),
        name=ENCODING,
    )


def _run(program: str, arguments: Sequence[str], *, command: Command) -> Reply:
    """Run a program to its end."""
    sh = _sh()
    process = _launch(program, arguments, command=command)

    try:
        process.wait()
    except sh.TimeoutException:
        # sh kills the first process of the group only: not the child of nsenter, nor of a shell.
        _kill_group(process.pid)
        return _to_reply(process, TIMED_OUT, timed_out=True)
    except sh.SignalException as error:
        return _to_reply(process, 128 - error.exit_code)
    finally:
        _kill_if_alive(process)

    return _to_reply(process, process.exit_code)


def _launch(program: str, arguments: Sequence[str], *, command: Command) -> Any:
    """Start a program and return its process."""
    sh = _sh()
    options = {
        # A process object instead of the output, so that the caller can kill the whole group.
        "_bg": True,
        "_bg_exc": False,
        "_return_cmd": True,
        "_tty_out": False,
        "_new_session": True,
        "_in": reveal(command.stdin or ""),
        "_env": command_environment(),
        "_encoding": ENCODING,
        "_decode_errors": "surrogateescape",
        # Any exit status: the caller decides which is an error.
        "_ok_code": list(range(256)),
        "_timeout": command.timeout,
        "_timeout_signal": signal.SIGKILL,
    }

    close_in_children(LAUNCHING)
    try:
        with LAUNCHING.lock:
            return sh.Command(program)(*arguments, **options)
    except sh.ForkException as error:
        reason = str(error).strip().splitlines()[-1]
        raise ExecutorError(f"{command.line}: cannot be run: {reason}") from error


def _to_reply(process: Any, status: int, *, timed_out: bool = False) -> Reply:
    """Return the output of a process as a reply."""
    stdout = process.stdout.decode("utf-8", "surrogateescape")
    stderr = process.stderr.decode("utf-8", "surrogateescape")

    return Reply(status, stdout, stderr, timed_out)


def _kill_if_alive(process: Any) -> None:
    """Kill the rest of a process's session, which would go on after a timeout or Ctrl-C."""
    if process.is_alive():
        _kill_group(process.pid)


def _kill_group(pid: int) -> None:
    """Kill every process of a group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
