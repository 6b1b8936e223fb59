"""`ipwrap list`, `enter`, `exec` and `stop`: the labs that run for this user."""

import os
import select
import shlex
import signal
import sys
import time
from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, NoReturn

import click

from ipwrap.cli.examples import examples
from ipwrap.cli.output import echo
from ipwrap.cli.running_labs import (
    RunningHost,
    RunningLab,
    enter_argv,
    find_lab,
    log_path,
    read_labs,
)
from ipwrap.cli.suggestions import SuggestingChoice, did_you_mean
from ipwrap.errors import IpwrapError
from ipwrap.system.process_identity import ProcessIdentity, start_ticks
from ipwrap.system.uts import uts_path

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

__all__ = ["enter", "exec_command", "list_command", "stop", "stop_lab"]

STOP_SECONDS = 120.0  # for a lab to close: its last state is read, and its servers are ended
MAX_NAMES = 6  # of the namespaces in a line of the list


@click.command("list", epilog=examples("ipwrap list", "ipwrap list --format json"))
@click.option(
    "--format",
    "format_",
    type=SuggestingChoice(["table", "json"]),
    default="table",
    show_default=True,
)
def list_command(format_: str) -> None:
    """List the labs that run for this user.

    The list has the labs that `ipwrap run` is running or keeps up, and shells of `ipwrap sandbox`.
    Kept labs run until `ipwrap stop`, or the next boot.
    """
    from ipwrap.jsonio import reader
    from ipwrap.views.table import format_table

    labs = read_labs()
    if format_ == "json":
        echo(reader.encode([_to_json(lab) for lab in labs]))
    elif labs:
        columns = ("lab", "place", "since", "pid", "condition", "namespaces", "recording")
        echo(format_table(columns, [_to_row(lab) for lab in labs]))
    else:
        echo("ipwrap: no lab runs; `ipwrap run FILE --keep` keeps one up", err=True)


def _to_json(lab: RunningLab) -> dict[str, Any]:
    """Return the JSON object of a lab."""
    return {
        "name": lab.name,
        "place": lab.place,
        "since": lab.since,
        "pid": lab.owner.pid,
        "condition": lab.condition,
        "namespaces": lab.netns_names(),
        "recording": lab.recording,
        "hosts": [_host_to_json(host) for host in lab.hosts],
    }


def _host_to_json(host: RunningHost) -> dict[str, Any]:
    """Return the JSON object of a host of a lab over several."""
    return {
        "name": host.name,
        "ssh": host.ssh,
        "namespaces": host.nodes,
        "recording": host.recording,
    }


def _to_row(lab: RunningLab) -> tuple[str, ...]:
    """Return the row of a lab in the table."""
    since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(lab.since))
    names = lab.netns_names()
    shown = ", ".join(names[:MAX_NAMES])
    if len(names) > MAX_NAMES:
        shown += f" and {len(names) - MAX_NAMES} more"

    recording = ", ".join(lab.recordings)
    return (lab.name, lab.place, since, str(lab.owner.pid), lab.condition, shown, recording)


