"""A kernel parameter has a value: `cat /proc/sys/net/ipv4/ip_forward`. See sysctl(8)."""

import shlex
from typing import Any

from attrs import field, frozen

from ipwrap.command import Command
from ipwrap.conditions.base import (
    Condition,
    Listing,
    Observation,
    Prober,
    check_public,
    positional,
    shell_line,
    shorten,
)
from ipwrap.errors import InvalidArgument

__all__ = ["SysctlCondition"]


def _to_text(value: Any) -> Any:
    """Return a value as the kernel prints it: with single blanks, True as 1."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, int):
        return str(value)
    if type(value) is str:
        return " ".join(value.split())
    return value


@frozen
class SysctlCondition(Condition):
    """A kernel parameter has a value: ``until.sysctl("net.ipv4.ip_forward", 1)``.

    - ``key``: with dots; a name that holds a dot is written with a slash for it, or the whole key
      with slashes, as for sysctl(8): `net.ipv4.conf.eth0/1.forwarding`
    - ``value``: a number, a text, or numbers with blanks between them
    """

    tag = "sysctl"

    key: str = field(metadata=positional())
    value: str = field(metadata=positional(), converter=_to_text)

    def __attrs_post_init__(self) -> None:
        key = check_public(self.key, "key")
        names = key_path(key).split("/")
        if any(name in ("", ".", "..") for name in names) or key != "".join(key.split()):
            raise InvalidArgument(f"key: {key!r} is no key such as net.ipv4.ip_forward")

        check_public(self.value, "value")

    @property
    def _argv(self) -> tuple[str, ...]:
        """The command that prints the value."""
        return ("cat", f"/proc/sys/{key_path(self.key)}")

    def look(self, prober: Prober, netns: str | None) -> Observation:
        """Read the value."""
        result = prober.run(Command(self._argv, netns, changes=False), check=False)
        if not result.ok:
            return Listing([], shorten(result.stderr)).missing("")

        lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
        return Observation(self.value in lines, shorten(result.stdout) or "an empty value")

    def shell_test(self, netns: str | None) -> str:
        """Return a test of the value."""
        squeeze = "tr -s '\\t' ' '"
        if netns is None:
            show = f"{squeeze} 2>/dev/null <{shlex.quote(self._argv[1])}"
        else:
            show = f"{shell_line(self._argv, netns)} 2>/dev/null | {squeeze}"
        return f"{show} | grep -qxF -e {shlex.quote(self.value)}"

    def __str__(self) -> str:
        return f"sysctl {self.key} is {self.value}"


def key_path(key: str) -> str:
    """Return the path of a key below /proc/sys: sysctl(8) swaps dots and slashes.

    The first of the two that a key holds is its separator.
    """
    separators = [character for character in key if character in "./"]
    if not separators or separators[0] == "/":
        return key
    return key.translate(str.maketrans("./", "/."))
