"""`ip link`: network devices. ip-link(8); iproute2's ip/iplink.c."""

from typing import Annotated, Any, ClassVar, Literal, TypedDict, Unpack, get_args

from attrs import frozen

from ipwrap.command import CreatedObject, LinkRename
from ipwrap.errors import InvalidArgument
from ipwrap.kinds import LinkKind
from ipwrap.kinds.link_options import LinkOptions
from ipwrap.kinds.paired import PairedKind
from ipwrap.models import AfStats, Link, Xstats
from ipwrap.options.codecs import Altnames, Choice, Codec, ExistingLink, Flag, NewName
from ipwrap.options.table import Option, to_args
from ipwrap.options.validation import FIRST_NETNS, check_link_name
from ipwrap.result import Result
from ipwrap.verbs.base import ObjectCommands, device_word, link_key

__all__ = ["LinkFilter", "LinkVerbs", "XstatsKind", "XstatsPart", "stats_words"]

XstatsKind = Literal["bridge", "bridge_slave", "bond", "bond_slave"]
XstatsPart = Literal["mcast", "stp", "802.3ad"]
XSTATS_PARTS = {"bridge": ("mcast", "stp"), "bond": ("802.3ad",)}


class LinkFilter(TypedDict, total=False):
    """Which links `ip link show` lists; ``type`` may be that of a port (`bridge_slave`).

    ``novf=True`` leaves out the virtual functions of network cards. ipaddr_list_flush_or_save() in ip/ipaddress.c.
    """

    group: Annotated[str | int | None, Option(Codec())]
    up: Annotated[
        bool | None, Option(Flag())
    ]  # `down` came with iproute2 6.13, and is a link's name before: see show
    master: Annotated[str | None, Option(ExistingLink())]
    vrf: Annotated[str | None, Option(ExistingLink())]
    type: Annotated[str | None, Option(Codec())]
    nomaster: Annotated[bool | None, Option(Flag())]
    novf: Annotated[bool | None, Option(Flag(), since="6.10")]


def created_link(netns: str | None, name: str, *on: str | None) -> CreatedObject:
    """Return a link as a thing made, on top of others."""
    undo = ("ip", "link", "delete", "dev", name)
    return CreatedObject("link", name, undo, netns, tuple(each for each in on if each))


