"""`type macvlan` and `type macvtap`."""

import itertools
from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from attrs import frozen

from ipwrap.errors import InvalidArgument
from ipwrap.kinds.base import LinkKind
from ipwrap.options import validation
from ipwrap.options.codecs import Choice, Codec, Flag, Json, Number
from ipwrap.options.table import option, read_only_field

__all__ = ["Macvlan", "Macvtap"]

OPERANDS = {"add": (1, 1), "del": (1, 1), "flush": (0, 0), "set": (1, 1000)}


@frozen
class Macaddr(Codec):
    """What to do with the list of source addresses: `add` or `del` one, `set` all, or `flush`."""

    def format_args(self, word: str, value: Any) -> tuple[str, ...]:
        """Return `macaddr set MAC MAC`."""
        action, *addresses = value
        if action not in OPERANDS:
            raise InvalidArgument(f"{word}: {action!r} is not one of {', '.join(OPERANDS)}")
        fewest, most = OPERANDS[action]
        if not fewest <= len(addresses) <= most:
            raise InvalidArgument(
                f"{word}: {action} with {len(addresses)} addresses; it takes {fewest} to {most}"
            )
        return (word, action, *(validation.check_mac(one, word) for one in addresses))

    def from_json(self, data: Json, key: str) -> Any:
        """Return the list, which the kernel keeps in no order, as what would set it."""
        return ("set", *sorted(data[key])) if data.get(key) else None

    def json_keys(self, key: str) -> tuple[str, ...]:
        """Return the list's key and its count's."""
        return (key, "macaddr_count")

    def parse_args(self, _word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return the action, and the addresses that follow it."""
        most = OPERANDS[words[1]][1]
        addresses = tuple(itertools.takewhile(validation.MAC.fullmatch, words[2 : 2 + most]))
        return (words[1], *addresses), 2 + len(addresses)


@frozen(kw_only=True)
class Macvlan(LinkKind):
    """A link with an address of its own on top of another link (``link=``).

    ip-link(8) "MACVLAN and MACVTAP Type Support"; ip/iplink_macvlan.c. ``macaddr`` is for mode ``source``:
    ``("set", "02:…", "02:…")``, ``("add", "02:…")``, ``("del", "02:…")``, ``("flush",)``. ``nopromisc`` needs mode
    ``passthru``. ``flag`` is another word for ``nopromisc`` and ``nodst``.
    """

    kind: ClassVar[str] = "macvlan"

    mode: Literal["private", "vepa", "bridge", "passthru", "source"] | None = option(
        Choice(), default="vepa"
    )
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
