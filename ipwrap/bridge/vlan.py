"""`bridge vlan`: the VLANs of a bridge's ports. bridge(8); iproute2's bridge/vlan.c."""

from typing import Annotated, Any, ClassVar, TypedDict, Unpack

from attrs import frozen

from ipwrap.codecs import Codec, Flag, Number
from ipwrap.command import Made
from ipwrap.errors import BadValue
from ipwrap.models import PortVlans
from ipwrap.noun import Noun, device_word
from ipwrap.option import Option, build
from ipwrap.result import Result

__all__ = ["VlanOptions", "VlanVerbs"]

VID = Number(1, 4094)
TUNNEL = Number(1, 2**24 - 1)


@frozen
class Span(Codec):
    """A number, or a pair of numbers for all from the first to the last: `10` or `10-12`."""

    number: Number

    def spell(self, word: str, value: Any) -> str:
        """Return the number or the range."""
        if not isinstance(value, tuple):
            return self.number.spell(word, value)
        if len(value) != 2 or not value[0] < value[1]:
            raise BadValue(f"{word}: {value!r} is not a pair such as (10, 12)")
        return "-".join(self.number.spell(word, end) for end in value)


@frozen
class TunnelInfo(Span):
    """The tunnel's number that goes with a VLAN: `tunnel_info id 1000`."""

    def words(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the words."""
        return (word, "id", self.spell(word, value))


class VlanOptions(TypedDict, total=False):
    """Keywords of `bridge vlan add` and `delete`. ``self_`` speaks of the bridge itself, ``master`` is the default."""

    tunnel_info: Annotated[int | tuple[int, int] | None, Option(TunnelInfo(TUNNEL), key="tunid")]
    pvid: Annotated[bool | None, Option(Flag(), key="")]
    untagged: Annotated[bool | None, Option(Flag(), key="")]
    self_: Annotated[bool | None, Option(Flag(), word="self", key="")]
    master: Annotated[bool | None, Option(Flag(), key="")]


@frozen
class VlanVerbs(Noun):
    """Verbs of `bridge vlan`. The kernel needs CONFIG_BRIDGE_VLAN_FILTERING, and a bridge with ``vlan_filtering``."""

    program: ClassVar[str] = "bridge"
    words: ClassVar[tuple[str, ...]] = ("vlan",)

    def add(self, vid: int | tuple[int, int], dev: str, **options: Unpack[VlanOptions]) -> Result:
        """Let a port into a VLAN, or into a range of them: ``(10, 12)``.

        ::

            bridge vlan add vid VID[-VID] dev DEV [tunnel_info id …] [pvid] [untagged] [self] [master]

        ``vid`` is 1 to 4094. Raises `NotSupported` where the kernel has no VLAN filtering, `NotFound`, `InvalidValue`.
        """
        which: VlanOptions = {"self_": options.get("self_")}
        undo = ("bridge", "vlan", "delete", *map(str, _words(vid, dev, which)))
        made = Made("vlan", f"{vid} dev {dev}", undo, self.netns, (dev,))
        return self._change("add", *_words(vid, dev, options), makes=(made,))

    def delete(self, vid: int | tuple[int, int], dev: str, **options: Unpack[VlanOptions]) -> Result:
        """Take a port out of a VLAN. `bridge vlan delete vid … dev …`. Raises `NotFound`."""
        drops = (("vlan", self.netns, f"{vid} dev {dev}"),)
        return self._change("delete", *_words(vid, dev, options), drops=drops)

    def show(
        self, dev: str | None = None, *, vid: int | None = None, details: bool = False, stats: bool = False
    ) -> list[PortVlans]:
        """Return the ports with their VLANs; one that is in none is not listed.

        ::

            bridge -j [-d] [-s] vlan show [dev DEV] [vid VID]

        ``details`` asks for each VLAN's own options, which a kernel without VLAN filtering refuses.
        """
        flags = (*(("-d",) if details else ()), *(("-s",) if stats else ()))
        one = () if dev is None else ("dev", device_word(dev))
        number = () if vid is None else ("vid", VID.spell("vid", vid))
        alone = bool(one or number) or details  # bridge never forgets a filter, and aborts at the second `-d`
        return self._read(PortVlans, "show", *one, *number, flags=flags, alone=alone)


def _words(vid: int | tuple[int, int], dev: str, options: VlanOptions) -> tuple[str, ...]:
    """Return the words that say a port's VLAN."""
    return ("vid", Span(VID).spell("vid", vid), "dev", device_word(dev), *build(VlanOptions, options))
