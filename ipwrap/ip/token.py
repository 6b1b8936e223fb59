"""`ip token`: interface identifiers of links for IPv6 autoconfiguration. ip-token(8).

Source: iproute2's ip/iptoken.c.
"""

from typing import ClassVar

from attrs import frozen

from ipwrap import models
from ipwrap.command import CreatedObject
from ipwrap.errors import InvalidArgument
from ipwrap.options.validation import check_address
from ipwrap.result import Result
from ipwrap.verbs.base import ObjectCommands, format_device, single

__all__ = ["TokenVerbs"]

# Inside the class, `list` is a verb.
TokenList = list[models.Token]


@frozen
class TokenVerbs(ObjectCommands):
    """Verbs of `ip token`.

    A link appends its token to the prefixes of router advertisements, in place of the identifier
    derived from its MAC address.
    """

    words: ClassVar[tuple[str, ...]] = ("token",)

    # do_iptoken() in ip/iptoken.c caches the names of all links (ll_init_map()): a process reused
    # after `set` or `delete` would keep outdated names. Both run in a process of their own.

    def set(self, token: str, dev: str) -> Result:
        """Set the token of a link: an IPv6 address with a zero first half, such as "::5".

        ::

            ip token set TOKEN dev DEV

        Raises `NotFound` (no such link); `RejectedByKernel` for a link without router
        advertisements, or without IPv6 addresses of its own (`lo`).
        """
        address = check_address(token, "token")

        if ":" not in address:
            raise InvalidArgument(f"token: {token!r} is not an IPv6 address such as ::5")

        created = CreatedObject(
            "token",
            dev,
            {"dev": dev},
            self.netns,
            (dev,),
        )

        return self._run_change(
            "set",
            address,
            "dev",
            format_device(dev),
            creates=(created,),
            own_process=True,
        )

    def delete(self, dev: str) -> Result:
        """Remove the token of a link. `ip token delete dev DEV`. Raises as `set`."""
        deleted = ("token", self.netns, dev)

        return self._run_change(
            "delete",
            "dev",
            format_device(dev),
            deletes=(deleted,),
            own_process=True,
        )

    def list(self, dev: str | None = None) -> TokenList:
        """Return the tokens of all links, or of a single link; "::" means no token.

        ::

            ip -j token list [dev DEV]

        `lo` and links without ARP are left out. Raises `NotFound` (no such link).
        """
        arguments = () if dev is None else ("dev", format_device(dev))
        return self._query(models.Token, "list", *arguments, flags=())

    def get(self, dev: str) -> "models.Token":
        """Return the token of a link.

        ::

            ip -j token get dev DEV

        Raises `NotFound`; `OutputError` for a link without a token.
        """
        tokens = self._query(
            models.Token,
            "get",
            "dev",
            format_device(dev),
            flags=(),
        )
        return single(models.Token, tokens)
