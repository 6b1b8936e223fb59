"""`type bareudp`."""

from typing import TYPE_CHECKING, Any, ClassVar

from attrs import frozen

from ipwrap.kinds.base import LinkKind
from ipwrap.options import validation
from ipwrap.options.codecs import Codec, Json, NoPrefixFlag, Number
from ipwrap.options.table import option

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["Bareudp"]


class Ethertype(Codec, frozen=True):
    """A protocol in Ethernet: a name that iproute2 knows (lib/ll_proto.c) or a number.

    JSON shows the number as `[1234]`.
    """

    def format(self, keyword: str, value: Any) -> str:
        """Return the name or the number."""
        if isinstance(value, str):
            return validation.check_argument(value, keyword)

        number = Number(0, 65535).format(keyword, value)
        return hex(int(number))

    def from_json(self, data: Json, key: str) -> Any:
        """Return the name or the number."""
        value = data.get(key)
        # ll_proto_n2a() prints a protocol without a name as `[%d]`.
        if isinstance(value, str) and value.startswith("["):
            return int(value[1:-1])
        return value

    def parse(self, text: str) -> Any:
        """Return the number or the name, such as 802.1Q."""
        first = text[:1]
        is_number = first.isdigit() and "." not in text
        if not is_number:
            return text

        return int(text, 0)

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of numbers and names."""
        from hypothesis import strategies as st

        names = st.sampled_from(("ip", "ipv6", "mpls_uc", "802.1Q"))
        return st.one_of(st.integers(0, 65535), names)


@frozen(kw_only=True)
class Bareudp(LinkKind):
    """A tunnel for one protocol directly over UDP.

    ip-link(8) "Bareudp Type Support"; ip/iplink_bareudp.c, since 5.8. ``dstport`` and ``ethertype``
    (``ipv4``, shown as ``ip``; ``ipv6``, ``mpls_uc``, a number) are required.
    """

    kind: ClassVar[str] = "bareudp"

    dstport: int | None = option(Number(0, 65535), since="5.8")
    ethertype: str | int | None = option(Ethertype(), since="5.8")
    srcportmin: int | None = option(Number(0, 65535), since="5.8", default=0)
    multiproto: bool | None = option(NoPrefixFlag(), since="5.8", default=False)
