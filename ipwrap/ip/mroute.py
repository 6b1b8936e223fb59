"""`ip mroute`: the kernel's multicast routes. ip-mroute(8); iproute2's ip/ipmroute.c."""

from typing import Annotated, ClassVar, TypedDict, Unpack

from attrs import frozen

from ipwrap import models
from ipwrap.options.codecs import Codec, ExistingLink, Prefix
from ipwrap.options.converters import IpPrefix
from ipwrap.options.table import Option, to_args
from ipwrap.options.validation import check_prefix
from ipwrap.verbs.base import ObjectCommands, format_family_flag

__all__ = ["MrouteFilter", "MrouteVerbs"]


class MrouteFilter(TypedDict, total=False):
    """Filters of `ip mroute show`. ``table`` may be "all"."""

    from_: Annotated[IpPrefix | None, Option(Prefix(), keyword="from")]
    iif: Annotated[str | None, Option(ExistingLink())]
    table: Annotated[str | int | None, Option(Codec())]


@frozen
class MrouteVerbs(ObjectCommands):
    """Commands of `ip mroute`.

    Read-only: a routing daemon adds the routes, and the kernel deletes them with its socket.
    """

    words: ClassVar[tuple[str, ...]] = ("mroute",)

    def show(
        self,
        to: str | None = None,
        *,
        family: str | None = None,
        stats: bool = False,
        **filters: Unpack[MrouteFilter],
    ) -> "list[models.Mroute]":
        """Return the multicast routes of a family.

        ::

            ip -j -d [-s] [-4 | -6] mroute show [to PREFIX] [from PREFIX] [iif DEV] [table …]

        ``family`` is "inet" (the default, with the table "default") or "inet6".
        ``to`` and ``from_`` need iproute2 6.12: older releases reject every prefix.
        Raises `NotFound` (no such link).

        Options, from `MrouteFilter`::

            from_=PREFIX, iif=LINK, table=str|int
        """
        flags = ["-d"]
        if stats:
            flags.append("-s")
        flags += format_family_flag(family)

        destination: tuple[str, ...] = ()
        if to is not None:
            destination = ("to", check_prefix(to, "to"))

        # In a `-batch` process iproute2 does not request strict checking, by which the kernel
        # reports a missing table.
        has_table = filters.get("table") is not None

        return self._query(
            models.Mroute,
            "show",
            *destination,
            *to_args(MrouteFilter, filters),
            flags=flags,
            own_process=has_table,
        )
