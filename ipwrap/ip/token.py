"""`ip token`: the half of a link's IPv6 addresses that is its own. ip-token(8); iproute2's ip/iptoken.c."""

from typing import ClassVar

from attrs import frozen

from ipwrap.command import Made
from ipwrap.errors import BadValue
from ipwrap.models import Token
from ipwrap.options.validation import address
from ipwrap.result import Result
from ipwrap.verbs.base import Noun, device_word, only

__all__ = ["TokenVerbs"]

Tokens = list[Token]  # in the class, `list` is a verb


@frozen
class TokenVerbs(Noun):
    """Verbs of `ip token`: what a link puts behind a prefix that a router tells, in place of what its MAC makes."""

    words: ClassVar[tuple[str, ...]] = ("token",)

    def set(self, token: str, dev: str) -> Result:
        """Give a link a token: an IPv6 address whose first half is zero, such as "::5".

        ::

            ip token set TOKEN dev DEV

        Raises `NotFound` (no such link); `InvalidValue` where the link takes no advertisements of routers, or has no
        IPv6 addresses of its own (`lo`).
        """
        six = address(token, "token")
        if ":" not in six:
            raise BadValue(f"token: {token!r} is not an IPv6 address such as ::5")
        made = Made("token", dev, ("ip", "token", "delete", "dev", dev), self.netns, (dev,))
        return self._change("set", six, "dev", device_word(dev), makes=(made,), alone=True)  # it remembers all names

    def delete(self, dev: str) -> Result:
        """Take a link's token away. `ip token delete dev DEV`. Raises as `set`."""
        words = ("dev", device_word(dev))
        return self._change("delete", *words, drops=(("token", self.netns, dev),), alone=True)  # as above

    def list(self, dev: str | None = None) -> Tokens:
        """Return the tokens of links, or of one; "::" is none.

        ::

            ip -j token list [dev DEV]

        `lo`, and links without ARP, are left out. Raises `NotFound` (no such link).
        """
        words = () if dev is None else ("dev", device_word(dev))
        return self._read(Token, "list", *words, flags=())

    def get(self, dev: str) -> Token:
        """Return one link's token. `ip -j token get dev DEV`. Raises `NotFound`; `OutputError` for what has none."""
        return only(Token, self._read(Token, "get", "dev", device_word(dev), flags=()))
