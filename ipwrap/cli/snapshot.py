"""`ipwrap snapshot`: the state of all namespaces as one file."""

import click

from ipwrap.cli.examples import examples
from ipwrap.cli.lab_option import lab_option, open_lab_place
from ipwrap.cli.output import write
from ipwrap.cli.ssh_option import ssh_options, ssh_place

__all__ = ["snapshot"]


@click.command(
    epilog=examples("ipwrap snapshot -o before.json", "ipwrap snapshot --lab two-hosts -o lab.json")
)
@click.option("-o", "--output", default="-", help="The file to write; - is stdout, the default.")
@click.option("--sudo", is_flag=True, help="Read as root, with sudo -n.")
@lab_option
@ssh_options
@click.option(
    "--processes/--no-processes",
    default=True,
    help="Whether to read the namespaces without a name, such as those of containers.",
)
def snapshot(
    output: str,
    *,
    sudo: bool,
    lab: str | None,
    ssh: str | None,
    ssh_config: str | None,
    processes: bool,
) -> None:
    """Write the state of this host, or of a lab, as JSON: all network namespaces and their objects.

    The file has a stable order and a line for each value, for git and for `ipwrap diff`. Nothing is
    changed. Only root gets the namespaces of other users.
    """
    # Imported late: `ipwrap snapshot --help` needs no session.
    from ipwrap.session import Session

    if ssh is not None and lab is not None:
        raise click.UsageError("--ssh and --lab are two places: give one of them")

    place = ssh_place(ssh, ssh_config, sudo=sudo) or open_lab_place(lab, sudo=sudo)
    with Session(place) as session:
        text = session.snapshot(processes=processes).to_json()
    write([text], output)
