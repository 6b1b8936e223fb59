"""`ipwrap save`: a state as the commands that build it."""

from typing import TYPE_CHECKING, Literal

import click

from ipwrap.cli.examples import examples
from ipwrap.cli.lab_option import lab_option, open_lab_place
from ipwrap.cli.output import echo, write
from ipwrap.cli.snapshot_source import netns_option, read_snapshot
from ipwrap.cli.suggestions import SuggestingChoice

if TYPE_CHECKING:
    from ipwrap.apply.saving import SaveFormat
    from ipwrap.apply.stand_ins import StandIn
    from ipwrap.places import Place
    from ipwrap.recording import State

__all__ = ["save"]

FORMATS = ("sh", "plain", "batch", "python", "json", "lab")


@click.command(
    epilog=examples(
        "ipwrap save -o lab.sh",
        "ipwrap save --netns 'pod*' --format plain",
        "ipwrap save --lab two-hosts --format lab -o copy.toml",
    )
)
@netns_option
@click.option("-o", "--output", default="-", help="The file to write; - is stdout, the default.")
@click.option(
    "--format",
    "format_",
    type=SuggestingChoice(FORMATS),
    default="sh",
    show_default=True,
    help="A script that can also undo its work, a list of commands, …, or a file of a lab.",
)
@click.option(
    "--stand-in",
    type=click.Choice(("dummy", "veth")),
    default="dummy",
    show_default=True,
    help="The kind of link in the place of hardware, and of ends without another end.",
)
@click.option("--sudo", is_flag=True, help="Read the live state as root, with sudo -n.")
@lab_option
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False))
def save(
    file: str | None,
    *,
    patterns: tuple[str, ...],
    output: str,
    format_: 'SaveFormat | Literal["lab"]',
    stand_in: "StandIn",
    sudo: bool,
    lab: str | None,
) -> None:
    """Write the state of this host, of a running lab, or in FILE as a script that builds it.

    FILE is a file of `ipwrap snapshot`, or a recording, whose final state counts. Every object is
    saved, independently of its origin. Objects that no command can create, such as hardware, become
    stand-ins, with a comment in the script. Nothing is changed.

    The format lab is TOML for `ipwrap up`: namespaces are nodes, pairs of veths links. Parts of the
    state that a lab cannot have are listed in comments at the top, and on stderr.
    """
    # Imported late: `ipwrap save --help` needs no exporter.
    from ipwrap.apply import save as save_state
    from ipwrap.lab.formats.reading import name_of_file

    if file is not None and lab is not None:
        raise click.UsageError("give FILE or --lab, not both")

    place = open_lab_place(lab, sudo=sudo)
    snapshot = read_snapshot(file, place=place)
    if format_ == "lab":
        hostnames = _read_hostnames(file, place=place)
        # On stdout, a lab that has no name yet is "lab".
        name = lab or name_of_file("" if output == "-" else output)
        write([_lab_text(snapshot.state, patterns, name=name, hostnames=hostnames)], output)
        return

    text = save_state(snapshot.state, format=format_, netns=patterns, stand_in=stand_in)
    write([text], output)


def _read_hostnames(file: str | None, *, place: "Place") -> dict[str, str]:
    """Return the hostnames of namespaces: of a place, or of a recording; a snapshot has none."""
    from ipwrap.lab.hostnames import live_hostnames, recorded_hostnames
    from ipwrap.recording import Recording
    from ipwrap.session import Session
    from ipwrap.state.snapshot_file import is_snapshot

    if file is None:
        with Session(place) as session:
            return live_hostnames(session)
    if is_snapshot(file):
        return {}
    return recorded_hostnames(event.command for event in Recording.load(file).commands)


def _lab_text(
    state: "State", patterns: tuple[str, ...], *, name: str, hostnames: dict[str, str]
) -> str:
    """Return the file of a lab; print on stderr the missing parts."""
    from ipwrap.lab.saving import lab_of_state, save_lab

    saved = lab_of_state(state, netns=patterns, name=name, hostnames=hostnames)
    for note in saved.notes:
        echo(f"ipwrap: {note}", err=True)
    return save_lab(saved)
