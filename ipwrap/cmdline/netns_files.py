"""Names of network namespaces, made by programs outside iproute2: files below /run/netns.

Three idioms beside `ip netns add`: `mount --bind /proc/PID/ns/net /run/netns/NAME`, `ln -s` of that
file (for containers), and `unshare --net=/run/netns/NAME`. `ip netns delete NAME` deletes the name.
"""

from ipwrap.system.lazy_pattern import lazy_pattern

__all__ = ["created_netns", "is_unshare"]

NETNS_FILE = lazy_pattern(r"(?:/var)?/run/netns/([^/]+)")
NETNS_FOLDER = lazy_pattern(r"(?:/var)?/run/netns/?")
UNSHARE_FILE = lazy_pattern(r"(?:--net=|-n=?)(/.+)")


def is_unshare(argv: tuple[str, ...]) -> bool:
    """Return whether a program is unshare(1), which makes a namespace after its start."""
    return _base_name(argv[0]) == "unshare"


def created_netns(argv: tuple[str, ...]) -> str | None:
    """Return the name of the namespace that a program creates; None without a new name."""
    program, *arguments = argv
    match _base_name(program):
        case "ln":
            return _linked_netns(arguments)
        case "mount":
            return _mounted_netns(arguments)
        case "unshare":
            return _unshared_netns(arguments)
    return None


def _base_name(program: str) -> str:
    """Return the name of a program without its folder."""
    return program.rpartition("/")[2]


def _linked_netns(arguments: list[str]) -> str | None:
    """Return the name of `ln -s TARGET FILE`, or of `ln -s TARGET FOLDER`."""
    operands = [argument for argument in arguments if not argument.startswith("-")]
    if len(operands) != 2:
        return None

    target, link = operands
    if NETNS_FOLDER.fullmatch(link):
        return _base_name(target)
    return _netns_of(link)


def _mounted_netns(arguments: list[str]) -> str | None:
    """Return the name of `mount --bind TARGET FILE`."""
    if not {"--bind", "-B", "bind"}.intersection(arguments):
        return None
    return _netns_of(arguments[-1])


def _unshared_netns(arguments: list[str]) -> str | None:
    """Return the name of `unshare --net=FILE PROGRAM`."""
    for argument in arguments:
        match = UNSHARE_FILE.fullmatch(argument)
        if match is not None:
            return _netns_of(match[1])
        if not argument.startswith("-"):
            break
    return None


def _netns_of(path: str) -> str | None:
    """Return the name of the namespace of a file; None for a file elsewhere."""
    match = NETNS_FILE.fullmatch(path)
    return None if match is None else match[1]
