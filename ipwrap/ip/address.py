"""`ip address`: the addresses of links. ip-address(8); iproute2's ip/ipaddress.c."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, TypedDict, Unpack

from attrs import frozen

from ipwrap import models
from ipwrap.command import CreatedObject
from ipwrap.errors import InvalidArgument
from ipwrap.ip.link import format_stats_flags
from ipwrap.options.codecs import (
    ChoiceOr,
    Codec,
    Duration,
    ExistingLink,
    Flag,
    Ip,
    Number,
    Prefix,
    Text,
)
from ipwrap.options.converters import IpAddress, IpPrefix
from ipwrap.options.table import Option, to_args, to_fields
from ipwrap.options.validation import check_prefix
from ipwrap.result import Result
from ipwrap.verbs.base import (
    FAMILY_FLAGS,
    ObjectCommands,
    format_device,
    format_family_flag,
    single,
)

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["AddressFilter", "AddressOptions", "AddressVerbs"]

# In seconds. set_lifetime() in ip/ipaddress.c reads `forever` as INFINITY_LIFE_TIME.
LIFETIME = ChoiceOr(("forever",), Duration())

# A number, or a name from rt_scopes: rtnl_rtscope_a2n() in lib/rt_names.c.
SCOPE = Codec()


@frozen
class NegatableFlag(Codec):
    """A flag to filter by: `tentative` for True, `-tentative` for False."""

    def format_args(self, keyword: str, value: Any) -> tuple[str, ...]:
        """Return the keyword, with a minus for False."""
        return (keyword,) if value else (f"-{keyword}",)

    def keywords(self, keyword: str) -> tuple[str, ...]:
        """Return the keyword without and with a minus."""
        return (keyword, f"-{keyword}")

    def parse_args(self, keyword: str, arguments: Sequence[str]) -> tuple[Any, int]:
        """Return True for the keyword without a minus, and the number of arguments used."""
        return arguments[0] == keyword, 1

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of booleans."""
        from hypothesis import strategies as st

        return st.booleans()


class AddressOptions(TypedDict, total=False):
    """Keywords of `ip address add`, `change`, `replace`, `delete`.

    Lifetimes are in seconds, as a number or a `timedelta`, or "forever".
    """

    peer: Annotated[IpPrefix | None, Option(Prefix())]
    broadcast: Annotated[IpAddress | None, Option(ChoiceOr(("+", "-"), Ip()))]
    anycast: Annotated[IpAddress | None, Option(Ip())]
    # IFNAMSIZ with its NUL: the kernel's limit for labels and for names of links.
    label: Annotated[str | None, Option(Text(max_length=15))]
    scope: Annotated[str | int | None, Option(SCOPE)]
    metric: Annotated[int | None, Option(Number())]
    valid_lft: Annotated[int | str | timedelta | None, Option(LIFETIME, json_key="valid_life_time")]
    preferred_lft: Annotated[
        int | str | timedelta | None, Option(LIFETIME, json_key="preferred_life_time")
    ]
    # Flags without a negative form on the command line: False omits the keyword.
    home: Annotated[bool | None, Option(Flag())]
    nodad: Annotated[bool | None, Option(Flag())]
    optimistic: Annotated[bool | None, Option(Flag(), since="5.19")]
    mngtmpaddr: Annotated[bool | None, Option(Flag())]
    noprefixroute: Annotated[bool | None, Option(Flag())]
    autojoin: Annotated[bool | None, Option(Flag())]
    proto: Annotated[str | int | None, Option(Codec(), json_key="protocol", since="6.4")]


