"""`Process`: a process for each command, through sh. The only file that imports sh."""

import builtins
import codecs
import contextlib
import glob
import importlib
import importlib.machinery
import importlib.util
import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from attrs import define, evolve, field

from ipwrap.command import IPROUTE2, SEARCH_PATH, Command
from ipwrap.errors import ExecutorError, InvalidArgument
from ipwrap.executors.base import Reply
from ipwrap.executors.exit_status import TIMED_OUT, status_of_failure
from ipwrap.executors.output_pipes import OutputPipes
from ipwrap.options.validation import encoding_problem
from ipwrap.places import Place
from ipwrap.places.remote import is_remote
from ipwrap.secrets.redact import redact_command
from ipwrap.secrets.secret import reveal
from ipwrap.secrets.secret_line import SecretLine
from ipwrap.system.forks import close_in_children
from ipwrap.system.imports import finished_before_fork
from ipwrap.system.interrupts import deferred_interrupt
from ipwrap.system.process_groups import kill_group
from ipwrap.system.programs import command_environment, require_program
from ipwrap.system.shortage import describe, raise_as, require_descriptors
from ipwrap.system.uts import without_uts

if TYPE_CHECKING:
    from ipwrap.executors.background import BackgroundProgram
    from ipwrap.executors.stream import ProcessStream

__all__ = ["LaunchShortage", "Process"]

ENCODING = "utf_8_bytes_kept"
# Three pipes and the copies that sh makes of three ends, two more pipes of sh, and a pidfd.
LAUNCH_DESCRIPTORS = 14
OWN_SH = "ipwrap_sh"  # the name of our copy of the module

# How do_batch() in lib/utils.c ends after a failure of its first line: exit status and stderr.
BATCH_FAILED = 1
BATCH_FAILURE = "Command failed -:1\n"


class LaunchShortage(ExecutorError):
    """Too few descriptors are free for a program: nothing has been started."""


@define(eq=False)
class LaunchLock:
    """The lock around a start.

    Two concurrent starts would wait for each other, since a child inherits the pipes of the other
    start.
    """

    lock: threading.Lock = field(factory=threading.Lock)

    def close_in_child(self) -> None:
        """Begin with a new lock: a thread of the parent may hold the present one for ever."""
        self.lock = threading.Lock()


LAUNCHING = LaunchLock()


@define
class Process:
    """Run each command as a process: without terminal, with `LC_ALL=C`, whatever the exit status.

    stdout and stderr are captured completely, until the program itself has ended. Raises
    `ExecutorError`, with the name of the package to install, for a missing program.
    """

    live: bool = True

    def run(self, command: Command, place: Place) -> Reply:
        """Run a command; kill the command and child processes after ``timeout`` seconds.

        Secret arguments of iproute2 are passed on stdin (`ip -batch -`), unreadable for other
        users. Raises `InvalidArgument` for a secret that cannot be passed on stdin.
        """
        if is_remote(place):
            # Imported late: few sessions run on another machine.
            from ipwrap.executors.remote_program import run_remote

            run = partial(run_remote, place=place)
        else:
            # With a search path of its own, `env` looks for the program.
            has_search_path = command.env is not None and SEARCH_PATH in command.env
            require_program("env" if has_search_path else without_uts(command.argv)[0])
            run = partial(_run, place=place)
        command = redact_command(command)

        line = SecretLine.of(command)
        if line is not None:
            reply = run(line.argv, command, stdin=line.reveal())
            return _without_batch_failure(command, reply)

        return run(command.full_argv, command, stdin=reveal(command.stdin or ""))

    def listen(self, command: Command, place: Place) -> "ProcessStream":
        """Start a command that runs until it is stopped."""
        # Imported late, as below.
        from ipwrap.executors.stream import ProcessStream

        return ProcessStream.open(command, place)

    def start(self, command: Command, place: Place, *, log: str | None) -> "BackgroundProgram":
        """Start a background process."""
        # Imported late: few sessions have one, and the import takes some milliseconds.
        if is_remote(place):
            from ipwrap.executors.remote_program import start_remote

            return start_remote(redact_command(command), place, log=log)

        from ipwrap.executors.background import HeldProgram

        return HeldProgram.start(redact_command(command), place, log=log)

    def close(self) -> None:
        """Do nothing: no resources are held."""


class _NoLogger:
    """Takes the place of the logger of sh, and logs nothing.

    sh logs command lines, the beginning of stdin and of the output: INFO and DEBUG of loggers whose
    messages are composed before any filter sees them.
    """

    def __init__(self, name: str, context: str | None = None) -> None:
        self.context = ""

    @staticmethod
    def sanitize_context(_context: str | None) -> str:
        """Return no context."""
        return ""

    def get_child(self, _name: str, _context: str) -> "_NoLogger":
        """Return the logger itself."""
        return self

    def info(self, _message: str, *_arguments: object) -> None:
        """Log nothing."""

    debug = error = exception = info


