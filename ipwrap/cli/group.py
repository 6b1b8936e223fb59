"""The group of commands, and what they share: messages on stderr, exit codes 0, 1 and 2."""

from importlib import import_module
from typing import Any

import click

from ipwrap.errors import IpwrapError
from ipwrap.jsonio.escape import any_text
from ipwrap.version import __version__

__all__ = ["cli"]


# Where each command is: `parse` in a pipe need not wait for what `run` imports.
COMMANDS = {
    "clean": "undo:clean",
    "doctor": "doctor:doctor",
    "export": "paper:export",
    "parse": "parse:parse",
    "record": "record:record_command",
    "replay": "run:replay_command",
    "run": "run:run",
    "sandbox": "run:sandbox",
    "schema": "schema:schema",
    "show": "paper:show",
    "undo": "undo:undo",
}


class Group(click.Group):
    """A group whose commands fail with a message, not a traceback, when ipwrap itself refuses something.

    Those of `COMMANDS` are imported when they are asked for.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands."""
        return sorted({*COMMANDS, *super().list_commands(ctx)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command; None where there is none of that name."""
        if cmd_name not in COMMANDS:
            return super().get_command(ctx, cmd_name)
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(f"ipwrap.cli.{module}"), name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an `IpwrapError` becomes a message on stderr and exit code 1."""
        try:
            return super().invoke(ctx)
        except IpwrapError as error:
            click.echo(f"ipwrap: {error}", err=True)
            ctx.exit(1)
        except BrokenPipeError:
            ctx.exit(1)


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="ipwrap")
@click.option("-v", "--verbose", is_flag=True, help="Print every command as it runs, on stderr.")
def cli(verbose: bool) -> None:
    """Drive iproute2 from Python, and leave with a shell script that is proven to rebuild what you built.

    Data goes to stdout, everything else to stderr. Exit codes: 0, 1 (it failed, or its output could not be written:
    quietly where the reader has gone, as with `| head -1`), 2 (used wrongly).
    """
    from ipwrap.sessions import log

    any_text()
    if verbose:
        log.show()
