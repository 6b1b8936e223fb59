"""`ipwrap watch`: the changes in all namespaces, printed at once, a line for each change."""

import json
from typing import TYPE_CHECKING, Any

import click

from ipwrap.cli import INTERRUPTED
from ipwrap.cli.colours import DIFFERENCE_COLOURS, colour_option, print_coloured
from ipwrap.cli.examples import examples
from ipwrap.cli.lab_option import lab_option, open_lab_place
from ipwrap.cli.output import echo
from ipwrap.cli.suggestions import did_you_mean
from ipwrap.jsonio.escape import escape_controls

if TYPE_CHECKING:
    from ipwrap.sessions.watch import Change

__all__ = ["watch"]


def _split_objects(value: str) -> list[str]:
    """Return the objects of a list with commas. Raises `click.BadParameter` for an unknown one."""
    from ipwrap.sessions.watch import ALL_OBJECTS, WATCHED_OBJECTS

    names = [name.strip() for name in value.split(",")] if value else [*WATCHED_OBJECTS]
    for name in names:
        if name not in ALL_OBJECTS:
            hint = did_you_mean(name, ALL_OBJECTS)
            raise click.BadParameter(
                f"{name!r} cannot be watched{hint}; there are: {', '.join(ALL_OBJECTS)}",
                param_hint="'--objects'",
            )
    return names


@click.command(
    epilog=examples(
        "ipwrap watch",
        "ipwrap watch 'pod*' --objects link,address",
        "ipwrap watch --objects fdb,vlan,mdb",
    )
)
@click.option(
    "--objects",
    metavar="OBJECT[,OBJECT]",
    default="",
    help="link, address, route, rule, neigh, nexthop, netns, by default all of them; of bridges "
    "fdb, vlan, mdb, vni.",
)
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="Also what the kernel makes by itself: local routes and learned neighbours.",
)
@click.option("-t", "--times", is_flag=True, help="Put the time before each line.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "jsonl"]),
    default="text",
    help="Lines of words, or an object a line.",
)
@colour_option
@click.option("--sudo", is_flag=True, help="Watch as root, with sudo -n.")
@lab_option
@click.argument("namespaces", nargs=-1)
@click.pass_context
def watch(
    context: click.Context,
    namespaces: tuple[str, ...],
    *,
    objects: str,
    everything: bool,
    times: bool,
    format_: str,
    colour: str,
    sudo: bool,
    lab: str | None,
) -> None:
    """Print changes in the network of this host at once, until Ctrl-C.

    A line for each change: added (+), removed (-), changed (~), with the values before and after.
    NAMESPACES are names or patterns of network namespaces, '' is the host's own; without
    NAMESPACES, every namespace is watched. Namespaces that are made later join by themselves.
    """
    # Imported late: `ipwrap watch --help` needs no session.
    from ipwrap.session import Session

    chosen = _split_objects(objects)
    try:
        with (
            Session(open_lab_place(lab, sudo=sudo)) as session,
            session.watch(namespaces or None, objects=chosen, everything=everything) as changes,
        ):
            for name, problem in changes.problems.items():
                echo(f"ipwrap: {escape_controls(name)} is not watched: {problem}", err=True)
            for change in changes:
                if format_ == "jsonl":
                    click.echo(json.dumps(_to_json(change)))
                else:
                    _print_line(change, times=times, colour=colour)
    except KeyboardInterrupt:
        context.exit(INTERRUPTED)


def _print_line(change: "Change", *, times: bool, colour: str) -> None:
    """Print a change as a line of words."""
    line = str(change)
    foreground = DIFFERENCE_COLOURS.get(line[:1])
    time = f"{change.when:%H:%M:%S.%f}"[:-3] + " " if times else ""
    print_coloured([(f"{time}{line}", foreground)], colour=colour)


def _to_json(change: "Change") -> dict[str, Any]:
    """Return a change as a JSON object."""
    from ipwrap.models.base import dump

    return {
        "when": change.when.isoformat(),
        "change": change.change,
        "netns": change.netns,
        "object": change.object,
        "name": list(change.name),
        "before": change.before,
        "after": change.after,
        "model": None if change.model is None else dump(change.model),
        "text": str(change),
    }
