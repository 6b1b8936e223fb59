"""`bridge vlan`: the VLANs of bridge ports. bridge(8); iproute2's bridge/vlan.c."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypedDict, Unpack

from attrs import frozen

from ipwrap import models
from ipwrap.bridge.global_vlan import GlobalVlanVerbs
from ipwrap.bridge.number_range import VID, NumberOrRange, Numbers
from ipwrap.bridge.version_check import build_supported
from ipwrap.command import CreatedObject
from ipwrap.errors import InvalidArgument
from ipwrap.kinds.bridge_slave import STATES
from ipwrap.options.codecs import ChoiceOr, Flag, Number, OnOff
from ipwrap.options.table import Option, to_args, to_fields
from ipwrap.result import Result
from ipwrap.verbs.base import ObjectCommands, format_device

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["VlanOptions", "VlanSettings", "VlanVerbs"]

TUNNEL = Number(1, 2**24 - 1)


@frozen
class TunnelInfo(NumberOrRange):
    """The tunnel number of a VLAN, or a range of tunnel numbers: `tunnel_info id 1000`."""

    def format_args(self, word: str, value: Numbers) -> tuple[str, ...]:
        """Return the arguments `tunnel_info id NUMBER[-NUMBER]`."""
        return (word, "id", self.format(word, value))

    def parse_args(self, _word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return the number or the pair, and the count of consumed arguments."""
        if words[1] != "id":
            raise InvalidArgument(f"{words[1]!r} is not id")

        return self.parse(words[2]), 3

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of numbers of tunnels, and ranges of them."""
        from hypothesis import strategies as st

        return st.one_of(
            st.integers(1, 2**24 - 1),
            st.tuples(st.integers(1, 99), st.integers(100, 2**24 - 1)),
        )


class VlanOptions(TypedDict, total=False):
    """Keywords of `bridge vlan add` and `delete`.

    ``self_`` configures the bridge itself, ``master`` (the default) the port. ``tunnel_info`` is
    the tunnel number of a VLAN, or a range of tunnel numbers as long as the range of VLANs. A
    tunnel is an object separate from the VLAN: the port has to be in the VLAN already, and to have
    ``vlan_tunnel``.
    """

    tunnel_info: Annotated[Numbers | None, Option(TunnelInfo(TUNNEL), json_key="tunid")]
    pvid: Annotated[bool | None, Option(Flag(), json_key="")]
    untagged: Annotated[bool | None, Option(Flag(), json_key="")]
    self_: Annotated[bool | None, Option(Flag(), keyword="self", json_key="")]
    master: Annotated[bool | None, Option(Flag(), json_key="")]


class VlanSettings(TypedDict, total=False):
    """Keywords of `bridge vlan set`: the options of a port in a VLAN.

    ``state`` is the spanning tree state, a word or 0 to 4. ``mcast_router`` is 0 (never), 1
    (learned), 2 (always), 3 (temporarily; ports only). ``mcast_max_groups`` is 0 for no limit;
    needs ``mcast_vlan_snooping`` of the bridge. ``neigh_suppress`` and ``neigh_forward_grat`` take
    effect on a port with ``neigh_vlan_suppress``.
    """

    state: Annotated[str | int | None, Option(ChoiceOr(STATES, Number(0, 4)), since="5.13")]
    mcast_router: Annotated[int | None, Option(Number(0, 3), since="5.16")]
    mcast_max_groups: Annotated[int | None, Option(Number(), since="6.3")]
    neigh_suppress: Annotated[bool | None, Option(OnOff(), since="6.4")]
    neigh_forward_grat: Annotated[bool | None, Option(OnOff(), since="7.2")]


@frozen
class VlanVerbs(ObjectCommands):
    """Verbs of `bridge vlan`.

    They need a kernel with CONFIG_BRIDGE_VLAN_FILTERING, and a bridge with ``vlan_filtering``.
    """

    program: ClassVar[str] = "bridge"
    words: ClassVar[tuple[str, ...]] = ("vlan",)

    @property
    def global_(self) -> GlobalVlanVerbs:
        """`bridge vlan global`."""
        return GlobalVlanVerbs(self.runner, self.netns)

    def add(self, vid: Numbers, dev: str, **options: Unpack[VlanOptions]) -> Result:
        """Add a port to a VLAN, or to a range of VLANs: ``(10, 12)``.

        ::

            bridge vlan add vid VID[-VID] dev DEV [pvid] [untagged] [self] [master]
            bridge vlan add vid VID[-VID] dev DEV tunnel_info id NUMBER[-NUMBER]

        ``vid`` is 1 to 4094. Raises `NotSupported` for a kernel without VLAN filtering, `NotFound`,
        `RejectedByKernel`, and `InvalidArgument` for arguments that iproute2 would ignore: ``pvid``
        or ``untagged`` beside ``tunnel_info``, and ranges of different lengths.

        Options, from `VlanOptions`::

            tunnel_info=1..16777215|tuple[int, int], pvid=True, untagged=True, self_=True,
            master=True
        """
        arguments = _check_consistency(vid, dev, options=options)
        identity = to_fields(VlanOptions, _identity_options(options))

        created = CreatedObject(
            _object_type(options),
            f"{vid} dev {dev}",
            {"vid": NumberOrRange(VID).format("vid", vid), "dev": dev, **identity},
            self.netns,
            (dev,),
        )

        return self._run_change("add", *arguments, creates=(created,))

    def ensure(self, vid: Numbers, dev: str, **options: Unpack[VlanOptions]) -> bool:
        """Add a VLAN of a port, or change it, if needed; return whether anything changed.

        ::

            bridge.vlan.ensure(10, "eth0", untagged=True)

        What is not given counts as it is. Raises as `add`.

        Options: those of `add`.
        """
        return self._ensure(vid, dev, **options)

    def add_many(
        self,
        vids: Iterable[Numbers | tuple[Numbers, VlanOptions]],
        dev: str,
        **options: Unpack[VlanOptions],
    ) -> None:
        """Add a port to many VLANs, as `ip route`'s ``add_many`` does: `bridge vlan add …` each.

        A pair ``(10, {"untagged": True})`` has options of its own. Raises as `add`.

        Options: those of `add`.
        """
        # Whether a VLAN is good is decided by its options as well: each is checked by the verb.
        self._add_many(vids, {"dev": dev, **options})

    def delete(self, vid: Numbers, dev: str, **options: Unpack[VlanOptions]) -> Result:
        """Remove a port from a VLAN; with ``tunnel_info``, remove only the tunnel.

        ::

            bridge vlan delete vid VID[-VID] dev DEV
                [tunnel_info id NUMBER[-NUMBER]] [self] [master]

        Raises `NotFound`.

        Options: those of `add`.
        """
        arguments = _check_consistency(vid, dev, options=options)
        identity = f"{vid} dev {dev}"

        # The kernel deletes the tunnel of a VLAN together with the VLAN.
        deleted = [("vlan tunnel", self.netns, identity)]
        if _object_type(options) == "vlan":
            deleted.insert(0, ("vlan", self.netns, identity))

        return self._run_change("delete", *arguments, deletes=deleted)

    def set(self, vid: Numbers, dev: str, **options: Unpack[VlanSettings]) -> Result:
        """Change the options of a port, or of the bridge, in a VLAN or a range of VLANs.

        ::

            bridge vlan set vid VID[-VID] dev DEV
                [state STATE] [mcast_router 0..3] [mcast_max_groups N] …

        Needs iproute2 5.13. Raises `NotFound` (no such link, or not in the VLAN),
        `RejectedByKernel` (a ``state`` for a bridge with ``mst_enabled`` or with the kernel's own
        spanning tree); `UnknownOption` for an option newer than the installed iproute2, which would
        ignore the option.

        Options, from `VlanSettings`::

            state="disabled"|"listening"|"learning"|"forwarding"|"blocking"|0..4 (5.13+),
            mcast_router=0..3 (5.16+), mcast_max_groups=int (6.3+),
            neigh_suppress=True|False (6.4+), neigh_forward_grat=True|False (7.2+)
        """
        return self._run_change(
            "set",
            *_vlan_arguments(vid, dev),
            *build_supported(self.runner, VlanSettings, options=options),
        )

    def show(
        self,
        dev: str | None = None,
        *,
        vid: int | None = None,
        details: bool = False,
        stats: bool = False,
        compress: bool = False,
    ) -> "list[models.PortVlans]":
        """Return the ports with their VLANs, except ports without VLANs.

        ::

            bridge -j [-d] [-s] [-compressvlans] vlan show [dev DEV] [vid VID]

        ``details`` adds the options of each VLAN, refused by a kernel without VLAN filtering;
        ``compress`` returns a range of VLANs as a single object, as ``details`` does anyway.
        """
        flags = []
        if details:
            flags.append("-d")
        if stats:
            flags.append("-s")
        if compress:
            flags.append("-compressvlans")

        filters = _filter_arguments(dev, vid)

        # Static variables of bridge/vlan.c outlive a command: filters are never reset, and at the
        # second `-d` in a process vlan_rtm_cur_ifidx makes bridge abort.
        return self._query(
            models.PortVlans,
            "show",
            *filters,
            flags=tuple(flags),
            own_process=bool(filters) or details,
        )

    def tunnelshow(
        self, dev: str | None = None, *, vid: int | None = None
    ) -> "list[models.PortVlans]":
        """Return the ports with the ``tunnels`` of their VLANs. Needs iproute2 5.5.

        ::

            bridge -j vlan tunnelshow [dev DEV] [vid VID]
        """
        filters = _filter_arguments(dev, vid)

        # The filters in bridge/vlan.c are static and never reset: a reused process would apply them
        # again.
        return self._query(
            models.PortVlans,
            "tunnelshow",
            *filters,
            flags=(),
            own_process=bool(filters),
        )


def _vlan_arguments(vid: Numbers, dev: str) -> tuple[str, ...]:
    """Return the arguments of a VLAN, or a range of VLANs, and a port."""
    return (
        "vid",
        NumberOrRange(VID).format("vid", vid),
        "dev",
        format_device(dev),
    )


def _port_arguments(vid: Numbers, dev: str, *, options: VlanOptions) -> tuple[str, ...]:
    """Return the arguments of a port's VLAN with its options."""
    return (*_vlan_arguments(vid, dev), *to_args(VlanOptions, options))


