"""`ip mroute`: where multicast packets go. ip-mroute(8); iproute2's ip/ipmroute.c."""

from typing import Annotated, ClassVar, TypedDict, Unpack

from attrs import frozen

from ipwrap.models import Mroute
from ipwrap.options.codecs import Codec, ExistingLink, Prefix
from ipwrap.options.converters import IpPrefix
from ipwrap.options.table import Option, to_args
from ipwrap.options.validation import check_prefix
from ipwrap.verbs.base import ObjectCommands, family_words

__all__ = ["MrouteFilter", "MrouteVerbs"]


class MrouteFilter(TypedDict, total=False):
    """Which multicast routes `ip mroute show` lists. ``table`` may be "all"."""

    from_: Annotated[IpPrefix | None, Option(Prefix(), keyword="from")]
    iif: Annotated[str | None, Option(ExistingLink())]
    table: Annotated[str | int | None, Option(Codec())]


@frozen
class MrouteVerbs(ObjectCommands):
    """Verbs of `ip mroute`, which only shows: a routing daemon makes these routes, and they end with it."""

    words: ClassVar[tuple[str, ...]] = ("mroute",)

    def show(
        self,
        to: str | None = None,
        *,
        family: str | None = None,
        stats: bool = False,
        **which: Unpack[MrouteFilter],
    ) -> list[Mroute]:
        """Return the multicast routes of a family: of "inet" (the default), of its table "default", or of "inet6".

        ::

            ip -j -d [-s] [-4 | -6] mroute show [to PREFIX] [from PREFIX] [iif DEV] [table …]

        ``to`` and ``from_`` need iproute2 6.12: older ones refuse every prefix there. Raises `NotFound` (no such link).
        """
        flags = ("-d", *(("-s",) if stats else ()), *family_words(family))
        first = () if to is None else ("to", check_prefix(to, "to"))
        alone = (
            which.get("table") is not None
        )  # `-batch` asks without the strict check that knows a missing table
        return self._query(
            Mroute, "show", *first, *to_args(MrouteFilter, which), flags=flags, alone=alone
        )
