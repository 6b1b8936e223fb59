"""Record every lab with several releases of iproute2, and check each recording with each release.

    python scripts/matrix.py 6.1=/usr/sbin 7.1=/somewhere/iproute2-7.1

A release is a name and the folder of `ip`, `bridge` and `tc` (or several folders, as in PATH). The
default releases are the installed iproute2 and the newest iproute2 of `scripts/uml/iproute2`. A
check replays the recording, and runs the exported script. `--folder` keeps the recordings, and also
checks earlier recordings in the folder: from another run, on another kernel.

Labs without support by the kernel or a release are left out, with the reason. The exit status is 1
after a difference.
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

# A script has its own folder on sys.path, and needs the repository's.
if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))

from ipwrap import ExecutorError, IpwrapError, NotSupported, Recording, Session, UnknownOption
from ipwrap.export.shell import shell
from ipwrap.replay import Replay, replay, replay_script
from ipwrap.views.table import format_table
from scripts.recordings import FULL, LABS

Releases = dict[str, str]
Cell = tuple[str, str]  # the release that recorded, the release that checked


def main() -> None:
    """Print the matrix and the differences, and exit with 1 if there is a difference."""
    options = parse_arguments()
    if options.worker:
        print(json.dumps(WORKERS[options.worker](Path(options.folder), options.labs)))
        return

    releases = {}

    for argument in options.releases:
        name, _, folder = argument.partition("=")
        releases[name] = folder

    releases = releases or available_releases()

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(options.folder or temporary)
        differences = fill_matrix(releases, folder=folder, labs=options.labs)

    headers = ["recorded with", *(f"checked with {name}" for name in releases)]
    print(format_table(headers, matrix_rows(differences, releases)))

    for (recorded_with, checked_with), lines in differences.items():
        for line in lines:
            print(f"{recorded_with} on {checked_with}: {line}")

    sys.exit(1 if any(differences.values()) else 0)


def parse_arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--labs",
        nargs="+",
        metavar="LAB",
        default=LABS + FULL,
        help="some labs; all by default",
    )

    parser.add_argument(
        "--folder",
        metavar="FOLDER",
        help="keep the recordings in this folder, and check the recordings already in it",
    )

    parser.add_argument("--worker", choices=WORKERS, help=argparse.SUPPRESS)
    parser.add_argument("releases", nargs="*", metavar="NAME=FOLDER")

    return parser.parse_intermixed_args()


def available_releases() -> Releases:
    """Return the installed release, and the newest that can be fetched, by name."""
    fetch = subprocess.run(["scripts/uml/iproute2"], stdout=subprocess.PIPE, text=True, check=False)
    folders = ["", *fetch.stdout.split()]
    return {release_name(folder): folder for folder in folders}


def release_name(folder: str) -> str:
    """Return the version that the `ip` of a folder prints."""
    process = subprocess.run(
        ["ip", "-V"],
        env=release_environment(folder),
        capture_output=True,
        text=True,
        check=True,
    )

    _, _, version = process.stdout.partition("iproute2-")

    return version.partition(",")[0].strip()


def release_environment(folder: str) -> dict[str, str]:
    """Return an environment in which the programs of a folder come first on PATH."""
    path = os.environ["PATH"]
    if folder:
        path = os.pathsep.join((folder, path))

    return {**os.environ, "PATH": path}


def fill_matrix(releases: Releases, *, folder: Path, labs: list[str]) -> dict[Cell, list[str]]:
    """Record the labs with each new release, and return the differences of every check."""
    for name, programs in releases.items():
        recordings = folder / name
        if recordings.exists():
            continue

        recordings.mkdir(parents=True)
        omitted = run_worker("record", programs=programs, folder=recordings, labs=labs)
        for lab, reason in omitted.items():
            print(f"{name}: {lab} left out: {reason}", file=sys.stderr)

    differences: dict[Cell, list[str]] = {}

    for recordings in sorted(folder.iterdir()):
        for name, programs in releases.items():
            lines = differences.setdefault((recordings.name, name), [])
            checks = run_worker("check", programs=programs, folder=recordings, labs=labs)
            for lab, lab_differences in checks.items():
                lines.extend(f"{lab}: {line}" for line in lab_differences)

    return differences


def run_worker(worker: str, *, programs: str, folder: Path, labs: list[str]) -> dict[str, Any]:
    """Record or check labs in a process with the programs of a release."""
    argv = [sys.executable, __file__, "--worker", worker, "--folder", str(folder), "--labs", *labs]
    process = subprocess.run(
        argv,
        env=release_environment(programs),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )

    # The output of the labs comes before the last line.
    answer: dict[str, Any] = json.loads(process.stdout.splitlines()[-1])

    return answer


def record_labs(folder: Path, labs: list[str]) -> dict[str, str]:
    """Record labs in a folder; return the reasons of the unsupported labs."""
    omitted = {}

    for lab in labs:
        target = folder / f"{lab}.jsonl"
        try:
            with Session(sandbox=True, record=target) as session:
                runpy.run_path(f"scripts/{lab}.py")["main"](session)
        # NotSupported: the kernel; UnknownOption: iproute2; ExecutorError: a missing program.
        except (NotSupported, ExecutorError, UnknownOption) as error:
            omitted[lab] = str(error).splitlines()[0]
            target.unlink(missing_ok=True)

    return omitted


def check_labs(folder: Path, labs: list[str]) -> dict[str, list[str]]:
    """Return the differences when the recordings of a folder are replayed, by lab."""
    differences = {}

    for lab in labs:
        path = folder / f"{lab}.jsonl"
        if path.exists():
            differences[lab] = list(_check_recording(path))

    return differences


def _check_recording(path: Path) -> Iterator[str]:
    """Yield the differences when a recording is replayed, and when its script is run."""
    recording = Recording.load(path)

    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "lab.sh"
        script.write_text(shell(recording), encoding="utf-8", errors="surrogateescape")

        for line in _replay_by_session(recording).differences:
            yield f"by the session: {line}"
        for line in _replay_by_script(recording, script).differences:
            yield f"by the script: {line}"


def _replay_by_session(recording: Recording) -> Replay:
    """Replay a recording by a session. An error counts as a difference."""
    with Session(sandbox=True) as session:
        try:
            return replay(recording, session)
        except IpwrapError as error:
            return _failed_replay(error)


def _replay_by_script(recording: Recording, script: Path) -> Replay:
    """Replay a recording by its script. An error counts as a difference."""
    with Session(sandbox=True) as session:
        try:
            return replay_script(recording, session, script=str(script))
        except IpwrapError as error:
            return _failed_replay(error)


def _failed_replay(error: IpwrapError) -> Replay:
    """Return a replay with an error as the only difference."""
    return Replay(differences=[f"{type(error).__name__}: {error}"])


WORKERS: Mapping[str, Any] = {"record": record_labs, "check": check_labs}


def matrix_rows(differences: Mapping[Cell, list[str]], releases: Releases) -> list[list[str]]:
    """Return a row for each recorded release, with a cell for each checking release."""
    recorded_with = dict.fromkeys(recorded for recorded, _ in differences)
    rows = []

    for recorded in recorded_with:
        cells = [cell_text(differences[recorded, checked]) for checked in releases]
        rows.append([recorded, *cells])

    return rows


def cell_text(lines: list[str]) -> str:
    """Return the text of a cell: the number of differences."""
    return f"{len(lines)} differ" if lines else "no difference"


if __name__ == "__main__":
    main()
