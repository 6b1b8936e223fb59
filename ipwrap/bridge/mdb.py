"""`bridge mdb`: multicast groups with members, by port. bridge(8); iproute2's bridge/mdb.c."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, TypedDict, Unpack

from attrs import frozen

from ipwrap import models
from ipwrap.bridge.number_range import VID, VNI
from ipwrap.bridge.version_check import build_supported
from ipwrap.command import CreatedObject
from ipwrap.errors import InvalidArgument
from ipwrap.options.codecs import Choice, Codec, ExistingLink, Flag, Ip, NoPrefixFlag, Number
from ipwrap.options.converters import IpAddress
from ipwrap.options.table import Option, to_args, to_fields
from ipwrap.options.validation import check_address
from ipwrap.result import Result
from ipwrap.verbs.base import ObjectCommands, format_device

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["MdbFlush", "MdbKey", "MdbOptions", "MdbVerbs"]

# A link-layer group, as mdb_parse_grp() in bridge/mdb.c accepts beside IPv4 and IPv6 groups.
SIX_BYTES = re.compile(r"[0-9a-fA-F]{1,2}(:[0-9a-fA-F]{1,2}){5}")
PORT = Number(1, 65535)

# The key of an entry in the kernel; the remaining options are attributes of the entry.
IDENTITY = ("src", "vid", "dst", "src_vni")


class Group(Codec, frozen=True):
    """A multicast group: an IPv4, IPv6 or link-layer address."""

    def format(self, word: str, value: Any) -> str:
        """Return the address."""
        if isinstance(value, str) and SIX_BYTES.fullmatch(value):
            return value

        try:
            return check_address(value, word)
        except InvalidArgument as error:
            raise InvalidArgument(
                f"{word}: {value!r} is not an IPv4, IPv6 or link-layer address of a group"
            ) from error


class SourceList(Codec, frozen=True):
    """A list of source addresses, as a single argument: `10.0.0.1,10.0.0.2`."""

    def format(self, word: str, value: Any) -> str:
        """Return the addresses with commas between them."""
        if isinstance(value, str) or not value:
            raise InvalidArgument(
                f'{word}: {value!r} is not a list of addresses such as ["10.0.0.1"]'
            )

        return ",".join(check_address(address, word) for address in value)

    def parse(self, text: str) -> Any:
        """Return the addresses."""
        return text.split(",")

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of lists of addresses."""
        from hypothesis import strategies as st

        from ipwrap.options.codecs.strategies import ADDRESSES

        return st.lists(ADDRESSES, min_size=1, max_size=3)


class MdbOptions(TypedDict, total=False):
    """Keywords of `bridge mdb add`, `replace`, `delete`.

    An entry is ``temp`` by default and expires after minutes, or ``permanent``, as required for
    link-layer groups and for a vxlan. ``src`` restricts the entry to a single source;
    ``source_list`` lists sources to accept or to block, by ``filter_mode`` ("include" or
    "exclude"). ``proto`` is a routing protocol's name or number, static by default. ``dst`` (the
    address of the remote vxlan), ``dst_port``, ``vni``, ``src_vni`` and ``via`` apply to a vxlan
    only.
    """

    src: Annotated[IpAddress | None, Option(Ip(), since="5.10")]
    permanent: Annotated[bool | None, Option(Flag(), json_key="")]
    temp: Annotated[bool | None, Option(Flag(), json_key="")]
    vid: Annotated[int | None, Option(VID)]
    filter_mode: Annotated[Literal["include", "exclude"] | None, Option(Choice(), since="6.3")]
    source_list: Annotated[Sequence[str] | None, Option(SourceList(), since="6.3")]
    proto: Annotated[str | int | None, Option(Codec(), json_key="protocol", since="6.3")]
    dst: Annotated[IpAddress | None, Option(Ip(), since="6.4")]
    dst_port: Annotated[int | None, Option(PORT, since="6.4")]
    vni: Annotated[int | None, Option(VNI, since="6.4")]
    src_vni: Annotated[int | None, Option(VNI, since="6.4")]
    via: Annotated[str | None, Option(ExistingLink(), since="6.4")]


