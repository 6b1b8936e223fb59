"""`bridge vni`: the tunnels accepted by a vxlan. bridge(8); iproute2's bridge/vni.c."""

import ipaddress
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypedDict, Unpack

from attrs import frozen

from ipwrap import models
from ipwrap.bridge.number_range import VNI, NumberOrRange, Numbers
from ipwrap.command import CreatedObject
from ipwrap.errors import InvalidArgument
from ipwrap.options.codecs import Ip
from ipwrap.options.converters import IpAddress
from ipwrap.options.table import Option, to_args
from ipwrap.result import Result
from ipwrap.verbs.base import ObjectCommands, format_device

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["VniOptions", "VniVerbs"]

# Numbers and ranges per command: parse_vni_filter() in bridge/vni.c puts each, with its address,
# into a message of limited size.
MAX_RANGES = 20


class MulticastAddress(Ip, frozen=True):
    """A multicast address."""

    def format(self, word: str, value: Any) -> str:
        """Return the address."""
        text = super().format(word, value)

        if not ipaddress.ip_address(text).is_multicast:
            raise InvalidArgument(
                f"{word}: {text!r} is not a multicast address; give another as remote="
            )

        return text

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of multicast addresses."""
        from hypothesis import strategies as st

        return st.ip_addresses(network="224.0.0.0/4").map(str)


class VniOptions(TypedDict, total=False):
    """Keywords of `bridge vni add`.

    ``group`` or ``remote`` is the destination of frames without a forwarding entry.
    """

    group: Annotated[str | None, Option(MulticastAddress(), since="5.19")]
    remote: Annotated[IpAddress | None, Option(Ip(), since="5.19")]


@frozen
class VniVerbs(ObjectCommands):
    """Verbs of `bridge vni`.

    They need iproute2 5.19, Linux 5.18, and a vxlan with ``external`` and ``vnifilter``.
    """

    program: ClassVar[str] = "bridge"
    words: ClassVar[tuple[str, ...]] = ("vni",)

    def add(self, vni: Numbers | list[Numbers], dev: str, **options: Unpack[VniOptions]) -> Result:
        """Accept a tunnel, a range of tunnels ``(10, 12)``, or a list of numbers and ranges.

        ::

            bridge vni add vni VNI[-VNI][,…] dev DEV [group ADDRESS | remote ADDRESS]

        ``vni`` is 1 to 16777215; at most 20 numbers and ranges. A tunnel accepted already gets the
        new address. Raises `NotFound` (no such link), `RejectedByKernel` (not a vxlan with a
        filter; a ``group`` for a vxlan without ``dev``).

        Options, from `VniOptions`::

            group=ADDRESS (5.19+), remote=ADDRESS (5.19+)
        """
        if options.get("group") is not None and options.get("remote") is not None:
            raise InvalidArgument("group, remote: a tunnel has one or the other")

        arguments = _vni_arguments(vni, dev)
        tunnels = [self._created_tunnel(numbers, dev) for numbers in _ranges(vni)]

        return self._run_change(
            "add",
            *arguments,
            *to_args(VniOptions, options),
            creates=tunnels,
        )

    def delete(self, vni: Numbers | list[Numbers], dev: str) -> Result:
        """Stop accepting a tunnel.

        ::

            bridge vni delete vni VNI[-VNI][,…] dev DEV

        Raises `NotFound`.
        """
        deleted = [("vni", self.netns, f"{numbers} dev {dev}") for numbers in _ranges(vni)]
        return self._run_change("delete", *_vni_arguments(vni, dev), deletes=deleted)

    def show(self, dev: str | None = None, *, stats: bool = False) -> "list[models.VxlanVnis]":
        """Return the vxlans with a filter, and their accepted tunnels.

        ::

            bridge -j [-s] vni show [dev DEV]

        ``stats`` adds the counters of each tunnel; without counters, equal tunnels share a range.
        """
        arguments = () if dev is None else ("dev", format_device(dev))

        # `filter_index` in bridge/vni.c is static and never reset: a reused process would apply it
        # again.
        return self._query(
            models.VxlanVnis,
            "show",
            *arguments,
            flags=("-s",) if stats else (),
            own_process=bool(arguments),
        )

    def _created_tunnel(self, numbers: Numbers, dev: str) -> CreatedObject:
        """Return the object created for a number or a range."""
        return CreatedObject(
            "vni",
            f"{numbers} dev {dev}",
            {"vni": _format_range(numbers), "dev": dev},
            self.netns,
            (dev,),
        )


def _ranges(vni: Numbers | list[Numbers]) -> list[Numbers]:
    """Return the numbers and ranges as a list."""
    return vni if isinstance(vni, list) else [vni]


def _vni_arguments(vni: Numbers | list[Numbers], dev: str) -> tuple[str, ...]:
    """Return the arguments of tunnels and their vxlan."""
    ranges = _ranges(vni)

    if not 0 < len(ranges) <= MAX_RANGES:
        raise InvalidArgument(
            f"vni: {len(ranges)} numbers and ranges; one message holds 1 to {MAX_RANGES}"
        )

    texts = map(_format_range, ranges)
    return ("vni", ",".join(texts), "dev", format_device(dev))


def _format_range(numbers: Numbers) -> str:
    """Return a number, or a range of numbers, as text."""
    return NumberOrRange(VNI).format("vni", numbers)
