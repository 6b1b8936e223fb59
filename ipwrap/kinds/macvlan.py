"""`type macvlan` and `type macvtap`."""

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from attrs import frozen

from ipwrap.errors import InvalidArgument
from ipwrap.kinds.base import LinkKind
from ipwrap.options import validation
from ipwrap.options.codecs import Choice, Codec, Flag, Json, Number
from ipwrap.options.table import option, read_only_field

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["Macvlan", "Macvtap"]

# Actions with the least and the highest number of addresses.
OPERANDS = {"add": (1, 1), "del": (1, 1), "flush": (0, 0), "set": (1, 1000)}


class Macaddr(Codec, frozen=True):
    """A change of the list of source addresses: `add` or `del` an address, `set` or `flush` all."""

    def format_args(self, keyword: str, value: Any) -> tuple[str, ...]:
        """Return `macaddr set MAC MAC`."""
        action, *addresses = value
        if action not in OPERANDS:
            known = ", ".join(OPERANDS)
            raise InvalidArgument(f"{keyword}: {action!r} is not one of {known}")

        count = len(addresses)
        min_count, max_count = OPERANDS[action]
        if not min_count <= count <= max_count:
            raise InvalidArgument(
                f"{keyword}: {action} with {count} addresses; it takes {min_count} to {max_count}"
            )

        checked = [validation.check_mac(address, keyword) for address in addresses]
        return (keyword, action, *checked)

    def from_json(self, data: Json, key: str) -> Any:
        """Return the `set` that gives the list. The kernel keeps the list unordered."""
        addresses = data.get(key)
        if not addresses:
            return None

        return ("set", *sorted(addresses))

    def json_keys(self, key: str) -> tuple[str, ...]:
        """Return the keys of the list and of its length."""
        return (key, "macaddr_count")

    def parse_args(self, _keyword: str, arguments: Sequence[str]) -> tuple[Any, int]:
        """Return the action and the addresses after it."""
        _, action, *operands = arguments
        _, max_count = OPERANDS[action]

        addresses = itertools.takewhile(
            validation.MAC.fullmatch,
            operands[:max_count],
        )
        value = (action, *addresses)
        return value, 1 + len(value)

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of changes of the list."""
        from hypothesis import strategies as st

        from ipwrap.options.codecs.strategies import MAC_ADDRESSES

        lists = st.lists(
            MAC_ADDRESSES,
            min_size=1,
            max_size=4,
        )
        return st.one_of(
            st.just(("flush",)),
            MAC_ADDRESSES.map(lambda address: ("add", address)),
            MAC_ADDRESSES.map(lambda address: ("del", address)),
            lists.map(lambda addresses: ("set", *addresses)),
        )


@frozen(kw_only=True)
class Macvlan(LinkKind):
    """A link with a MAC address of its own on a lower link (``link=``).

    ip-link(8) "MACVLAN and MACVTAP Type Support"; ip/iplink_macvlan.c. ``macaddr`` is for mode
    ``source``: ``("set", "02:…", "02:…")``, ``("add", "02:…")``, ``("del", "02:…")``,
    ``("flush",)``. ``nopromisc`` needs mode ``passthru``. ``flag`` is another keyword for
    ``nopromisc`` and ``nodst``.
    """

    kind: ClassVar[str] = "macvlan"

    mode: Literal["private", "vepa", "bridge", "passthru", "source"] | None = option(
        Choice(), default="vepa"
    )
    # macvlan_print_opt() prints the flags by their own names.
    flag: Literal["null", "nopromisc", "nodst"] | None = option(Choice(), json_key="")
    nopromisc: bool | None = option(Flag(), default=False)
    nodst: bool | None = option(Flag(), since="5.14", default=False)
    macaddr: tuple[str, ...] | None = option(Macaddr(), json_key="macaddr_data")
    bcqueuelen: int | None = option(Number(), since="5.11", default=1000)
    bclim: int | None = option(Number(-(2**31), 2**31 - 1), since="6.4", default=1)
    usedbcqueuelen: int | None = read_only_field(since="5.11")


@frozen(kw_only=True)
class Macvtap(Macvlan):
    """A macvlan with a character device. ip-link(8), as `Macvlan`; ip/iplink_macvlan.c."""

    kind: ClassVar[str] = "macvtap"
