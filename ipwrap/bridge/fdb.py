"""`bridge fdb`: forwarding tables of bridges and vxlans. bridge(8); iproute2's bridge/fdb.c."""

from collections.abc import Iterable
from typing import Annotated, Any, ClassVar, TypedDict, Unpack

from attrs import frozen

from ipwrap import models
from ipwrap.bridge.version_check import build_supported
from ipwrap.command import CreatedObject
from ipwrap.options.codecs import ChoiceOr, ExistingLink, Flag, Ip, NoPrefixFlag, Number
from ipwrap.options.converters import IpAddress
from ipwrap.options.table import Option, to_args, to_fields
from ipwrap.options.validation import check_mac
from ipwrap.result import Result
from ipwrap.verbs.base import ObjectCommands, format_device

__all__ = ["FdbFilter", "FdbFlush", "FdbGet", "FdbOptions", "FdbVerbs"]

VID = Number(0, 4095)
VNI = Number(0, 2**24 - 1)
PORT = ChoiceOr((), Number(0, 65535))

STATES = ("permanent", "static", "temp", "stale", "reachable", "dynamic", "all")
# The key of an entry in the kernel; the remaining options are attributes of the entry.
IDENTITY = ("dst", "port", "vni", "src_vni", "via", "vlan", "self_", "master")


class FdbOptions(TypedDict, total=False):
    """Keywords of `bridge fdb add`, `append`, `replace`, `delete`.

    ``self_`` (the default) selects the device's own table, ``master`` the table of its bridge. An
    entry is ``permanent`` (alias ``local``) by default, or ``static`` (alias ``temp``), or
    ``dynamic``. The kernel takes ``inactive`` only together with ``activity_notify``.
    """

    dst: Annotated[IpAddress | None, Option(Ip())]
    nhid: Annotated[int | None, Option(Number(), since="5.9")]
    port: Annotated[int | None, Option(Number(0, 65535))]
    vni: Annotated[int | None, Option(VNI)]
    src_vni: Annotated[int | None, Option(VNI, since="5.1")]
    via: Annotated[str | None, Option(ExistingLink(), json_key="viaIf")]
    vlan: Annotated[int | None, Option(VID)]
    self_: Annotated[bool | None, Option(Flag(), keyword="self", json_key="")]
    master: Annotated[bool | None, Option(Flag(), json_key="")]
    router: Annotated[bool | None, Option(Flag(), json_key="")]
    local: Annotated[bool | None, Option(Flag(), json_key="")]
    permanent: Annotated[bool | None, Option(Flag(), json_key="")]
    static: Annotated[bool | None, Option(Flag(), json_key="")]
    temp: Annotated[bool | None, Option(Flag(), json_key="")]
    dynamic: Annotated[bool | None, Option(Flag(), json_key="")]
    use: Annotated[bool | None, Option(Flag(), json_key="")]
    extern_learn: Annotated[bool | None, Option(Flag(), json_key="")]
    sticky: Annotated[bool | None, Option(Flag(), json_key="", since="4.20")]
    activity_notify: Annotated[bool | None, Option(Flag(), since="6.17")]
    inactive: Annotated[bool | None, Option(Flag(), since="6.17")]
    norefresh: Annotated[bool | None, Option(Flag(), json_key="", since="6.17")]


class FdbFilter(TypedDict, total=False):
    """Filters of `bridge fdb show`."""

    br: Annotated[str | None, Option(ExistingLink())]
    brport: Annotated[str | None, Option(ExistingLink())]
    vlan: Annotated[int | None, Option(VID)]
    state: Annotated[str | int | None, Option(ChoiceOr(STATES, Number()))]
    dynamic: Annotated[bool | None, Option(Flag(), since="5.8")]


class FdbGet(TypedDict, total=False):
    """Keywords of `bridge fdb get`: a port (``dev``) or bridge (``br``), and an entry's key."""

    dev: Annotated[str | None, Option(ExistingLink())]
    br: Annotated[str | None, Option(ExistingLink())]
    vlan: Annotated[int | None, Option(VID)]
    vni: Annotated[int | None, Option(VNI)]
    self_: Annotated[bool | None, Option(Flag(), keyword="self")]
    master: Annotated[bool | None, Option(Flag())]
    dynamic: Annotated[bool | None, Option(Flag(), since="5.8")]


