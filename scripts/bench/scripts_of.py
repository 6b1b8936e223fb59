"""Steps as files for bash.

A script of commands, or files for `ip -batch` and a script that runs them.
"""

from collections.abc import Sequence
from pathlib import Path

from scripts.bench.steps import Step, by_namespace, line

__all__ = ["furniture", "script"]

TIMED = r"""set -e
now() {{ REPLY=${{EPOCHREALTIME/./}}; }}
now; a=$REPLY
{{
:
{warm}
}} >/dev/null
now; b=$REPLY
{{
:
{work}
}} >/dev/null
now; c=$REPLY
printf '{{"open":%d,"work":%d,"close":0,"count":{count}}}\n' $((b - a)) $((c - b))
"""


def script(path: Path, steps: Sequence[Step], warm: int, *, files: bool) -> None:
    """Write a bash script that takes steps and prints how long that took.

    With ``files`` by `ip -batch`.
    """
    work = (
        batch_files(path.parent, steps[warm:]) if files else [line(step) for step in steps[warm:]]
    )
    before = "\n".join(line(step) for step in steps[:warm])
    path.write_text(TIMED.format(warm=before, work="\n".join(work), count=len(steps) - warm))


def furniture(path: Path, steps: Sequence[Step]) -> None:
    """Write a script that sets up what has to be there."""
    path.write_text("\n".join(["set -e", *batch_files(path.parent, steps, "furniture-"), ""]))


def batch_files(folder: Path, steps: Sequence[Step], prefix: str = "") -> list[str]:
    """Write a file for each namespace, the first one's first, and return the commands that run
    them.
    """
    commands = []
    for netns, own in by_namespace(steps).items():
        if own:
            path = folder / f"{prefix}{netns or 'first'}.batch"
            path.write_text("".join(f"{step.words}\n" for step in own))
            commands.append(f"ip{f' -n {netns}' if netns else ''} -batch {path}")
    return commands
