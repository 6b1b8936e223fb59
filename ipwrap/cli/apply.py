"""`ipwrap apply`: bring this host to the state in a file."""

import click

from ipwrap.cli.output import echo
from ipwrap.cli.snapshot_source import read_snapshot
from ipwrap.command import Command
from ipwrap.errors import IpwrapError

__all__ = ["apply"]


@click.command()
@click.option("--dry-run", is_flag=True, help="Print the commands without running them.")
@click.option(
    "--netns",
    "patterns",
    multiple=True,
    metavar="PATTERN",
    help="Only these namespaces: a name, or a pattern such as 'pod*'. '' is the first one.",
)
@click.option("--record", type=click.Path(), help="Record the commands, for `ipwrap undo`.")
@click.option("--sudo", is_flag=True, help="Run the commands as root, with sudo -n.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
def apply(
    file: str, *, dry_run: bool, patterns: tuple[str, ...], record: str | None, sudo: bool
) -> None:
    """Bring this host to the state in FILE, by the least commands.

    \b
    ipwrap snapshot -o lab.json
    ipwrap apply lab.json --dry-run
    ipwrap apply lab.json --netns 'pod*' --record apply.jsonl

    FILE is a file of `ipwrap snapshot`, or a recording, whose final state counts. Namespaces, links
    and the like that are not in it are DELETED, those that are missing are made, others are changed
    where they differ. Each command is printed. A second run has nothing to do.

    Exit status 1 where something is still not as in FILE: it is printed on stderr.
    """
    # Imported late: `ipwrap apply --help` needs no session.
    from ipwrap.apply import Applier
    from ipwrap.session import Session
    from ipwrap.sessions.unrecorded import UnrecordedRunner

    wanted = read_snapshot(file).state
    with Session(record=record, sudo=sudo) as session:
        session.open()
        reader = UnrecordedRunner(session.place, session.executor)
        applier = Applier(session, reader, wanted, patterns, _print)
        if dry_run:
            plan = applier.preview()
            for command in plan.commands:
                echo(command.line)
            _warn(plan.problems)
            return
        applied = applier.run()

    _warn((*applied.problems, *(f"not as wanted: {line}" for line in applied.differences)))
    if not applied.is_complete:
        raise IpwrapError("the state is not reached; see the lines above")


def _print(command: Command) -> None:
    """Print a command that is about to run."""
    echo(command.line)


def _warn(lines: tuple[str, ...]) -> None:
    """Print lines on stderr."""
    for line in lines:
        echo(f"ipwrap: {line}", err=True)
