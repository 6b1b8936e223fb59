"""The declared keys of JSON output: the options of kinds and qdiscs, and the fields of models."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import attrs
from attrs import frozen

from ipwrap.kinds import KINDS
from ipwrap.models import NOUNS, GlobalVlan, Link, MdbEntry, Mst, PortVlan, TcQdisc, Vni
from ipwrap.models.address import Address
from ipwrap.models.base import Json
from ipwrap.objects.link import option_key
from ipwrap.options.table import UNREADABLE, Option, options_of
from ipwrap.qdiscs import QDISCS

__all__ = ["DeclaredKey", "declared_keys"]

# The models of comparable items, where `ip` or `bridge` prints several items in one object.
ITEM_MODELS: dict[str, type] = {
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

# Options that iproute2 accepts since one release, but prints since a later release.
PRINTED_SINCE = {("Hsr", "version"): "6.19"}

# Options whose default depends on other options: the kernel removes the bits that gbp, gpe and
# remcsumrx use from the reserved bits (drivers/net/vxlan/vxlan_core.c).
DEPENDENT_DEFAULTS = frozenset({("Vxlan", "reserved_bits")})

# A value, the default that a missing key stands for, and the release that first printed the key.
Reading = tuple[Any, Any, str | None]


@frozen
class DeclaredKey:
    """A declared JSON key: the options that read the key, or the release, default and inner keys.

    - ``key``: the name in JSON
    - ``options``: the options whose codecs read the value, or parts of the value
    - ``since``: the first release with the key, for a key without options
    - ``default``: the meaning of a missing key; None if unknown
    - ``inner``: the declared keys of the objects inside the value
    """

    key: str
    options: tuple[Option, ...] = ()
    since: str | None = None
    default: Any = None
    inner: Mapping[str, "DeclaredKey"] | None = None

    def readings(self, value: Any) -> list[Reading]:
        """Return the readings of a value, without the options that find no value inside."""
        if not self.options:
            return [(value, self.default, self.since)]

        readings = []
        for option in self.options:
            read_value = _read_value(option, {self.key: value})
            if read_value is not None:
                readings.append((read_value, _omitted_value(option), option.since))

        return readings


def declared_keys(noun: str, fields: Json) -> Mapping[str, DeclaredKey]:
    """Return the declared keys of an object in the form of `ipwrap.objects`."""
    if noun == "link":
        return _link_keys(fields.get("info_kind"), fields.get("info_slave_kind"))
    if noun == "tc qdisc":
        return _qdisc_keys(fields.get("kind"))

    # What programs other than those of iproute2 print has no model.
    model = ITEM_MODELS.get(noun) or NOUNS.get(noun)
    return {} if model is None else _model_keys(model)


@cache
def _link_keys(kind: str | None, port_kind: str | None) -> dict[str, DeclaredKey]:
    """Return the keys of a link, of the kind, and of the kind of port."""
    kind_keys = _table_keys(KINDS.get(kind or ""))
    port_keys = _table_keys(KINDS.get(f"{port_kind}_slave"))

    keys = dict(_model_keys(Link))

    for key, declared_key in kind_keys.items():
        keys[option_key(kind, key)] = declared_key

    for key, declared_key in port_keys.items():
        keys[f"port {key}"] = declared_key

    return keys


@cache
def _qdisc_keys(kind: str | None) -> dict[str, DeclaredKey]:
    """Return the keys of a qdisc and of the options."""
    option_keys = _table_keys(QDISCS.get(kind or ""))
    return _model_keys(TcQdisc) | {"options": DeclaredKey("options", inner=option_keys)}


def _table_keys(cls: type[Any] | None) -> dict[str, DeclaredKey]:
    """Return the keys of an option table; no keys without a table."""
    keys: dict[str, DeclaredKey] = {}
    if cls is None:
        return keys

    for option in options_of(cls):
        if not option.json_key:
            continue

        printed_option = _as_printed(cls, option)
        for key in option.codec.json_keys(option.json_key):
            declared_before = keys[key].options if key in keys else ()
            keys[key] = DeclaredKey(key, (*declared_before, printed_option))

    return keys


def _as_printed(cls: type[Any], option: Option) -> Option:
    """Return an option with the first release to print the option, without dependent default."""
    name = (cls.__name__, option.name)
    since = PRINTED_SINCE.get(name, option.since)
    default = None if name in DEPENDENT_DEFAULTS else option.default
    return attrs.evolve(option, since=since, default=default)


@cache
def _model_keys(cls: type[Any]) -> dict[str, DeclaredKey]:
    """Return the keys of a model."""
    keys = {}
    for field in attrs.fields(cls):
        metadata = field.metadata
        key = metadata.get("key", field.name)
        inner_cls = metadata.get("nested")
        keys[key] = DeclaredKey(
            key,
            since=metadata.get("since"),
            default=metadata.get("omitted"),
            inner=_model_keys(inner_cls) if inner_cls else None,
        )

    return keys


def _read_value(option: Option, data: Json) -> Any:
    """Return the value of an option in an object; None if unreadable."""
    try:
        return option.codec.from_json(data, option.json_key or "")
    except UNREADABLE:
        return None


def _omitted_value(option: Option) -> Any:
    """Return the meaning of a missing key.

    The declared default, or the value that the codec reads in an empty object.
    """
    return _read_value(option, {}) if option.default is None else option.default
