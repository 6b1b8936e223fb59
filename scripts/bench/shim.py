"""The cost of a call under `ipwrap record`, as a multiple of the bare call: ``shim.py [ROUNDS]``.

A bash script of one line, many times, runs in a sandbox: bare, behind shims that do nothing but run
the program, and recorded, in turn, with each shell that may be /bin/sh. The second is the floor: a
process that starts another one and waits for it, which no shim can do without. The multiples are
medians over the rounds. Those of processor time count tee(1) as well, which runs beside the
program, and depend less on what else the machine does.
"""

import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from ipwrap.places import Sandbox
from ipwrap.shims.recorder import make_calls_folder
from ipwrap.shims.shell.shims import KLIBC_SHELL, Shims
from ipwrap.system.programs import find_program
from ipwrap.views.table import format_table

CALLS = (
    "ip link set dev lo up",
    "ip link show",
    "ip link show >/dev/null",
    "ip -j link show",
    "ip netns exec red ip link set dev lo up",
    "ip netns exec red true",
    "ip netns exec red true >/dev/null",
)
CALLS_OF_SCRIPT = 10
WAYS = ("bare", "floor", "recorded")  # of running a script

FLOOR = """#!{shell}
{program} "$@"
exit $?
"""
HEADINGS = ("sh", "call", "bare, ms", "floor", "times", "floor, CPU", "times, CPU")


def main(rounds: int) -> None:
    """Open a sandbox, measure the rounds inside, and print the table."""
    script = 'ip netns add red; exec "$@"'
    argv = (sys.executable, os.path.abspath(__file__), "--inside", str(rounds))
    place = Sandbox()
    place.open()

    try:
        subprocess.run(place.wrap(("sh", "-c", script, "sh", *argv)), check=True)
    finally:
        place.close()


def measure_calls(rounds: int) -> None:
    """Measure the calls in the current namespace, and print the table."""
    rows = []

    for shell in filter(None, map(find_program, (KLIBC_SHELL, "dash", "bash", "busybox"))):
        name = "klibc" if shell == KLIBC_SHELL else os.path.basename(shell)
        folder = make_calls_folder()
        try:
            lab = folder / "lab.sh"
            lab.touch()
            shims = Shims(folder, str(folder), f"/proc/{os.getpid()}/ns/net", str(lab))
            shims.write()
            _use_shell(folder, shell)
            paths = _paths_of_ways(folder, shell=shell)

            for line in CALLS:
                lab.write_text(f"{line}\n" * CALLS_OF_SCRIPT)
                times = _measure_rounds(lab, paths=paths, rounds=rounds)
                rows.append((name, line, *times))
        finally:
            shutil.rmtree(folder)

    print(format_table(HEADINGS, rows))


def _paths_of_ways(folder: Path, *, shell: str) -> dict[str, str]:
    """Write the shims of the floor, and return the PATH of each way."""
    bare = os.environ["PATH"]
    floor = folder / "floor"
    floor.mkdir()
    text = FLOOR.format(shell=_interpreter(shell), program=find_program("ip"))
    (floor / "ip").write_text(text)
    (floor / "ip").chmod(0o755)
    return dict(zip(WAYS, (bare, f"{floor}:{bare}", f"{folder}/bin:{bare}"), strict=True))


def _interpreter(shell: str) -> str:
    """Return the first line of a script for a shell, without `#!`."""
    return f"{shell} sh" if shell.endswith("busybox") else shell


def _use_shell(folder: Path, shell: str) -> None:
    """Replace the interpreter in the first line of every shim."""
    for shim in (*(folder / "bin").iterdir(), folder / "through"):
        _, _, body = shim.read_text().partition("\n")
        shim.write_text(f"#!{_interpreter(shell)}\n{body}")


def _measure_rounds(lab: Path, *, paths: Mapping[str, str], rounds: int) -> list[str]:
    """Return the median time of a bare call in milliseconds, and the median multiples of it.

    First those of the time that passes: of the floor, and recorded. Then those of processor time.
    """
    bare_times: list[float] = []
    multiples: dict[str, list[tuple[float, float]]] = {way: [] for way in WAYS}

    for _ in range(rounds):
        bare_time, bare_cpu = _time_script(lab, paths["bare"])
        bare_times.append(bare_time / CALLS_OF_SCRIPT)
        for way in ("floor", "recorded"):
            elapsed, cpu = _time_script(lab, paths[way])
            multiples[way].append((elapsed / bare_time, cpu / bare_cpu))

    columns = [(way, index) for index in (0, 1) for way in ("floor", "recorded")]
    medians = [statistics.median(pair[index] for pair in multiples[way]) for way, index in columns]
    return [f"{figure:.2f}" for figure in (statistics.median(bare_times) * 1000, *medians)]


def _time_script(lab: Path, path: str) -> tuple[float, float]:
    """Run a script; return the time that passed, and the processor time, in seconds."""
    start, start_cpu = time.perf_counter(), _children_cpu()
    env = {**os.environ, "PATH": path}
    with lab.with_suffix(".log").open("wb") as log:
        subprocess.run(("bash", str(lab)), env=env, stdout=log, check=True)
    return time.perf_counter() - start, _children_cpu() - start_cpu


def _children_cpu() -> float:
    """Return the processor time of the processes that this one has started, in seconds."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        measure_calls(int(sys.argv[2]))
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else 30)
