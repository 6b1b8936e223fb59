"""`ip link`: network devices. ip-link(8); iproute2's ip/iplink.c."""

from typing import Annotated, Any, ClassVar, Literal, TypedDict, Unpack, get_args

from attrs import frozen

from ipwrap import models
from ipwrap.command import CreatedObject, LinkRename
from ipwrap.errors import InvalidArgument
from ipwrap.kinds import KINDS, LinkKind
from ipwrap.kinds.link_options import LinkOptions
from ipwrap.kinds.paired import PairedKind
from ipwrap.options.codecs import Altnames, Choice, Codec, ExistingLink, Flag, NewName
from ipwrap.options.table import Option, to_args
from ipwrap.options.validation import FIRST_NETNS, check_link_name
from ipwrap.result import Result
from ipwrap.verbs.base import ObjectCommands, format_device, link_key, single
from ipwrap.verbs.hints import check_kind, class_names

__all__ = [
    "LinkFilter",
    "LinkVerbs",
    "XstatsKind",
    "XstatsPart",
    "created_link",
    "format_stats_flags",
]

XstatsKind = Literal["bridge", "bridge_slave", "bond", "bond_slave"]
XstatsPart = Literal["mcast", "stp", "802.3ad"]

# bridge_parse_xstats() and bond_parse_xstats() accept these groups of counters.
XSTATS_PARTS = {"bridge": ("mcast", "stp"), "bond": ("802.3ad",)}


class LinkFilter(TypedDict, total=False):
    """Filters of `ip link show`. ``type`` may be the type of a port (`bridge_slave`).

    ``novf=True`` omits the virtual functions of network cards. ipaddr_list_flush_or_save() in
    ip/ipaddress.c.
    """

    group: Annotated[str | int | None, Option(Codec())]
    # No `down` for False: before 6.13 iproute2 takes `down` for the name of a link.
    up: Annotated[bool | None, Option(Flag())]
    master: Annotated[str | None, Option(ExistingLink())]
    vrf: Annotated[str | None, Option(ExistingLink())]
    type: Annotated[str | None, Option(Codec())]
    nomaster: Annotated[bool | None, Option(Flag())]
    novf: Annotated[bool | None, Option(Flag(), since="6.10")]


def created_link(netns: str | None, name: str, *depends_on: str | None) -> CreatedObject:
    """Return the record of a created link; ``depends_on`` names the links below (None: no link)."""
    lower_links = tuple(link for link in depends_on if link)

    return CreatedObject("link", name, {"dev": name}, netns, lower_links)


