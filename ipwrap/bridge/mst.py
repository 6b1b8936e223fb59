"""`bridge mst`: the states of ports in several spanning trees. bridge(8); iproute2's bridge/mst.c."""

from typing import Annotated, ClassVar, TypedDict, Unpack

from attrs import frozen

from ipwrap.kinds.bridge_slave import STATES
from ipwrap.models import PortMsts
from ipwrap.options.codecs import ChoiceOr, Number
from ipwrap.options.table import Option, to_args
from ipwrap.result import Result
from ipwrap.verbs.base import ObjectCommands, device_word

__all__ = ["MstOptions", "MstVerbs"]


class MstOptions(TypedDict):
    """Keywords of `bridge mst set`: which spanning tree, 1 to 4095, and the state, a word or 0 to 4."""

    msti: Annotated[int, Option(Number(1, 4095), since="6.11")]
    state: Annotated[str | int, Option(ChoiceOr(STATES, Number(0, 4)), since="6.11")]


@frozen
class MstVerbs(ObjectCommands):
    """Verbs of `bridge mst`. They need iproute2 6.11, Linux 5.18, and a bridge with ``mst_enabled``.

    A VLAN belongs to the spanning tree that `bridge vlan global set … msti` names, or to the one with the number 0.
    """

    program: ClassVar[str] = "bridge"
    words: ClassVar[tuple[str, ...]] = ("mst",)

    def set(self, dev: str, **options: Unpack[MstOptions]) -> Result:
        """Set the state of a port in one spanning tree.

        ::

            bridge mst set dev DEV msti MSTI state { disabled | listening | learning | forwarding | blocking | 0..4 }

        A tree that no VLAN belongs to is passed over by the kernel. Raises `NotFound` (no such link), `NotSupported`
        (not a port of a bridge, or of one without ``mst_enabled``).
        """
        return self._run_change("set", "dev", device_word(dev), *to_args(MstOptions, options))

    def show(self, dev: str | None = None) -> list[PortMsts]:
        """Return the ports with their state in each spanning tree.

        ::

            bridge -j mst show [dev DEV]

        iproute2 gives up, which raises `CommandError` (Dump terminated), where there is a port of a bridge without
        ``mst_enabled``, even if another is asked for.
        """
        words = () if dev is None else ("dev", device_word(dev))
        return self._query(
            PortMsts, "show", *words, flags=(), alone=bool(words)
        )  # bridge never forgets a filter
