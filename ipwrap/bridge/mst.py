"""`bridge mst`: port states by spanning tree instance. bridge(8); iproute2's bridge/mst.c."""

from typing import Annotated, ClassVar, TypedDict, Unpack

from attrs import frozen

from ipwrap import models
from ipwrap.kinds.bridge_slave import STATES
from ipwrap.options.codecs import ChoiceOr, Number
from ipwrap.options.table import Option, to_args
from ipwrap.result import Result
from ipwrap.verbs.base import ObjectCommands, format_device

__all__ = ["MstOptions", "MstVerbs"]


class MstOptions(TypedDict):
    """Keywords of `bridge mst set`.

    ``msti`` is the spanning tree instance, 1 to 4095; ``state`` is a word or 0 to 4.
    """

    msti: Annotated[int, Option(Number(1, 4095), since="6.11")]
    state: Annotated[str | int, Option(ChoiceOr(STATES, Number(0, 4)), since="6.11")]


@frozen
class MstVerbs(ObjectCommands):
    """Verbs of `bridge mst`.

    They need iproute2 6.11, Linux 5.18, and a bridge with ``mst_enabled``. `bridge vlan global set
    … msti` assigns a VLAN to an instance; the default is instance 0.
    """

    program: ClassVar[str] = "bridge"
    words: ClassVar[tuple[str, ...]] = ("mst",)

    def set(self, dev: str, **options: Unpack[MstOptions]) -> Result:
        """Set the state of a port in a spanning tree instance.

        ::

            bridge mst set dev DEV msti MSTI
                state { disabled | listening | learning | forwarding | blocking | 0..4 }

        The kernel ignores an instance without VLANs. Raises `NotFound` (no such link),
        `NotSupported` (not a port of a bridge with ``mst_enabled``).

        Options, from `MstOptions`::

            msti=1..4095 (6.11+),
            state="disabled"|"listening"|"learning"|"forwarding"|"blocking"|0..4 (6.11+)
        """
        return self._run_change(
            "set",
            "dev",
            format_device(dev),
            *to_args(MstOptions, options),
        )

    def show(self, dev: str | None = None) -> "list[models.PortMsts]":
        """Return the ports with their state in each spanning tree instance.

        ::

            bridge -j mst show [dev DEV]

        Raises `CommandError` (Dump terminated) in a namespace with a port of a bridge without
        ``mst_enabled``, even for a different ``dev``.
        """
        # `filter_index` in bridge/mst.c is static and never reset: a reused process would apply the
        # filter again. And print_msts() there fails at a port without IFLA_AF_SPEC, before the
        # filter.
        arguments = () if dev is None else ("dev", format_device(dev))

        return self._query(
            models.PortMsts,
            "show",
            *arguments,
            flags=(),
            own_process=bool(arguments),
        )