class AddressFilter(TypedDict, total=False):
    """Filters of `ip address show` and `flush`. False selects the addresses without the flag."""

    scope: Annotated[str | int | None, Option(SCOPE)]
    to: Annotated[IpPrefix | None, Option(Prefix())]
    label: Annotated[str | None, Option(Text())]
    group: Annotated[str | int | None, Option(Codec())]
    # No `down` for False: before 6.13 ipaddr_list_flush_or_save() takes `down` for the name of a
    # link.
    up: Annotated[bool | None, Option(Flag())]
    master: Annotated[str | None, Option(ExistingLink())]
    vrf: Annotated[str | None, Option(ExistingLink())]
    nomaster: Annotated[bool | None, Option(Flag())]
    type: Annotated[str | None, Option(Codec())]
    novf: Annotated[bool | None, Option(Flag(), since="6.10")]
    proto: Annotated[int | None, Option(Number(0, 255), since="6.4")]
    # The table ifa_flag_data in ip/ipaddress.c.
    permanent: Annotated[bool | None, Option(NegatableFlag())]
    dynamic: Annotated[bool | None, Option(NegatableFlag())]
    secondary: Annotated[bool | None, Option(NegatableFlag())]
    primary: Annotated[bool | None, Option(NegatableFlag())]
    tentative: Annotated[bool | None, Option(NegatableFlag())]
    deprecated: Annotated[bool | None, Option(NegatableFlag())]
    dadfailed: Annotated[bool | None, Option(NegatableFlag())]
    temporary: Annotated[bool | None, Option(NegatableFlag())]
    home: Annotated[bool | None, Option(NegatableFlag())]
    nodad: Annotated[bool | None, Option(NegatableFlag())]
    optimistic: Annotated[bool | None, Option(NegatableFlag())]
    mngtmpaddr: Annotated[bool | None, Option(NegatableFlag())]
    noprefixroute: Annotated[bool | None, Option(NegatableFlag())]
    autojoin: Annotated[bool | None, Option(NegatableFlag())]
    stable_privacy: Annotated[
        bool | None, Option(NegatableFlag(), keyword="stable-privacy", since="5.8")
    ]


