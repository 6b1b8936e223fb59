"""`ip neigh`: neighbour tables (ARP, NDP). ip-neighbour(8); iproute2's ip/ipneigh.c."""

from collections.abc import Iterable
from typing import Annotated, ClassVar, Literal, TypedDict, Unpack, get_args

from attrs import frozen

from ipwrap import models
from ipwrap.command import Command, CreatedObject
from ipwrap.models import read
from ipwrap.options.codecs import Choice, ChoiceOr, Codec, ExistingLink, Flag, Mac, Prefix
from ipwrap.options.converters import IpAddress, IpPrefix
from ipwrap.options.table import Option, to_args, to_fields
from ipwrap.options.validation import check_address
from ipwrap.result import Result
from ipwrap.verbs.base import ObjectCommands, format_device, format_family_flag, single

__all__ = ["NeighFilter", "NeighOptions", "NeighVerbs"]

State = Literal[
    "permanent",
    "noarp",
    "reachable",
    "stale",
    "none",
    "incomplete",
    "delay",
    "probe",
    "failed",
]
NEIGH_STATES = get_args(State)


class NeighOptions(TypedDict, total=False):
    """Keywords of `ip neigh add`, `change`, `replace`, `delete`.

    The state (``nud``) is permanent by default. ``proxy=True`` makes a proxy entry: the host
    answers for the address.
    """

    # The keyword `proxy` precedes the address, in place of `to`: see _address_arguments().
    proxy: Annotated[bool | None, Option(Flag(), keyword="")]
    lladdr: Annotated[str | None, Option(ChoiceOr(("null",), Mac()))]
    nud: Annotated[State | None, Option(Choice(), json_key="state")]
    router: Annotated[bool | None, Option(Flag())]
    use: Annotated[bool | None, Option(Flag(), json_key="")]
    managed: Annotated[bool | None, Option(Flag(), since="5.16")]
    extern_learn: Annotated[bool | None, Option(Flag())]
    extern_valid: Annotated[bool | None, Option(Flag(), since="6.17")]
    protocol: Annotated[str | int | None, Option(Codec(), since="5.0")]


class NeighFilter(TypedDict, total=False):
    """Filters of `ip neigh show` and `flush`. ``nud`` may be "all"."""

    proxy: Annotated[bool | None, Option(Flag())]
    to: Annotated[IpPrefix | None, Option(Prefix())]
    master: Annotated[str | None, Option(ExistingLink())]
    vrf: Annotated[str | None, Option(ExistingLink())]
    nomaster: Annotated[bool | None, Option(Flag())]
    nud: Annotated[State | Literal["all"] | None, Option(Choice())]
    unused: Annotated[bool | None, Option(Flag())]
    protocol: Annotated[str | int | None, Option(Codec())]


