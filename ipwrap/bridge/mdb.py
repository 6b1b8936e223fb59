"""`bridge mdb`: which multicast groups have members behind which port. bridge(8); iproute2's bridge/mdb.c."""

import re
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal, TypedDict, Unpack

from attrs import frozen

from ipwrap.bridge.number_range import VID, VNI
from ipwrap.bridge.version_check import build_supported
from ipwrap.command import CreatedObject
from ipwrap.errors import InvalidArgument
from ipwrap.models import Mdb, MdbEntry
from ipwrap.options.codecs import Choice, Codec, ExistingLink, Flag, Ip, NoPrefixFlag, Number
from ipwrap.options.converters import IpAddress
from ipwrap.options.table import Option, to_args
from ipwrap.options.validation import check_address
from ipwrap.result import Result
from ipwrap.verbs.base import ObjectCommands, device_word

__all__ = ["MdbFlush", "MdbKey", "MdbOptions", "MdbVerbs"]

SIX_BYTES = re.compile(r"[0-9a-fA-F]{1,2}(:[0-9a-fA-F]{1,2}){5}")
PORT = Number(1, 65535)


@frozen
class Group(Codec):
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


@frozen
class Sources(Codec):
    """Addresses of senders, in one word: `10.0.0.1,10.0.0.2`."""

    def format(self, word: str, value: Any) -> str:
        """Return the addresses with commas between them."""
        if isinstance(value, str) or not value:
            raise InvalidArgument(
                f'{word}: {value!r} is not a list of addresses such as ["10.0.0.1"]'
            )
        return ",".join(check_address(each, word) for each in value)

    def parse(self, text: str) -> Any:
        """Return the addresses."""
        return text.split(",")


class MdbOptions(TypedDict, total=False):
    """Keywords of `bridge mdb add`, `replace`, `delete`.

    An entry is ``temp`` by default, and is gone after some minutes, or ``permanent``, as one of the link layer and one
    of a vxlan have to be. ``src`` is the one sender that it is about; or ``source_list`` those that ``filter_mode``
    lets through ("include") or keeps out ("exclude"). ``proto`` is a routing protocol's name or number, static by
    default. ``dst``, the address of the vxlan where the members are, and what follows it are of a vxlan.
    """

    src: Annotated[IpAddress | None, Option(Ip(), since="5.10")]
    permanent: Annotated[bool | None, Option(Flag(), json_key="")]
    temp: Annotated[bool | None, Option(Flag(), json_key="")]
    vid: Annotated[int | None, Option(VID)]
    filter_mode: Annotated[Literal["include", "exclude"] | None, Option(Choice(), since="6.3")]
    source_list: Annotated[Sequence[str] | None, Option(Sources(), since="6.3")]
    proto: Annotated[str | int | None, Option(Codec(), json_key="protocol", since="6.3")]
    dst: Annotated[IpAddress | None, Option(Ip(), since="6.4")]
    dst_port: Annotated[int | None, Option(PORT, since="6.4")]
    vni: Annotated[int | None, Option(VNI, since="6.4")]
    src_vni: Annotated[int | None, Option(VNI, since="6.4")]
    via: Annotated[str | None, Option(ExistingLink(), since="6.4")]


class MdbKey(TypedDict, total=False):
    """Keywords of `bridge mdb get`: the sender, the VLAN, or of a vxlan the tunnel that an entry is about."""

    src: Annotated[IpAddress | None, Option(Ip(), since="6.7")]
    vid: Annotated[int | None, Option(VID, since="6.7")]
    src_vni: Annotated[int | None, Option(VNI, since="6.7")]


