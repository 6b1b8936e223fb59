"""`--lab`: the option of a command that works in a running lab as well as on this host."""

from typing import TYPE_CHECKING

import click

from ipwrap.errors import IpwrapError

if TYPE_CHECKING:
    from ipwrap.places import Place

__all__ = ["lab_option", "open_lab_place"]

lab_option = click.option(
    "--lab",
    metavar="LAB",
    help="Work in the running lab of this name, not on the host: see ipwrap list.",
)


def open_lab_place(lab: str | None, *, sudo: bool) -> "Place":
    """Return the place of a running lab; without a name, this host.

    Raises `IpwrapError` for a lab that does not run or has several hosts, and `click.UsageError`
    for --sudo with a lab.
    """
    # Imported late: `--help` of a command needs no place.
    from ipwrap.cli.running_labs import find_lab
    from ipwrap.places import Local

    if lab is None:
        return Local(sudo=sudo)
    if sudo:
        raise click.UsageError("--sudo is for this host: leave it out with --lab")

    running = find_lab(lab)
    if running.hosts:
        names = ", ".join(host.name for host in running.hosts)
        raise IpwrapError(f"the lab {lab!r} is on several hosts ({names}), each with a state")
    return running.open_place()
