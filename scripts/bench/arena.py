"""A play in a fresh sandbox, and the wait until the kernel has removed the namespaces before it."""

import atexit
import compileall
import json
import os
import shutil
import subprocess
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import Any

from attrs import frozen

import ipwrap
from ipwrap import Sandbox
from ipwrap.system.programs import command_environment
from scripts.bench.contests import Contest
from scripts.bench.launch import Launched, launch
from scripts.bench.play import LINKS_FILE
from scripts.bench.players import PLAYERS, Player, PlayRequest
from scripts.bench.shell_scripts import write_play_script, write_setup_script

__all__ = ["Outcome", "PlayFailed", "play", "wait_for_cleanup"]

ROOT = Path(__file__).resolve().parents[2]
# Links of several kinds, with the details that make parsing expensive.
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


class PlayFailed(Exception):
    """A failed play, with the reason."""


@frozen
class Outcome:
    """Microseconds of the phases of a play, number of steps, and peak memory in KiB.

    ``cpu`` is the CPU time of the work, of all processes. ``whole`` and ``whole_cpu`` are times
    from the start of the play to its exit. ``peak`` is that of the largest process, which may be an
    `ip`, and ``own_peak`` that of the player's own process, where it is a player in Python.
    ``memory`` is that of all processes behind the work in bytes, of a player that tells it.
    """

    open: float
    work: float
    close: float
    cpu: float
    count: int
    peak: int
    own_peak: int
    whole: float
    whole_cpu: float
    memory: int | None = None

    @property
    def per_step(self) -> float:
        """Microseconds of work a step."""
        return self.work / self.count

    @property
    def cpu_per_step(self) -> float:
        """Microseconds of CPU time a step."""
        return self.cpu / self.count


def play(contest: Contest, name: str, n: int) -> Outcome:
    """Run a player once. Raises `PlayFailed`."""
    player = PLAYERS[name]
    size = player.scale(n, repeats=contest.repeats)

    with tempfile.TemporaryDirectory(prefix="ipwrap-bench-") as folder_name:
        folder = Path(folder_name)
        write_files(contest, name, n=size, folder=folder)

        request = PlayRequest(player=name, contest=contest.name, n=size, folder=folder)
        if player.inside:
            process = _start_in_sandbox(player, request)
        else:
            process = _start(player.argv(request), player)

    report: dict[str, Any]
    if contest.whole:
        count = len(contest.steps(size))
        times = {"open": 0.0, "work": process.whole, "close": 0.0, "cpu": process.whole_cpu}
        report = {**times, "count": count}
    else:
        # The last line of output is the report of the play.
        report = json.loads(process.stdout.splitlines()[-1])

    report.setdefault("own_peak", process.peak)
    return Outcome(**report, peak=process.peak, whole=process.whole, whole_cpu=process.whole_cpu)


def write_files(contest: Contest, player: str, *, n: int, folder: Path) -> None:
    """Write the scripts and texts of a play."""
    if contest.text:
        (folder / LINKS_FILE).write_text(links_text(n))
        return

    setup_steps = contest.setup(n)
    if setup_steps:
        write_setup_script(folder / "setup.sh", setup_steps)

    if player in ("bash", "files"):
        write_play_script(
            folder / "play.sh",
            contest.steps(n),
            warm=contest.warm,
            with_batch_files=player == "files",
        )


def _start_in_sandbox(player: Player, request: PlayRequest) -> Launched:
    """Run the setup script and then the player in a sandbox."""
    setup_script = request.folder / "setup.sh"
    sandbox = Sandbox()
    sandbox.open()

    try:
        if setup_script.exists():
            _run_in(sandbox, "bash", str(setup_script))
        return _start(sandbox.wrap(player.argv(request)), player)
    finally:
        sandbox.close()


def _start(argv: tuple[str, ...], player: Player) -> Launched:
    """Run a player to its end. Raises `PlayFailed`."""
    env = _environment(with_bytecode=player.bytecode)
    try:
        process = launch(argv, env=env, timeout=player.longest)
    except subprocess.TimeoutExpired as error:
        raise PlayFailed(f"it had not ended after {player.longest:.0f} s") from error

    if process.status:
        # The last line of a traceback is the error.
        errors = process.stderr.strip() or f"status {process.status}"
        raise PlayFailed(f"it failed: {errors.splitlines()[-1]}")

    return process


def _environment(*, with_bytecode: bool) -> dict[str, str]:
    """Return the environment of a player: a copy of ipwrap, with or without compiled modules."""
    folders = (_package_folder(with_bytecode=with_bytecode), ROOT, os.environ.get("PYTHONPATH"))
    environment = {
        **command_environment(),
        "PYTHONPATH": os.pathsep.join(str(folder) for folder in folders if folder),
    }

    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    if not with_bytecode:
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
    return environment


@cache
def _package_folder(*, with_bytecode: bool) -> Path:
    """Return a folder with a copy of ipwrap; the bench removes it at its end.

    A copy, since what is compiled in the bench's own folder depends on what ran before, and on who
    may write there.
    """
    folder = Path(tempfile.mkdtemp(prefix="ipwrap-bench-"))
    atexit.register(shutil.rmtree, folder)

    package = Path(ipwrap.__file__).parent
    shutil.copytree(package, folder / "ipwrap", ignore=shutil.ignore_patterns("__pycache__"))
    if with_bytecode:
        compileall.compile_dir(folder, quiet=2)

    return folder


def _run_in(sandbox: Sandbox, *argv: str) -> str:
    """Run a program in a sandbox and return the output."""
    process = subprocess.run(
        sandbox.wrap(argv), check=True, capture_output=True, text=True, env=command_environment()
    )
    return process.stdout


def wait_for_cleanup() -> None:
    """Wait until the kernel has removed the namespaces of the previous play.

    The removal holds locks, for which the next play would wait. The kernel removes namespaces in
    order, on a work queue (cleanup_net() in net/core/net_namespace.c). The probe deletes a further
    namespace: once its veth pair is gone, all earlier namespaces are gone too.
    """
    time.sleep(0.05)
    sandbox = Sandbox()
    sandbox.open()

    try:
        _run_in(sandbox, "sh", "-c", PROBE)
    finally:
        sandbox.close()


@cache
def links_text(n: int) -> str:
    """Return output of `ip -j -d link` with N links: a few real links, repeated with new names.

    Kinds without support in the kernel are not included.
    """
    sandbox = Sandbox()
    sandbox.open()

    try:
        sample: list[dict[str, Any]] = json.loads(_run_in(sandbox, "sh", "-c", SAMPLE))
    finally:
        sandbox.close()

    links = []

    for number in range(n):
        template = sample[number % len(sample)]
        links.append({**template, "ifindex": number + 1, "ifname": f"link{number}"})

    return json.dumps(links, separators=(",", ":")) + os.linesep
