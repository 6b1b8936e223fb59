"""One play by a player that is written in Python.

``python -m scripts.bench.play PLAYER CONTEST N FOLDER``.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from scripts.bench.contests import CONTESTS
from scripts.bench.steps import READS, Step, line
from scripts.bench.watch import Watch

__all__ = ["TEXT", "main"]

TEXT = "links.json"


def main(player: str, contest: str, n: str, folder: str) -> None:
    """Take the steps of a contest, or read its text, and print how long it took."""
    about, watch, where = CONTESTS[contest], Watch(), Path(folder)
    if about.text:
        read_text(player, (where / TEXT).read_bytes(), watch)
        watch.say(int(n))
        return
    steps = about.steps(int(n))
    take(player, steps, about.warm, where, watch)
    watch.say(len(steps) - about.warm)


def take(player: str, steps: Sequence[Step], warm: int, folder: Path, watch: Watch) -> None:
    """Take steps as one of the players.

    What another needs is not imported, for it would count as memory.
    """
    if player == "subprocess":
        by_subprocess(steps, warm, watch)
    elif player in ("pyroute2", "ndb"):
        from scripts.bench import netlink

        netlink.play_ndb(steps, watch) if player == "ndb" else netlink.play(steps, warm, watch)
    elif player == "executor":
        from scripts.bench import ours

        ours.executor_alone(steps, warm, folder, watch)
    else:
        from scripts.bench import ours

        ours.play(player, steps, warm, folder, watch)


def by_subprocess(steps: Sequence[Step], warm: int, watch: Watch) -> None:
    """Take steps by subprocess.run, and json.loads for what is read."""
    for number, step in enumerate(steps):
        with watch.on("open" if number < warm else "work"):
            done = subprocess.run(line(step).split(), check=True, capture_output=True)
            if step.verb in READS:
                json.loads(done.stdout)


def read_text(player: str, text: bytes, watch: Watch) -> None:
    """Read a text of `ip -j -d link` as one of the players."""
    reader = reader_of(player)
    with watch.on("work"):
        links = reader(text)
    if not links:
        raise RuntimeError("the text held no link")


def reader_of(player: str) -> Callable[[bytes], object]:
    """Return what makes values of a text."""
    if player == "typed":
        from scripts.bench import ours

        return ours.typed
    if player == "msgspec":
        import msgspec

        return msgspec.json.decode
    return json.loads


if __name__ == "__main__":
    main(*sys.argv[1:])
