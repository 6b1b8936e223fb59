"""`ipwrap doctor`: what this machine can do."""

import sys

import click

__all__ = ["doctor"]


@click.command()
@click.option(
    "--format", "format_", type=click.Choice(["table", "json"]), default="table", show_default=True
)
def doctor(format_: str) -> None:
    """Say what this machine can do: iproute2, privileges, kinds of links, programs. Exit 1 if labs cannot run here."""
    from attrs import asdict

    from ipwrap.cli.findings import NEEDED, find_all
    from ipwrap.jsonio import reader
    from ipwrap.views.table import text_table

    findings = find_all()

    if format_ == "json":
        click.echo(reader.encode([asdict(each) for each in findings]))
    else:
        rows = [
            ("ok" if each.ok else "--", each.what, each.found, each.remedy) for each in findings
        ]
        click.echo(text_table(("", "what", "found", "what to do"), rows))
    needed = {*NEEDED, "iproute2", "linux", "sandbox"}
    sys.exit(0 if all(each.ok for each in findings if each.what in needed) else 1)
