"""`type vlan`."""

import itertools
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from attrs import frozen

from ipwrap.errors import InvalidArgument
from ipwrap.kinds.base import LinkKind
from ipwrap.options.codecs import Choice, Codec, FlagListMember, Json, Number
from ipwrap.options.table import option

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["Vlan"]

PAIR = re.compile(r"[0-9]+:[0-9]+")


class QosMap(Codec, frozen=True):
    """A map of priorities: `FROM:TO FROM:TO` on the command line, a list of objects in JSON."""

    def format_args(self, keyword: str, value: Any) -> tuple[str, ...]:
        """Return the keyword and the pairs."""
        if not isinstance(value, dict):
            raise InvalidArgument(f"{keyword}: {value!r} is not a dict such as {{1: 5}}")

        number = Number()
        arguments = [keyword]

        for old, new in value.items():
            old_priority = number.format(keyword, old)
            new_priority = number.format(keyword, new)
            arguments.append(f"{old_priority}:{new_priority}")

        return tuple(arguments)

    def from_json(self, data: Json, key: str) -> Any:
        """Return the map."""
        if key not in data:
            return None
        return {pair["from"]: pair["to"] for pair in data[key]}

    def parse_args(self, _keyword: str, arguments: Sequence[str]) -> tuple[Any, int]:
        """Return the map."""
        count = 1
        priorities = {}

        for pair in itertools.takewhile(PAIR.fullmatch, arguments[1:]):
            old, new = pair.split(":")
            priorities[int(old)] = int(new)
            count += 1

        return priorities, count

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of maps of the eight priorities of a VLAN tag."""
        from hypothesis import strategies as st

        return st.dictionaries(
            st.integers(0, 7),
            st.integers(0, 2**32 - 1),
            max_size=8,
        )


@frozen(kw_only=True)
class Vlan(LinkKind):
    """A VLAN of a lower link (``link=``). ip-link(8) "VLAN Type Support"; ip/iplink_vlan.c.

    ``id`` (0 to 4095) is required for a new link. The kernel reports no flags if no flag is set.
    """

    kind: ClassVar[str] = "vlan"

    protocol: Literal["802.1Q", "802.1ad"] | None = option(Choice(), default="802.1Q")
    id: int | None = option(Number(0, 4095))
    # vlan_print_flags() in ip/iplink_vlan.c lists the flags that are on.
    reorder_hdr: bool | None = option(
        FlagListMember("REORDER_HDR", absent=False), json_key="flags", default=True
    )
    gvrp: bool | None = option(
        FlagListMember("GVRP", absent=False), json_key="flags", default=False
    )
    mvrp: bool | None = option(
        FlagListMember("MVRP", absent=False), json_key="flags", default=False
    )
    loose_binding: bool | None = option(
        FlagListMember("LOOSE_BINDING", absent=False), json_key="flags", default=False
    )
    bridge_binding: bool | None = option(
        FlagListMember("BRIDGE_BINDING", absent=False), json_key="flags", since="5.2", default=False
    )
    ingress_qos_map: dict[int, int] | None = option(
        QosMap(), keyword="ingress-qos-map", json_key="ingress_qos"
    )
    egress_qos_map: dict[int, int] | None = option(
        QosMap(), keyword="egress-qos-map", json_key="egress_qos"
    )
