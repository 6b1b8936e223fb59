"""The arena: one play in a fresh sandbox, and the wait until the kernel has done away with the one
before.
"""

import json
import os
import subprocess
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import Any

from attrs import frozen

from ipwrap import Sandbox
from ipwrap.system.programs import environment
from scripts.bench import scripts_of
from scripts.bench.contests import Contest
from scripts.bench.launch import launch
from scripts.bench.play import TEXT
from scripts.bench.players import PLAYERS

__all__ = ["Failed", "Outcome", "play", "settle"]

ROOT = Path(__file__).resolve().parents[2]
PYTHON = {
    "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH")))),
    "PYTHONDONTWRITEBYTECODE": "",  # compiling anew takes time and memory
}
SAMPLE = """
ip link add br0 up type bridge vlan_filtering 1
ip link add veth0 master br0 up type veth peer name veth1
ip link add vlan0 link veth1 type vlan id 10
ip link add vxlan0 type vxlan id 42 local 192.0.2.1 dstport 4789
ip link add dummy0 type dummy
ip -j -d link
"""
PROBE = """
ip netns add probe
ip link add probe0 type veth peer name probe1 netns probe
ip netns delete probe
while ip link show dev probe0; do sleep 0.02; done
"""


class Failed(Exception):
    """A player did not get to the end; says why."""


@frozen
class Outcome:
    """Microseconds of the phases of one play, its number of steps, and its peak memory in KiB."""

    open: float
    work: float
    close: float
    count: int
    peak: int

    @property
    def each(self) -> float:
        """Microseconds a step."""
        return self.work / self.count

    @property
    def whole(self) -> float:
        """Microseconds of all phases."""
        return self.open + self.work + self.close


def play(contest: Contest, name: str, n: int) -> Outcome:
    """Have a player play once. Raises `Failed`."""
    player = PLAYERS[name]
    asked = player.asked(n, alike=contest.repeats)
    with tempfile.TemporaryDirectory(prefix="ipwrap-bench-") as folder:
        prepare(contest, name, asked, Path(folder))
        argv = player.argv(name, contest.name, asked, Path(folder))
        said = (
            _inside(argv, player.longest, Path(folder))
            if player.inside
            else _start(argv, player.longest)
        )
    return Outcome(**said)


def prepare(contest: Contest, name: str, n: int, folder: Path) -> None:
    """Write the files that a play needs."""
    if contest.text:
        (folder / TEXT).write_text(links_text(n))
        return
    if furniture := contest.furniture(n):
        scripts_of.furniture(folder / "furniture.sh", furniture)
    if name in ("bash", "files"):
        scripts_of.script(folder / "play.sh", contest.steps(n), contest.warm, files=name == "files")


def _inside(argv: tuple[str, ...], longest: float, folder: Path) -> dict[str, Any]:
    """Start a player in a sandbox with its furniture."""
    sandbox = Sandbox()
    sandbox.open()
    try:
        if (furniture := folder / "furniture.sh").exists():
            _in(sandbox, "bash", str(furniture))
        return _start(sandbox.wrap(argv), longest)
    finally:
        sandbox.close()


def _start(argv: tuple[str, ...], longest: float) -> dict[str, Any]:
    """Start a player and return what its last line says, and its peak memory."""
    try:
        done = launch(argv, {**environment(), **PYTHON}, longest)
    except subprocess.TimeoutExpired as error:
        raise Failed(f"it had not ended after {longest:.0f} s") from error
    if done.status:
        last = (done.stderr.strip() or f"status {done.status}").splitlines()[-1]
        raise Failed(f"it failed: {last}")
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return {**said, "peak": done.peak}


def _in(sandbox: Sandbox, *argv: str) -> str:
    """Run a program in a sandbox and return what it printed."""
    done = subprocess.run(
        sandbox.wrap(argv), check=True, capture_output=True, text=True, env=environment()
    )
    return done.stdout


def settle() -> None:
    """Wait until the kernel has taken away the namespaces of the play before: that holds locks
    which the next needs.

    It takes them away one after the other (cleanup_net(), on a queue of its own): when the cable of
    a namespace that has been deleted after them is gone, they are.
    """
    time.sleep(0.05)
    sandbox = Sandbox()
    sandbox.open()
    try:
        _in(sandbox, "sh", "-c", PROBE)
    finally:
        sandbox.close()


@cache
def links_text(n: int) -> str:
    """Return what `ip -j -d link` prints, its links repeated under other names until there are so
    many.

    A kind that this kernel lacks is not among them.
    """
    sandbox = Sandbox()
    sandbox.open()
    try:
        links: list[dict[str, Any]] = json.loads(_in(sandbox, "sh", "-c", SAMPLE))
    finally:
        sandbox.close()
    repeated = ({**links[k % len(links)], "ifindex": k + 1, "ifname": f"link{k}"} for k in range(n))
    return json.dumps(list(repeated), separators=(",", ":")) + os.linesep
