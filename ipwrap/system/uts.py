"""UTS namespaces, which have the hostname: the files, and the argv to enter a UTS namespace.

uts_namespaces(7). As `ip netns add` keeps a network namespace by a file in /run/netns, `unshare
--uts=FILE` keeps a UTS namespace by a file in /run/utsns. `ip netns exec` enters no UTS namespace.
"""

__all__ = ["FOLDER", "enter_uts_argv", "split_uts_argv", "uts_path", "without_uts"]

FOLDER = "/run/utsns"
OPTION = f"--uts={FOLDER}/"


def uts_path(name: str) -> str:
    """Return the path of the file that keeps a UTS namespace."""
    return f"{FOLDER}/{name}"


def enter_uts_argv(name: str) -> tuple[str, ...]:
    """Return the arguments before a program that has the hostname of a UTS namespace.

    The program takes the place of nsenter(1), under the same pid.
    """
    return ("nsenter", f"{OPTION}{name}")


def without_uts(argv: tuple[str, ...]) -> tuple[str, ...]:
    """Return a program without the arguments of `enter_uts_argv` before it."""
    return split_uts_argv(argv)[1] if argv[0] == "nsenter" else argv


def split_uts_argv(argv: tuple[str, ...]) -> tuple[str | None, tuple[str, ...]]:
    """Return the UTS namespace that nsenter(1) enters or unshare(1) makes, and the program inside.

    The namespace is None for other commands.
    """
    is_inside = argv[0] in ("nsenter", "unshare") and len(argv) > 2 and argv[1].startswith(OPTION)
    return (argv[1].removeprefix(OPTION), argv[2:]) if is_inside else (None, argv)
