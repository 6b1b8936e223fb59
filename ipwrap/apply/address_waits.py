"""The waits of a saved script for IPv6 addresses that are sources of routes.

The kernel looks for another host with a new address first, which takes a second or two, and refuses
a route with such a `src` until then: ip6_route_info_create() in net/ipv6/route.c.
"""

from collections.abc import Iterator

from attrs import define, field

from ipwrap.cmdline.reader import Call, read_command
from ipwrap.command import Command
from ipwrap.options.canonical import parse_interface
from ipwrap.recording import WaitEvent

__all__ = ["AddressWaits"]

TIMEOUT = 10.0  # seconds

Place = tuple[str | None, str]  # namespace and address


@define
class AddressWaits:
    """The addresses that commands have added and that may be tentative, with their links."""

    _links: dict[Place, str] = field(factory=dict)

    def before(self, command: Command) -> Iterator[WaitEvent]:
        """Yield the wait that a command needs before it, and follow the command."""
        if command.argv[:1] != ("ip",):
            return
        call = read_command(command)
        if not isinstance(call, Call) or call.verb.name != "add":
            return

        if call.path == ("ip", "address"):
            self._follow_address(call, command.netns)
        elif call.path == ("ip", "route") and "src" in call.arguments:
            yield from self._wait(str(call.arguments["src"]), command.netns)

    def _follow_address(self, call: Call, netns: str | None) -> None:
        """Note an IPv6 address that the kernel looks for on its link."""
        interface = parse_interface(call.arguments["local"])
        if interface is not None and interface.version == 6 and not call.arguments.get("nodad"):
            self._links[netns, str(interface.ip)] = str(call.arguments["dev"])

    def _wait(self, address: str, netns: str | None) -> Iterator[WaitEvent]:
        """Yield the wait for the source of a route, once for each address."""
        from ipwrap.conditions.address import AddressCondition

        link = self._links.pop((netns, address), None)
        if link is not None:
            yield WaitEvent(AddressCondition(address, dev=link), netns, TIMEOUT)
