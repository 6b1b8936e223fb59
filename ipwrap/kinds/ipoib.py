"""`type ipoib`."""

from typing import Any, ClassVar, Literal

from attrs import frozen

from ipwrap.kinds.base import LinkKind
from ipwrap.options.codecs import Choice, Hex, Json, ZeroOne
from ipwrap.options.table import option

__all__ = ["HexBoolean", "Ipoib"]


class HexBoolean(ZeroOne, frozen=True):
    """A boolean that is a 0 or 1 on the command line and four hexadecimal digits in JSON."""

    def from_json(self, data: Json, key: str) -> Any:
        """Return the boolean, or a number other than 0 and 1."""
        value = data.get(key)
        # ipoib_print_opt() in ip/iplink_ipoib.c: snprintf(…, "%.4x", umcast).
        if isinstance(value, str):
            return super().from_json({key: int(value, 16)}, key)
        return value


@frozen(kw_only=True)
class Ipoib(LinkKind):
    """IP over InfiniBand (``link=``). ip-link(8) "IPoIB Type Support"; ip/iplink_ipoib.c.

    ``pkey`` is the key of the partition, 0x8001 to 0xffff; the kernel sets its highest bit.
    """

    kind: ClassVar[str] = "ipoib"

    pkey: int | None = option(Hex(1, 65535), json_key="key")
    mode: Literal["datagram", "connected"] | None = option(Choice())
    umcast: bool | None = option(HexBoolean())
