"""`bridge vlan`: the VLANs of a bridge's ports. bridge(8); iproute2's bridge/vlan.c."""

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, TypedDict, Unpack

from attrs import frozen

from ipwrap.bridge.global_vlan import GlobalVlanVerbs
from ipwrap.bridge.number_range import VID, NumberOrRange, Numbers
from ipwrap.bridge.version_check import build_supported
from ipwrap.command import CreatedObject
from ipwrap.errors import InvalidArgument
from ipwrap.kinds.bridge_slave import STATES
from ipwrap.models import PortVlans
from ipwrap.options.codecs import ChoiceOr, Flag, Number, OnOff
from ipwrap.options.table import Option, to_args
from ipwrap.result import Result
from ipwrap.verbs.base import ObjectCommands, device_word

__all__ = ["VlanOptions", "VlanSettings", "VlanVerbs"]

TUNNEL = Number(1, 2**24 - 1)


@frozen
class TunnelInfo(NumberOrRange):
    """The tunnel's number that goes with a VLAN: `tunnel_info id 1000`."""

    def format_args(self, word: str, value: Numbers) -> tuple[str, ...]:
        """Return the words."""
        return (word, "id", self.format(word, value))

    def parse_args(self, _word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return the number, or the pair."""
        if words[1] != "id":
            raise InvalidArgument(f"{words[1]!r} is not id")
        return self.parse(words[2]), 3


class VlanOptions(TypedDict, total=False):
    """Keywords of `bridge vlan add` and `delete`. ``self_`` speaks of the bridge itself, ``master`` is the default.

    ``tunnel_info`` is the number of the tunnel that a VLAN goes through, or as many of them as there are VLANs. It is a
    thing of its own: the port has to be in the VLAN, and to have ``vlan_tunnel``.
    """

    tunnel_info: Annotated[Numbers | None, Option(TunnelInfo(TUNNEL), json_key="tunid")]
    pvid: Annotated[bool | None, Option(Flag(), json_key="")]
    untagged: Annotated[bool | None, Option(Flag(), json_key="")]
    self_: Annotated[bool | None, Option(Flag(), keyword="self", json_key="")]
    master: Annotated[bool | None, Option(Flag(), json_key="")]


class VlanSettings(TypedDict, total=False):
    """Keywords of `bridge vlan set`: what a port is like in one of its VLANs.

    ``state`` is a word or 0 to 4, of the spanning tree. ``mcast_router`` is 0 (none), 1 (found out), 2 (always), 3 (for
    now; of a port). ``mcast_max_groups`` is 0 for any number; it needs ``mcast_vlan_snooping`` of the bridge.
    ``neigh_suppress`` and ``neigh_forward_grat`` count where the port has ``neigh_vlan_suppress``.
    """

    state: Annotated[str | int | None, Option(ChoiceOr(STATES, Number(0, 4)), since="5.13")]
    mcast_router: Annotated[int | None, Option(Number(0, 3), since="5.16")]
    mcast_max_groups: Annotated[int | None, Option(Number(), since="6.3")]
    neigh_suppress: Annotated[bool | None, Option(OnOff(), since="6.4")]
    neigh_forward_grat: Annotated[bool | None, Option(OnOff(), since="7.2")]


@frozen
class VlanVerbs(ObjectCommands):
    """Verbs of `bridge vlan`. The kernel needs CONFIG_BRIDGE_VLAN_FILTERING, and a bridge with ``vlan_filtering``."""

    program: ClassVar[str] = "bridge"
    words: ClassVar[tuple[str, ...]] = ("vlan",)

    @property
    def global_(self) -> GlobalVlanVerbs:
        """`bridge vlan global`."""
        return GlobalVlanVerbs(self.runner, self.netns)

    def add(self, vid: Numbers, dev: str, **options: Unpack[VlanOptions]) -> Result:
        """Let a port into a VLAN, or into a range of them: ``(10, 12)``.

        ::

            bridge vlan add vid VID[-VID] dev DEV [pvid] [untagged] [self] [master]
            bridge vlan add vid VID[-VID] dev DEV tunnel_info id NUMBER[-NUMBER]

        ``vid`` is 1 to 4094. Raises `NotSupported` where the kernel has no VLAN filtering, `NotFound`, `RejectedByKernel`,
        and `InvalidArgument` for what iproute2 would pass over: ``pvid`` or ``untagged`` beside ``tunnel_info``, and ranges
        that are not alike.
        """
        words = _consistent(vid, dev, options)
        undo = ("bridge", "vlan", "delete", *_words(vid, dev, _identity(options)))
        made = CreatedObject(_noun(options), f"{vid} dev {dev}", undo, self.netns, (dev,))
        return self._run_change("add", *words, makes=(made,))

    def delete(self, vid: Numbers, dev: str, **options: Unpack[VlanOptions]) -> Result:
        """Take a port out of a VLAN; with ``tunnel_info`` only out of its tunnel.

        ::

            bridge vlan delete vid VID[-VID] dev DEV [tunnel_info id NUMBER[-NUMBER]] [self] [master]

        Raises `NotFound`.
        """
        words = _consistent(vid, dev, options)
        nouns = ("vlan tunnel",) if _noun(options) == "vlan tunnel" else ("vlan", "vlan tunnel")
        return self._run_change(
            "delete", *words, drops=[(noun, self.netns, f"{vid} dev {dev}") for noun in nouns]
        )

    def set(self, vid: Numbers, dev: str, **options: Unpack[VlanSettings]) -> Result:
        """Change what a port, or the bridge, is like in a VLAN, or in a range of them. Needs iproute2 5.13.

        ::

            bridge vlan set vid VID[-VID] dev DEV [state STATE] [mcast_router 0..3] [mcast_max_groups N] …

        Raises `NotFound` (no such link, or it is not in the VLAN), `RejectedByKernel` (a ``state`` where the bridge has
        ``mst_enabled``, or where the kernel runs the spanning tree); `UnknownOption` for an option that the iproute2 here
        is too old for, as it would ignore it.
        """
        return self._run_change(
            "set", *_place(vid, dev), *build_supported(self.runner, VlanSettings, options)
        )

    def show(
        self,
        dev: str | None = None,
        *,
        vid: int | None = None,
        details: bool = False,
        stats: bool = False,
        compress: bool = False,
    ) -> list[PortVlans]:
        """Return the ports with their VLANs; one that is in none is not listed.

        ::

            bridge -j [-d] [-s] [-compressvlans] vlan show [dev DEV] [vid VID]

        ``details`` asks for each VLAN's own options, which a kernel without VLAN filtering refuses; ``compress`` for
        one object for a range of VLANs, which ``details`` has anyway.
        """
        flags = (*(("-d",) if details else ()), *(("-s",) if stats else ()))
        words = _filter(dev, vid)
        alone = (
            bool(words) or details
        )  # bridge never forgets a filter, and aborts at the second `-d`
        compressed = ("-compressvlans",) if compress else ()
        return self._query(PortVlans, "show", *words, flags=(*flags, *compressed), alone=alone)

    def tunnelshow(self, dev: str | None = None, *, vid: int | None = None) -> list[PortVlans]:
        """Return the ports whose VLANs go through tunnels: their ``tunnels``. It needs iproute2 5.5.

        ::

            bridge -j vlan tunnelshow [dev DEV] [vid VID]
        """
        words = _filter(dev, vid)
        return self._query(
            PortVlans, "tunnelshow", *words, flags=(), alone=bool(words)
        )  # bridge never forgets a filter


def _place(vid: Numbers, dev: str) -> tuple[str, ...]:
    """Return the words that say a VLAN, or a range, and a port."""
    return ("vid", NumberOrRange(VID).format("vid", vid), "dev", device_word(dev))


def _words(vid: Numbers, dev: str, options: VlanOptions) -> tuple[str, ...]:
    """Return the words that say a port's VLAN."""
    return (*_place(vid, dev), *to_args(VlanOptions, options))


def _filter(dev: str | None, vid: int | None) -> tuple[str, ...]:
    """Return the words that pick a port, and a VLAN."""
    one = () if dev is None else ("dev", device_word(dev))
    return one if vid is None else (*one, "vid", VID.format("vid", vid))


def _noun(options: VlanOptions) -> str:
    """Return what is made: that a port is in a VLAN, or that a VLAN goes through a tunnel."""
    return "vlan" if options.get("tunnel_info") is None else "vlan tunnel"


def _identity(options: VlanOptions) -> VlanOptions:
    """Return the options by which what was made is taken away."""
    return {"tunnel_info": options.get("tunnel_info"), "self_": options.get("self_")}


def _consistent(vid: Numbers, dev: str, options: VlanOptions) -> tuple[str, ...]:
    """Return the words that say a port's VLAN, if iproute2 would heed them all."""
    words, tunnel = _words(vid, dev, options), options.get("tunnel_info")
    if isinstance(vid, tuple) and options.get("pvid"):
        raise InvalidArgument("pvid: a port has one such VLAN, not a range of them")
    if tunnel is not None and (options.get("pvid") or options.get("untagged")):
        raise InvalidArgument(
            "tunnel_info: iproute2 would pass over pvid and untagged; let the port into the VLAN first"
        )
    if tunnel is not None and _count(vid) != _count(tunnel):
        raise InvalidArgument(f"tunnel_info: {tunnel!r} is not as many tunnels as VLANs in {vid!r}")
    return words


def _count(numbers: Numbers) -> int:
    """Return how many numbers are in a range."""
    return numbers[1] - numbers[0] + 1 if isinstance(numbers, tuple) else 1
