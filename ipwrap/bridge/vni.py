"""`bridge vni`: the tunnels that a vxlan lets in. bridge(8); iproute2's bridge/vni.c."""

import ipaddress
from typing import Annotated, Any, ClassVar, TypedDict, Unpack

from attrs import frozen

from ipwrap.bridge.number_range import VNI, NumberOrRange, Numbers
from ipwrap.command import CreatedObject
from ipwrap.errors import InvalidArgument
from ipwrap.models import VxlanVnis
from ipwrap.options.codecs import Ip
from ipwrap.options.converters import IpAddress
from ipwrap.options.table import Option, to_args
from ipwrap.result import Result
from ipwrap.verbs.base import ObjectCommands, device_word

__all__ = ["VniOptions", "VniVerbs"]

MOST = 20  # ranges that fit into one message


@frozen
class Group(Ip):
    """A multicast address."""

    def format(self, word: str, value: Any) -> str:
        """Return the address."""
        text = super().format(word, value)
        if not ipaddress.ip_address(text).is_multicast:
            raise InvalidArgument(
                f"{word}: {text!r} is not a multicast address; give another as remote="
            )
        return text


class VniOptions(TypedDict, total=False):
    """Keywords of `bridge vni add`: where to send what no entry has a place for, a ``group`` or a ``remote``."""

    group: Annotated[str | None, Option(Group(), since="5.19")]
    remote: Annotated[IpAddress | None, Option(Ip(), since="5.19")]


@frozen
class VniVerbs(ObjectCommands):
    """Verbs of `bridge vni`. They need iproute2 5.19, Linux 5.18, and a vxlan with ``external`` and ``vnifilter``."""

    program: ClassVar[str] = "bridge"
    words: ClassVar[tuple[str, ...]] = ("vni",)

    def add(self, vni: Numbers | list[Numbers], dev: str, **options: Unpack[VniOptions]) -> Result:
        """Let a tunnel in, a range of them ``(10, 12)``, or a list of both.

        ::

            bridge vni add vni VNI[-VNI][,…] dev DEV [group ADDRESS | remote ADDRESS]

        ``vni`` is 1 to 16777215; up to 20 of them and ranges. One that is let in already gets the new address. Raises
        `NotFound` (no such link), `RejectedByKernel` (not a vxlan that filters; a ``group`` and no ``dev`` of the vxlan).
        """
        if len([each for each in options.values() if each is not None]) > 1:
            raise InvalidArgument("group, remote: a tunnel has one or the other")
        words = _words(vni, dev)
        made = [
            CreatedObject("vni", f"{each} dev {dev}", self._undo(each, dev), self.netns, (dev,))
            for each in _each(vni)
        ]
        return self._run_change("add", *words, *to_args(VniOptions, options), makes=made)

    def delete(self, vni: Numbers | list[Numbers], dev: str) -> Result:
        """Let a tunnel in no longer. `bridge vni delete vni VNI[-VNI][,…] dev DEV`. Raises `NotFound`."""
        drops = [("vni", self.netns, f"{each} dev {dev}") for each in _each(vni)]
        return self._run_change("delete", *_words(vni, dev), drops=drops)

    def show(self, dev: str | None = None, *, stats: bool = False) -> list[VxlanVnis]:
        """Return the vxlans that filter with the tunnels that they let in.

        ::

            bridge -j [-s] vni show [dev DEV]

        With ``stats`` each tunnel has what it has carried; without, those that are alike are one range.
        """
        words = () if dev is None else ("dev", device_word(dev))
        flags = ("-s",) if stats else ()
        return self._query(
            VxlanVnis, "show", *words, flags=flags, alone=bool(words)
        )  # bridge never forgets a filter

    def _undo(self, vni: Numbers, dev: str) -> tuple[str, ...]:
        """Return the words that take one number or range away again."""
        return ("bridge", "vni", "delete", *_words(vni, dev))


def _each(vni: Numbers | list[Numbers]) -> list[Numbers]:
    """Return the numbers and ranges of a list, or the one that is given."""
    return vni if isinstance(vni, list) else [vni]


def _words(vni: Numbers | list[Numbers], dev: str) -> tuple[str, ...]:
    """Return the words that say which tunnels, of which vxlan."""
    each = _each(vni)
    if not 0 < len(each) <= MOST:
        raise InvalidArgument(f"vni: {len(each)} numbers and ranges; one message holds 1 to {MOST}")
    return (
        "vni",
        ",".join(NumberOrRange(VNI).format("vni", one) for one in each),
        "dev",
        device_word(dev),
    )
