"""`ipwrap record`: run an existing script, and record its changes of the network."""

import os
import sys
from pathlib import Path

import click

from ipwrap.cli.examples import examples
from ipwrap.cli.lab_run import place_for
from ipwrap.cli.output import echo
from ipwrap.errors import RecordingError
from ipwrap.jsonio.escape import escape_controls
from ipwrap.system.counts import count_of

__all__ = ["record_command"]


@click.command(
    "record",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    epilog=examples(
        "ipwrap record --sandbox -o lab.jsonl sh lab.sh",
        "ipwrap record --sandbox --also python3 -- sh lab.sh",
    ),
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
    help="Run COMMAND in a disposable sandbox (default: on this host, with real effect).",
)
@click.option(
    "--also",
    multiple=True,
    metavar="PROGRAM",
    help="Record calls of this program, too. Always recorded, where they are installed: brctl, "
    "ifconfig, route, vconfig, arp, ethtool, sysctl, nft, iptables and its family, ipset, wg, "
    "tunctl, ovs-vsctl, unshare, nsenter, sleep and ping.",
)
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def record_command(
    command: tuple[str, ...], output: str | None, sandbox: bool, also: tuple[str, ...]
) -> None:
    """Run COMMAND, such as `bash lab.sh`, and record its changes of the network, at any depth.

    Recorded are the calls of ip, bridge and tc, and of the programs named at --also.
    COMMAND keeps its input and output, and the exit status is the status of COMMAND.
    The file grows while COMMAND runs. SIGTERM ends COMMAND, and completes the recording.
    Changes of the network that no recorded command explains are printed at the end.
    The recording can be exported, replayed, shown and undone as usual.
    """
    from ipwrap.shims.recorder import find_script, record

    if output:
        target = Path(output)
    else:
        script = find_script(command) or Path("recording")
        target = Path(script.name).with_suffix(".jsonl")

    reason = _write_problem(target)
    if reason is not None:
        raise RecordingError(
            f"cannot be written: {reason}; give another path with -o FILE", str(target)
        )

    # The recorder's exit status is the script's: a failed script still leaves a recording.
    status, recording = record(
        command,
        place_for(not sandbox),
        also=also,
        target=target,
        report=lambda line: echo(f"ipwrap: {escape_controls(line)}", err=True),
    )
    echo(f"ipwrap: {count_of(len(recording.commands), 'command')} in {target}", err=True)
    sys.exit(status)


def _write_problem(target: Path) -> str | None:
    """Return why a file cannot be written, as far as the permissions reveal.

    The check comes before the run: a second run of COMMAND may be impossible.
    """
    if target.exists():
        return None if os.access(target, os.W_OK) else "you may not write this file"

    if not target.parent.is_dir():
        return "its folder does not exist"

    return None if os.access(target.parent, os.W_OK) else "you may not write to its folder"