class FdbFlush(TypedDict, total=False):
    """Filters of `bridge fdb flush`. False selects the entries without a flag (`nopermanent`)."""

    brport: Annotated[str | None, Option(ExistingLink())]
    vlan: Annotated[int | None, Option(VID)]
    src_vni: Annotated[int | None, Option(VNI, since="6.7")]
    nhid: Annotated[int | None, Option(Number(), since="6.7")]
    vni: Annotated[int | None, Option(VNI, since="6.7")]
    port: Annotated[int | None, Option(Number(0, 65535), since="6.7")]
    dst: Annotated[IpAddress | None, Option(Ip(), since="6.7")]
    self_: Annotated[bool | None, Option(Flag(), keyword="self")]
    master: Annotated[bool | None, Option(Flag())]
    permanent: Annotated[bool | None, Option(NoPrefixFlag())]
    static: Annotated[bool | None, Option(NoPrefixFlag())]
    dynamic: Annotated[bool | None, Option(NoPrefixFlag())]
    added_by_user: Annotated[bool | None, Option(NoPrefixFlag())]
    extern_learn: Annotated[bool | None, Option(NoPrefixFlag())]
    sticky: Annotated[bool | None, Option(NoPrefixFlag())]
    offloaded: Annotated[bool | None, Option(NoPrefixFlag())]
    router: Annotated[bool | None, Option(NoPrefixFlag(), since="6.7")]


