"""`ip maddress`: the multicast addresses that links listen to. ip-maddress(8); iproute2's ip/ipmaddr.c."""

import re
from typing import Any, ClassVar, Literal

from attrs import frozen

from ipwrap.command import CreatedObject
from ipwrap.errors import InvalidArgument
from ipwrap.models import Memberships
from ipwrap.options.codecs import Choice, Codec
from ipwrap.result import Result
from ipwrap.verbs.base import FAMILIES, ObjectCommands, device_word

__all__ = ["MaddressFamily", "MaddressVerbs"]

MaddressFamily = Literal["inet", "inet6", "link"]
SIX_BYTES = re.compile(r"[0-9a-fA-F]{1,2}(:[0-9a-fA-F]{1,2}){5}")


@frozen
class Ethernet(Codec):
    """A link-layer address of six bytes."""

    def format(self, word: str, value: Any) -> str:
        """Return the address."""
        if not isinstance(value, str) or not SIX_BYTES.fullmatch(value):
            raise InvalidArgument(
                f"{word}: {value!r} is not a link-layer address of six bytes such as 01:00:5e:00:00:01"
            )
        return value


@frozen
class MaddressVerbs(ObjectCommands):
    """Verbs of `ip maddress`. Addresses of IPv4 and IPv6 are shown only: programs join them (ip(7), ipv6(7))."""

    words: ClassVar[tuple[str, ...]] = ("maddress",)

    def add(self, address: str, dev: str) -> Result:
        """Have a link listen to a multicast address of the link layer, of six bytes.

        ::

            ip maddress add address MAC dev DEV

        Adding it again changes nothing. Raises `NotFound` (no such link).
        """
        words = _words(address, dev)
        made = CreatedObject(
            "maddress",
            _name(address, dev),
            ("ip", "maddress", "delete", *words),
            self.netns,
            (dev,),
        )
        return self._run_change("add", *words, makes=(made,), alone=True)  # ip exits after it

    def delete(self, address: str, dev: str) -> Result:
        """Have a link listen no longer to an address that was added. `ip maddress delete …`. Raises `NotFound`."""
        words = _words(address, dev)
        drops = (("maddress", self.netns, _name(address, dev)),)
        return self._run_change("delete", *words, drops=drops, alone=True)  # ip exits after it

    def show(
        self, dev: str | None = None, *, family: MaddressFamily | None = None
    ) -> list[Memberships]:
        """Return links with the multicast addresses that they listen to; one without any is not listed.

        ::

            ip -j [-4 | -6 | -0] maddress show [dev DEV]

        ``family`` is "inet", "inet6", or "link" for those of the link layer; all by default. A link that does not exist
        has none.
        """
        flags = (
            ()
            if family is None
            else FAMILIES[Choice(("inet", "inet6", "link")).format("family", family)]
        )
        words = () if dev is None else ("dev", device_word(dev))
        return self._query(
            Memberships, "show", *words, flags=flags, alone=bool(words)
        )  # ip never forgets a filter


def _words(address: str, dev: str) -> tuple[str, ...]:
    """Return the words that say an address of a link."""
    return ("address", Ethernet().format("address", address), "dev", device_word(dev))


def _name(address: str, dev: str) -> str:
    """Return what tells an address of a link from others."""
    return f"{address.lower()} dev {dev}"
