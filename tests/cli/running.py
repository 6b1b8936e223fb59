"""Runs the command line in this process."""

from click.testing import CliRunner, Result

from ipwrap.cli.group import cli

__all__ = ["run_ipwrap"]


def run_ipwrap(*arguments: str) -> Result:
    """Run `ipwrap` in this process."""
    return CliRunner().invoke(cli, arguments)