@frozen
class FdbVerbs(ObjectCommands):
    """Verbs of `bridge fdb`."""

    program: ClassVar[str] = "bridge"
    words: ClassVar[tuple[str, ...]] = ("fdb",)

    def add(self, to: str, dev: str, **options: Unpack[FdbOptions]) -> Result:
        """Add an entry: the port of a MAC address, or the ``dst`` of a MAC address behind a vxlan.

        ::

            bridge fdb add to MAC dev DEV [dst ADDRESS [port …] [vni …] [via DEV]]
                [vlan …] [self] [master] [static] …

        Raises `AlreadyExists`, `NotFound` (no such link), `NotSupported` (no bridge for
        ``master``).

        Options, from `FdbOptions`::

            dst=ADDRESS, nhid=int (5.9+), port=0..65535, vni=0..16777215,
            src_vni=0..16777215 (5.1+), via=LINK, vlan=0..4095, self_=True, master=True,
            router=True, local=True, permanent=True, static=True, temp=True, dynamic=True, use=True,
            extern_learn=True, sticky=True (4.20+), activity_notify=True (6.17+),
            inactive=True (6.17+), norefresh=True (6.17+)
        """
        return self._create("add", to, dev=dev, options=options)

    def ensure(self, to: str, dev: str, **options: Unpack[FdbOptions]) -> bool:
        """Add an entry, or change it, if needed; return whether anything changed.

        ::

            bridge.fdb.ensure("02:00:00:00:00:02", "vx0", dst="10.0.0.2")

        What is not given counts as it is. Raises as `add`.

        Options: those of `add`.
        """
        return self._ensure(to, dev, **options)

    def add_many(
        self,
        macs: Iterable[str | tuple[str, FdbOptions]],
        dev: str,
        **options: Unpack[FdbOptions],
    ) -> None:
        """Add many entries, as `ip route`'s ``add_many`` does: `bridge fdb add …` each.

        A pair ``("02:00:00:00:00:02", {"dst": "10.0.0.2"})`` has options of its own. Raises as
        `add`.

        Options: those of `add`.
        """
        self._add_many(macs, {"dev": dev, **options}, check=check_mac)

    def append(self, to: str, dev: str, **options: Unpack[FdbOptions]) -> Result:
        """Add a further destination of an address, to flood a vxlan. `bridge fdb append …`.

        Options: those of `add`.
        """
        return self._create("append", to, dev=dev, options=options)

    def replace(self, to: str, dev: str, **options: Unpack[FdbOptions]) -> Result:
        """Add an entry, or change an existing entry. `bridge fdb replace …`.

        Options: those of `add`.
        """
        return self._create("replace", to, dev=dev, options=options)

    def delete(self, to: str, dev: str, **options: Unpack[FdbOptions]) -> Result:
        """Delete an entry. `bridge fdb delete to MAC dev DEV …`. Raises `NotFound`.

        Options: those of `add`.
        """
        identity = _identity(to, dev, options=options)

        return self._run_change(
            "delete",
            *_entry_arguments(to, dev, options=options),
            deletes=(("fdb", self.netns, identity),),
        )

    def flush(self, dev: str, **filters: Unpack[FdbFlush]) -> Result:
        """Delete the matching entries of a bridge or a vxlan. Needs iproute2 6.0 and Linux 6.0.

        ::

            bridge fdb flush dev DEV [brport DEV] [vlan …] [self] [master]
                [[no]permanent] [[no]static] …

        Raises `UnknownOption` for an option newer than the installed iproute2, which would ignore
        the option and flush more.

        Options, from `FdbFlush`::

            brport=LINK, vlan=0..4095, src_vni=0..16777215 (6.7+), nhid=int (6.7+),
            vni=0..16777215 (6.7+), port=0..65535 (6.7+), dst=ADDRESS (6.7+), self_=True,
            master=True, permanent=True|False, static=True|False, dynamic=True|False,
            added_by_user=True|False, extern_learn=True|False, sticky=True|False,
            offloaded=True|False, router=True|False (6.7+)
        """
        selection = build_supported(self.runner, FdbFlush, options=filters)

        return self._run_change(
            "flush",
            "dev",
            format_device(dev),
            *selection,
            own_process=True,
        )

    def get(self, to: str, **key: Unpack[FdbGet]) -> "models.FdbEntry":
        """Return a single entry.

        ::

            bridge -j -d fdb get to MAC { dev DEV | br BRIDGE } [vlan …] [vni …]
                [self] [master] [dynamic]

        Raises `NotFound`.

        Options, from `FdbGet`::

            dev=LINK, br=LINK, vlan=0..4095, vni=0..16777215, self_=True, master=True,
            dynamic=True (5.8+)
        """
        # fdb_get() sets `filter_dynamic`, a static variable of bridge/fdb.c, which fdb_show()
        # reads.
        return self._query_one(
            models.FdbEntry,
            "get",
            "to",
            check_mac(to, "to"),
            *to_args(FdbGet, key),
            own_process=True,
        )

    def show(
        self,
        dev: str | None = None,
        *,
        stats: bool = False,
        **filters: Unpack[FdbFilter],
    ) -> "list[models.FdbEntry]":
        """Return the entries of all bridges and links, or of a single link.

        ::

            bridge -j -d [-s] fdb show [dev DEV] [br BRIDGE] [brport DEV]
                [vlan …] [state …] [dynamic]

        Raises `UnknownOption` for ``dynamic`` with an iproute2 older than 5.8, which would return
        every entry.

        Options, from `FdbFilter`::

            br=LINK, brport=LINK, vlan=0..4095,
            state="permanent"|"static"|"temp"|"stale"|"reachable"|"dynamic"|"all"|int,
            dynamic=True (5.8+)
        """
        device = () if dev is None else ("dev", format_device(dev))
        arguments = (*device, *build_supported(self.runner, FdbFilter, options=filters))

        # The filters in bridge/fdb.c are static and never reset: a reused process would apply them
        # again.
        return self._query(
            models.FdbEntry,
            "show",
            *arguments,
            flags=("-d", "-s") if stats else ("-d",),
            own_process=bool(arguments),
        )

    def _create(self, verb: str, to: str, *, dev: str, options: FdbOptions) -> Result:
        """Run a verb that adds an entry, and declare the created entry."""
        created = CreatedObject(
            "fdb",
            _identity(to, dev, options=options),
            {"to": to, "dev": dev, **to_fields(FdbOptions, _identity_options(options))},
            self.netns,
            (dev,),
        )

        return self._run_change(
            verb,
            *_entry_arguments(to, dev, options=options),
            creates=(created,),
        )


def _entry_arguments(to: str, dev: str, *, options: FdbOptions) -> tuple[str, ...]:
    """Return the arguments of an entry: address, link and options."""
    return (
        "to",
        check_mac(to, "to"),
        "dev",
        format_device(dev),
        *to_args(FdbOptions, options),
    )


def _identity(to: str, dev: str, *, options: FdbOptions) -> str:
    """Return the identity of an entry: the arguments by which `delete` finds the entry."""
    return " ".join(_entry_arguments(to, dev, options=_identity_options(options)))


def _identity_options(options: FdbOptions) -> FdbOptions:
    """Return the options by which `delete` finds an entry."""
    identity: Any = {key: value for key, value in options.items() if key in IDENTITY}
    return identity  # type: ignore[no-any-return]
