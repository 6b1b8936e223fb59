"""`ipwrap apply`: bring this host to the state in a file."""

from collections.abc import Iterable

import click

from ipwrap.cli.examples import examples
from ipwrap.cli.lab_option import lab_option, open_lab_place
from ipwrap.cli.output import echo
from ipwrap.cli.snapshot_source import netns_option, read_snapshot
from ipwrap.command import Command
from ipwrap.errors import IpwrapError

__all__ = ["apply", "deletions"]

DELETING_VERBS = frozenset({"delete", "flush"})


@click.command(
    epilog=examples(
        "ipwrap apply lab.json --dry-run",
        "ipwrap apply lab.json --netns 'pod*'",
        "ipwrap apply lab.json --yes",
    )
)
@click.option("--dry-run", is_flag=True, help="Print the commands without running them.")
@netns_option
@click.option("--yes", is_flag=True, help="Do not ask before anything is deleted.")
@click.option("--record", type=click.Path(), help="Record the commands, for `ipwrap undo`.")
@click.option("--sudo", is_flag=True, help="Run the commands as root, with sudo -n.")
@lab_option
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
def apply(
    file: str,
    *,
    dry_run: bool,
    patterns: tuple[str, ...],
    yes: bool,
    record: str | None,
    sudo: bool,
    lab: str | None,
) -> None:
    """Bring this host, or a running lab, to the state in FILE, by the least commands.

    FILE is a file of `ipwrap snapshot`, or a recording, whose final state counts. Namespaces, links
    and other objects that are not in FILE are DELETED, missing objects are created, different
    objects are changed. Each command is printed. A second run has nothing to do.

    Before a deletion, the commands are shown, and you are asked. The state is read only once: the
    shown commands are the commands that run. If an object has changed meanwhile, its command fails;
    a namespace or link created meanwhile is left alone.

    Exit status 1 if differences from FILE remain, which are printed on stderr.
    """
    # Imported late: `ipwrap apply --help` needs no session.
    from ipwrap.apply import Applier
    from ipwrap.session import Session
    from ipwrap.sessions.unrecorded import UnrecordedRunner

    wanted = read_snapshot(file)
    with Session(open_lab_place(lab, sudo=sudo), record=record) as session:
        session.open()
        reader = UnrecordedRunner(session.place, session.executor)
        applier = Applier(session, reader, wanted.state, patterns, _print, origin=wanted.origin)
        if dry_run:
            plan = applier.preview()
            for command in plan.commands:
                echo(command.line)
            _warn(plan.problems)
            return

        if not yes:
            _ask(deletions(applier.preview().commands))
        applied = applier.run()

    _warn((*applied.problems, *(f"not as wanted: {line}" for line in applied.differences)))
    if not applied.is_complete:
        raise IpwrapError("the state is not reached; see the lines above")


def deletions(commands: Iterable[Command]) -> list[Command]:
    """Return the commands that delete something, of those of a plan."""
    from ipwrap.cmdline.reader import Call, read_command

    calls = ((command, read_command(command)) for command in commands)
    return [
        command
        for command, call in calls
        if isinstance(call, Call) and call.verb.name in DELETING_VERBS
    ]


def _ask(commands: list[Command]) -> None:
    """Show the commands that delete something. Raises `click.Abort` unless the user says yes."""
    if not commands:
        return

    for command in commands:
        echo(f"  {command.line}", err=True)
    click.confirm(
        f"this deletes what FILE does not have ({len(commands)} commands); go on?",
        abort=True,
        err=True,
    )


def _print(command: Command) -> None:
    """Print a command that is about to run."""
    echo(command.line)


def _warn(lines: tuple[str, ...]) -> None:
    """Print lines on stderr."""
    for line in lines:
        echo(f"ipwrap: {line}", err=True)
