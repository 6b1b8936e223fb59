"""The command line of scripts/fresh."""

import argparse
import os
import signal
import sys

from scripts.machine.check import COMMANDS, USERS, WHOLE, Step, check_command, format_table
from scripts.machine.system import CACHE, ORDINARY, ROOT, System

__all__ = ["main"]

SUITES = ("bookworm", "trixie", "sid")
USAGE = (
    "scripts/fresh SUITE [--user | --sudo-user] [--keep NAME] [--mirror URL] "
    "-- COMMAND [ARGUMENT...]\n"
    "       scripts/fresh --check [SUITE...] [--whole] [--only demo|test] [--as root|user] "
    "[--mirror URL]"
)


def main(arguments: list[str]) -> int:
    """Run a command in a fresh system, or check the README's commands; return the exit status."""
    options, command = parse_arguments(arguments)
    if os.geteuid():
        print("scripts/fresh: a fresh system needs root: sudo scripts/fresh ...", file=sys.stderr)
        return 1

    # SystemExit removes the system on the way out; the default action of the signals would not.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda received, _: sys.exit(128 + received))

    try:
        return run_checks(options) if options.check else run_command(options, command)
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def parse_arguments(arguments: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """Parse the options, and return them with the command behind `--`."""
    split = arguments.index("--") if "--" in arguments else len(arguments)
    command = arguments[split + 1 :]

    parser = argparse.ArgumentParser(
        usage=USAGE, description="Fresh minimal Debian systems, to try ipwrap in."
    )
    parser.add_argument(
        "suites", nargs="*", metavar="SUITE", help=f"{', '.join(SUITES)}, or another one of Debian"
    )
    parser.add_argument(
        "--user", action="store_true", help="run the command as an ordinary user without sudo"
    )
    parser.add_argument(
        "--sudo-user", action="store_true", help="the same with sudo that asks for no password"
    )
    parser.add_argument(
        "--keep", metavar="NAME", help="keep the system under this name, for the next call"
    )
    parser.add_argument(
        "--mirror",
        metavar="URL",
        help="where Debian is fetched from, in place of this system's mirror",
    )

    parser.add_argument(
        "--check", action="store_true", help="try the README's two commands, and print a table"
    )
    parser.add_argument(
        "--whole",
        action="store_true",
        help="with --check: all that ./scripts/test does, not one part",
    )

    parser.add_argument("--only", choices=COMMANDS, help="with --check: one of the commands")
    parser.add_argument(
        "--as", choices=USERS, dest="user_name", help="with --check: one of the users"
    )
    options = parser.parse_args(arguments[:split])

    if not options.check and (len(options.suites) != 1 or not command):
        parser.error("give one SUITE, and a COMMAND behind --")

    return options, command


def run_command(options: argparse.Namespace, command: list[str]) -> int:
    """Run a command in a system, and remove the system, unless `--keep` names it."""
    kept = System(CACHE / f"kept-{options.keep}")
    is_existing = bool(options.keep) and kept.root.exists()

    system = kept
    if not is_existing:
        system = System.create(options.suites[0], mirror=options.mirror, name=options.keep)

    user = ORDINARY if options.user or options.sudo_user else ROOT

    try:
        if options.sudo_user and not is_existing:
            system.allow_sudo()
        return system.run(user, command)
    finally:
        if options.keep:
            print(f"kept: {system.root}", file=sys.stderr)
        else:
            system.remove()


def run_checks(options: argparse.Namespace) -> int:
    """Try the commands on every suite as every user, and print the table.

    Return 1 if a step has a problem, and 0 otherwise.
    """
    commands = WHOLE if options.whole else COMMANDS
    names = [options.only] if options.only else list(commands)
    users = [USERS[options.user_name]] if options.user_name else list(USERS.values())
    steps: list[Step] = []

    for suite in options.suites or SUITES:
        for user in users:
            for name in names:
                steps += check_command(
                    commands[name],
                    suite=suite,
                    user=user,
                    name=name,
                    mirror=options.mirror,
                )

    print("\n" + format_table(steps))

    return 1 if any(step.problem for step in steps) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