class _LateAsyncio:
    """Replaces asyncio in sh, which only needs asyncio for programs awaited by a coroutine."""

    Queue = None  # of `async for` over the output of a program, which nobody here does

    @staticmethod
    def get_running_loop() -> Any:
        """Return the loop of this thread. Raises `RuntimeError` where none runs."""
        # Without the module no loop can run, nor while another thread has imported half of it.
        get_loop = getattr(sys.modules.get("asyncio"), "get_running_loop", None)
        if get_loop is None:
            raise RuntimeError("no running event loop")
        return get_loop()

    def __getattr__(self, name: str) -> Any:
        """Return what a running loop needs."""
        return getattr(importlib.import_module("asyncio"), name)


class _NoMetadata:
    """Takes the place of `importlib.metadata` in sh, which asks for its own version only."""

    PackageNotFoundError = LookupError

    @staticmethod
    def version(_package: str) -> str:
        """Return no version."""
        return ""


def _import_for_sh(name: str, *arguments: Any) -> Any:
    """Import a module for sh, as `__import__` does, without 80 modules that are unused here.

    Seven eighths of sh's import time are for asyncio and `importlib.metadata`.
    """
    if name == "asyncio":
        return _LateAsyncio()
    if name == "importlib" and "metadata" in arguments[2]:
        return SimpleNamespace(metadata=_NoMetadata())
    return __import__(name, *arguments)


@define(eq=False)
class ShLoader:
    """Imports sh on first use: the import takes 10 ms, and replaces Python's `glob` function.

    The import runs in a separate thread, which Ctrl-C does not reach: half imported modules would
    stay half imported. Other threads wait for the same import.
    """

    module: Any = None
    _lock: threading.Lock = field(factory=threading.Lock)
    _importing: threading.Thread | None = None
    _error: BaseException | None = None

    def load(self) -> Any:
        """Return the module. Raises `ExecutorError` for a missing package."""
        if self.module is not None:
            return self.module

        with self._lock:
            if self._importing is None:
                self._importing = threading.Thread(target=self._import, daemon=True)
                self._importing.start()
            importing = self._importing

        importing.join()
        if self._error is not None:
            error, self._error, self._importing = self._error, None, None
            raise error
        return self.module

    def _import(self) -> None:
        """Import the module, and keep it or the error."""
        try:
            with (
                finished_before_fork(),
                raise_as(ExecutorError, "the Python package sh cannot be imported"),
            ):
                self.module = _import_sh()
        except BaseException as error:  # raised in the thread that asked
            self._error = error

    def close_in_child(self) -> None:
        """Begin anew: a thread of the parent does not go on in this child."""
        self._lock = threading.Lock()
        if self.module is None:
            self._importing = None


LOADER = ShLoader()


def _sh() -> Any:
    """Return the module sh."""
    return LOADER.load()


def _import_sh() -> Any:
    """Import a copy of sh of our own, with a logger that logs nothing.

    A user's `import sh` is another module, and logs as before.
    """
    # Not importlib.util.find_spec(): it asks a module that is imported already for its spec, and
    # sh takes the question for the name of a program.
    spec = importlib.machinery.PathFinder.find_spec("sh")
    if spec is None or spec.origin is None:
        raise ExecutorError("the Python package sh is missing; install it: pip install sh")

    own_spec = importlib.util.spec_from_file_location(OWN_SH, spec.origin)
    assert own_spec is not None
    assert own_spec.loader is not None
    own_sh = importlib.util.module_from_spec(own_spec)
    # Python takes the function behind `import` from the namespace of the module.
    vars(own_sh)["__builtins__"] = {**vars(builtins), "__import__": _import_for_sh}

    python_glob = glob.glob
    # sh looks its own module up, to replace it by an object that finds programs by attributes.
    sys.modules[OWN_SH] = own_sh
    try:
        own_spec.loader.exec_module(own_sh)
    finally:
        glob.glob = python_glob
        for name in (OWN_SH, f"{OWN_SH}.contrib"):
            sys.modules.pop(name, None)

    vars(own_sh)["Logger"] = _NoLogger
    codecs.register(_find_codec)
    return own_sh


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


def _run(argv: tuple[str, ...], command: Command, *, place: Place, stdin: str) -> Reply:
    """Run the argv of a command in a place, to its end."""
    argv = (*_own_environment(command), *argv)
    variables = dict(command.variables)
    variables.pop(SEARCH_PATH, None)  # is in the argv: programs that enter a place need ours

    # A place of somebody else's may know nothing of variables.
    argv = place.wrap(argv, variables=variables) if variables else place.wrap(argv)
    revealed = {name: _reveal_variable(name, text) for name, text in variables.items()}

    process, pipes = _launch(argv, command, stdin=stdin, variables=revealed)
    try:
        return _wait(process, pipes, timeout=command.timeout)
    except BaseException:
        # Such as Ctrl-C.
        _kill_if_alive(process)
        with contextlib.suppress(Exception):
            process.wait()
            pipes.read_rest(process.pid)
        raise
    finally:
        _kill_if_alive(process)
        pipes.close()