def _complete_lab(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> "list[str | CompletionItem]":
    """Complete the name of a running lab."""
    del ctx, param
    return [lab.name for lab in read_labs() if lab.name.startswith(incomplete)]


def _complete_lab_or_netns(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> "list[str | CompletionItem]":
    """Complete the name of a running lab, or of a namespace in the only one."""
    labs = read_labs()
    names = labs[0].netns_names() if len(labs) == 1 else []
    matching = [name for name in names if name.startswith(incomplete)]
    return _complete_lab(ctx, param, incomplete) + matching


def _complete_netns(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> "list[str | CompletionItem]":
    """Complete the name of a namespace in the lab that the word before names."""
    del param
    names = [lab.netns_names() for lab in read_labs() if lab.name == ctx.params.get("lab")]
    return [name for name in (names[0] if names else []) if name.startswith(incomplete)]


class EnterCommand(click.Command):
    """A command whose words behind `--` are kept apart, so that both words before are optional."""

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Return the parts of the usage, with the words behind `--`."""
        return [*super().collect_usage_pieces(ctx), "[-- COMMAND...]"]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the words before `--`, and keep the others in ``ctx.meta["command"]``."""
        end = args.index("--") if "--" in args else len(args)
        ctx.meta["command"] = tuple(args[end + 1 :])
        return super().parse_args(ctx, args[:end])


@click.command(
    cls=EnterCommand,
    epilog=examples(
        "ipwrap enter                 # the only lab",
        "ipwrap enter lab red",
        "ipwrap enter red -- ping -c 1 10.0.0.2",
    ),
)
@click.argument("lab", required=False, shell_complete=_complete_lab_or_netns)
@click.argument("namespace", required=False, shell_complete=_complete_netns)
@click.pass_context
def enter(ctx: click.Context, lab: str | None, namespace: str | None) -> None:
    """Open a shell in the running LAB, or in a NAMESPACE of it; run COMMAND there instead.

    LAB may be omitted if only one lab is running. A single word may name a namespace that only one
    lab has. The exit status is the status of the shell, or of COMMAND.
    """
    from ipwrap.places.interactive import run_interactive
    from ipwrap.places.shell_prompt import interactive_shell
    from ipwrap.system.programs import command_environment

    running, netns = _find_target(lab, namespace)
    command: tuple[str, ...] = ctx.meta["command"]
    if running.hosts:
        _enter_host(running, netns, command=command)
    place = running.open_place()

    if command:
        argv, env = command, command_environment()
    else:
        shell = interactive_shell(netns or running.name)
        argv, env = shell.argv, shell.env

    if netns is not None:
        argv = (*running.exec_argv(netns), *argv)
    sys.exit(run_interactive(place, argv, env=env))


@click.command(
    "exec",
    cls=EnterCommand,
    epilog=examples(
        "ipwrap exec h1 -- ping -c 1 10.0.0.2",
        "ipwrap exec two-hosts h1 -- ip route",
    ),
)
@click.argument("lab", required=False, shell_complete=_complete_lab_or_netns)
@click.argument("node", required=False, shell_complete=_complete_netns)
@click.pass_context
def exec_command(ctx: click.Context, lab: str | None, node: str | None) -> None:
    """Run COMMAND in a NODE of the running LAB, or of the only lab with such a node.

    The exit status is that of COMMAND. A node is a network namespace of the lab.
    """
    from ipwrap.places.interactive import run_interactive
    from ipwrap.system.programs import command_environment

    command: tuple[str, ...] = ctx.meta["command"]
    if lab is None or not command:
        raise click.UsageError("give a NODE, and a COMMAND behind `--`")

    running, netns = _find_target(lab, node)
    if netns is None:
        known = ", ".join(running.netns_names()) or "none"
        raise click.UsageError(f"{lab!r} is a lab; name a NODE of it behind: {known}")

    host = running.host_of(netns)
    if host is not None:
        sys.exit(_run_on_host(host, netns, command=command))
    argv = (*running.exec_argv(netns), *command)
    sys.exit(run_interactive(running.open_place(), argv, env=command_environment()))


def _run_on_host(host: RunningHost, netns: str, *, command: tuple[str, ...]) -> int:
    """Run a program in a namespace of a host, with this process's stdin, stdout and stderr.

    Return its exit status.
    """
    import subprocess

    place = host.make_place()
    place.open()
    try:
        looking = subprocess.run(place.wrap(("test", "-e", uts_path(netns))), check=False)
        argv = (*enter_argv(netns, has_hostname=looking.returncode == 0), *command)
        status = subprocess.run(place.wrap(argv), check=False).returncode
    finally:
        place.close()
    return status if status >= 0 else 128 - status


def _enter_host(lab: RunningLab, netns: str | None, *, command: tuple[str, ...]) -> NoReturn:
    """Run a command in a node of a lab over several hosts, and exit with the command's status.

    Raises `IpwrapError` for a shell, which needs a terminal on the host, with the line to type.
    """
    host = (netns and lab.host_of(netns)) or lab.hosts[0]
    if netns is not None and command:
        sys.exit(_run_on_host(host, netns, command=command))

    config = ("-F", host.config) if host.config else ()
    sudo = ("sudo",) if host.sudo else ()
    inside = shlex.join((*sudo, "ip", "netns", "exec", netns or "NODE", "sh"))
    raise IpwrapError(
        f"lab {lab.name!r} is over several hosts; a shell in a node of {host.name}: "
        f"{shlex.join(('ssh', *config, '-t', host.ssh, inside))}"
    )


def _find_target(lab: str | None, namespace: str | None) -> tuple[RunningLab, str | None]:
    """Return the lab and the namespace that the words name. Raises `IpwrapError`."""
    labs = read_labs()
    # A single word is the name of a lab, or a namespace of a lab.
    is_lab = lab in [running.name for running in labs]
    if labs and lab is not None and namespace is None and not is_lab:
        return _find_namespace(lab, labs), lab

    running = find_lab(lab)
    if namespace is not None:
        _check_netns(running, namespace)
    return running, namespace


def _find_namespace(netns: str, labs: Sequence[RunningLab]) -> RunningLab:
    """Return the only lab that has a namespace. Raises `IpwrapError`."""
    owners = [lab for lab in labs if netns in lab.netns_names()]
    if len(owners) == 1:
        return owners[0]

    names = [lab.name for lab in labs]
    if owners:
        owner_names = [lab.name for lab in owners]
        raise IpwrapError(
            f"{netns!r} is a namespace of {' and of '.join(owner_names)}; name the lab before it: "
            f"{owner_names[0]} {netns}"
        )

    known = [*names, *chain.from_iterable(lab.netns_names() for lab in labs)]
    advice = did_you_mean(netns, known) or f"; these run: {', '.join(names)}"
    raise IpwrapError(f"{netns!r} is neither a lab nor a namespace of {' or '.join(names)}{advice}")


def _check_netns(lab: RunningLab, namespace: str) -> None:
    """Raise `IpwrapError` for a namespace that a lab does not have."""
    names = lab.netns_names()
    if namespace not in names:
        advice = did_you_mean(namespace, names) or f"; it has: {', '.join(names) or 'none'}"
        raise IpwrapError(f"lab {lab.name!r} has no namespace {namespace!r}{advice}")


@click.command(epilog=examples("ipwrap stop", "ipwrap stop lab", "ipwrap stop --all"))
@click.option("--all", "all_", is_flag=True, help="End every lab that runs for this user.")
@click.argument("lab", required=False, shell_complete=_complete_lab)
def stop(lab: str | None, all_: bool) -> None:
    """End the running LAB, or the only lab: the servers, the recording, the sandbox.

    A lab on this host leaves its namespaces, as after `ipwrap run --host`.
    """
    if all_ and lab is not None:
        raise click.UsageError("name a LAB, or give --all")

    labs = list(reversed(read_labs())) if all_ else [find_lab(lab)]
    failures = []
    for running in labs:
        try:
            stop_lab(running)
        except IpwrapError as error:
            failures.append(str(error))

    if failures:
        raise IpwrapError("\n".join(failures))


def stop_lab(lab: RunningLab) -> None:
    """End a lab, and wait for its end. Raises `IpwrapError` for a lab that does not end."""
    if not lab.owner.is_in_this_pid_namespace:
        raise IpwrapError(
            f"lab {lab.name!r} belongs to another sandbox or container: stop it there"
        )

    if not _terminate(lab.owner):
        raise IpwrapError(
            f"lab {lab.name!r} has not closed within {STOP_SECONDS:.0f} s; `kill -KILL "
            f"{lab.owner.pid}` ends it, and its sandbox; the recording is cut short then"
        )
    _report_end(lab)


def _terminate(owner: ProcessIdentity) -> bool:
    """Send SIGTERM to a process, unless it has ended. Return whether it ends in `STOP_SECONDS`."""
    # The descriptor stays that of the process, whatever gets the number later.
    try:
        process = os.pidfd_open(owner.pid)
    except ProcessLookupError:
        return True

    try:
        if start_ticks(owner.pid) != owner.start_ticks:
            return True
        signal.pidfd_send_signal(process, signal.SIGTERM)
        has_ended, _, _ = select.select([process], [], [], STOP_SECONDS)
    except ProcessLookupError:
        return True
    finally:
        os.close(process)

    return bool(has_ended)


def _report_end(lab: RunningLab) -> None:
    """Print that a lab has ended, with the lab's output in the background."""
    log = log_path(lab.name)
    if log.exists():
        echo(log.read_text(encoding="utf-8", errors="replace"), err=True, nl=False)
        log.unlink(missing_ok=True)

    recording = f"; recorded in {', '.join(lab.recordings)}" if lab.recordings else ""
    echo(f"ipwrap: lab {lab.name!r} has ended{recording}", err=True)
    if lab.holder is None and lab.host_netns:
        undo = f"ipwrap undo {lab.recording}" if lab.recording else "ip netns delete NAME"
        echo(f"ipwrap: its namespaces stay on this host: {undo}", err=True)
    for host in lab.hosts:
        if host.nodes:
            _report_host(host)


def _report_host(host: RunningHost) -> None:
    """Say that the namespaces of a lab stay on a host."""
    undo = "ip netns delete NAME, there"
    if host.recording:
        config = ("--ssh-config", host.config) if host.config else ()
        undo = shlex.join(("ipwrap", "undo", "--ssh", host.ssh, *config, host.recording))
    echo(f"ipwrap: its namespaces stay on {host.name}: {undo}", err=True)
