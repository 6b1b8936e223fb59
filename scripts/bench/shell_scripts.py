"""Steps as files for bash: a script of commands, or `ip -batch` files and a script for them."""

from collections.abc import Sequence
from pathlib import Path

from scripts.bench.steps import Step, group_by_namespace, shell_line

__all__ = ["write_play_script", "write_setup_script"]

# The commands are in braces so that their output goes to /dev/null; ":" fills empty braces.
# The times in /proc/self/stat are utime, stime, cutime and cstime, in ticks of 10 ms.
TIMED = r"""set -e
now() {{ REPLY=${{EPOCHREALTIME/./}}; }}
cpu() {{ read -r -a stat </proc/self/stat; REPLY=$(((stat[13]+stat[14]+stat[15]+stat[16])*10000)); }}
now; a=$REPLY
{{
:
{warm}
}} >/dev/null
cpu; before=$REPLY
now; b=$REPLY
{{
:
{work}
}} >/dev/null
now; c=$REPLY
cpu
printf '{{"open":%d,"work":%d,"close":0,"cpu":%d,"count":{count}}}\n' \
    $((b - a)) $((c - b)) $((REPLY - before))
"""


def write_play_script(
    path: Path, steps: Sequence[Step], *, warm: int, with_batch_files: bool
) -> None:
    """Write a bash script that takes the steps and prints the times of the phases as JSON.

    The first ``warm`` steps count as opening. ``with_batch_files`` runs the rest by `ip -batch`.
    """
    warm_steps = steps[:warm]
    work_steps = steps[warm:]

    work = [shell_line(step) for step in work_steps]
    if with_batch_files:
        work = write_batch_files(path.parent, work_steps)

    script = TIMED.format(
        warm="\n".join(shell_line(step) for step in warm_steps),
        work="\n".join(work),
        count=len(work_steps),
    )

    path.write_text(script)


def write_setup_script(path: Path, steps: Sequence[Step]) -> None:
    """Write a bash script of the steps before the measured play."""
    commands = write_batch_files(path.parent, steps, prefix="setup-")
    path.write_text("\n".join(["set -e", *commands, ""]))


def write_batch_files(folder: Path, steps: Sequence[Step], *, prefix: str = "") -> list[str]:
    """Write a batch file for each namespace, and return the commands that run the files in order.

    The file of the first namespace comes first: its steps create the named namespaces.
    """
    commands = []

    for netns, netns_steps in group_by_namespace(steps).items():
        if not netns_steps:
            continue

        path = folder / f"{prefix}{netns or 'first'}.batch"
        path.write_text("".join(f"{step.batch_line}\n" for step in netns_steps))

        place = f" -n {netns}" if netns else ""
        commands.append(f"ip{place} -batch {path}")

    return commands
