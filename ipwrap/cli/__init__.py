"""The command line: `ipwrap`."""

import sys

__all__ = ["main"]

INTERRUPTED = 130  # as of a shell whose program was ended by SIGINT


def main() -> None:
    """Run the command line and exit with its status: 0, 1 (it failed), 2 (used wrongly)."""
    try:
        from ipwrap.cli.group import cli
        from ipwrap.cli.streams import run

        run(lambda: cli(prog_name="ipwrap"))
    except KeyboardInterrupt:
        # While modules are imported: afterwards click turns Ctrl-C into "Aborted!".
        sys.exit(INTERRUPTED)
