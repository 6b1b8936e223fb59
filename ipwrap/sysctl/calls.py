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
    try:
        match argv:
            case ("sysctl", "-n", key):
                return _read_get(key)
            case ("sysctl", "-w", setting):
                return _read_set(setting)
    except InvalidArgument:  # not a key, or not a value
        pass
    return None


def _read_get(key: str) -> SysctlCall | None:
    """Return the call of `get` for a key."""
    return SysctlCall("get", (key,)) if _is_kept(key) else None


def _read_set(setting: str) -> SysctlCall | None:
    """Return the call of `set` for KEY=VALUE."""
    key, separator, text = setting.partition("=")
    if not _is_kept(key) or not separator or check_value(text) != text:
        return None

    is_canonical_number = text.isdecimal() and str(int(text)) == text
    return SysctlCall("set", (key, int(text) if is_canonical_number else text))


def _is_kept(key: str) -> bool:
    """Return whether a verb takes a key, and does not change its spelling."""
    return canonical_key(key) == key and is_of_namespace(key)