@frozen
class AddressVerbs(ObjectCommands):
    """Commands of `ip address`."""

    words: ClassVar[tuple[str, ...]] = ("address",)

    def add(self, local: IpPrefix, dev: str, **options: Unpack[AddressOptions]) -> Result:
        """Add an address to a link, such as "10.0.0.1/24".

        ::

            ip address add local ADDRESS/LENGTH dev DEV
                [peer …] [broadcast …] [label …] [scope …] [valid_lft …] …

        Raises `AlreadyExists`, `NotFound` (no such link), `RejectedByKernel`.

        Options, from `AddressOptions`::

            peer=PREFIX, broadcast="+"|"-"|ADDRESS, anycast=ADDRESS, label=str, scope=str|int,
            metric=int, valid_lft=int seconds|"forever"|timedelta,
            preferred_lft=int seconds|"forever"|timedelta, home=True, nodad=True,
            optimistic=True (5.19+), mngtmpaddr=True, noprefixroute=True, autojoin=True,
            proto=str|int (6.4+)
        """
        return self._create(local, dev, verb="add", options=options)

    def ensure(self, local: IpPrefix, dev: str, **options: Unpack[AddressOptions]) -> bool:
        """Add an address, or change it, if needed; return whether anything changed.

        ::

            ip.address.ensure("10.0.0.1/24", "br0")

        What is not given counts as it is. Raises as `add`.

        Options: those of `add`.
        """
        return self._ensure(local, dev, **options)

    def add_many(
        self,
        locals_: Iterable[IpPrefix | tuple[IpPrefix, AddressOptions]],
        dev: str,
        **options: Unpack[AddressOptions],
    ) -> None:
        """Add many addresses to a link, as `ip route`'s ``add_many`` does: `ip address add …` each.

        A pair ``("10.0.0.1/24", {"label": "eth0:1"})`` has options of its own. Raises as `add`.

        Options: those of `add`.
        """
        self._add_many(locals_, {"dev": dev, **options}, check=check_prefix)

    def change(self, local: IpPrefix, dev: str, **options: Unpack[AddressOptions]) -> Result:
        """Change the lifetimes and flags of an address; the kernel adds a missing address.

        ::

            ip address change local ADDRESS/LENGTH dev DEV …

        Options: those of `add`.
        """
        return self._create(local, dev, verb="change", options=options)

    def replace(self, local: IpPrefix, dev: str, **options: Unpack[AddressOptions]) -> Result:
        """Add an address, or change the existing address. `ip address replace local … dev …`.

        Options: those of `add`.
        """
        return self._create(local, dev, verb="replace", options=options)

    def delete(self, local: IpPrefix, dev: str, **options: Unpack[AddressOptions]) -> Result:
        """Delete an address of a link.

        ::

            ip address delete local ADDRESS/LENGTH dev DEV [peer …]

        Raises `NotFound`. Without a prefix length iproute2 prints a warning and deletes every
        match.

        Options: those of `add`.
        """
        arguments = _format_address(local, dev, options=options)
        deleted = ("address", self.netns, f"{local} dev {dev}")

        return self._run_change("delete", *arguments, deletes=(deleted,))

    def show(
        self,
        dev: str | None = None,
        *,
        family: str | None = None,
        stats: bool | Literal[2] = False,
        **filters: Unpack[AddressFilter],
    ) -> "list[models.Interface]":
        """Return links with their addresses.

        ::

            ip -j -d [-s [-s]] [-4 | -6 | -0] address show [dev DEV] [scope …] [to PREFIX]
                [up | down] [master …] [permanent …] …

        ``family`` is "inet", "inet6", or "link" for links without addresses. ``stats=True`` adds
        the counters of the links, ``stats=2`` also the counters by type of error.

        Options, from `AddressFilter`::

            scope=str|int, to=PREFIX, label=str, group=str|int, up=True, master=LINK, vrf=LINK,
            nomaster=True, type=str, novf=True (6.10+), proto=0..255 (6.4+), permanent=True|False,
            dynamic=True|False, secondary=True|False, primary=True|False, tentative=True|False,
            deprecated=True|False, dadfailed=True|False, temporary=True|False, home=True|False,
            nodad=True|False, optimistic=True|False, mngtmpaddr=True|False,
            noprefixroute=True|False, autojoin=True|False, stable_privacy=True|False (5.8+)
        """
        flags = ["-d", *format_stats_flags(stats)]
        if family == "link":
            flags += FAMILY_FLAGS["link"]
        else:
            flags += format_family_flag(family)

        arguments = _format_selection(dev, filters)
        links = self._query(models.Interface, "show", *arguments, flags=flags)

        # Not every release has the filter `down`: see the table of filters.
        if filters.get("up") is False:
            return [link for link in links if not link.up]

        return links

    def get(self, dev: str, *, stats: bool | Literal[2] = False) -> models.Interface:
        """Return the one link of a name, with its addresses.

        ::

            ip -j -d [-s [-s]] address show dev DEV

        ``stats`` is as in `show`. Raises `NotFound`; `OutputError` in a dry run, which has no
        links.
        """
        return single(models.Interface, self.show(dev, stats=stats))

    def flush(
        self,
        dev: str | None = None,
        *,
        family: str | None = None,
        **filters: Unpack[AddressFilter],
    ) -> Result:
        """Delete the addresses that match every filter.

        ::

            ip [-4 | -6] address flush [dev DEV] [scope …] [to PREFIX] [label …] …

        Raises `UsageError` without any filter.

        Options: those of `show`.
        """
        if filters.get("up") is False:
            raise InvalidArgument(
                "up: not every iproute2 can flush the addresses of links that are down; "
                "flush link by link with dev"
            )

        # ipaddr_flush() calls exit() after an error, which would end a batch.
        return self._run_change(
            "flush",
            *_format_selection(dev, filters),
            flags=format_family_flag(family),
            own_process=True,
        )

    def _create(self, local: IpPrefix, dev: str, *, verb: str, options: AddressOptions) -> Result:
        """Run a command that may create an address."""
        # The kernel identifies an address by local address, prefix length and peer.
        identity: AddressOptions = {"peer": options.get("peer")}

        created = CreatedObject(
            "address",
            f"{local} dev {dev}",
            {"local": str(local), "dev": dev, **to_fields(AddressOptions, identity)},
            self.netns,
            (dev,),
        )
        arguments = _format_address(local, dev, options=options)

        return self._run_change(verb, *arguments, creates=(created,))


def _format_address(local: IpPrefix, dev: str, *, options: AddressOptions) -> tuple[str, ...]:
    """Return the arguments that name an address, with the arguments of the options."""
    return (
        "local",
        check_prefix(local, "local"),
        "dev",
        format_device(dev),
        *to_args(AddressOptions, options),
    )


def _format_selection(dev: str | None, filters: AddressFilter) -> tuple[str, ...]:
    """Return the arguments that select addresses by link and by filters."""
    device: tuple[str, ...] = ()
    if dev is not None:
        device = ("dev", format_device(dev))

    return (*device, *to_args(AddressFilter, filters))
