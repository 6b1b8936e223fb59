"""`Player`: a program for the steps of a contest, and the command to start the program."""

import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

from attrs import frozen

from ipwrap import Session
from ipwrap.ip.route import RouteVerbs
from ipwrap.system.programs import command_environment, find_program

__all__ = ["PLAYERS", "PlayRequest", "Player"]

BENCH_FOLDER = Path(__file__).resolve().parent
USER_SCRIPTS = BENCH_FOLDER / "user_scripts"
FEWEST_STEPS = 3


@frozen(kw_only=True)
class PlayRequest:
    """A play to start: player, contest, size, and the folder of files."""

    player: str
    contest: str
    n: int
    folder: Path


def _python_argv(request: PlayRequest) -> tuple[str, ...]:
    """Return the argv of a player written in Python."""
    return (
        sys.executable,
        "-m",
        "scripts.bench.play",
        request.player,
        request.contest,
        str(request.n),
        str(request.folder),
    )


def _bash_argv(request: PlayRequest) -> tuple[str, ...]:
    """Return the argv of a bash script."""
    return ("bash", str(request.folder / "play.sh"))


def _script_argv(name: str, request: PlayRequest) -> tuple[str, ...]:
    """Return the argv of a whole script of `USER_SCRIPTS`."""
    recording = request.folder / "recording.jsonl"
    return (sys.executable, str(USER_SCRIPTS / name), str(request.n), str(recording))


def _mininet_argv(request: PlayRequest) -> tuple[str, ...]:
    """Return the argv of Mininet."""
    python = python_with_mininet() or sys.executable
    return (python, str(BENCH_FOLDER / "mininet_pods.py"), str(request.n))


# Debian's package mininet belongs to the system's Python, not to a virtual environment.
@cache
def python_with_mininet() -> str | None:
    """Return a Python with Mininet: the running Python, or the system's."""
    for python in dict.fromkeys((sys.executable, "/usr/bin/python3")):
        if shutil.which(python) and not _run(python, "-c", "import mininet.net, mininet.nodelib"):
            return python

    return None


def _run(*argv: str) -> int:
    """Run a program quietly and return the status."""
    return subprocess.run(
        argv, check=False, capture_output=True, env=command_environment()
    ).returncode


def _nothing_missing() -> str | None:
    """Return None: the player needs no optional program."""
    return None


def _missing_each() -> str | None:
    """Return why a session cannot read many namespaces by one call, or None."""
    return None if hasattr(Session, "each") else "this ipwrap has no session.each()"


def _missing_add_many() -> str | None:
    """Return why many routes cannot be added by one call, or None."""
    return None if hasattr(RouteVerbs, "add_many") else "this ipwrap has no route.add_many()"


def _missing_pyroute2() -> str | None:
    """Return why pyroute2 cannot play, or None."""
    if importlib.util.find_spec("pyroute2"):
        return None
    return "pyroute2 is not importable here (pip install pyroute2)"


def missing_mininet() -> str | None:
    """Return why Mininet cannot play, or None."""
    if python_with_mininet() is None:
        return "Mininet is not importable here (apt-get install mininet)"

    # Programs that Mininet runs for hosts and for a LinuxBridge.
    missing = [
        program for program in ("mnexec", "brctl", "ifconfig") if find_program(program) is None
    ]
    if missing:
        return f"Mininet needs {', '.join(missing)}, which is not on this machine"

    return None


@frozen(kw_only=True)
class Player:
    """A program that takes steps.

    ``inside`` players are started in a sandbox; the rest open a sandbox themselves. Of repeated
    steps a slow player takes only a ``share``. ``most`` is the largest N, ``rounds`` the largest
    number of rounds, ``longest`` the timeout in seconds. A ``slow`` player is left out of quick
    runs. ``missing`` returns why the player cannot run, or None. ``bytecode``: Python finds its
    modules compiled, as it does from the second start on where PYTHONDONTWRITEBYTECODE is unset.
    """

    title: str
    argv: Callable[[PlayRequest], tuple[str, ...]] = _python_argv
    inside: bool = True
    share: float = 1.0
    most: int | None = None
    longest: float = 1800.0
    rounds: int | None = None
    slow: bool = False
    missing: Callable[[], str | None] = _nothing_missing
    bytecode: bool = True

    def scale(self, n: int, *, repeats: bool) -> int:
        """Return the size for the player: of repeated steps, a share."""
        if not repeats:
            return n
        return max(FEWEST_STEPS, round(n * self.share))

    def absence_reason(self, n: int, *, quick: bool) -> str | None:
        """Return why the player does not play at a size, or None if it does."""
        if self.most is not None and n > self.most:
            return f"only up to N={self.most}: it takes too long"

        if self.slow and quick:
            return "not in a quick run: it takes too long"

        return self.missing()


PLAYERS: dict[str, Player] = {
    "worker": Player(title="ipwrap", inside=False),
    "batch": Player(title="ipwrap, session.batch()", inside=False),
    "memory": Player(title="ipwrap, recorded in memory", inside=False),
    "executor": Player(title="ipwrap's executor alone", inside=False),
    "bare": Player(title="iproute2 alone, unchecked and unread"),
    "process": Player(title="ipwrap, Process (sh)", inside=False, share=0.03),
    "process-lab": Player(
        title="ipwrap, Process (sh)", inside=False, most=100, rounds=1, slow=True
    ),
    "process-inside": Player(title="ipwrap, Process (sh), no nsenter", share=0.03),
    "bash": Player(title="bash", argv=_bash_argv, share=0.1),
    "files": Player(title="ip -batch files", argv=_bash_argv),
    "subprocess": Player(title="subprocess + json.loads", share=0.1),
    "pyroute2": Player(title="pyroute2, IPRoute and NetNS", share=0.25, missing=_missing_pyroute2),
    "ndb": Player(
        title="pyroute2, NDB",
        most=100,
        rounds=1,
        longest=300.0,
        slow=True,
        missing=_missing_pyroute2,
    ),
    "mininet": Player(
        title="Mininet, LinuxBridge",
        argv=_mininet_argv,
        most=1000,
        rounds=3,
        missing=missing_mininet,
    ),
    "script": Player(title="ipwrap, a script", argv=partial(_script_argv, "pods.py")),
    "script-batch": Player(
        title="ipwrap, a script with session.batch()", argv=partial(_script_argv, "pods_batch.py")
    ),
    "script-uncompiled": Player(
        title="ipwrap, a script without .pyc files",
        argv=partial(_script_argv, "pods.py"),
        bytecode=False,
    ),
    "script-pyroute2": Player(
        title="pyroute2, a script",
        argv=partial(_script_argv, "pods_pyroute2.py"),
        missing=_missing_pyroute2,
    ),
    "each": Player(title="ipwrap, session.each()", inside=False, missing=_missing_each),
    "many": Player(title="ipwrap, route.add_many()", inside=False, missing=_missing_add_many),
    "typed": Player(title="ipwrap, to list[Link]"),
    "loads": Player(title="json.loads"),
    "msgspec": Player(title="msgspec.json.decode, untyped"),
}
