"""The command line: `ipwrap`."""

__all__ = ["main"]


def main() -> None:
    """Run the command line and exit with its status: 0, 1 (it failed), 2 (used wrongly)."""
    from ipwrap.cli.group import cli
    from ipwrap.cli.streams import run

    run(lambda: cli(prog_name="ipwrap"))