@frozen
class LinkVerbs(ObjectCommands):
    """Commands of `ip link`."""

    words: ClassVar[tuple[str, ...]] = ("link",)

    def add(self, name: str, kind: LinkKind, **options: Unpack[LinkOptions]) -> Result:
        """Create a link.

        ::

            ip link add name NAME [OPTIONS] type KIND [KIND'S OPTIONS]

        ``netns=`` creates the link in another namespace. Raises `AlreadyExists`, `NotSupported` (no
        such kind in this kernel), `RejectedByKernel`; `InvalidArgument` and `UnknownOption` before
        the command runs.

        Options, from `LinkOptions`::

            link=LINK, index=1..2147483647, address=MAC, broadcast=MAC, txqueuelen=int packets,
            mtu=int bytes, netns=NAMESPACE|int, link_netns=NAMESPACE, link_netnsid=int,
            multicast=True|False, allmulticast=True|False, promisc=True|False, trailers=True|False,
            arp=True|False, dynamic=True|False, carrier=True|False, up=True|False, master=LINK,
            vrf=LINK, nomaster=True, alias=str, group=str|int, mode="default"|"dormant",
            state="unknown"|"notpresent"|"down"|"lowerlayerdown"|"testing"|"dormant"|"up",
            numtxqueues=1..4096, numrxqueues=1..4096,
            addrgenmode="eui64"|"none"|"stable_secret"|"random", inet=Ipv4Conf (7.2+),
            protodown=True|False, protodown_reason=tuple[str|int, bool] (5.10+),
            gso_max_size=int bytes, gso_max_segs=0..65535, gro_max_size=int bytes (5.18+),
            gso_ipv4_max_size=int bytes (6.3+), gro_ipv4_max_size=int bytes (6.3+),
            parentdev=str (5.14+), vf=Vf|tuple[Vf, ...], xdp=Xdp|str, xdpgeneric=Xdp|str,
            xdpdrv=Xdp|str, xdpoffload=Xdp|str
        """
        _check_kind(kind)
        # With the keyword `name`, the name of a link may be a keyword, too (`up`). iplink_modify()
        # gives every argument after `type KIND` to the parser of the kind.
        arguments = (
            "name",
            check_link_name(name),
            *to_args(LinkOptions, options),
            "type",
            kind.type,
            *kind.args_to_add(),
        )
        created = self._describe_created(name, kind, options=options)

        return self._run_change(
            "add",
            *arguments,
            creates=created,
            own_process=kind.needs_own_process,
        )

    def ensure(self, name: str, kind: LinkKind, **options: Unpack[LinkOptions]) -> bool:
        """Add a link, or change it, if needed; return whether anything changed.

        ::

            ip.link.ensure("br0", Bridge(stp_state=1), up=True)

        What is not given counts as it is. Raises as `add`, and `InvalidArgument` for a link of
        another kind.

        Options: those of `add`.
        """
        return self._ensure(name, kind, **options)

    def set(
        self,
        dev: str,
        kind: LinkKind | None = None,
        *,
        name: str | None = None,
        **options: Unpack[LinkOptions],
    ) -> Result:
        """Change the options of a link and of its kind.

        ::

            ip link set dev DEV [name NEW] [OPTIONS] [type KIND OPTIONS]

        With a `BridgeSlave` or `BondSlave` as kind, change the link's options as a port.
        ``name=`` renames the link, ``netns=`` moves the link. Raises `NotFound`, `Busy`,
        `RejectedByKernel`.

        Options, from `LinkOptions`::

            link=LINK, index=1..2147483647, address=MAC, broadcast=MAC, txqueuelen=int packets,
            mtu=int bytes, netns=NAMESPACE|int, link_netns=NAMESPACE, link_netnsid=int,
            multicast=True|False, allmulticast=True|False, promisc=True|False, trailers=True|False,
            arp=True|False, dynamic=True|False, carrier=True|False, up=True|False, master=LINK,
            vrf=LINK, nomaster=True, alias=str, group=str|int, mode="default"|"dormant",
            state="unknown"|"notpresent"|"down"|"lowerlayerdown"|"testing"|"dormant"|"up",
            numtxqueues=1..4096, numrxqueues=1..4096,
            addrgenmode="eui64"|"none"|"stable_secret"|"random", inet=Ipv4Conf (7.2+),
            protodown=True|False, protodown_reason=tuple[str|int, bool] (5.10+),
            gso_max_size=int bytes, gso_max_segs=0..65535, gro_max_size=int bytes (5.18+),
            gso_ipv4_max_size=int bytes (6.3+), gro_ipv4_max_size=int bytes (6.3+),
            parentdev=str (5.14+), vf=Vf|tuple[Vf, ...], xdp=Xdp|str, xdpgeneric=Xdp|str,
            xdpdrv=Xdp|str, xdpoffload=Xdp|str
        """
        new_name: tuple[str, ...] = ()
        if name is not None:
            new_name = ("name", NewName().format("name", name))

        return self._run_change(
            "set",
            "dev",
            format_device(dev),
            *new_name,
            *to_args(LinkOptions, options),
            *_format_kind(kind),
            renames=self._describe_rename(dev, name, netns=options.get("netns")),
            own_process=kind is not None and kind.needs_own_process,
        )

    def set_group(
        self, group: str | int, /, kind: LinkKind | None = None, **options: Unpack[LinkOptions]
    ) -> Result:
        """Change every link of a group.

        ::

            ip link set group GROUP [OPTIONS] [type KIND OPTIONS]

        Options: those of `add`.
        """
        return self._run_change(
            "set",
            "group",
            Codec().format("group", group),
            *to_args(LinkOptions, options),
            *_format_kind(kind),
            own_process=True,
        )

    def delete(
        self,
        dev: str,
        *,
        type: str | None = None,  # noqa: A002 - iproute2's word
    ) -> Result:
        """Delete a link.

        The kernel also deletes the peer of a veth, and the links on top, such as VLANs.

        ::

            ip link delete dev DEV [type KIND]

        Raises `NotFound`; `NotSupported` for a link that cannot be deleted, such as `lo`.
        """
        link_type: tuple[str, ...] = ()
        if type is not None:
            link_type = ("type", Codec().format("type", type))

        return self._run_change(
            "delete",
            "dev",
            format_device(dev),
            *link_type,
            deletes=(link_key(self.netns, dev),),
        )

    def delete_group(self, group: str | int) -> Result:
        """Delete every link of a group.

        ::

            ip link delete group GROUP
        """
        return self._run_change("delete", "group", Codec().format("group", group), own_process=True)

    def show(
        self,
        dev: str | None = None,
        *,
        stats: bool | Literal[2] = False,
        **filters: Unpack[LinkFilter],
    ) -> "list[models.Link]":
        """Return the links that match every filter.

        ::

            ip -j -d [-s [-s]] link show [dev DEV] [group GROUP] [up | down] [master DEV] [vrf NAME]
                [type KIND] [nomaster] [novf]

        ``stats=True`` adds the counters, ``stats=2`` also the counters by type of error. Raises
        `NotFound` for a missing link.

        Options, from `LinkFilter`::

            group=str|int, up=True, master=LINK, vrf=LINK, type=str, nomaster=True,
            novf=True (6.10+)
        """
        links = self._query(
            models.Link,
            "show",
            *_format_dev(dev),
            *to_args(LinkFilter, filters),
            flags=("-d", *format_stats_flags(stats)),
        )

        # Not every release has the filter `down`: see the table of filters.
        if filters.get("up") is False:
            return [link for link in links if not link.up]

        return links

    def get(self, dev: str, *, stats: bool | Literal[2] = False) -> models.Link:
        """Return the one link of a name or an alternative name.

        ::

            ip -j -d [-s [-s]] link show dev DEV

        ``stats`` is as in `show`. Raises `NotFound`; `OutputError` in a dry run, which has no
        links.
        """
        return single(models.Link, self.show(dev, stats=stats))

    def xstats(
        self,
        type: XstatsKind,  # noqa: A002 - iproute2's word
        dev: str | None = None,
        *,
        part: XstatsPart | None = None,
    ) -> "list[models.Xstats]":
        """Return the extended counters of links or ports of a kind: multicast, spanning tree, LACP.

        ::

            ip -j link xstats type TYPE [mcast | stp | 802.3ad] [dev DEV]

        ``part`` selects one group of counters: "mcast" or "stp" of a bridge, "802.3ad" of a bond.
        bridge_parse_xstats() in ip/iplink_bridge.c, bond_parse_xstats() in ip/iplink_bond.c;
        ip/iplink_xstats.c.
        """
        link_type = Choice(get_args(XstatsKind)).format("type", type)

        part_filter: tuple[str, ...] = ()
        if part is not None:
            parts = XSTATS_PARTS[type.removesuffix("_slave")]
            part_filter = (Choice(parts).format(f"part of type {type}", part),)

        # The parsers keep part and device in static variables (filter_index, xstats_print_attr).
        return self._query(
            models.Xstats,
            "xstats",
            "type",
            link_type,
            *part_filter,
            *_format_dev(dev),
            flags=(),
            own_process=True,
        )

    def afstats(self, dev: str | None = None) -> "list[models.AfStats]":
        """Return the MPLS counters of links; links without MPLS are omitted.

        ::

            ip -j link afstats [dev DEV]

        Before 6.1 iproute2 prints text instead of JSON: `OutputError`, unless the output is empty.
        """
        # The reply is not always JSON (see above): keep it out of a worker's stream of replies.
        return self._query(
            models.AfStats,
            "afstats",
            *_format_dev(dev),
            flags=(),
            own_process=True,
        )

    def property_add(self, dev: str, *altnames: str) -> Result:
        """Add alternative names, of 1 to 127 bytes, to a link.

        ::

            ip link property add dev DEV altname NAME [altname NAME …]
        """
        arguments = _format_altnames(altnames)
        created = []
        for altname in altnames:
            altname_object = CreatedObject(
                "altname",
                f"{dev} {altname}",
                {"dev": dev, "altname": altname},
                self.netns,
                (dev,),
            )
            created.append(altname_object)

        return self._run_change(
            "property",
            "add",
            "dev",
            format_device(dev),
            *arguments,
            creates=created,
        )

    def property_del(self, dev: str, *altnames: str) -> Result:
        """Delete alternative names of a link.

        ::

            ip link property del dev DEV altname NAME [altname NAME …]
        """
        arguments = _format_altnames(altnames)
        deleted = [("altname", self.netns, f"{dev} {altname}") for altname in altnames]

        return self._run_change(
            "property",
            "del",
            "dev",
            format_device(dev),
            *arguments,
            deletes=deleted,
        )

    def _describe_created(
        self, name: str, kind: LinkKind, *, options: LinkOptions
    ) -> tuple[CreatedObject, ...]:
        """Return the links that `add` creates: the link itself, and the named peer of a pair."""
        netns = _resolve_netns(options.get("netns"), self.netns)

        # A lower link in another namespace (`link-netns`) is not among the links of this one.
        lower = options.get("link")
        if options.get("link_netns"):
            lower = None

        created = created_link(netns, name, lower, kind.lower_link)
        if not isinstance(kind, PairedKind) or kind.peer is None:
            return (created,)

        peer_netns = _resolve_netns(kind.peer_location, self.netns)
        return (created, created_link(peer_netns, kind.peer))

    def _describe_rename(self, dev: str, name: str | None, *, netns: Any) -> LinkRename | None:
        """Return the link's name and namespace after `set`, or None if `set` changes neither."""
        if name is None and netns is None:
            return None

        return LinkRename(dev, name or dev, _resolve_netns(netns, self.netns))


