"""Run the command line many times in one process: each run is a fork of a Python that has loaded
ipwrap already.

``python -m scripts.torture.forks``: reads one JSON list of arguments a line, and answers with one
JSON object a line: the exit status and the ends of stdout and stderr.
"""

import json
import os
import signal
import sys
import tempfile
import time
from typing import Any

from ipwrap.cli.group import COMMANDS, cli

LIMIT = 60.0  # seconds for one run
MOST_OUTPUT = 200_000


def main() -> None:
    """Answer until stdin ends."""
    for name in COMMANDS:
        cli.get_command(None, name)  # type: ignore[arg-type]

    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), flush=True)


def run(arguments: list[str]) -> dict[str, Any]:
    """Run the command line in a fork."""
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        pid = os.fork()
        if pid == 0:
            _become_command(arguments, stdout.fileno(), stderr=stderr.fileno())

        status = _wait(pid)
        return {"status": status, "stdout": _read(stdout), "stderr": _read(stderr)}


def _become_command(arguments: list[str], stdout: int, *, stderr: int) -> None:
    """Run the command line in this process, and end."""
    status = 1
    try:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(stdout, 1)
        os.dup2(stderr, 2)
        os.setsid()

        cli.main(arguments, prog_name="ipwrap")
    except SystemExit as exit_request:
        status = exit_request.code if isinstance(exit_request.code, int) else 1
    except BaseException:  # the same text as at the end of an interpreter
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _wait(pid: int) -> int | str:
    """Return the exit status of a fork, and kill its processes after the limit."""
    end = time.monotonic() + LIMIT

    while time.monotonic() < end:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.002)

    os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return f"still running after {LIMIT:.0f} s"


def _read(file: Any) -> str:
    """Return the text of a file."""
    file.seek(0)
    text: str = file.read(MOST_OUTPUT).decode("utf-8", "surrogateescape")
    return text


if __name__ == "__main__":
    main()
