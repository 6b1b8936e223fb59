"""`ssh_options`: the options of a command that works on another machine as well."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from ipwrap.errors import InvalidArgument

if TYPE_CHECKING:
    from ipwrap.places import Ssh

__all__ = ["ssh_options", "ssh_place"]


def ssh_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options --ssh and --ssh-config."""
    command = click.option(
        "--ssh-config",
        metavar="FILE",
        type=click.Path(exists=True, dir_okay=False),
        help="With --ssh: a file in place of ~/.ssh/config.",
    )(command)
    return click.option(
        "--ssh",
        metavar="DESTINATION",
        help="Work on another machine: any destination of ssh(1), such as root@lab1.",
    )(command)


def ssh_place(destination: str | None, config: str | None, *, sudo: bool = False) -> "Ssh | None":
    """Return the place of the options; None without --ssh. Raises `click.BadParameter`."""
    # Imported late: most commands stay on this machine.
    from ipwrap.places import Ssh

    if destination is None:
        return None
    try:
        return Ssh(destination, config=config, sudo=sudo)
    except InvalidArgument as error:
        raise click.BadParameter(str(error), param_hint="--ssh") from error
