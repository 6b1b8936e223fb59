"""`type bareudp`."""

from typing import Any, ClassVar

from attrs import frozen

from ipwrap.kinds.base import LinkKind
from ipwrap.options import validation
from ipwrap.options.codecs import Codec, Json, NoPrefixFlag, Number
from ipwrap.options.table import option

__all__ = ["Bareudp"]


@frozen
class Ethertype(Codec):
    """A protocol in Ethernet: a name that iproute2 knows (lib/ll_proto.c) or a number, shown as `[1234]`."""

    def format(self, word: str, value: Any) -> str:
        """Return the name or the number."""
        return (
            validation.check_argument(value, word)
            if isinstance(value, str)
            else hex(int(Number(0, 65535).format(word, value)))
        )

    def from_json(self, data: Json, key: str) -> Any:
        """Return the name or the number."""
        value = data.get(key)
        return int(value[1:-1]) if isinstance(value, str) and value.startswith("[") else value

    def parse(self, text: str) -> Any:
        """Return the number or the name."""
        return int(text, 0) if text[:1].isdigit() and "." not in text else text


@frozen(kw_only=True)
class Bareudp(LinkKind):
    """A tunnel for one protocol right over UDP. ip-link(8) "Bareudp Type Support"; ip/iplink_bareudp.c, since 5.8.

    ``dstport`` and ``ethertype`` (``ipv4``, shown as ``ip``; ``ipv6``, ``mpls_uc``, a number) are needed.
    """

    kind: ClassVar[str] = "bareudp"

    dstport: int | None = option(Number(0, 65535), since="5.8")
    ethertype: str | int | None = option(Ethertype(), since="5.8")
    srcportmin: int | None = option(Number(0, 65535), since="5.8", default=0)
    multiproto: bool | None = option(NoPrefixFlag(), since="5.8", default=False)
