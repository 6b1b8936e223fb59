"""`type amt`."""

from typing import ClassVar, Literal

from attrs import field, frozen

from ipwrap.kinds.base import LinkKind
from ipwrap.kinds.tunnel import Endpoint
from ipwrap.options.codecs import Choice, ExistingLink, Number
from ipwrap.options.converters import to_text
from ipwrap.options.table import option, option_metadata, read_only_field

__all__ = ["Amt"]

PORT = Number(0, 65535)


@frozen(kw_only=True)
class Amt(LinkKind):
    """A multicast tunnel through unicast networks.

    ip-link(8) "AMT Type Support"; ip/iplink_amt.c, since 5.16. The kernel requires ``mode``,
    ``local`` and ``dev``, and for a gateway ``discovery``; ``max_tunnels`` is for a relay.
    ``remote`` is the relay that a gateway has found.
    """

    kind: ClassVar[str] = "amt"

    mode: Literal["gateway", "relay"] | None = option(Choice(), since="5.16")
    relay_port: int | None = option(PORT, since="5.16", default=2268)
    gateway_port: int | None = option(PORT, since="5.16", default=2268)
    max_tunnels: int | None = option(Number(), since="5.16", default=128)
    # amt_print_opt() in ip/iplink_amt.c prints `dev` under the key `link`.
    dev: str | None = option(ExistingLink(), json_key="link", since="5.16")
    local: str | None = field(
        default=None, converter=to_text, metadata=option_metadata(Endpoint(), since="5.16")
    )
    discovery: str | None = field(
        default=None,
        converter=to_text,
        metadata=option_metadata(Endpoint(), since="5.16", default="0.0.0.0"),
    )
    remote: str | None = read_only_field(since="5.16")

    @property
    def lower_link(self) -> str | None:
        """The link ``dev``: the kernel deletes this one along with it."""
        return self.dev
