"""The command group of `ipwrap`: messages on stderr, exit codes 0, 1 and 2."""

import contextlib
import warnings
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import click

from ipwrap.cli.output import echo
from ipwrap.errors import IpwrapError, OutputWarning
from ipwrap.jsonio.escape import accept_any_text, escape_controls
from ipwrap.version import __version__

__all__ = ["cli"]


KEPT = "\n\t"  # the control characters of a message: a report has several lines

# MODULE:ATTRIBUTE of each command, imported on use: `ipwrap parse` in a pipeline starts without
# the session and the places that `ipwrap run` imports.
COMMANDS = {
    "clean": "undo:clean",
    "doctor": "doctor:doctor",
    "export": "export:export",
    "parse": "parse:parse",
    "record": "record:record_command",
    "replay": "run:replay_command",
    "run": "run:run",
    "sandbox": "run:sandbox",
    "schema": "schema:schema",
    "show": "show:show",
    "undo": "undo:undo",
}


class Group(click.Group):
    """A command group that reports an `IpwrapError` as a message instead of a traceback.

    The commands in `COMMANDS` are imported on first use.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands, sorted."""
        return sorted({*COMMANDS, *super().list_commands(ctx)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command, or None for an unknown name."""
        if cmd_name not in COMMANDS:
            return super().get_command(ctx, cmd_name)

        module, _, attribute = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(f"ipwrap.cli.{module}"), attribute)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. Print an `IpwrapError` on stderr and exit with 1."""
        try:
            with _warnings_as_messages():
                return super().invoke(ctx)
        except IpwrapError as error:
            echo(f"ipwrap: {error}", err=True)
            ctx.exit(1)
        except click.ClickException as error:
            # Names of files, which a shell's pattern may have chosen.
            message = escape_controls(error.message, keep="\n\t")
            error.message = message  # type: ignore[misc]  # final for subclasses; click shows it
            raise
        except BrokenPipeError:
            # The reader has closed the pipe, as `| head -1` does: end without a message.
            ctx.exit(1)


@contextlib.contextmanager
def _warnings_as_messages() -> Iterator[None]:
    """Print each `OutputWarning` as a message on stderr, once, instead of a line of Python."""
    shown: set[str] = set()

    def show(message: Warning | str, category: type[Warning], *place: Any, **options: Any) -> None:
        if not issubclass(category, OutputWarning):
            python_shows(message, category, *place, **options)
        elif str(message) not in shown:
            shown.add(str(message))
            echo(f"ipwrap: {message}", err=True)

    with warnings.catch_warnings():
        python_shows = warnings.showwarning
        warnings.simplefilter("always", OutputWarning)
        warnings.showwarning = show
        yield


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="ipwrap")
@click.option("-v", "--verbose", is_flag=True, help="Print every command on stderr as it runs.")
def cli(verbose: bool) -> None:
    """Drive iproute2 from Python, and export the session as a shell script that rebuilds the lab.

    Data goes to stdout, messages go to stderr. Exit status: 0 for success, 1 for a failure or for
    output that could not be written (without a message if the reader has gone, as with
    `| head -1`), 2 for wrong usage.
    """
    from ipwrap.sessions import log

    accept_any_text()
    if verbose:
        log.show()
