"""A play by a player that is written in Python.

``python -m scripts.bench.play PLAYER CONTEST N FOLDER``.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from scripts.bench.contests import CONTESTS
from scripts.bench.steps import READS, Step, shell_line
from scripts.bench.timer import PhaseTimer

__all__ = ["LINKS_FILE", "main"]

LINKS_FILE = "links.json"


def main(player: str, contest_name: str, n: str, folder_name: str) -> None:
    """Take the steps of a contest, or parse its text, and print the time of the phases."""
    contest = CONTESTS[contest_name]
    folder = Path(folder_name)
    timer = PhaseTimer()

    if contest.text:
        parse_text(player, (folder / LINKS_FILE).read_bytes(), timer=timer)
        timer.print_report(int(n))
        return

    steps = contest.steps(int(n))
    take_steps(player, steps, warm=contest.warm, folder=folder, timer=timer)
    timer.print_report(len(steps) - contest.warm)


def take_steps(
    player: str, steps: Sequence[Step], *, warm: int, folder: Path, timer: PhaseTimer
) -> None:
    """Take steps as a player.

    Modules of further players are not imported: imports count as memory of the player.
    """
    if player == "subprocess":
        take_steps_by_subprocess(steps, warm=warm, timer=timer)
    elif player == "ndb":
        from scripts.bench import pyroute2_player

        pyroute2_player.play_ndb(steps, timer=timer)
    elif player == "pyroute2":
        from scripts.bench import pyroute2_player

        pyroute2_player.play(steps, warm=warm, timer=timer)
    elif player == "bare":
        from scripts.bench import bare_player

        bare_player.play(steps, warm=warm, timer=timer)
    elif player == "executor":
        from scripts.bench import ipwrap_player

        ipwrap_player.play_executor(steps, warm=warm, folder=folder, timer=timer)
    else:
        from scripts.bench import ipwrap_player

        ipwrap_player.play(player, steps, warm=warm, folder=folder, timer=timer)


def take_steps_by_subprocess(steps: Sequence[Step], *, warm: int, timer: PhaseTimer) -> None:
    """Take steps by subprocess.run, and parse the output of reads by json.loads."""
    for number, step in enumerate(steps):
        with timer.phase("open" if number < warm else "work"):
            process = subprocess.run(shell_line(step).split(), check=True, capture_output=True)
            if step.verb in READS:
                json.loads(process.stdout)


def parse_text(player: str, text: bytes, *, timer: PhaseTimer) -> None:
    """Parse the output of `ip -j -d link` as a player."""
    parse = parser_of(player)
    with timer.phase("work"):
        links = parse(text)

    if not links:
        raise RuntimeError("the text held no link")


def parser_of(player: str) -> Callable[[bytes], object]:
    """Return the JSON parser of a player."""
    if player == "typed":
        from scripts.bench import ipwrap_player

        return ipwrap_player.parse_links

    if player == "msgspec":
        import msgspec

        return msgspec.json.decode

    return json.loads


if __name__ == "__main__":
    main(*sys.argv[1:])
