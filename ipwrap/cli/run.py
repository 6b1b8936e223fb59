"""`ipwrap run`, `ipwrap replay` and `ipwrap sandbox`: the commands that open a place."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from ipwrap.cli.examples import examples
from ipwrap.cli.lab_run import RunOptions, place_for, run_lab, split_arguments
from ipwrap.cli.lab_script import LabScript
from ipwrap.cli.output import echo
from ipwrap.cli.parameters import RECORDING, SCRIPT
from ipwrap.cli.progress import Progress, load
from ipwrap.cli.running_labs import LabEntry
from ipwrap.cli.ssh_option import ssh_options, ssh_place
from ipwrap.cli.staying import LabLife
from ipwrap.cli.suggestions import SuggestingChoice
from ipwrap.jsonio.escape import escape_controls
from ipwrap.system.programs import command_environment

if TYPE_CHECKING:
    from ipwrap.recording import RecordingView

__all__ = ["replay_command", "run", "sandbox"]

FILE = click.Path(exists=True, dir_okay=False)
VIA = ("session", "sh", "plain", "batch", "python")


def place_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--host` and `--sandbox` to a command. The sandbox is the default."""
    host_option = click.option(
        "--host",
        "host",
        flag_value=True,
        default=False,
        help="Run on this host, with real effect.",
    )
    sandbox_option = click.option(
        "--sandbox",
        "host",
        flag_value=False,
        help="Run in a disposable sandbox (the default).",
    )
    return host_option(sandbox_option(privileged_option(function)))


privileged_option = click.option(
    "--privileged",
    is_flag=True,
    help="Keep all of root's capabilities in the sandbox, as for XDP or kernel modules.",
)


@click.command(
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    epilog=examples(
        "ipwrap run lab.py --record lab.jsonl",
        "ipwrap run lab.py --shell     # look around in it",
        "ipwrap run lab.py --keep      # see ipwrap enter, stop",
    ),
)
@place_options
@click.option("--record", type=click.Path(dir_okay=False), help="Record the session to this file.")
@click.option(
    "--transcript",
    is_flag=True,
    help="Record output as a person sees it, too: for markdown, console, asciicast.",
)
@click.option("--shell", is_flag=True, help="Leave a shell in the lab, which ends with the shell.")
@click.option("--keep", is_flag=True, help="Keep the lab up: see enter, list and stop.")
@click.argument("script", type=SCRIPT)
@click.argument("args", nargs=-1, type=click.UNPROCESSED)
def run(script: str, args: tuple[str, ...], **options: Any) -> None:
    """Run SCRIPT, in a sandbox unless --host is given.

    A script with main(session) gets a session. If the script calls Session() itself, the session
    gets the sandbox and the recording, unless the script names a place or a recording.

    Options come before or behind SCRIPT. ARGS belong to the script: sys.argv, and the second
    parameter of main, if present. Options of the script that are also options of this command come
    behind `--`.
    """
    lab = LabScript.read(script)
    if not lab.has_main and not lab.makes_session:
        raise click.UsageError(
            f"{script} has no function main(session), and imports nothing of ipwrap to make a "
            "session by; `ipwrap init` writes a first lab"
        )

    args, given = split_arguments(args, takes_arguments=lab.takes_arguments)
    run_lab(lab, RunOptions(**options | given), args=args)