class MdbFlush(TypedDict, total=False):
    """Which entries `bridge mdb flush` takes away. ``permanent=False`` asks for those that are temporary."""

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
    """Verbs of `bridge mdb`: of a bridge (``mcast_snooping``), or from Linux 6.4 on of a vxlan."""

    program: ClassVar[str] = "bridge"
    words: ClassVar[tuple[str, ...]] = ("mdb",)

    def add(self, grp: str, dev: str, *, port: str, **options: Unpack[MdbOptions]) -> Result:
        """Add an entry: frames to this group go out of that ``port`` of the bridge ``dev``.

        ::

            bridge mdb add grp GROUP dev DEV port PORT [src ADDRESS] [permanent | temp] [vid VID] [filter_mode …] …

        ``port`` may be the bridge itself; of a vxlan it is the vxlan. Raises `AlreadyExists`, `NotFound` (no such
        link), `NotSupported` (neither a bridge nor a vxlan), `RejectedByKernel` (no port of it, no group, …);
        `UnknownOption` for an option that the iproute2 here is too old for, as it would ignore it.
        """
        return self._make("add", grp, dev, port, options)

    def replace(self, grp: str, dev: str, *, port: str, **options: Unpack[MdbOptions]) -> Result:
        """Add an entry, or change it if it is there. `bridge mdb replace …`. Needs iproute2 6.3 and Linux 6.3."""
        return self._make("replace", grp, dev, port, options)

    def delete(self, grp: str, dev: str, *, port: str, **options: Unpack[MdbOptions]) -> Result:
        """Delete an entry. `bridge mdb delete grp GROUP dev DEV port PORT …`. Raises `NotFound`, `RejectedByKernel`."""
        drops = (("mdb", self.netns, _name(grp, dev, port, options)),)
        return self._run_change("delete", *_words(grp, dev, port, self._said(options)), drops=drops)

    def flush(self, dev: str, **which: Unpack[MdbFlush]) -> Result:
        """Delete all entries of a bridge, or a vxlan, that match. Needs iproute2 6.8 and Linux 6.8.

        ::

            bridge mdb flush dev DEV [port PORT] [vid VID] [src_vni VNI] [proto PROTO] [[no]permanent] [dst ADDRESS] …
        """
        return self._run_change("flush", "dev", device_word(dev), *to_args(MdbFlush, which))

    def get(self, grp: str, dev: str, **key: Unpack[MdbKey]) -> list[MdbEntry]:
        """Return the entries of one group: one for each port. Needs iproute2 6.7 and Linux 6.7.

        ::

            bridge -j -d mdb get grp GROUP dev DEV [src ADDRESS] [vid VID] [src_vni VNI]

        Raises `NotFound`.
        """
        words = ("grp", Group().format("grp", grp), "dev", device_word(dev), *to_args(MdbKey, key))
        return self._query(MdbEntry, "get", *words, alone=True)  # it has an exit status of its own

    def show(self, dev: str | None = None, *, vid: int | None = None, stats: bool = False) -> Mdb:
        """Return the entries (``mdb``) and the router ports (``router``) of all bridges and vxlans, or of one.

        ::

            bridge -j -d [-s] mdb show [dev DEV] [vid VID]

        ``stats`` asks for timers.
        """
        one = () if dev is None else ("dev", device_word(dev))
        words = one if vid is None else (*one, "vid", VID.format("vid", vid))
        flags = ("-d", "-s") if stats else ("-d",)
        found = self._query(
            Mdb, "show", *words, flags=flags, alone=bool(words)
        )  # bridge never forgets a filter
        return found[0] if found else Mdb()

    def _make(self, verb: str, grp: str, dev: str, port: str, options: MdbOptions) -> Result:
        """Run a verb that makes an entry."""
        name = _name(grp, dev, port, options)
        made = CreatedObject(
            "mdb", name, ("bridge", "mdb", "delete", *name.split(" ")), self.netns, (dev, port)
        )
        return self._run_change(verb, *_words(grp, dev, port, self._said(options)), makes=(made,))

    def _said(self, options: MdbOptions) -> tuple[str, ...]:
        """Return the words of options that go together."""
        if options.get("permanent") and options.get("temp"):
            raise InvalidArgument("permanent, temp: an entry is one or the other")
        return build_supported(self.runner, MdbOptions, options)


def _words(grp: str, dev: str, port: str, said: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words that say an entry."""
    place = ("dev", device_word(dev), "port", device_word(port, "port"))
    return ("grp", Group().format("grp", grp), *place, *said)


IDENTITY = ("src", "vid", "dst", "src_vni")


def _name(grp: str, dev: str, port: str, options: MdbOptions) -> str:
    """Return the words by which an entry is deleted."""
    which = {key: value for key, value in options.items() if key in IDENTITY}
    return " ".join(_words(grp, dev, port, to_args(MdbOptions, which)))
