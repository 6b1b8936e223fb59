"""A command line of sysctl(8), read as the call of a verb."""

from typing import NamedTuple

from ipwrap.errors import InvalidArgument
from ipwrap.sysctl.keys import canonical_key, check_value, is_of_namespace

__all__ = ["SysctlCall", "read_sysctl_call"]


class SysctlCall(NamedTuple):
    """A verb of `Sysctl` and its arguments."""

    verb: str
    arguments: tuple[int | str, ...]


def read_sysctl_call(argv: tuple[str, ...]) -> SysctlCall | None:
    """Return the call of a verb that runs the same command; None if there is none.

    A key outside `net.*` has none: the verb refuses it in some places.
    """
    if len(argv) != 3 or argv[0] != "sysctl" or argv[1] not in ("-n", "-w"):
        return None

    key, separator, text = argv[2].partition("=")
    is_set = argv[1] == "-w"
    try:
        is_same = canonical_key(key) == key and is_of_namespace(key)
        if not is_same or bool(separator) != is_set or (is_set and check_value(text) != text):
            return None
    except InvalidArgument:
        return None

    if not is_set:
        return SysctlCall("get", (key,))
    value = int(text) if text.isdecimal() and str(int(text)) == text else text
    return SysctlCall("set", (key, value))
