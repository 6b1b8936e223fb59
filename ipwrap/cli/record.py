"""`ipwrap record`: what a script of others does, as a recording."""

import os
import sys
from pathlib import Path

import click

from ipwrap.capture.recorder import record, script_of
from ipwrap.cli.run import place_for
from ipwrap.errors import RecordingError

__all__ = ["record_command"]


@click.command("record", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="Record to this file (default: SCRIPT.jsonl).")
@click.option("--sandbox", is_flag=True, help="Run it in a throw-away sandbox; else it is run on this host, for real.")
@click.option("--also", multiple=True, metavar="PROGRAM", help="Catch this program, too: sysctl, nft, ping, …")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def record_command(command: tuple[str, ...], output: str | None, sandbox: bool, also: tuple[str, ...]) -> None:
    """Run COMMAND, such as `bash lab.sh`, and record each ip, bridge and tc that it calls, at any depth.

    Its input and output are its own, and its status is that of this command. What the recording holds can be exported,
    replayed, shown and undone as any other.
    """
    target = Path(output) if output else Path((script_of(command) or Path("recording")).name).with_suffix(".jsonl")
    if not os.access(target.parent, os.W_OK):
        raise RecordingError("cannot be written: say -o FILE", str(target))
    status, recording = record(command, place_for(not sandbox), also)
    recording.save(target)
    click.echo(f"ipwrap: {len(recording.commands)} commands in {target}", err=True)
    sys.exit(status)
