"""What the tables know of each JSON key.

The options of kinds and qdiscs, and the fields of models.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

import attrs
from attrs import frozen

from ipwrap.kinds import KINDS
from ipwrap.models import NOUNS, GlobalVlan, Link, MdbEntry, Mst, PortVlan, TcQdisc, Vni
from ipwrap.models.address import Address
from ipwrap.models.base import Json
from ipwrap.options.table import UNREADABLE, Option, options_of
from ipwrap.qdiscs import QDISCS
from ipwrap.state.comparison.links import option_key

__all__ = ["Declared", "declared"]

# The models of what is compared, where a noun lists several in one object.
LISTED: dict[str, type] = {
    "address": Address,
    "bridge mdb": MdbEntry,
    "bridge mst": Mst,
    "bridge vlan": PortVlan,
    "bridge vlan details": PortVlan,
    "bridge vlan global": GlobalVlan,
    "bridge vlan tunnelshow": PortVlan,
    "bridge vni": Vni,
    "rule inet6": NOUNS["rule"],
}


# Options that are printed only since a release after the one with which they came.
PRINTED_SINCE = {("Hsr", "version"): "6.19"}
# Options whose default depends on others: the kernel takes the bits that gbp, gpe and remcsumrx use
# out of these.
DEPENDENT_DEFAULTS = frozenset({("Vxlan", "reserved_bits")})


@frozen
class Declared:
    """What is known of a key: the rows that read it, or the release that first printed it, its
    default, its model.

    ``key`` is how JSON has it; ``default`` is what a missing one stands for, None where that is not
    known; ``inner`` are the keys of the objects that the value holds.
    """

    key: str
    rows: tuple[Option, ...] = ()
    since: str | None = None
    default: Any = None
    inner: Mapping[str, "Declared"] | None = None

    def values(self, value: Any) -> list[tuple[Any, Any, str | None]]:
        """Return what a value says, what a missing key would say, and since when it is printed: by
        each row.

        A row that reads nothing in the value is left out.
        """
        if not self.rows:
            return [(value, self.default, self.since)]
        read = ((_read(row, {self.key: value}), _omitted(row), row.since) for row in self.rows)
        return [each for each in read if each[0] is not None]


def declared(noun: str, values: Json) -> Mapping[str, Declared]:
    """Return what is known of the keys of one compared object, as `ipwrap.state.comparison` gives
    it.
    """
    if noun == "link":
        return _link_keys(values.get("info_kind"), values.get("info_slave_kind"))
    if noun == "tc qdisc":
        return _qdisc_keys(values.get("kind"))
    return _model_keys(LISTED.get(noun) or NOUNS[noun])


@cache
def _link_keys(kind: str | None, port: str | None) -> dict[str, Declared]:
    """Return the keys of a link, of its kind, and of its kind as a port."""
    options = {
        option_key(kind, key): each for key, each in _table_keys(KINDS.get(kind or "")).items()
    }
    ports = {f"port {key}": each for key, each in _table_keys(KINDS.get(f"{port}_slave")).items()}
    return _model_keys(Link) | options | ports


@cache
def _qdisc_keys(kind: str | None) -> dict[str, Declared]:
    """Return the keys of a qdisc, and of its options."""
    return _model_keys(TcQdisc) | {
        "options": Declared("options", inner=_table_keys(QDISCS.get(kind or "")))
    }


def _table_keys(cls: type[Any] | None) -> dict[str, Declared]:
    """Return the keys that the rows of an option table read, if there is one.

    Several may read parts of one value.
    """
    keys: dict[str, Declared] = {}
    if cls is None:
        return keys
    for row in options_of(cls):
        name = (cls.__name__, row.name)
        default = None if name in DEPENDENT_DEFAULTS else row.default
        printed = attrs.evolve(row, since=PRINTED_SINCE.get(name, row.since), default=default)
        for key in row.codec.json_keys(row.json_key) if row.json_key else ():
            keys[key] = Declared(key, (*keys.get(key, Declared(key)).rows, printed))
    return keys


@cache
def _model_keys(cls: type[Any]) -> dict[str, Declared]:
    """Return the keys that the fields of a model read."""
    keys = {}
    for each in attrs.fields(cls):
        about, inner = each.metadata, each.metadata.get("nested")
        key = about.get("key", each.name)
        keys[key] = Declared(
            key,
            since=about.get("since"),
            default=about.get("omitted"),
            inner=_model_keys(inner) if inner else None,
        )
    return keys


def _read(row: Option, data: Json) -> Any:
    """Return what a row reads in an object; what it cannot read is nothing that it says."""
    try:
        return row.codec.from_json(data, row.json_key or "")
    except UNREADABLE:
        return None


def _omitted(row: Option) -> Any:
    """Return what a row takes a missing key for.

    Its default, or what its codec reads where nothing is.
    """
    return _read(row, {}) if row.default is None else row.default
