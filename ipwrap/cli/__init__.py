"""The command line: `ipwrap`."""

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line and exit with its status: 0, 1 (it failed), 2 (used wrongly)."""
    from ipwrap.cli.group import cli

    sys.exit(cli(prog_name="ipwrap"))
