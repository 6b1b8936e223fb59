"""Runs of the command line over mutated recordings: no traceback, no code, no control character."""

import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from scripts.torture.host import REPOSITORY, StandIn, open_stand_in
from scripts.torture.mutation import CANARY, CODE, mutate
from scripts.torture.outcome import Outcome

__all__ = ["command_lines"]

# Replays take programs from a recording by design: only these may stand in what is replayed.
HARMLESS_PROGRAMS = frozenset({"ip", "bridge", "tc", "ping", "true"})
MOST_BYTES = 400_000  # larger recordings are mutated as well, but slow every run

EXPORTS: tuple[tuple[str, ...], ...] = tuple(
    ("export", "--format", export_format)
    for export_format in ("sh", "plain", "batch", "markdown", "console", "asciicast", "python")
)
RUNS: tuple[tuple[str, ...], ...] = (
    *EXPORTS,
    *EXPORTS,
    ("export", "--reads"),
    ("export", "--format", "batch", "-o", "OUTPUT"),
    ("show",),
    ("show", "--state"),
    ("undo", "--dry-run"),
    ("undo",),
)
REPLAYS: tuple[tuple[str, ...], ...] = (
    ("replay", "--check"),
    ("replay", "--via", "sh"),
    ("replay", "--via", "batch"),
    ("replay", "--via", "python"),
)
REPLAY_SHARE = 0.06  # a replay costs as much as twenty other runs

# Everything but a line break and a tab: C0, DEL, C1, and what reorders text.
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")
# These formats are files for other programs: JSON escapes, and scripts quote.
FOR_PROGRAMS = ("export",)


@contextmanager
def open_forks(host: StandIn) -> "Iterator[subprocess.Popen[str]]":
    """Start the process that answers with runs of the command line, inside a stand-in."""
    process = subprocess.Popen(
        host.wrap((sys.executable, "-m", "scripts.torture.forks")),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        errors="surrogateescape",
        env=host.environment,
    )
    try:
        yield process
    finally:
        process.communicate()


def command_lines(folder: Path, *, runs: int, seed: int) -> Outcome:
    """Run the command line over mutated recordings, and look at status, output and effects."""
    outcome = Outcome("mutated recordings")
    parts = os.cpu_count() or 1

    def run_part(part: int) -> Outcome:
        """Do a part of the runs on a stand-in of its own."""
        part_runs = len(range(part, runs, parts))
        return _run_part(folder / str(part), runs=part_runs, seed=seed + part)

    with ThreadPoolExecutor(parts) as pool:
        for part_outcome in pool.map(run_part, range(parts)):
            outcome.add(part_outcome)

    outcome.figures["refused"] = f"{outcome.refused / max(outcome.runs, 1):.0%}"
    return outcome


def _run_part(folder: Path, *, runs: int, seed: int) -> Outcome:
    """Run the command line so many times, on one stand-in."""
    outcome = Outcome("mutated recordings")
    source = random.Random(seed)

    with open_stand_in(folder) as host, open_forks(host) as forks:
        originals = [*_recordings(), _crashed_recording(host)]

        for _ in range(runs):
            run_seed = source.randrange(2**32)
            run = MutatedRun(host, originals, run_seed)
            answer = run.answer(forks)

            outcome.runs += 1
            outcome.refused += answer["status"] != 0
            for problem in run.problems(answer):
                outcome.fail(f"seed {run_seed}, ipwrap {' '.join(run.arguments)}: {problem}")

    return outcome


def _recordings() -> list[bytes]:
    """Return the recordings of the repository."""
    paths = sorted(REPOSITORY.glob("recordings/*.jsonl"))
    texts = [path.read_bytes() for path in paths]
    return [text for text in texts if len(text) < MOST_BYTES]


def _crashed_recording(host: StandIn) -> bytes:
    """Return the recording of a session that was killed on the stand-in: `undo` takes it."""
    path = host.folder / "crashed.jsonl"
    lab = Path(__file__).with_name("wild_lab.py")
    host.run(sys.executable, str(lab), "3", str(path))
    return path.read_bytes()


class MutatedRun:
    """One run of the command line over one mutated recording."""

    def __init__(self, host: StandIn, originals: list[bytes], seed: int) -> None:
        """Mutate a recording, and choose the arguments."""
        source = random.Random(seed)
        self.host = host
        self.path = host.folder / "mutated.jsonl"
        self.output = host.folder / "output"

        # `undo` refuses the others by their header.
        is_undo = source.random() < 0.2
        original = originals[-1] if is_undo else source.choice(originals)
        mutated = mutate(original, source)
        self.path.write_bytes(mutated)

        pool = RUNS[-2:] if is_undo else RUNS
        if not is_undo and source.random() < REPLAY_SHARE and _is_harmless(mutated):
            pool = REPLAYS

        chosen = source.choice(pool)
        arguments = [str(self.output) if word == "OUTPUT" else word for word in chosen]
        self.arguments = [*arguments, str(self.path)]

    def answer(self, forks: "subprocess.Popen[str]") -> dict[str, Any]:
        """Run the command line, and return its status and output."""
        assert forks.stdin is not None
        assert forks.stdout is not None

        forks.stdin.write(json.dumps(self.arguments) + "\n")
        forks.stdin.flush()
        answer: dict[str, Any] = json.loads(forks.stdout.readline())
        return answer

    def problems(self, answer: dict[str, Any]) -> Iterator[str]:
        """Yield what is wrong with a run."""
        stdout, stderr = answer["stdout"], answer["stderr"]

        if answer["status"] not in (0, 1, 2):
            yield f"status {answer['status']}: {stderr[-300:]}"
        if "Traceback (most recent call last)" in stderr:
            yield "traceback: " + " | ".join(stderr.splitlines()[-4:])
        if self._remove_canary():
            yield "text of the recording was run as code"

        printed = stderr if self.arguments[0] in FOR_PROGRAMS else stdout + stderr
        control = CONTROL.search(printed)
        if control:
            around = printed[max(0, control.start() - 60) : control.start() + 20]
            yield f"control character in the output: {around!r}"

        if answer["status"] == 1 and not stderr and not stdout:
            yield "status 1 without a message"
        shutil.rmtree(self.output, ignore_errors=True)

    def _remove_canary(self) -> bool:
        """Return whether the canary exists inside the stand-in, and remove it."""
        canary = Path(f"/proc/{self.host.holder.pid}/root{CANARY}")
        paths = [path for path in (canary, Path(CANARY)) if path.exists()]
        for path in paths:
            path.unlink()
        return bool(paths)


def _is_harmless(recording: bytes) -> bool:
    """Return whether a recording runs only harmless programs, and none with hostile text."""
    if any(json.dumps(code).strip('"').encode() in recording for code in CODE):
        return False

    for line in recording.splitlines():
        try:
            argv = json.loads(line).get("argv", ["ip"])
            program = argv[0]
            behind_exec = argv[argv.index("exec") + 2] if "exec" in argv else "true"
        except (ValueError, AttributeError, TypeError, KeyError, IndexError):
            return False
        if not {str(program), str(behind_exec)} <= HARMLESS_PROGRAMS:
            return False
    return True
