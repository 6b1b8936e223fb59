"""`Token`: an object of `ip -j token list`."""

from typing import Any

from attrs import field

from ipwrap.models.declaration import model

__all__ = ["Token"]


@model(kw_only=True)
class Token:
    """The interface identifier of a link's IPv6 addresses; "::" if unset.

    print_token() in ip/iptoken.c.
    """

    token: str | None = None
    ifname: str = ""
    extra: dict[str, Any] = field(factory=dict, hash=False)