@frozen
class NeighVerbs(ObjectCommands):
    """Verbs of `ip neigh`."""

    words: ClassVar[tuple[str, ...]] = ("neigh",)

    def add(self, to: IpAddress, dev: str, **options: Unpack[NeighOptions]) -> Result:
        """Add a neighbour.

        ::

            ip neigh add { to ADDRESS | proxy ADDRESS } dev DEV
                [lladdr MAC] [nud STATE] [router] [managed] …

        Raises `AlreadyExists`, `NotFound` (no such link), `RejectedByKernel`.

        Options, from `NeighOptions`::

            proxy=True, lladdr="null",
            nud="permanent"|"noarp"|"reachable"|"stale"|"none"|"incomplete"|"delay"|"probe"|"failed",
            router=True, use=True, managed=True (5.16+), extern_learn=True,
            extern_valid=True (6.17+), protocol=str|int (5.0+)
        """
        return self._create("add", to, dev=dev, options=options)

    def ensure(self, to: IpAddress, dev: str, **options: Unpack[NeighOptions]) -> bool:
        """Add a neighbour, or change it, if needed; return whether anything changed.

        ::

            ip.neigh.ensure("10.0.0.2", "br0", lladdr="02:00:00:00:00:02")

        What is not given counts as it is. Raises as `add`.

        Options: those of `add`.
        """
        return self._ensure(to, dev, **options)

    def add_many(
        self,
        addresses: Iterable[IpAddress | tuple[IpAddress, NeighOptions]],
        dev: str,
        **options: Unpack[NeighOptions],
    ) -> None:
        """Add many neighbours of a link, as `ip route`'s ``add_many`` does: `ip neigh add …` each.

        A pair ``("10.0.0.2", {"lladdr": "02:00:00:00:00:02"})`` has options of its own. Raises as
        `add`.

        Options: those of `add`.
        """
        self._add_many(addresses, {"dev": dev, **options}, check=check_address)

    def change(self, to: IpAddress, dev: str, **options: Unpack[NeighOptions]) -> Result:
        """Change a neighbour. `ip neigh change …`. Raises `NotFound` for a missing neighbour.

        Options: those of `add`.
        """
        return self._run_change("change", *_neigh_arguments(to, dev, options=options))

    def replace(self, to: IpAddress, dev: str, **options: Unpack[NeighOptions]) -> Result:
        """Add a neighbour, or change an existing neighbour. `ip neigh replace …`.

        Options: those of `add`.
        """
        return self._create("replace", to, dev=dev, options=options)

    def delete(self, to: IpAddress, dev: str, **options: Unpack[NeighOptions]) -> Result:
        """Delete a neighbour. `ip neigh delete …`. Raises `NotFound`.

        Options: those of `add`.
        """
        arguments = _neigh_arguments(to, dev, options=options)
        deleted = ("neigh", self.netns, _identity(to, dev, options=options))

        return self._run_change("delete", *arguments, deletes=(deleted,))

    def show(
        self,
        dev: str | None = None,
        *,
        family: str | None = None,
        stats: bool = False,
        **filters: Unpack[NeighFilter],
    ) -> "list[models.Neigh]":
        """Return the neighbours. ``family`` is "inet" or "inet6", both by default.

        ::

            ip -j [-s] [-4 | -6] neigh show [dev DEV] [proxy] [to PREFIX] [nud STATE]
                [master …] [nomaster] …

        Options, from `NeighFilter`::

            proxy=True, to=PREFIX, master=LINK, vrf=LINK, nomaster=True,
            nud="permanent"|"noarp"|"reachable"|"stale"|"none"|"incomplete"|"delay"|"probe"|"failed"|"all",
            unused=True, protocol=str|int
        """
        stats_flag = ("-s",) if stats else ()
        flags = (*stats_flag, *format_family_flag(family))

        return self._query(models.Neigh, "show", *_filter_arguments(dev, filters), flags=flags)

    def flush(
        self,
        dev: str | None = None,
        *,
        family: str | None = None,
        **filters: Unpack[NeighFilter],
    ) -> Result:
        """Delete the matching neighbours, permanent neighbours only with an explicit ``nud``.

        ::

            ip [-4 | -6] neigh flush [dev DEV] [to PREFIX] [nud STATE] …

        Raises `UsageError` without a filter.

        Options: those of `show`.
        """
        # do_show_or_flush() in ip/ipneigh.c excludes NUD_PERMANENT and NUD_NOARP by default.
        return self._run_change(
            "flush",
            *_filter_arguments(dev, filters),
            flags=format_family_flag(family),
            own_process=True,
        )

    def get(self, to: IpAddress, dev: str | None = None, *, proxy: bool = False) -> "models.Neigh":
        """Return a single neighbour.

        ::

            ip -j neigh get { to ADDRESS | proxy ADDRESS } dev DEV

        Raises `NotFound`. The text reply of an iproute2 before 6.2 is parsed as well.
        """
        options: NeighOptions = {"proxy": proxy}

        arguments = _address_arguments(to, options)
        if dev is not None:
            arguments = _neigh_arguments(to, dev, options=options)

        self._reject_ifindex_lookalike(arguments)
        command = Command(("ip", "-j", "neigh", "get", *arguments), self.netns, changes=False)

        return parse_neigh_reply(self.runner.run(command))

    def _create(self, verb: str, to: IpAddress, *, dev: str, options: NeighOptions) -> Result:
        """Run `add` or `replace`, and declare the created neighbour."""
        # The kernel finds an entry by address, link and NTF_PROXY: `delete` needs no further
        # option.
        key_options: NeighOptions = {"proxy": options.get("proxy")}

        created = CreatedObject(
            "neigh",
            _identity(to, dev, options=options),
            {"to": str(to), "dev": dev, **to_fields(NeighOptions, key_options)},
            self.netns,
            (dev,),
        )
        arguments = _neigh_arguments(to, dev, options=options)

        return self._run_change(verb, *arguments, creates=(created,))


def _address_arguments(to: IpAddress, options: NeighOptions) -> tuple[str, ...]:
    """Return the address behind its keyword: `to`, or `proxy` for a proxy entry."""
    keyword = "proxy" if options.get("proxy") else "to"
    return (keyword, check_address(to, "to"))


def _neigh_arguments(to: IpAddress, dev: str, *, options: NeighOptions) -> tuple[str, ...]:
    """Return the arguments of a neighbour: address, link and options."""
    return (
        *_address_arguments(to, options),
        "dev",
        format_device(dev),
        *to_args(NeighOptions, options),
    )


def _identity(to: IpAddress, dev: str, *, options: NeighOptions) -> str:
    """Return the identity of a neighbour: address, link, and whether the entry is a proxy."""
    return " ".join((*_address_arguments(to, options), "dev", dev))


def _filter_arguments(dev: str | None, filters: NeighFilter) -> tuple[str, ...]:
    """Return the arguments that select neighbours."""
    device = () if dev is None else ("dev", format_device(dev))
    return (*device, *to_args(NeighFilter, filters))


def parse_neigh_reply(result: Result) -> "models.Neigh":
    """Return the neighbour in the reply to `neigh get`: JSON, or text before iproute2 6.2."""
    if result.stdout.lstrip().startswith("["):
        return single(models.Neigh, read(models.Neigh, result.stdout))

    if not result.stdout.strip():
        return single(models.Neigh, [])

    from ipwrap.models.neigh import from_text  # late: no other verb reads text

    return from_text(result.stdout)
