"""`ipwrap diff`: what differs between two states of a network."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from attrs import frozen

from ipwrap.cli.colours import DIFFERENCE_COLOURS, colour_option, print_coloured
from ipwrap.cli.examples import examples
from ipwrap.cli.lab_option import lab_option, open_lab_place
from ipwrap.cli.output import echo, write
from ipwrap.errors import IpwrapError

if TYPE_CHECKING:
    from ipwrap.state import Difference, Snapshot

__all__ = ["diff"]

LIVE, STDIN = "live", "-"
EQUAL, DIFFERENT, TROUBLE = 0, 1, 2  # as of diff(1)


@click.command(
    epilog=examples(
        "ipwrap diff before.json live",
        "ipwrap diff before.json --lab two-hosts || echo changed",
        "ipwrap diff lab.jsonl || echo changed",
    )
)
@click.option(
    "--strict", is_flag=True, help="Compare every value: indexes, timers, learned entries."
)
@click.option("--initial", is_flag=True, help="Of the recording A, take the state at its start.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "commands"]),
    default="text",
    help="Lines of words, a list of objects, or the commands that bring A to B.",
)
@colour_option
@click.option("--sudo", is_flag=True, help="Read the live state as root, with sudo -n.")
@lab_option
@click.option(
    "--processes/--no-processes",
    default=True,
    help="Whether to compare the namespaces without a name, such as those of containers.",
)
@click.argument("a")
@click.argument("b", required=False)
@click.pass_context
def diff(
    context: click.Context,
    a: str,
    b: str | None,
    *,
    strict: bool,
    initial: bool,
    format_: str,
    colour: str,
    sudo: bool,
    lab: str | None,
    processes: bool,
) -> None:
    """Print the differences between the states A and B: added (+), removed (-), changed (~).

    A and B are files of `ipwrap snapshot`, recordings (the final state), `live` for this host now
    or for the lab of --lab, or `-` for a snapshot on stdin. Without B, a snapshot is compared with
    `live`, and the state at a recording's start with the state at its end, which shows the changes
    made by the session.

    Left out are values that the kernel assigns or counts, and consequences of another difference,
    such as the route of a new address. Exit status: 0 if the states are equal, 1 if they differ, 2
    for an unreadable file.
    """
    if b is None:
        b, initial = (a, True) if _is_recording(a) else (LIVE, initial)

    if lab is not None and LIVE not in (a, b):
        raise click.UsageError("--lab is for the state now: give `live` as A or B")

    has_recording = _is_recording(a) or _is_recording(b)
    sources = Sources(lab, sudo, processes=processes and not has_recording)
    try:
        left = sources.read(a, initial=initial)
        right = sources.read(b)
        differences = left.diff(right, strict=strict)
    except IpwrapError as error:
        echo(f"ipwrap: {error}", err=True)
        context.exit(TROUBLE)

    if format_ == "json":
        objects = [_to_json(difference) for difference in differences]
        write([json.dumps(objects, indent=1), "\n"], STDIN)
    elif format_ == "commands":
        _print_commands(left, right)
    else:
        print_coloured(_coloured_lines(differences.lines), colour=colour)
    context.exit(DIFFERENT if differences else EQUAL)


@frozen
class Sources:
    """Reads the states that the arguments name.

    A recording has no namespaces of processes: then ``processes`` is False.
    """

    lab: str | None
    sudo: bool
    processes: bool

    def read(self, source: str, *, initial: bool = False) -> "Snapshot":
        """Return the snapshot of an argument. Raises `IpwrapError`."""
        from ipwrap.state import Snapshot

        if source == LIVE:
            return self._take()
        if source == STDIN:
            snapshot = Snapshot.from_json(sys.stdin.buffer.read())
        elif _is_recording(source):
            snapshot = _read_recording(source, initial=initial)
        else:
            snapshot = Snapshot.load(source)
        return snapshot if self.processes else snapshot.without_processes()

    def _take(self) -> "Snapshot":
        """Return the state of this host now, or that of the lab."""
        from ipwrap.session import Session

        with Session(open_lab_place(self.lab, sudo=self.sudo)) as session:
            return session.snapshot(processes=self.processes)


def _is_recording(source: str) -> bool:
    """Return whether an argument names a file that is no snapshot: then it is a recording."""
    from ipwrap.state.snapshot_file import is_snapshot

    if source in (LIVE, STDIN) or not Path(source).is_file():
        return False
    return not is_snapshot(source)


def _read_recording(path: str, *, initial: bool) -> "Snapshot":
    """Return a state of a recording. Raises `RecordingError`."""
    from ipwrap.recording import Recording
    from ipwrap.state import Snapshot

    return Snapshot.of_recording(Recording.load(path), initial=initial)


def _print_commands(left: "Snapshot", right: "Snapshot") -> None:
    """Print the commands that bring one state to another, and on stderr the impossible changes."""
    from ipwrap.apply.planning import plan
    from ipwrap.apply.selection import select

    is_same_place = left.origin is not None and left.origin == right.origin
    planned = plan(select(left.state, ()), select(right.state, ()), is_same_place=is_same_place)
    for command in planned.commands:
        echo(command.line)
    for problem in planned.problems:
        echo(f"ipwrap: {problem}", err=True)


def _coloured_lines(lines: list[str]) -> Iterator[tuple[str, str | None]]:
    """Yield lines with their colours."""
    for line in lines:
        yield line, DIFFERENCE_COLOURS.get(line[:1])


def _to_json(difference: "Difference") -> dict[str, Any]:
    """Return a difference as a JSON object."""
    from ipwrap.state.difference_words import describe

    change = "changed"
    if difference.left is None:
        change = "added"
    elif difference.right is None:
        change = "deleted"

    return {
        "change": change,
        "netns": difference.netns,
        "object": difference.noun,
        "name": list(difference.name),
        "before": difference.left,
        "after": difference.right,
        "text": describe(difference),
    }