def _reveal_variable(name: str, text: str) -> str:
    """Return the value of a variable. Raises `InvalidArgument`, without the value."""
    value = reveal(text)
    problem = encoding_problem(value)
    if problem is not None:
        raise InvalidArgument(f"env[{name!r}] {problem}")
    return value


def _own_environment(command: Command) -> tuple[str, ...]:
    """Return the `env` that runs a command in its directory, and finds the program.

    `env` runs inside the place, which may have other directories. The search path is ipwrap's.
    """
    words = []
    if command.cwd is not None:
        words.append(f"--chdir={command.cwd}")
    if command.argv[0] in IPROUTE2 and SEARCH_PATH in command.variables:
        words.append(f"{SEARCH_PATH}={command.variables[SEARCH_PATH]}")

    return ("env", *words) if words else ()


def _wait(process: Any, pipes: OutputPipes, *, timeout: float | None) -> Reply:
    """Return the reply of a process, once it has ended or is killed after ``timeout`` seconds."""
    has_ended = pipes.read_until_end(process.pid, process.is_alive, timeout=timeout)
    if not has_ended:
        # The whole group: the child of nsenter, or of a shell, would go on.
        kill_group(process.pid)

    try:
        process.wait()
        status = process.exit_code
    except _sh().SignalException as error:
        status = 128 - error.exit_code

    left_running = pipes.read_rest(process.pid)
    return Reply(
        status if has_ended else TIMED_OUT,
        pipes.out.text,
        pipes.err.text,
        timed_out=not has_ended,
        left_running=left_running,
    )


def _launch(
    argv: tuple[str, ...], command: Command, *, stdin: str, variables: Mapping[str, str]
) -> tuple[Any, OutputPipes]:
    """Start a program. Return its process, and the pipes for its output."""
    sh = _sh()
    program, *arguments = argv
    options = {
        # A process object instead of the output, so that the caller can kill the whole group.
        "_bg": True,
        "_bg_exc": False,
        "_return_cmd": True,
        "_tty_out": False,
        "_new_session": True,
        # sh finds the descriptors to close there; Python's own are not inherited anyway (PEP 446).
        "_close_fds": os.path.isdir("/proc/self/fd"),
        "_env": {**command_environment(), **variables},
        "_encoding": ENCODING,
        # Any exit status: the caller decides which is an error.
        "_ok_code": list(range(256)),
    }

    path = require_program(program)
    revealed_arguments = [reveal(argument) for argument in arguments]
    for item in (LAUNCHING, LOADER):
        close_in_children(item)
    error_class = ExecutorError
    try:
        with LAUNCHING.lock:
            try:
                # sh itself would leave those open that it gets before the limit is reached.
                require_descriptors(LAUNCH_DESCRIPTORS)
            except OSError:
                error_class = LaunchShortage
                raise
            with _input(stdin) as source, OutputPipes.starting() as pipes:
                streams = {
                    "_in": source,
                    "_out": pipes.out.write_end,
                    "_err": pipes.err.write_end,
                }
                start = partial(sh.Command(path), *revealed_arguments, **streams, **options)
                return _start(start), pipes
    except sh.ForkException as error:
        reason = str(error).strip().splitlines()[-1]
    except OSError as error:
        reason = describe(error)

    # Outside the `except`: an error of sh holds the command line with its secrets.
    raise error_class(f"{command.line}: cannot be run: {reason}")


def _start(start: Callable[[], Any]) -> Any:
    """Start a program, and return its process. Ctrl-C comes behind the start, and ends it."""
    process = None
    try:
        with deferred_interrupt():
            process = start()
    except KeyboardInterrupt:
        if process is not None:
            _kill_if_alive(process)
        raise

    return process


@contextlib.contextmanager
def _input(text: str) -> Iterator[str | int]:
    """Yield the stdin for a program of sh; for no text an ended pipe, which needs no thread."""
    if text:
        yield text
        return

    read_end, write_end = os.pipe()
    os.close(write_end)
    try:
        yield read_end
    finally:
        os.close(read_end)


def _without_batch_failure(command: Command, reply: Reply) -> Reply:
    """Return the reply of a batch of one line as if the command had been a process of its own."""
    if reply.status != BATCH_FAILED or not reply.stderr.endswith(BATCH_FAILURE):
        return reply

    program = command.argv[0].rpartition("/")[2]
    stderr = reply.stderr.removesuffix(BATCH_FAILURE)
    return evolve(reply, status=status_of_failure(program, stderr), stderr=stderr)


def _kill_if_alive(process: Any) -> None:
    """Kill the rest of a process's session, which would go on after a timeout or Ctrl-C."""
    if process.is_alive():
        kill_group(process.pid)
