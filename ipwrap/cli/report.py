"""`ipwrap report`: a recording as one page of HTML."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ipwrap.cli.examples import examples
from ipwrap.cli.output import echo, write
from ipwrap.cli.parameters import RECORDING
from ipwrap.cli.progress import load

if TYPE_CHECKING:
    from ipwrap.recording import RecordingView

__all__ = ["report"]


@click.command(
    epilog=examples(
        "ipwrap report lab.jsonl -o lab.html",
        "ipwrap report lab.jsonl --check -o lab.html",
    )
)
@click.option(
    "-o", "--output", type=click.Path(), default="-", help="Write to this file, not to stdout."
)
@click.option("--title", help="The heading of the page; by default the name of the recording.")
@click.option(
    "--check",
    is_flag=True,
    help="Run the recording again in a sandbox, and show what differs; exit 1 if anything does.",
)
@click.argument("file", type=RECORDING)
def report(file: str, output: str, title: str | None, check: bool) -> None:
    """Write the recording FILE as a page of HTML, for a browser.

    The page has the network before and after, a timeline, every command with output, the failures,
    and the script. The page is a single file, and loads nothing from the network. The pictures are
    drawings with: pip install "ipwrap[draw]".
    """
    from ipwrap.views.report.page import make_report

    recording = load(file)
    differences = _run_again(recording) if check else None
    page = make_report(
        recording,
        title=Path(file).stem if title is None else title,
        differences=differences,
    )
    write([page.html], output)

    # As of `ipwrap replay --check` and diff(1): the page is written all the same.
    if differences:
        sys.exit(1)


def _run_again(recording: "RecordingView") -> list[str]:
    """Return the differences of another run in a sandbox. Messages on stderr tell of it."""
    from ipwrap.places import Sandbox
    from ipwrap.replay import count_programs, replay
    from ipwrap.session import Session

    programs = [f"{name} ({count})" for name, count in count_programs(recording).most_common()]
    if programs:
        echo(f"ipwrap: runs besides ip, bridge and tc: {', '.join(programs)}", err=True)

    variables = tuple(recording.required_secrets)
    with Session(Sandbox(passed_variables=variables)) as session:
        comparison = replay(recording, session)

    echo(f"ipwrap: run again: {str(comparison).splitlines()[-1]}", err=True)
    return comparison.differences
