"""The group of commands, and what they share: messages on stderr, exit codes 0, 1 and 2."""

from typing import Any

import click

from ipwrap import log
from ipwrap.cli.doctor import doctor
from ipwrap.cli.paper import export, show
from ipwrap.cli.parse import parse
from ipwrap.cli.record import record_command
from ipwrap.cli.run import replay_command, run, sandbox
from ipwrap.cli.schema import schema
from ipwrap.cli.undo import clean, undo
from ipwrap.errors import IpwrapError
from ipwrap.text import any_text
from ipwrap.version import __version__

__all__ = ["cli"]


class Group(click.Group):
    """A group whose commands fail with a message, not a traceback, when ipwrap itself refuses something."""

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

    Data goes to stdout, everything else to stderr. Exit codes: 0, 1 (it failed), 2 (used wrongly).
    """
    any_text()
    if verbose:
        log.show()


for command in (run, record_command, export, replay_command, show, undo, clean, parse, schema, sandbox, doctor):
    cli.add_command(command)
