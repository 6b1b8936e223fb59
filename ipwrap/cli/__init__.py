"""The command line: `ipwrap`."""

import errno
import sys

__all__ = ["INTERRUPTED", "main"]

INTERRUPTED = 130  # as of a shell whose program was ended by SIGINT


def main() -> None:
    """Run the command line and exit with its status: 0, 1 (it failed), 2 (used wrongly)."""
    try:
        from ipwrap.cli.group import cli
        from ipwrap.cli.streams import run
        from ipwrap.system.termination import raise_terminated

        raise_terminated()
        run(lambda: cli(prog_name="ipwrap"))
    except KeyboardInterrupt:
        # While modules are imported: afterwards click turns Ctrl-C into "Aborted!".
        sys.exit(INTERRUPTED)
    except OSError as error:
        # Without a free descriptor Python can import nothing, and show no traceback either.
        if error.errno not in (errno.EMFILE, errno.ENFILE):
            raise
        sys.exit(f"ipwrap: {error.strerror}: raise `ulimit -n`, or close some files")
