"""`ipwrap run`, `ipwrap replay` and `ipwrap sandbox`: what opens a place."""

import inspect
import os
import runpy
import sys
from collections.abc import Callable
from typing import Any

import click

from ipwrap.cli.progress import Progress, load
from ipwrap.places import Local, Place, Sandbox
from ipwrap.places.interactive import run_interactive
from ipwrap.replay import replay, replay_export, replay_script
from ipwrap.session import Session
from ipwrap.system.programs import environment

__all__ = ["replay_command", "run", "sandbox"]

FILE = click.Path(exists=True, dir_okay=False)
VIA = ("session", "sh", "plain", "batch", "python")


def place_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--host` and `--sandbox`, of which the latter is the default."""
    host = click.option(
        "--host", "host", flag_value=True, default=False, help="On this host, for real."
    )
    box = click.option(
        "--sandbox", "host", flag_value=False, help="In a throw-away sandbox (the default)."
    )
    return host(box(function))


def place_for(host: bool) -> Place:
    """Return the place asked for."""
    return Local() if host else Sandbox()


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@place_options
@click.option("--record", type=click.Path(dir_okay=False), help="Record the session to this file.")
@click.option(
    "--transcript",
    is_flag=True,
    help="Record what a person would see, too: for markdown, console, asciicast.",
)
@click.argument("script", type=FILE)
@click.argument("args", nargs=-1, type=click.UNPROCESSED)
def run(
    script: str, args: tuple[str, ...], host: bool, record: str | None, transcript: bool
) -> None:
    """Run SCRIPT's main(session), in a sandbox unless --host is said.

    ARGS are the script's own: sys.argv, and main's second parameter if it has one.
    """
    args, host, record = _options_after_script(args, host, record)
    sys.argv = [script, *args]
    sys.path.insert(0, os.path.dirname(os.path.abspath(script)))
    main = runpy.run_path(script, run_name="__ipwrap__").get("main")
    if not callable(main):
        raise click.UsageError(f"{script} has no function main(session)")
    with Session(place_for(host), record=record, transcript=transcript) as session:
        main(session, *([list(args)] if _wants_arguments(main) else []))


def _options_after_script(
    args: tuple[str, ...], host: bool, record: str | None
) -> tuple[tuple[str, ...], bool, str | None]:
    """Take ipwrap's own options also from behind the script's name, up to `--` or the first word that is not one."""
    rest = list(args)
    while rest and rest[0] in ("--host", "--sandbox", "--record", "--"):
        word = rest.pop(0)
        if word == "--":
            break
        if word == "--record":
            if not rest:
                raise click.UsageError("--record needs a file")
            record = rest.pop(0)
        else:
            host = word == "--host"
    return tuple(rest), host, record


def _wants_arguments(main: Callable[..., Any]) -> bool:
    """Tell whether main takes a second positional parameter."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(each.kind in kinds for each in inspect.signature(main).parameters.values()) > 1


@click.command("replay")
@place_options
@click.option(
    "--check",
    is_flag=True,
    help="Compare what reads return and the state reached; exit 1 if they differ.",
)
@click.option(
    "--via",
    type=click.Choice(VIA),
    default="session",
    show_default=True,
    help="Run what it is exported as.",
)
@click.option(
    "--script",
    type=FILE,
    help="Run this exported script instead, and compare the state it reaches.",
)
@click.option("--record", type=click.Path(dir_okay=False), help="Record the replay to this file.")
@click.argument("file", type=FILE)
def replay_command(
    file: str, host: bool, check: bool, via: str, script: str | None, record: str | None
) -> None:
    """Run the recording FILE again, in a sandbox unless --host is said.

    What differs goes to stdout: nothing, if it came out the same.
    """
    verbose = click.get_current_context().find_root().params.get("verbose", False)
    recording = load(file, Progress(file, shown=not verbose))
    with Session(place_for(host), record=record) as session:
        if script:
            found = replay_script(recording, session, script)
        elif via != "session":
            found = replay_export(recording, session, via)
        else:
            found = replay(recording, session, check=check)
    click.echo("\n".join(found.differences), nl=bool(found.differences))
    if found.machines is not None and not found.same:
        click.echo(found.machines, err=True)
    click.echo(str(found) if found.same else f"ipwrap: {len(found.differences)} differ", err=True)
    sys.exit(0 if found.same else 1)


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def sandbox(command: tuple[str, ...]) -> None:
    """Open a shell in a fresh sandbox, or run COMMAND there."""
    place = Sandbox()
    place.open()
    try:
        status = run_interactive(
            place, command or (os.environ.get("SHELL", "/bin/sh"),), env=environment()
        )
    finally:
        place.close()
    sys.exit(status)