def format_stats_flags(stats: bool | int) -> tuple[str, ...]:
    """Return the global options that show counters: `-s` for True, `-s -s` for 2."""
    if stats not in (0, 1, 2):
        raise InvalidArgument(f"stats: {stats!r} is not one of False, True, 2")

    return ("-s",) * int(stats)


def _format_dev(dev: str | None) -> tuple[str, ...]:
    """Return the arguments that restrict a command to one link, if a link is given."""
    if dev is None:
        return ()

    return ("dev", format_device(dev))


def _format_kind(kind: LinkKind | None) -> tuple[str, ...]:
    """Return `type KIND` with the options of the kind, if a kind is given."""
    if kind is None:
        return ()

    _check_kind(kind)
    return ("type", kind.type, *kind.to_args())


def _check_kind(kind: LinkKind) -> None:
    """Raise `InvalidArgument` for what is no kind, such as its name as text."""
    if not isinstance(kind, LinkKind):
        check_kind(kind, LinkKind, classes=class_names(KINDS), package="ipwrap.kinds")


def _format_altnames(altnames: tuple[str, ...]) -> tuple[str, ...]:
    """Return the arguments for alternative names. Raises `InvalidArgument` without a name."""
    if not altnames:
        raise InvalidArgument("altname: give at least one name")

    return Altnames().format_args("altname", altnames)


def _resolve_netns(netns: Any, default: str | None) -> str | None:
    """Return the name of the namespace in an option's value, ``default`` for None.

    The first namespace of a place has no name: None.
    """
    if netns is None:
        return default

    # `ip link … netns 1` means the namespace of process 1.
    if netns in (FIRST_NETNS, 1):
        return None

    return str(netns)
