"""`bridge fdb`: which address is behind which port. bridge(8); iproute2's bridge/fdb.c."""

from typing import Annotated, Any, ClassVar, TypedDict, Unpack

from attrs import frozen

from ipwrap.bridge.version_check import build_supported
from ipwrap.command import CreatedObject
from ipwrap.models import FdbEntry
from ipwrap.options.codecs import ChoiceOr, ExistingLink, Flag, Ip, NoPrefixFlag, Number
from ipwrap.options.converters import IpAddress
from ipwrap.options.table import Option, to_args
from ipwrap.options.validation import check_mac
from ipwrap.result import Result
from ipwrap.verbs.base import ObjectCommands, device_word

__all__ = ["FdbFilter", "FdbFlush", "FdbGet", "FdbOptions", "FdbVerbs"]

VID = Number(0, 4095)
VNI = Number(0, 2**24 - 1)
PORT = ChoiceOr((), Number(0, 65535))


class FdbOptions(TypedDict, total=False):
    """Keywords of `bridge fdb add`, `append`, `replace`, `delete`.

    ``self_`` (the default) speaks to the device's own table, ``master`` to its bridge's. An entry is ``permanent``
    (also called local) by default, or ``static`` (temp), or ``dynamic``. The kernel takes ``inactive`` only together
    with ``activity_notify``.
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
    """Which entries `bridge fdb show` lists."""

    br: Annotated[str | None, Option(ExistingLink())]
    brport: Annotated[str | None, Option(ExistingLink())]
    vlan: Annotated[int | None, Option(VID)]
    state: Annotated[
        str | int | None,
        Option(
            ChoiceOr(
                ("permanent", "static", "temp", "stale", "reachable", "dynamic", "all"), Number()
            )
        ),
    ]
    dynamic: Annotated[bool | None, Option(Flag(), since="5.8")]


class FdbGet(TypedDict, total=False):
    """Where `bridge fdb get` looks: in ``dev`` (a port) or ``br`` (a bridge)."""

    dev: Annotated[str | None, Option(ExistingLink())]
    br: Annotated[str | None, Option(ExistingLink())]
    vlan: Annotated[int | None, Option(VID)]
    vni: Annotated[int | None, Option(VNI)]
    self_: Annotated[bool | None, Option(Flag(), keyword="self")]
    master: Annotated[bool | None, Option(Flag())]
    dynamic: Annotated[bool | None, Option(Flag(), since="5.8")]


class FdbFlush(TypedDict, total=False):
    """Which entries `bridge fdb flush` takes away. For a flag, False asks for those without it (`nopermanent`)."""

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
        """Add an entry: frames to this address go out of that port, or, for a vxlan, to ``dst``.

        ::

            bridge fdb add to MAC dev DEV [dst ADDRESS [port …] [vni …] [via DEV]] [vlan …] [self] [master] [static] …

        Raises `AlreadyExists`, `NotFound` (no such link), `NotSupported` (no bridge for ``master``).
        """
        return self._make("add", to, dev, options)

    def append(self, to: str, dev: str, **options: Unpack[FdbOptions]) -> Result:
        """Add a further destination of an address: how a vxlan floods. `bridge fdb append …`."""
        return self._make("append", to, dev, options)

    def replace(self, to: str, dev: str, **options: Unpack[FdbOptions]) -> Result:
        """Add an entry, or change it if it is there. `bridge fdb replace …`."""
        return self._make("replace", to, dev, options)

    def delete(self, to: str, dev: str, **options: Unpack[FdbOptions]) -> Result:
        """Delete an entry. `bridge fdb delete to MAC dev DEV …`. Raises `NotFound`."""
        drops = (("fdb", self.netns, _name(to, dev, options)),)
        return self._run_change("delete", *_words(to, dev, options), drops=drops)

    def flush(self, dev: str, **which: Unpack[FdbFlush]) -> Result:
        """Delete all entries of a bridge (or a vxlan) that match. Needs iproute2 6.0 and Linux 6.0.

        ::

            bridge fdb flush dev DEV [brport DEV] [vlan …] [self] [master] [[no]permanent] [[no]static] …

        Raises `UnknownOption` for an option that the iproute2 here is too old for: it would ignore it, and flush more.
        """
        words = build_supported(self.runner, FdbFlush, which)
        return self._run_change("flush", "dev", device_word(dev), *words, alone=True)

    def get(self, to: str, **where: Unpack[FdbGet]) -> FdbEntry:
        """Return one entry.

        ::

            bridge -j -d fdb get to MAC { dev DEV | br BRIDGE } [vlan …] [vni …] [self] [master] [dynamic]

        Raises `NotFound`.
        """
        return self._query_one(
            FdbEntry, "get", "to", check_mac(to, "to"), *to_args(FdbGet, where), alone=True
        )

    def show(
        self, dev: str | None = None, *, stats: bool = False, **which: Unpack[FdbFilter]
    ) -> list[FdbEntry]:
        """Return the entries of all bridges and links, or of one.

        ::

            bridge -j -d [-s] fdb show [dev DEV] [br BRIDGE] [brport DEV] [vlan …] [state …] [dynamic]

        Raises `UnknownOption` for ``dynamic`` where the iproute2 here is older than 5.8: it would return all entries.
        """
        flags = ("-d", "-s") if stats else ("-d",)
        words = (
            *(() if dev is None else ("dev", device_word(dev))),
            *build_supported(self.runner, FdbFilter, which),
        )
        return self._query(
            FdbEntry, "show", *words, flags=flags, alone=bool(words)
        )  # bridge never forgets a filter

    def _make(self, verb: str, to: str, dev: str, options: FdbOptions) -> Result:
        """Run a verb that makes an entry."""
        name = _name(to, dev, options)
        made = CreatedObject(
            "fdb", name, ("bridge", "fdb", "delete", *name.split(" ")), self.netns, (dev,)
        )
        return self._run_change(verb, *_words(to, dev, options), makes=(made,))


def _words(to: str, dev: str, options: FdbOptions) -> tuple[str, ...]:
    """Return the words that say an entry."""
    return ("to", check_mac(to, "to"), "dev", device_word(dev), *to_args(FdbOptions, options))


IDENTITY = ("dst", "port", "vni", "src_vni", "via", "vlan", "self_", "master")


def _name(to: str, dev: str, options: FdbOptions) -> str:
    """Return the words by which an entry is deleted."""
    which: Any = {key: value for key, value in options.items() if key in IDENTITY}
    return " ".join(_words(to, dev, which))
