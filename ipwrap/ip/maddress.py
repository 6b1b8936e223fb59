"""`ip maddress`: multicast addresses of links. ip-maddress(8); iproute2's ip/ipmaddr.c."""

import re
from typing import Any, ClassVar, Literal

from attrs import frozen

from ipwrap import models
from ipwrap.command import CreatedObject
from ipwrap.errors import InvalidArgument
from ipwrap.options.codecs import Choice, Codec
from ipwrap.result import Result
from ipwrap.verbs.base import FAMILY_FLAGS, ObjectCommands, format_device

__all__ = ["MaddressFamily", "MaddressVerbs"]

MaddressFamily = Literal["inet", "inet6", "link"]

# ETH_ALEN bytes. multiaddr_modify() in ip/ipmaddr.c checks the length only since 5.9.
MAC_ADDRESS = re.compile(r"[0-9a-fA-F]{1,2}(:[0-9a-fA-F]{1,2}){5}")


class Ethernet(Codec, frozen=True):
    """A link-layer address of six bytes."""

    def format(self, keyword: str, value: Any) -> str:
        """Return the address. Raises `InvalidArgument` for an address of another length."""
        if not isinstance(value, str) or not MAC_ADDRESS.fullmatch(value):
            raise InvalidArgument(
                f"{keyword}: {value!r} is not a link-layer address of six bytes "
                "such as 01:00:5e:00:00:01"
            )

        return value


@frozen
class MaddressVerbs(ObjectCommands):
    """Commands of `ip maddress`.

    IPv4 and IPv6 addresses are read-only: programs join multicast groups (ip(7), ipv6(7)).
    """

    words: ClassVar[tuple[str, ...]] = ("maddress",)

    def add(self, address: str, dev: str) -> Result:
        """Add a link-layer multicast address of six bytes to a link.

        ::

            ip maddress add address MAC dev DEV

        Adding the same address twice has no effect. Raises `NotFound` (no such link).
        """
        arguments = _format_address(address, dev)
        created = CreatedObject(
            "maddress",
            _identify(address, dev),
            {"address": address, "dev": dev},
            self.netns,
            (dev,),
        )

        return self._run_change("add", *arguments, creates=(created,))

    def delete(self, address: str, dev: str) -> Result:
        """Delete an address added by `add`. `ip maddress delete …`. Raises `NotFound`."""
        arguments = _format_address(address, dev)
        deleted = ("maddress", self.netns, _identify(address, dev))

        return self._run_change("delete", *arguments, deletes=(deleted,))

    def show(
        self, dev: str | None = None, *, family: MaddressFamily | None = None
    ) -> "list[models.Memberships]":
        """Return links with their multicast addresses; links without an address are omitted.

        ::

            ip -j [-4 | -6 | -0] maddress show [dev DEV]

        ``family`` is "inet", "inet6", or "link" for link-layer addresses; the default is every
        family. The list is empty for a missing link.
        """
        flags: tuple[str, ...] = ()
        if family is not None:
            flags = FAMILY_FLAGS[Choice(("inet", "inet6", "link")).format("family", family)]

        if dev is None:
            return self._query(models.Memberships, "show", flags=flags)

        # multiaddr_list() never resets filter.dev, so later commands of the process would be
        # filtered.
        return self._query(
            models.Memberships,
            "show",
            "dev",
            format_device(dev),
            flags=flags,
            own_process=True,
        )


def _format_address(address: str, dev: str) -> tuple[str, ...]:
    """Return the arguments that name an address of a link."""
    return (
        "address",
        Ethernet().format("address", address),
        "dev",
        format_device(dev),
    )


def _identify(address: str, dev: str) -> str:
    """Return the name under which an address of a link is recorded."""
    return f"{address.lower()} dev {dev}"