@frozen
class LinkVerbs(ObjectCommands):
    """Verbs of `ip link`."""

    words: ClassVar[tuple[str, ...]] = ("link",)

    def add(self, name: str, kind: LinkKind, **options: Unpack[LinkOptions]) -> Result:
        """Make a link.

        ::

            ip link add name NAME [OPTIONS] type KIND [KIND'S OPTIONS]

        ``netns=`` makes it there instead of here. Raises `AlreadyExists`, `NotSupported` (no such kind in this kernel),
        `RejectedByKernel`; `InvalidArgument` and `UnknownOption` before anything runs.
        """
        words = (
            "name",
            check_link_name(name),
            *to_args(LinkOptions, options),
            "type",
            kind.type,
            *kind.words_to_add(),
        )
        return self._run_change(
            "add", *words, makes=self._makes(name, kind, options), alone=kind.needs_own_process
        )

    def set(
        self,
        dev: str,
        kind: LinkKind | None = None,
        *,
        name: str | None = None,
        **options: Unpack[LinkOptions],
    ) -> Result:
        """Change a link: its own options, its kind's, or, with a `BridgeSlave` or `BondSlave`, those as a port.

        ::

            ip link set dev DEV [name NEW] [OPTIONS] [type KIND OPTIONS]

        ``name=`` gives it another name, ``netns=`` moves it. Raises `NotFound`, `Busy`, `RejectedByKernel`.
        """
        new = () if name is None else ("name", NewName().format("name", name))
        typed = () if kind is None else ("type", kind.type, *kind.to_args())
        words = ("dev", device_word(dev), *new, *to_args(LinkOptions, options), *typed)
        becomes = self._becomes(dev, name, options.get("netns"))
        return self._run_change(
            "set", *words, becomes=becomes, alone=kind is not None and kind.needs_own_process
        )

    def set_group(
        self, group: str | int, /, kind: LinkKind | None = None, **options: Unpack[LinkOptions]
    ) -> Result:
        """Change all links of a group.

        ::

            ip link set group GROUP [OPTIONS] [type KIND OPTIONS]
        """
        typed = () if kind is None else ("type", kind.type, *kind.to_args())
        return self._run_change(
            "set",
            "group",
            Codec().format("group", group),
            *to_args(LinkOptions, options),
            *typed,
            alone=True,
        )

    def delete(self, dev: str, *, type: str | None = None) -> Result:  # noqa: A002 - iproute2's word
        """Take a link away; a veth's peer goes with it, and what stands on it.

        ::

            ip link delete dev DEV [type KIND]

        Raises `NotFound`; `NotSupported` for a link that cannot be deleted, such as `lo`.
        """
        typed = () if type is None else ("type", Codec().format("type", type))
        return self._run_change(
            "delete", "dev", device_word(dev), *typed, drops=(link_key(self.netns, dev),)
        )

    def delete_group(self, group: str | int) -> Result:
        """Take all links of a group away.

        ::

            ip link delete group GROUP
        """
        return self._run_change("delete", "group", Codec().format("group", group), alone=True)

    def show(
        self,
        dev: str | None = None,
        *,
        stats: bool | Literal[2] = False,
        **which: Unpack[LinkFilter],
    ) -> list[Link]:
        """Return the links, or one.

        ::

            ip -j -d [-s [-s]] link show [dev DEV] [group GROUP] [up | down] [master DEV] [vrf NAME]
                [type KIND] [nomaster] [novf]

        ``stats=True`` adds the counters, ``stats=2`` also those of each sort of error. Raises `NotFound` for a link
        that is not there.
        """
        flags = ("-d", *stats_words(stats))
        one = () if dev is None else ("dev", device_word(dev))
        found = self._query(Link, "show", *one, *to_args(LinkFilter, which), flags=flags)
        return found if which.get("up") is not False else [link for link in found if not link.up]

    def xstats(
        self,
        type: XstatsKind,  # noqa: A002 - iproute2's word
        dev: str | None = None,
        *,
        part: XstatsPart | None = None,
    ) -> list[Xstats]:
        """Return what all links (or ports) of a kind, or one, count besides: multicast, spanning tree, LACP.

        ::

            ip -j link xstats type TYPE [mcast | stp | 802.3ad] [dev DEV]

        ``part`` picks one: "mcast" or "stp" of a bridge, "802.3ad" of a bond. bridge_parse_xstats() in
        ip/iplink_bridge.c, bond_parse_xstats() in ip/iplink_bond.c; ip/iplink_xstats.c.
        """
        kind = ("type", Choice(get_args(XstatsKind)).format("type", type))
        parts = XSTATS_PARTS[type.removesuffix("_slave")]
        picked = () if part is None else (Choice(parts).format(f"part of type {type}", part),)
        one = () if dev is None else ("dev", device_word(dev))
        return self._query(
            Xstats, "xstats", *kind, *picked, *one, flags=(), alone=True
        )  # part and dev stay set

    def afstats(self, dev: str | None = None) -> list[AfStats]:
        """Return what all links, or one, count of MPLS; a link without it is not listed.

        ::

            ip -j link afstats [dev DEV]

        Before 6.1 iproute2 answers in text: `OutputError`, if there is anything to tell.
        """
        one = () if dev is None else ("dev", device_word(dev))
        return self._query(
            AfStats, "afstats", *one, flags=(), alone=True
        )  # it prints no JSON in some releases

    def property_add(self, dev: str, *altnames: str) -> Result:
        """Give a link alternative names, each of 1 to 127 bytes.

        ::

            ip link property add dev DEV altname NAME [altname NAME …]
        """
        words = Altnames().format_args("altname", _some(altnames))
        gone = ("ip", "link", "property", "del", "dev", dev, "altname")
        made = [
            CreatedObject("altname", f"{dev} {each}", (*gone, each), self.netns, (dev,))
            for each in altnames
        ]
        return self._run_change("property", "add", "dev", device_word(dev), *words, makes=made)

    def property_del(self, dev: str, *altnames: str) -> Result:
        """Take alternative names of a link away.

        ::

            ip link property del dev DEV altname NAME [altname NAME …]
        """
        words = Altnames().format_args("altname", _some(altnames))
        drops = [("altname", self.netns, f"{dev} {each}") for each in altnames]
        return self._run_change("property", "del", "dev", device_word(dev), *words, drops=drops)

    def _makes(self, name: str, kind: LinkKind, options: LinkOptions) -> tuple[CreatedObject, ...]:
        """Return the links that `add` makes: the one asked for, and the named other end of a pair."""
        lower = options.get("link") if not options.get("link_netns") else None
        own = created_link(_target(options.get("netns"), self.netns), name, lower, kind.lower_link)
        if not isinstance(kind, PairedKind) or kind.peer is None:
            return (own,)
        return (own, created_link(_target(kind.peer_location, self.netns), kind.peer))

    def _becomes(self, dev: str, name: str | None, netns: Any) -> LinkRename | None:
        """Return what a link that `set` renames or moves is afterwards."""
        if name is None and netns is None:
            return None
        return LinkRename(dev, name or dev, _target(netns, self.netns))


def stats_words(stats: bool | int) -> tuple[str, ...]:
    """Return the global option that shows counters: once for True, twice for 2."""
    if stats not in (0, 1, 2):
        raise InvalidArgument(f"stats: {stats!r} is not one of False, True, 2")
    return ("-s",) * int(stats)


def _target(netns: Any, here: str | None) -> str | None:
    """Return the name of the namespace that an option names; one named by a process or a path has no name we know."""
    if netns is None:
        return here
    return None if netns in (FIRST_NETNS, 1) else str(netns)


def _some(altnames: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names, if there is one."""
    if not altnames:
        raise InvalidArgument("altname: give at least one name")
    return altnames
