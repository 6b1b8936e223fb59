"""`sysctl`: read and write parameters of the network stack. sysctl(8) of procps.

The keys of a network namespace are documented in Documentation/networking/ip-sysctl.rst of Linux.
"""

import re
from typing import Protocol

from attrs import frozen

from ipwrap.command import Command
from ipwrap.errors import CommandError, InvalidArgument, NotFound, OutputError, ResultLike
from ipwrap.result import Result
from ipwrap.sysctl.keys import (
    canonical_key,
    canonical_prefix,
    check_value,
    is_of_namespace,
    key_of_path,
    path_of_key,
)
from ipwrap.sysctl.suggestions import describe_missing
from ipwrap.verbs.description import describe_commands
from ipwrap.verbs.runner import Runner

__all__ = ["Sysctl"]

WHOLE_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)")
MISSING = "No such file or directory"  # of sysctl(8): "cannot stat /proc/sys/…"


class IsolatedPlace(Protocol):
    """The part of a place that decides which keys may be written."""

    @property
    def isolated(self) -> bool:
        """Whether the place is a sandbox."""


@frozen
class Sysctl:
    """The command `sysctl`, in one namespace: ``pod.sysctl.get("net.ipv4.ip_forward")``."""

    runner: Runner
    netns: str | None = None

    def __repr__(self) -> str:
        inside = () if self.netns is None else ("ip", "netns", "exec", self.netns)
        return describe_commands(self, *inside, "sysctl")

    def get(self, key: str) -> int | str:
        """Return the value of a key: an `int` where it is one whole number, else its text.

        ::

            sysctl -n KEY

        So ``get("net.ipv4.ip_forward") == 1``, and ``get("net.ipv4.tcp_rmem")`` is the text of
        three numbers, separated by a blank each. Raises `NotFound`, with the closest keys, for a
        key that does not exist; `InvalidArgument` for a folder of keys; `NotPermitted`.
        """
        key = canonical_key(key)
        result = self._run("-n", key, changes=False)

        lines = result.stdout.splitlines()
        if len(lines) > 1:
            raise InvalidArgument(f"key: {key!r} is a folder of keys: read it by show({key!r})")
        if not lines:
            raise OutputError(f"{result.line}: printed no value; the key can be written only")
        return _to_python(lines[0])

    def set(self, key: str, value: int | str) -> Result:
        """Write the value of a key. True and False are 1 and 0.

        ::

            sysctl -w KEY=VALUE

        The recording keeps the value before, which `undo` and the script's `down` write back. In a
        named namespace, and in a sandbox, only `net.*` may be written: all other keys belong to the
        whole machine. Raises `InvalidArgument` for another key, `NotFound`, with the closest keys,
        for a key that does not exist; `CommandError` for a value that the kernel refuses.
        """
        key = canonical_key(key)
        text = check_value(value)

        if not is_of_namespace(key):
            self._refuse_key_of_machine(key)
        return self._run("-w", f"{key}={text}", changes=True, key=key)

    def show(self, prefix: str = "net") -> dict[str, int | str]:
        """Return the keys below a prefix with their values, as `get` returns them.

        ::

            sysctl PREFIX

        ``prefix`` is a folder, such as "net.ipv4.conf.eth0", or one key. Keys that cannot be read
        are left out. A key of a link with a dot in its name has slashes:
        "net/ipv4/conf/eth0.10/forwarding". Raises `NotFound`, with the closest keys.
        """
        prefix = canonical_prefix(prefix) if prefix.rstrip("./") != "net" else "net"
        command = Command(("sysctl", prefix), self.netns, changes=False)
        result = self.runner.run(command, check=False)

        values = {}
        for line in result.stdout.splitlines():
            key, separator, text = line.partition(" = ")
            if separator:
                values[key_of_path(path_of_key(key))] = _to_python(text)

        # A folder may hold keys that nobody can read, such as stable_secret.
        if not result.ok and not values:
            self._check(result, prefix)
        return values

    def _run(self, option: str, argument: str, *, changes: bool, key: str | None = None) -> Result:
        """Run sysctl(8) with one option, and return its checked result."""
        command = Command(("sysctl", option, argument), self.netns, changes=changes)
        try:
            result = self.runner.run(command)
        except CommandError as error:
            if MISSING not in error.result.stderr:
                raise
            raise _missing(error.result, key or argument, netns=self.netns) from None
        return result

    def _check(self, result: Result, key: str) -> None:
        """Raise the error of a failed result."""
        if MISSING in result.stderr:
            raise _missing(result, key, netns=self.netns)
        result.check()

    def _refuse_key_of_machine(self, key: str) -> None:
        """Raise `InvalidArgument` for a key outside `net.*`, unless the runner is the host's."""
        place: IsolatedPlace | None = getattr(self.runner, "place", None)
        if self.netns is None and not (place is not None and place.isolated):
            return

        where = f"the namespace {self.netns}" if self.netns else "a sandbox"
        raise InvalidArgument(
            f"key: {key!r} belongs to the whole machine, not to {where}: only `net.*` is a "
            "namespace's own. Write it outside, by a session of the host"
        )


def _missing(result: ResultLike, key: str, *, netns: str | None) -> NotFound:
    """Return the error for a key that does not exist."""
    import errno

    return NotFound(result, errno.ENOENT, reason=f"{key}: {describe_missing(key, netns)}")


def _to_python(text: str) -> int | str:
    """Return one whole number as such, and any other value as text with single blanks."""
    words = text.split()
    if len(words) == 1 and WHOLE_NUMBER.fullmatch(words[0]):
        return int(words[0])
    return " ".join(words)
