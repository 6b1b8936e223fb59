"""`ipwrap doctor`: report what this machine supports."""

import sys

import click

from ipwrap.cli.examples import examples
from ipwrap.cli.output import echo
from ipwrap.cli.suggestions import SuggestingChoice

__all__ = ["doctor"]


@click.command(epilog=examples("ipwrap doctor", "ipwrap doctor --format json"))
@click.option(
    "--format",
    "format_",
    type=SuggestingChoice(["table", "json"]),
    default="table",
    show_default=True,
)
def doctor(format_: str) -> None:
    """Report what this machine supports: iproute2, privileges, link kinds, programs.

    The exit status is 1 if labs cannot run on this machine.
    """
    from ipwrap.cli.findings import NEEDED, collect_findings
    from ipwrap.jsonio import reader
    from ipwrap.views.table import format_table

    findings = collect_findings()

    if format_ == "json":
        echo(reader.encode([finding.to_json() for finding in findings]))
    else:
        rows = [finding.to_row() for finding in findings]
        echo(format_table(("", "what", "found", "what to do"), rows))

    required = {*NEEDED, "iproute2", "linux", "sandbox"}
    is_usable = all(finding.ok for finding in findings if finding.topic in required)
    sys.exit(0 if is_usable else 1)