@click.command(
    "replay",
    epilog=examples(
        "ipwrap replay --check lab.jsonl",
        "ipwrap replay --check --via sh lab.jsonl",
        "ipwrap replay --check --script lab.sh lab.jsonl",
    ),
)
@place_options
@ssh_options
@click.option(
    "--check",
    is_flag=True,
    help="Compare the output of reads and the final state, too; exit 1 if they differ.",
)
@click.option(
    "--via",
    type=SuggestingChoice(VIA),
    default="session",
    show_default=True,
    help="Export the recording in this format, and run the result.",
)
@click.option(
    "--script",
    type=FILE,
    help="Run this exported script instead, and compare the final state.",
)
@click.option("--record", type=click.Path(dir_okay=False), help="Record the replay to this file.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation of --host and --ssh.")
@click.argument("file", type=RECORDING)
def replay_command(
    file: str,
    host: bool,
    privileged: bool,
    ssh: str | None,
    ssh_config: str | None,
    check: bool,
    via: str,
    script: str | None,
    record: str | None,
    yes: bool,
) -> None:
    """Run the recording FILE again, in a sandbox unless --host or --ssh is given.

    Differences are printed on stdout; an equal replay prints nothing. Programs besides ip, bridge
    and tc are listed on stderr before the replay starts.

    Background processes run again beside the following commands, and programs of a thread beside
    the commands of other threads. A command or wait may take ten times as long as in the recording,
    at least 30 seconds; a slower step is ended, and counts as a difference. Logs of processes are
    not written again.

    Files are shared: a sandbox keeps networks apart, and is no jail for hostile code. Programs in
    the sandbox only see the variables PATH, HOME, TERM, the locale's, and the recording's secrets.
    """
    from ipwrap.places.sandbox import PRIVILEGED_NAME
    from ipwrap.replay import replay, replay_export, replay_script
    from ipwrap.session import Session
    from ipwrap.system.programs import require_linux

    require_linux()
    remote = ssh_place(ssh, ssh_config)
    if remote is not None:
        _refuse_with_ssh(host, privileged, script is not None, via != "session")

    # With -v, every command is printed on stderr, where a progress bar would be in the way.
    is_verbose = click.get_current_context().find_root().params.get("verbose", False)
    recording = load(file, Progress(file, shown=not is_verbose))

    if recording.header.place == PRIVILEGED_NAME and not (host or privileged):
        click.echo(
            "ipwrap: recorded in a privileged sandbox, as for XDP or kernel modules; if commands "
            "are refused here: ipwrap replay --privileged, as root",
            err=True,
        )

    _announce_programs(recording, script)
    if (host or ssh) and not yes:
        _confirm_host(file, ssh)

    place = remote or place_for(
        host, privileged=privileged, passed_variables=tuple(recording.required_secrets)
    )
    with Session(place, record=record) as session:
        if script:
            comparison = replay_script(recording, session, script=script)
        elif via != "session":
            comparison = replay_export(recording, session, export_format=via)
        else:
            comparison = replay(recording, session, check=check)

    echo("\n".join(comparison.differences), nl=bool(comparison.differences))

    if comparison.is_same:
        echo(str(comparison), err=True)
        sys.exit(0)

    if comparison.machines is not None:
        echo(comparison.machines, err=True)
    echo(f"ipwrap: {len(comparison.differences)} differ", err=True)
    sys.exit(1)


def _announce_programs(recording: "RecordingView", script: str | None) -> None:
    """Print the programs besides ip, bridge and tc that a replay runs, and how often."""
    from ipwrap.replay import count_programs

    if script is not None:
        click.echo(f"ipwrap: runs sh {escape_controls(script)}", err=True)
        return

    programs = [
        f"{escape_controls(name)} ({count})"
        for name, count in count_programs(recording).most_common()
    ]
    if programs:
        click.echo(f"ipwrap: runs besides ip, bridge and tc: {', '.join(programs)}", err=True)


def _refuse_with_ssh(*others: bool) -> None:
    """Raise a usage error for options that make no sense with --ssh."""
    if any(others):
        raise click.UsageError(
            "--ssh runs the commands on that machine: it goes with none of --host, --privileged, "
            "--via and --script"
        )


def _confirm_host(file: str, ssh: str | None) -> None:
    """Ask whether to run a recording on a host. Raises `click.Abort`, or a usage error."""
    option, host = ("--host", "this host") if ssh is None else ("--ssh", ssh)
    if not sys.stdin.isatty():
        raise click.UsageError(
            f"replay {option} changes {host}, and there is no terminal to ask for confirmation; "
            "add --yes if you trust the recording"
        )

    question = f"run {escape_controls(file)} on {host}, with real effect?"
    click.confirm(question, abort=True, err=True)


@click.command(
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    epilog=examples("ipwrap sandbox", "ipwrap sandbox ip -br link", "ipwrap sandbox sh lab.sh"),
)
@privileged_option
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def sandbox(command: tuple[str, ...], privileged: bool) -> None:
    """Open a shell in a new sandbox, or run COMMAND in the sandbox.

    Files are shared: a sandbox keeps networks apart, and is no jail for hostile code.
    """
    from ipwrap.places import Sandbox
    from ipwrap.places.interactive import run_interactive
    from ipwrap.places.shell_prompt import interactive_shell

    place = Sandbox(privileged=privileged)
    life = LabLife(LabEntry("sandbox"))
    place.open()
    try:
        life.begin(place, recording=None)

        # ipwrap's own options end at COMMAND: further options belong to COMMAND.
        argv, env = command, command_environment()
        if not command:
            shell = interactive_shell("sandbox")
            argv, env = shell.argv, shell.env
        status = run_interactive(place, argv, env=env)
    finally:
        life.entry.withdraw()
        place.close()

    sys.exit(status)
