"""Record every lab with each of several releases of iproute2, and check each recording with every
other one.

    python scripts/matrix.py 6.1=/usr/sbin 7.1=/somewhere/iproute2-7.1

A release is a name and the folder of its `ip`, `bridge` and `tc` (or several folders, as in PATH).
Without any, there are the installed one and the newest that `scripts/uml/iproute2` can fetch. A
check replays the recording, and runs the script that it is exported as. `--folder` keeps the
recordings, and checks those already there too: made by another run, on another kernel.

Labs that this kernel or a release cannot do are left out, with the reason. The exit status is 1 if
anything differs.
"""

import argparse
import json
import os
import runpy
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

if __name__ == "__main__":  # as a script, it finds its neighbours
    sys.path.insert(0, str(Path(__file__).parent.parent))

from ipwrap import ExecutorError, IpwrapError, NotSupported, Recording, Session, UnknownOption
from ipwrap.export.shell import shell
from ipwrap.replay import Replay, replay, replay_script
from ipwrap.views.table import text_table
from scripts.recordings import FULL, LABS

Releases = dict[str, str]
Cell = tuple[str, str]  # recorded with, checked with


def main() -> None:
    """Fill the matrix, print it and what differs, and exit with 1 if anything does."""
    given = arguments()
    if given.worker:
        print(json.dumps(WORKERS[given.worker](Path(given.folder), given.labs)))
        return

    releases = dict(each.partition("=")[::2] for each in given.releases) or available()
    with tempfile.TemporaryDirectory() as temporary:
        differences = fill(releases, Path(given.folder or temporary), given.labs)

    print(
        text_table(
            ["recorded with", *(f"checked with {name}" for name in releases)],
            rows(differences, releases),
        )
    )
    for (made, checked), lines in differences.items():
        print("".join(f"{made} on {checked}: {line}\n" for line in lines), end="")
    sys.exit(1 if any(differences.values()) else 0)


def arguments() -> argparse.Namespace:
    """Return the arguments of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--labs", nargs="+", metavar="LAB", default=LABS + FULL, help="some labs; all by default"
    )
    parser.add_argument(
        "--folder",
        metavar="FOLDER",
        help="keep the recordings there, and check those that are there",
    )
    parser.add_argument("--worker", choices=WORKERS, help=argparse.SUPPRESS)
    parser.add_argument("releases", nargs="*", metavar="NAME=FOLDER")
    return parser.parse_intermixed_args()


def available() -> Releases:
    """Return the installed release, and the newest that can be fetched, each by its own name."""
    fetched = subprocess.run(
        ["scripts/uml/iproute2"], stdout=subprocess.PIPE, text=True, check=False
    )
    folders = ["", *fetched.stdout.split()]
    return {release(folder): folder for folder in folders}


def release(folder: str) -> str:
    """Return what the `ip` of a folder calls itself."""
    shown = subprocess.run(
        ["ip", "-V"], env=environment(folder), capture_output=True, text=True, check=True
    )
    return shown.stdout.partition("iproute2-")[2].partition(",")[0].strip()


def environment(folder: str) -> dict[str, str]:
    """Return the environment in which the programs of a folder come first."""
    path = os.pathsep.join(each for each in (folder, os.environ["PATH"]) if each)
    return {**os.environ, "PATH": path}


def fill(releases: Releases, folder: Path, labs: list[str]) -> dict[Cell, list[str]]:
    """Return how the checks of all recordings came out with each release."""
    for name, programs in releases.items():
        if not (folder / name).exists():
            (folder / name).mkdir(parents=True)
            for lab, reason in work("record", programs, folder / name, labs).items():
                print(f"{name}: {lab} left out: {reason}", file=sys.stderr)

    differences = {}
    for made in sorted(folder.iterdir()):
        for name, programs in releases.items():
            found = work("check", programs, made, labs)
            differences[made.name, name] = [
                f"{lab}: {line}" for lab, lines in found.items() for line in lines
            ]
    return differences


def work(worker: str, programs: str, folder: Path, labs: list[str]) -> dict[str, Any]:
    """Return what a process with the programs of one release does with the labs."""
    argv = [sys.executable, __file__, "--worker", worker, "--folder", str(folder), "--labs", *labs]
    done = subprocess.run(
        argv, env=environment(programs), stdout=subprocess.PIPE, text=True, check=True
    )
    answer: dict[str, Any] = json.loads(
        done.stdout.splitlines()[-1]
    )  # before it, what the labs print
    return answer


def record(folder: Path, labs: list[str]) -> dict[str, str]:
    """Record the labs in a folder, and return those that cannot be had here, each with the
    reason.
    """
    left_out = {}
    for lab in labs:
        target = folder / f"{lab}.jsonl"
        try:
            with Session(sandbox=True, record=target) as session:
                runpy.run_path(f"scripts/{lab}.py")["main"](session)
        except (NotSupported, ExecutorError, UnknownOption) as error:
            left_out[lab] = str(error).splitlines()[0]
            target.unlink(missing_ok=True)
    return left_out


def check(folder: Path, labs: list[str]) -> dict[str, list[str]]:
    """Return what differs when the recordings of a folder are replayed, and run as scripts.

    For each lab, lines.
    """
    found = {}
    for lab in labs:
        if (folder / f"{lab}.jsonl").exists():
            found[lab] = list(_checked(folder / f"{lab}.jsonl"))
    return found


def _checked(path: Path) -> Iterator[str]:
    """Yield what differs when one recording is replayed, and when its script is run."""
    recording = Recording.load(path)
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "lab.sh"
        script.write_text(shell(recording), encoding="utf-8", errors="surrogateescape")
        for how in ("session", "script"):
            yield from (
                f"by the {how}: {line}" for line in _played(recording, how, script).differences
            )


def _played(recording: Recording, how: str, script: Path) -> Replay:
    """Return what a replay, or the script, came to; an error of its own is a difference."""
    with Session(sandbox=True) as session:
        try:
            return (
                replay(recording, session)
                if how == "session"
                else replay_script(recording, session, script=str(script))
            )
        except IpwrapError as error:
            return Replay(differences=[f"{type(error).__name__}: {error}"])


WORKERS: Mapping[str, Any] = {"record": record, "check": check}


def rows(differences: Mapping[Cell, list[str]], releases: Releases) -> list[list[str]]:
    """Return the matrix: a row for each recorded release, with a cell for each that checked it."""
    made = dict.fromkeys(recorded for recorded, _ in differences)
    return [[name, *(verdict(differences[name, other]) for other in releases)] for name in made]


def verdict(lines: list[str]) -> str:
    """Return what a cell of the matrix shows."""
    return f"{len(lines)} differ" if lines else "no difference"


if __name__ == "__main__":
    main()
