"""The command group of `ipwrap`: messages on stderr, exit codes 0, 1 and 2."""

import contextlib
import warnings
from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from ipwrap.cli import INTERRUPTED
from ipwrap.cli.examples import examples
from ipwrap.cli.output import echo
from ipwrap.cli.suggestions import did_you_mean
from ipwrap.errors import IpwrapError, OutputWarning
from ipwrap.jsonio.escape import accept_any_text, escape_controls
from ipwrap.system.termination import Terminated
from ipwrap.version import __version__

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

__all__ = ["cli"]


KEPT = "\n\t"  # the control characters of a message: a report has several lines

# MODULE:ATTRIBUTE of each command, imported on use: `ipwrap parse` in a pipeline starts without
# the session and the places that `ipwrap run` imports. And what `ipwrap --help` says of it.
COMMANDS = {
    "apply": ("apply:apply", "Bring this host to the state in a file, by the least commands."),
    "clean": ("undo:clean", "Find crashed sessions on this host, and undo them."),
    "completion": ("completion:completion", "Print the script for completion in a shell."),
    "diff": ("diff:diff", "Print what differs between snapshots, recordings and this host."),
    "doctor": ("doctor:doctor", "Report what this machine supports, and how to get the rest."),
    "draw": ("draw:draw", "Draw the network of a recording, or of this host."),
    "enter": ("labs:enter", "Open a shell in a running lab, or run a program there."),
    "export": ("export:export", "Write a recording as a script or a transcript."),
    "init": ("init:init", "Write a first lab."),
    "list": ("labs:list_command", "List the labs that run."),
    "parse": ("parse:parse", "Show output of ip, bridge and tc as a table, JSON or CSV."),
    "record": ("record:record_command", "Run a program, and record what it does to the network."),
    "replay": ("run:replay_command", "Run a recording again, and compare."),
    "report": ("report:report", "Write a recording as a page of HTML."),
    "run": ("run:run", "Run a lab's script, in a sandbox unless told otherwise."),
    "sandbox": ("run:sandbox", "Open a shell, or run a program, in a new sandbox."),
    "save": ("save:save", "Write the state of this host as a script that builds it."),
    "schema": ("schema:schema", "Print the JSON Schema of an object."),
    "show": ("show:show", "List the commands of a recording, or show its final state."),
    "snapshot": ("snapshot:snapshot", "Write the state of all namespaces of this host as a file."),
    "stop": ("labs:stop", "End a running lab."),
    "sweep": ("sweep:sweep_command", "Run a lab with many parameters, several at a time."),
    "undo": ("undo:undo", "Restore this host's state of before a recorded session."),
    "watch": ("watch:watch", "Print what changes in all namespaces of this host, as it happens."),
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

        path, _ = COMMANDS[cmd_name]
        module, _, attribute = path.partition(":")
        command: click.Command = getattr(import_module(f"ipwrap.cli.{module}"), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of the commands, none of which has to be imported for it."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> "list[CompletionItem]":
        """Return the commands and options for a shell. No command has to be imported for it."""
        from click.shell_completion import CompletionItem

        commands = [
            CompletionItem(name, help=text)
            for name, (_, text) in COMMANDS.items()
            if name.startswith(incomplete)
        ]
        return commands + click.Command.shell_complete(self, ctx, incomplete)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command of the arguments. Raises `click.UsageError`, with a suggestion."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            suggestion = did_you_mean(args[0], self.list_commands(ctx))
            error.message = f"no such command: {args[0]}{suggestion}"  # type: ignore[misc]
            raise

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. Print an `IpwrapError` on stderr and exit with 1."""
        try:
            with _warnings_as_messages():
                return super().invoke(ctx)
        except IpwrapError as error:
            notes: list[str] = getattr(error, "__notes__", [])
            echo("\n".join((f"ipwrap: {error}", *notes)), err=True)
            ctx.exit(1)
        except click.ClickException as error:
            # Names of files, which a shell's pattern may have chosen.
            message = escape_controls(error.message, keep="\n\t")
            error.message = message  # type: ignore[misc]  # final for subclasses; click shows it
            raise
        except KeyboardInterrupt:
            echo("ipwrap: interrupted", err=True)
            ctx.exit(INTERRUPTED)
        except Terminated as error:
            echo(f"ipwrap: ended by {error.signal_name}", err=True)
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


@click.group(
    cls=Group,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=examples(
        "ipwrap init                # writes lab.py",
        "ipwrap run lab.py --record lab.jsonl",
        "ipwrap export lab.jsonl -o lab.sh",
        "ipwrap run --help          # of each command",
    ),
)
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