def _filter_arguments(dev: str | None, vid: int | None) -> tuple[str, ...]:
    """Return the arguments that select a port and a VLAN."""
    device = () if dev is None else ("dev", format_device(dev))
    number = () if vid is None else ("vid", VID.format("vid", vid))

    return (*device, *number)


def _object_type(options: VlanOptions) -> str:
    """Return the type of the created object: a port's VLAN, or the tunnel of a port's VLAN."""
    return "vlan" if options.get("tunnel_info") is None else "vlan tunnel"


def _identity_options(options: VlanOptions) -> VlanOptions:
    """Return the options by which `delete` finds the created object."""
    return {
        "tunnel_info": options.get("tunnel_info"),
        "self_": options.get("self_"),
    }


def _check_consistency(vid: Numbers, dev: str, *, options: VlanOptions) -> tuple[str, ...]:
    """Return the arguments of a port's VLAN. Refuses combinations that iproute2 would ignore."""
    arguments = _port_arguments(vid, dev, options=options)
    tunnel = options.get("tunnel_info")

    if isinstance(vid, tuple) and options.get("pvid"):
        raise InvalidArgument("pvid: a port has one such VLAN, not a range of them")

    if tunnel is None:
        return arguments

    # vlan_modify() in bridge/vlan.c sends the tunnel without the flags of the VLAN.
    if options.get("pvid") or options.get("untagged"):
        raise InvalidArgument(
            "tunnel_info: iproute2 would ignore pvid and untagged; let the port into the VLAN first"
        )

    if _count_numbers(vid) != _count_numbers(tunnel):
        raise InvalidArgument(f"tunnel_info: {tunnel!r} is not as many tunnels as VLANs in {vid!r}")

    return arguments


def _count_numbers(numbers: Numbers) -> int:
    """Return the count of numbers in a range, or 1."""
    if isinstance(numbers, tuple):
        return numbers[1] - numbers[0] + 1

    return 1
