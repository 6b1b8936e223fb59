"""A socket listens on a port: `ss -Hltn 'sport = :8000'`. See ss(8)."""

import ipaddress

from attrs import field, frozen

from ipwrap.command import Command
from ipwrap.conditions.base import (
    Condition,
    Listing,
    Observation,
    Prober,
    check_flag,
    check_public,
    positional,
    shell_line,
    shorten,
)
from ipwrap.errors import InvalidArgument

__all__ = ["Listening"]

LAST_PORT = 65535


@frozen
class Listening(Condition):
    """A TCP socket listens on a port, or a UDP socket is bound to it.

    ``host`` is the local address of the socket, as ss(8) prints it without a port; None is any.
    """

    tag = "listening"

    port: int = field(metadata=positional())
    host: str | None = field(default=None, kw_only=True)
    udp: bool = field(default=False, kw_only=True)

    def __attrs_post_init__(self) -> None:
        is_number = isinstance(self.port, int) and not isinstance(self.port, bool)
        if not is_number or not 0 < self.port <= LAST_PORT:
            raise InvalidArgument(f"port: {self.port!r} is not a number from 1 to {LAST_PORT}")

        check_flag(self.udp, "udp")
        if self.host is not None:
            try:
                ipaddress.ip_address(check_public(self.host, "host"))
            except ValueError as error:
                raise InvalidArgument(f"host: {self.host!r} is not an IP address") from error

    @property
    def _argv(self) -> tuple[str, ...]:
        """The command that lists the sockets."""
        sockets = "-Hlun" if self.udp else "-Hltn"
        expression = f"sport = :{self.port}"
        if self.host is not None:
            address = f"[{self.host}]" if ":" in self.host else self.host
            expression = f"src {address} and {expression}"
        return ("ss", sockets, expression)

    def look(self, prober: Prober, netns: str | None) -> Observation:
        """List the sockets."""
        result = prober.run(Command(self._argv, netns, changes=False), check=False)
        sockets = Listing([], "" if result.ok else shorten(result.stderr))
        lines = result.stdout.splitlines()
        if not lines or not result.ok:
            return sockets.missing("no such socket")
        return Observation(True, shorten(lines[0]))

    def shell_test(self, netns: str | None) -> str:
        """Return a test whether `ss` prints a line."""
        return f"{shell_line(self._argv, netns)} 2>/dev/null | grep -q ."

    def __str__(self) -> str:
        protocol = "UDP" if self.udp else "TCP"
        host = f" on {self.host}" if self.host else ""
        return f"a {protocol} socket listens{host} on port {self.port}"
