"""`ip token`: the half of a link's IPv6 addresses that is its own. ip-token(8); iproute2's ip/iptoken.c."""

from typing import ClassVar

from attrs import frozen

from ipwrap.command import CreatedObject
from ipwrap.errors import InvalidArgument
from ipwrap.models import Token
from ipwrap.options.validation import check_address
from ipwrap.result import Result
from ipwrap.verbs.base import ObjectCommands, device_word, single

__all__ = ["TokenVerbs"]

Tokens = list[Token]  # in the class, `list` is a verb


@frozen
class TokenVerbs(ObjectCommands):
    """Verbs of `ip token`: what a link puts behind a prefix that a router tells, in place of what its MAC makes."""

    words: ClassVar[tuple[str, ...]] = ("token",)

    def set(self, token: str, dev: str) -> Result:
        """Give a link a token: an IPv6 address whose first half is zero, such as "::5".

        ::

            ip token set TOKEN dev DEV

        Raises `NotFound` (no such link); `RejectedByKernel` where the link takes no advertisements of routers, or has no
        IPv6 addresses of its own (`lo`).
        """
        six = check_address(token, "token")
        if ":" not in six:
            raise InvalidArgument(f"token: {token!r} is not an IPv6 address such as ::5")
        made = CreatedObject(
            "token", dev, ("ip", "token", "delete", "dev", dev), self.netns, (dev,)
        )
        return self._run_change(
            "set", six, "dev", device_word(dev), makes=(made,), alone=True
        )  # it remembers all names

    def delete(self, dev: str) -> Result:
        """Take a link's token away. `ip token delete dev DEV`. Raises as `set`."""
        words = ("dev", device_word(dev))
        return self._run_change(
            "delete", *words, drops=(("token", self.netns, dev),), alone=True
        )  # as above

    def list(self, dev: str | None = None) -> Tokens:
        """Return the tokens of links, or of one; "::" is none.

        ::

            ip -j token list [dev DEV]

        `lo`, and links without ARP, are left out. Raises `NotFound` (no such link).
        """
        words = () if dev is None else ("dev", device_word(dev))
        return self._query(Token, "list", *words, flags=())

    def get(self, dev: str) -> Token:
        """Return one link's token. `ip -j token get dev DEV`. Raises `NotFound`; `OutputError` for what has none."""
        return single(Token, self._query(Token, "get", "dev", device_word(dev), flags=()))