class MdbKey(TypedDict, total=False):
    """Keywords of `bridge mdb get`: source and VLAN of an entry, or for a vxlan the VNI."""

    src: Annotated[IpAddress | None, Option(Ip(), since="6.7")]
    vid: Annotated[int | None, Option(VID, since="6.7")]
    src_vni: Annotated[int | None, Option(VNI, since="6.7")]


class MdbFlush(TypedDict, total=False):
    """Filters of `bridge mdb flush`. ``permanent=False`` selects temporary entries."""

    port: Annotated[str | None, Option(ExistingLink(), since="6.8")]
    vid: Annotated[int | None, Option(VID, since="6.8")]
    src_vni: Annotated[int | None, Option(VNI, since="6.8")]
    proto: Annotated[str | int | None, Option(Codec(), since="6.8")]
    permanent: Annotated[bool | None, Option(NoPrefixFlag(), since="6.8")]
    dst: Annotated[IpAddress | None, Option(Ip(), since="6.8")]
    dst_port: Annotated[int | None, Option(PORT, since="6.8")]
    vni: Annotated[int | None, Option(VNI, since="6.8")]


@frozen
class MdbVerbs(ObjectCommands):
    """Verbs of `bridge mdb`, for a bridge (``mcast_snooping``) or, since Linux 6.4, for a vxlan."""

    program: ClassVar[str] = "bridge"
    words: ClassVar[tuple[str, ...]] = ("mdb",)

    def add(self, grp: str, dev: str, *, port: str, **options: Unpack[MdbOptions]) -> Result:
        """Add an entry: the ``port`` of the bridge ``dev`` is a member of the group.

        ::

            bridge mdb add grp GROUP dev DEV port PORT
                [src ADDRESS] [permanent | temp] [vid VID] [filter_mode …] …

        ``port`` may be the bridge itself; for a vxlan, ``port`` is the vxlan. Raises
        `AlreadyExists`, `NotFound` (no such link), `NotSupported` (neither a bridge nor a vxlan),
        `RejectedByKernel` (not a port of the bridge, not a group, …); `UnknownOption` for an option
        newer than the installed iproute2, which would ignore the option.

        Options, from `MdbOptions`::

            src=ADDRESS (5.10+), permanent=True, temp=True, vid=1..4094,
            filter_mode="include"|"exclude" (6.3+), source_list=Sequence[str] (6.3+),
            proto=str|int (6.3+), dst=ADDRESS (6.4+), dst_port=1..65535 (6.4+),
            vni=0..16777215 (6.4+), src_vni=0..16777215 (6.4+), via=LINK (6.4+)
        """
        return self._create("add", grp, dev=dev, port=port, options=options)

    def replace(self, grp: str, dev: str, *, port: str, **options: Unpack[MdbOptions]) -> Result:
        """Add an entry, or change an existing entry. Needs iproute2 6.3 and Linux 6.3.

        ::

            bridge mdb replace grp GROUP dev DEV port PORT …

        Options: those of `add`.
        """
        return self._create("replace", grp, dev=dev, port=port, options=options)

    def delete(self, grp: str, dev: str, *, port: str, **options: Unpack[MdbOptions]) -> Result:
        """Delete an entry.

        ::

            bridge mdb delete grp GROUP dev DEV port PORT …

        Raises `NotFound`, `RejectedByKernel`.

        Options: those of `add`.
        """
        identity = _identity(grp, dev, port=port, options=options)
        key_arguments = _key_arguments(grp, dev, port=port)

        return self._run_change(
            "delete",
            *key_arguments,
            *self._option_arguments(options),
            deletes=(("mdb", self.netns, identity),),
        )

    def flush(self, dev: str, **filters: Unpack[MdbFlush]) -> Result:
        """Delete the matching entries of a bridge or a vxlan. Needs iproute2 6.8 and Linux 6.8.

        ::

            bridge mdb flush dev DEV [port PORT] [vid VID] [src_vni VNI] [proto PROTO]
                [[no]permanent] [dst ADDRESS] …

        Options, from `MdbFlush`::

            port=LINK (6.8+), vid=1..4094 (6.8+), src_vni=0..16777215 (6.8+), proto=str|int (6.8+),
            permanent=True|False (6.8+), dst=ADDRESS (6.8+), dst_port=1..65535 (6.8+),
            vni=0..16777215 (6.8+)
        """
        return self._run_change(
            "flush",
            "dev",
            format_device(dev),
            *to_args(MdbFlush, filters),
        )

    def get(self, grp: str, dev: str, **key: Unpack[MdbKey]) -> "list[models.MdbEntry]":
        """Return the entries of a group, an entry a port. Needs iproute2 6.7 and Linux 6.7.

        ::

            bridge -j -d mdb get grp GROUP dev DEV [src ADDRESS] [vid VID] [src_vni VNI]

        Raises `NotFound`.

        Options, from `MdbKey`::

            src=ADDRESS (6.7+), vid=1..4094 (6.7+), src_vni=0..16777215 (6.7+)
        """
        # Not in a batch: mdb_get() in bridge/mdb.c has exit statuses of its own (-1 and -2).
        return self._query(
            models.MdbEntry,
            "get",
            "grp",
            Group().format("grp", grp),
            "dev",
            format_device(dev),
            *to_args(MdbKey, key),
            own_process=True,
        )

    def show(
        self,
        dev: str | None = None,
        *,
        vid: int | None = None,
        stats: bool = False,
    ) -> "models.Mdb":
        """Return the entries (``mdb``) and the router ports (``router``).

        ::

            bridge -j -d [-s] mdb show [dev DEV] [vid VID]

        By default the entries of all bridges and vxlans are returned. ``stats`` adds timers.
        """
        device = () if dev is None else ("dev", format_device(dev))
        number = () if vid is None else ("vid", VID.format("vid", vid))

        # The filters in bridge/mdb.c are static and never reset: a reused process would apply them
        # again.
        databases = self._query(
            models.Mdb,
            "show",
            *device,
            *number,
            flags=("-d", "-s") if stats else ("-d",),
            own_process=bool(device or number),
        )

        if not databases:
            return models.Mdb()

        return databases[0]

    def _create(
        self,
        verb: str,
        grp: str,
        *,
        dev: str,
        port: str,
        options: MdbOptions,
    ) -> Result:
        """Run a verb that adds an entry, and declare the created entry."""
        identity = to_fields(MdbOptions, _identity_options(options))
        created = CreatedObject(
            "mdb",
            _identity(grp, dev, port=port, options=options),
            {"grp": grp, "dev": dev, "port": port, **identity},
            self.netns,
            (dev, port),
        )
        key_arguments = _key_arguments(grp, dev, port=port)

        return self._run_change(
            verb,
            *key_arguments,
            *self._option_arguments(options),
            creates=(created,),
        )

    def _option_arguments(self, options: MdbOptions) -> tuple[str, ...]:
        """Return the arguments of supported options. Refuses `permanent` with `temp`."""
        if options.get("permanent") and options.get("temp"):
            raise InvalidArgument("permanent, temp: an entry is one or the other")

        return build_supported(self.runner, MdbOptions, options=options)


def _key_arguments(grp: str, dev: str, *, port: str) -> tuple[str, ...]:
    """Return the arguments of group, bridge and port."""
    return (
        "grp",
        Group().format("grp", grp),
        "dev",
        format_device(dev),
        "port",
        format_device(port, "port"),
    )


def _identity(grp: str, dev: str, *, port: str, options: MdbOptions) -> str:
    """Return the identity of an entry: the arguments by which `delete` finds the entry."""
    option_arguments = to_args(MdbOptions, _identity_options(options))

    return " ".join((*_key_arguments(grp, dev, port=port), *option_arguments))


def _identity_options(options: MdbOptions) -> dict[str, Any]:
    """Return the options by which `delete` finds an entry."""
    return {key: value for key, value in options.items() if key in IDENTITY}
