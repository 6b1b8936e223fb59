"""`Process`: one process a command, through sh. The only file that imports it."""

import codecs
import contextlib
import glob
import os
import signal
import threading
from functools import cache
from typing import Any

from attrs import define

from ipwrap.command import Command
from ipwrap.errors import ExecutorError
from ipwrap.executors.base import Reply
from ipwrap.executors.stream import ProcessStream
from ipwrap.places import Place
from ipwrap.secrets.secret import reveal
from ipwrap.system.programs import environment, need

__all__ = ["Process"]

ENCODING = "utf_8_bytes_kept"
LAUNCHING = (
    threading.Lock()
)  # two at once would wait for each other: each child holds pipes of the other's start
TIMED_OUT = 124  # as timeout(1) has it


@define
class Process:
    """One process a command: no terminal, `LC_ALL=C`, all of stdout and stderr, any exit status.

    Raises `ExecutorError` naming the package when the program is not there.
    """

    live: bool = True

    def run(self, command: Command, place: Place) -> Reply:
        """Run the command; one that takes longer than its ``timeout`` is ended, with its children."""
        need(command.argv[0])
        program, *words = place.wrap(command.full_argv)
        return _run(need(program), [*map(reveal, words)], command)

    def listen(self, command: Command, place: Place) -> ProcessStream:
        """Start a command that goes on."""
        return ProcessStream.open(command, place)

    def close(self) -> None:
        """There is nothing to give up."""


@cache
def _sh() -> Any:
    """Import sh when it is first needed: it takes 90 ms, and it puts a `glob` of its own in place of Python's."""
    kept = glob.glob
    import sh

    glob.glob = kept
    codecs.register(_bytes_kept)
    return sh


def _bytes_kept(name: str) -> codecs.CodecInfo | None:
    """Return UTF-8 that keeps bytes which are none: sh has no other way to say so for words and stdin."""
    if name != ENCODING:
        return None
    utf8 = codecs.lookup("utf-8")
    return codecs.CodecInfo(
        lambda text, _="strict": utf8.encode(text, "surrogateescape"),
        lambda data, _="strict": utf8.decode(data, "surrogateescape"),
        name=ENCODING,
    )


def _run(program: str, words: list[str], command: Command) -> Reply:
    """Run a program to its end."""
    sh, process = _sh(), _launched(program, words, command)
    try:
        process.wait()
    except (
        sh.TimeoutException
    ):  # sh ended the first process of the group only: not nsenter's child, nor a shell's
        _end_group(process.pid)
        return _reply(process, TIMED_OUT, timed_out=True)
    except sh.SignalException as error:
        return _reply(process, 128 - error.exit_code)
    finally:
        _end(process)
    return _reply(process, process.exit_code)


def _launched(program: str, words: list[str], command: Command) -> Any:
    """Return a process of a program, which runs."""
    sh = _sh()
    options = {
        "_bg": True,
        "_bg_exc": False,
        "_return_cmd": True,
        "_tty_out": False,
        "_new_session": True,
        "_in": reveal(command.stdin or ""),
        "_env": environment(),
        "_encoding": ENCODING,
        "_decode_errors": "surrogateescape",
        "_ok_code": list(range(256)),
        "_timeout": command.timeout,
        "_timeout_signal": signal.SIGKILL,
    }
    try:
        with LAUNCHING:
            return sh.Command(program)(*words, **options)
    except sh.ForkException as error:
        raise ExecutorError(
            f"{command.line}: cannot be run: {str(error).strip().splitlines()[-1]}"
        ) from error


def _reply(process: Any, status: int, *, timed_out: bool = False) -> Reply:
    """Return what the process wrote."""
    out, err = (raw.decode("utf-8", "surrogateescape") for raw in (process.stdout, process.stderr))
    return Reply(status, out, err, timed_out)


def _end(process: Any) -> None:
    """End what is left of the process's session: after a timeout or Ctrl-C it would go on in its namespace."""
    if process.is_alive():
        _end_group(process.pid)


def _end_group(pid: int) -> None:
    """End every process of a group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
