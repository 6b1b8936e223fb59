"""`ipwrap record`: what a script of others does, as a recording."""

import os
import sys
from pathlib import Path

import click

from ipwrap.cli.run import place_for
from ipwrap.errors import RecordingError

__all__ = ["record_command"]


@click.command(
    "record", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False}
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False),
    help="Record to this file (default: SCRIPT.jsonl).",
)
@click.option(
    "--sandbox",
    is_flag=True,
    help="Run it in a throw-away sandbox; else it is run on this host, for real.",
)
@click.option(
    "--also", multiple=True, metavar="PROGRAM", help="Catch this program, too: sysctl, nft, ping, …"
)
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def record_command(
    command: tuple[str, ...], output: str | None, sandbox: bool, also: tuple[str, ...]
) -> None:
    """Run COMMAND, such as `bash lab.sh`, and record each ip, bridge and tc that it calls, at any depth.

    Its input and output are its own, and its status is that of this command. What the recording holds can be exported,
    replayed, shown and undone as any other.
    """
    from ipwrap.shims.recorder import record, script_of

    target = (
        Path(output)
        if output
        else Path((script_of(command) or Path("recording")).name).with_suffix(".jsonl")
    )
    reason = _write_problem(target)
    if reason is not None:
        raise RecordingError(
            f"cannot be written: {reason}; give another path with -o FILE", str(target)
        )
    status, recording = record(command, place_for(not sandbox), also)
    recording.save(target)
    click.echo(f"ipwrap: {len(recording.commands)} commands in {target}", err=True)
    sys.exit(status)


def _write_problem(target: Path) -> str | None:
    """Return why a file cannot be written, as far as that is known before: the program is to run only once."""
    if target.exists():
        return None if os.access(target, os.W_OK) else "it is not yours to change"
    if not target.parent.is_dir():
        return "its folder is not there"
    return None if os.access(target.parent, os.W_OK) else "its folder is not yours to change"
