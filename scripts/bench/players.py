"""`Player`: who takes the steps, and how it is started."""

import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

from attrs import frozen

from ipwrap.system.programs import environment, find

__all__ = ["PLAYERS", "Player"]

HERE = Path(__file__).resolve().parent
FEWEST = 3


def _python(name: str, contest: str, n: int, folder: Path) -> tuple[str, ...]:
    """Return the words that start a player written in Python."""
    return (sys.executable, "-m", "scripts.bench.play", name, contest, str(n), str(folder))


def _bash(_: str, __: str, ___: int, folder: Path) -> tuple[str, ...]:
    """Return the words that start a player that is a bash script."""
    return ("bash", str(folder / "play.sh"))


def _mininet(_: str, __: str, n: int, ___: Path) -> tuple[str, ...]:
    """Return the words that start Mininet."""
    return (_python_with_mininet() or sys.executable, str(HERE / "mininet_pods.py"), str(n))


@cache
def _python_with_mininet() -> str | None:
    """Return a Python that can import Mininet: this one, or the system's."""
    for python in dict.fromkeys((sys.executable, "/usr/bin/python3")):
        if shutil.which(python) and not _run(python, "-c", "import mininet.net, mininet.nodelib"):
            return python
    return None


def _run(*argv: str) -> int:
    """Run a program quietly and return its status."""
    return subprocess.run(argv, check=False, capture_output=True, env=environment()).returncode


def _here() -> str | None:
    """It is always there."""
    return None


def _no_pyroute2() -> str | None:
    """Return why pyroute2 cannot play."""
    return (
        None
        if importlib.util.find_spec("pyroute2")
        else "pyroute2 is not importable here (pip install pyroute2)"
    )


def _no_mininet() -> str | None:
    """Return why Mininet cannot play."""
    if _python_with_mininet() is None:
        return "Mininet is not importable here (apt-get install mininet)"
    missing = [each for each in ("mnexec", "brctl", "ifconfig") if find(each) is None]
    return f"Mininet needs {', '.join(missing)}, which is not on this machine" if missing else None


@frozen(kw_only=True)
class Player:
    """Someone who takes steps.

    ``inside`` players are started in a sandbox, the others make one. Of steps that are all alike a
    player takes its ``share``. ``most`` is the largest N that it is asked for, ``rounds`` the most
    rounds, ``longest`` the seconds that it is given; a ``slow`` one is left out of quick runs.
    """

    title: str
    argv: Callable[[str, str, int, Path], tuple[str, ...]] = _python
    inside: bool = True
    share: float = 1.0
    most: int | None = None
    longest: float = 1800.0
    rounds: int | None = None
    slow: bool = False
    missing: Callable[[], str | None] = _here

    def asked(self, n: int, *, alike: bool) -> int:
        """Return the size that it is asked for: of steps that are all alike, its share."""
        return max(FEWEST, round(n * self.share)) if alike else n

    def absent(self, n: int, *, quick: bool) -> str | None:
        """Return why it does not play when asked for a size, or None if it does."""
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
    "process": Player(title="ipwrap, Process (sh)", inside=False, share=0.03),
    "process-lab": Player(
        title="ipwrap, Process (sh)", inside=False, most=100, rounds=1, slow=True
    ),
    "process-inside": Player(title="ipwrap, Process (sh), no nsenter", share=0.03),
    "bash": Player(title="bash", argv=_bash, share=0.1),
    "files": Player(title="ip -batch files", argv=_bash),
    "subprocess": Player(title="subprocess + json.loads", share=0.1),
    "pyroute2": Player(title="pyroute2, IPRoute and NetNS", share=0.25, missing=_no_pyroute2),
    "ndb": Player(
        title="pyroute2, NDB", most=100, rounds=1, longest=300.0, slow=True, missing=_no_pyroute2
    ),
    "mininet": Player(
        title="Mininet, LinuxBridge", argv=_mininet, most=100, rounds=3, missing=_no_mininet
    ),
    "typed": Player(title="ipwrap, to list[Link]"),
    "loads": Player(title="json.loads"),
    "msgspec": Player(title="msgspec.json.decode, untyped"),
}
