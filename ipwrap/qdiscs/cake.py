"""`cake` and `cake_mq`: a shaper with fair queueing, as home routers use."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, Self

from attrs import field, frozen

from ipwrap.errors import InvalidArgument
from ipwrap.options.codecs import Codec, Flag, Hex, Json, KeywordPair, Number, PositionalChoice
from ipwrap.options.table import option
from ipwrap.qdiscs.base import TcKind, option_metadata
from ipwrap.qdiscs.units import Rate, Seconds, Size, to_bits, to_bytes, to_seconds

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["Cake", "CakeMq"]

UNLIMITED = "unlimited"

# The round-trip times, in seconds, of keywords: presets in tc/q_cake.c.
PRESETS = {
    "datacentre": 0.0001,
    "lan": 0.001,
    "metro": 0.01,
    "regional": 0.03,
    "internet": 0.1,
    "oceanic": 0.3,
    "satellite": 1.0,
    "interplanetary": 1000.0,
}


class LinkLayer(NamedTuple):
    """What the name of a link layer sets: ``overhead`` is added to that of earlier names."""

    atm: str | None
    overhead: int
    mpu: int | None = None


# cake_parse_opt() in tc/q_cake.c
LINK_LAYERS = {
    "ipoa-vcmux": LinkLayer("atm", 8),
    "ipoa-llcsnap": LinkLayer("atm", 16),
    "bridged-vcmux": LinkLayer("atm", 24),
    "bridged-llcsnap": LinkLayer("atm", 32),
    "pppoa-vcmux": LinkLayer("atm", 10),
    "pppoa-llc": LinkLayer("atm", 14),
    "pppoe-vcmux": LinkLayer("atm", 32),
    "pppoe-llcsnap": LinkLayer("atm", 40),
    "pppoe-ptm": LinkLayer("ptm", 30),
    "bridged-ptm": LinkLayer("ptm", 22),
    "via-ethernet": LinkLayer(None, 0),
    "ethernet": LinkLayer(None, 38, 84),
    "ether-vlan": LinkLayer(None, 4),
    "docsis": LinkLayer("noatm", 18, 64),
}
OTHER_WORDS = {
    # not added to earlier names: it replaces them
    "conservative": ("atm", "overhead", "48"),
    "diffserv": ("diffserv4",),
}


def _to_bandwidth(value: int | str | None) -> int | str | None:
    """Return a rate in bits a second, or "unlimited"."""
    return value if value == UNLIMITED else to_bits(value)


class Bandwidth(Rate, frozen=True):
    """A rate with the keyword `bandwidth`, or the keyword `unlimited`."""

    def format_args(self, keyword: str, value: Any) -> tuple[str, ...]:
        """Return the arguments of the rate, or the one word."""
        return (UNLIMITED,) if value == UNLIMITED else (keyword, self.format(keyword, value))

    def from_json(self, data: Json, key: str) -> Any:
        """Return the rate in bits a second, or "unlimited"."""
        return UNLIMITED if data.get(key) == UNLIMITED else super().from_json(data, key)

    def keywords(self, keyword: str) -> tuple[str, ...]:
        """Return both keywords."""
        return (keyword, UNLIMITED)

    def parse_args(self, keyword: str, arguments: Sequence[str]) -> tuple[Any, int]:
        """Return the rate, or "unlimited"."""
        if arguments[0] == UNLIMITED:
            return UNLIMITED, 1
        return super().parse_args(keyword, arguments)

    def to_python(self, value: Any) -> Any:
        """Return the rate with its unit, or "unlimited"."""
        return value if value == UNLIMITED else super().to_python(value)

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of rates, and of "unlimited"."""
        from hypothesis import strategies as st

        return st.one_of(super().strategy(), st.just(UNLIMITED))


class RoundTripTime(Seconds, frozen=True):
    """A time with the keyword `rtt`, which the name of a preset may set as well."""

    def keywords(self, keyword: str) -> tuple[str, ...]:
        """Return the keyword, and the names of the presets."""
        return (keyword, *PRESETS)

    def parse_args(self, keyword: str, arguments: Sequence[str]) -> tuple[Any, int]:
        """Return the time."""
        preset = PRESETS.get(arguments[0])
        if preset is not None:
            return preset, 1
        return super().parse_args(keyword, arguments)


class Autorate(Flag, frozen=True):
    """A flag whose name JSON shows as its value."""

    def from_json(self, data: Json, key: str) -> Any:
        """Return True for the flag; None without it."""
        return data.get(key) == "autorate-ingress" or None


class Pair(KeywordPair, frozen=True):
    """A boolean with two bare keywords, which JSON shows as a boolean."""

    def from_json(self, data: Json, key: str) -> Any:
        """Return the boolean."""
        return data.get(key)


class AckFilter(Codec, frozen=True):
    """A boolean with two bare keywords, or a third one for the value "aggressive"."""

    def format_args(self, keyword: str, value: Any) -> tuple[str, ...]:
        """Return one of the keywords."""
        for word, meaning in ACK_FILTERS.items():
            # 1 is equal to True, and is no value of this option.
            if type(value) is type(meaning) and value == meaning:
                return (word,)

        raise InvalidArgument(f"{keyword}: {value!r} is not True, False or 'aggressive'")

    def from_json(self, data: Json, key: str) -> Any:
        """Return the value."""
        value = data.get(key)
        return SHOWN_ACK_FILTERS.get(value, value) if isinstance(value, str) else value

    def keywords(self, _keyword: str) -> tuple[str, ...]:
        """Return the keywords."""
        return tuple(ACK_FILTERS)

    def parse_args(self, _keyword: str, arguments: Sequence[str]) -> tuple[Any, int]:
        """Return the value of the keyword."""
        return ACK_FILTERS[arguments[0]], 1

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of the values."""
        from hypothesis import strategies as st

        return st.sampled_from(tuple(ACK_FILTERS.values()))


ACK_FILTERS: dict[str, bool | str] = {
    "ack-filter": True,
    "no-ack-filter": False,
    "ack-filter-aggressive": "aggressive",
}
# cake_print_opt() in tc/q_cake.c
SHOWN_ACK_FILTERS = {"disabled": False, "enabled": True}


@frozen(kw_only=True)
class Cake(TcKind):
    """Common Applications Kept Enhanced. tc-cake(8); tc/q_cake.c, since 4.19.

    ``bandwidth`` is bits a second, an int or text such as "20mbit", or "unlimited"; ``rtt``
    seconds, "100ms" or a `timedelta`; ``memlimit`` bytes, an int or text such as "4mb";
    ``overhead`` and ``mpu`` bytes. ``fwmark`` is the mask of the firewall mark that selects a tin,
    since 5.1. ``ingress`` counts dropped packets as well. ``raw`` turns the compensation of the
    link layer off; the other names of link layers (`docsis`, `pppoe-ptm`) stand for ``atm``,
    ``overhead`` and ``mpu``. The counters of the tins are `TcQdisc.tins`.
    """

    kind: ClassVar[str] = "cake"

    bandwidth: int | str | None = field(
        default=None, converter=_to_bandwidth, metadata=option_metadata(Bandwidth())
    )
    autorate: bool | None = option(Autorate(), keyword="autorate-ingress", json_key="autorate")
    diffserv: Literal["besteffort", "precedence", "diffserv8", "diffserv4", "diffserv3"] | None = (
        option(PositionalChoice())
    )
    flowmode: (
        Literal[
            "flowblind",
            "srchost",
            "dsthost",
            "hosts",
            "flows",
            "dual-srchost",
            "dual-dsthost",
            "triple-isolate",
        ]
        | None
    ) = option(PositionalChoice())
    nat: bool | None = option(Pair("nat", "nonat"))
    wash: bool | None = option(Pair("wash", "nowash"))
    ingress: bool | None = option(Pair("ingress", "egress"))
    ack_filter: bool | Literal["aggressive"] | None = option(AckFilter(), json_key="ack-filter")
    split_gso: bool | None = option(Pair("split-gso", "no-split-gso"), keyword="split-gso")
    rtt: float | None = field(
        default=None,
        converter=to_seconds,
        metadata=option_metadata(RoundTripTime(json_unit="us", resolution="us")),
    )
    # Before the overhead, which it sets to 0.
    raw: bool | None = option(Flag())
    atm: Literal["atm", "ptm", "noatm"] | None = option(PositionalChoice())
    overhead: int | None = option(Number(-64, 256))
    mpu: int | None = option(Number(0, 256))
    memlimit: int | None = field(default=None, converter=to_bytes, metadata=option_metadata(Size()))
    fwmark: int | None = option(Hex(0, 2**32 - 1), since="5.1", default=0)

    @classmethod
    def from_args(cls, arguments: Sequence[str]) -> Self:
        """Parse the arguments after the keyword of the kind, also the names of link layers.

        Raises `InvalidArgument` for an unknown argument.
        """
        return super().from_args(_without_link_layers(arguments))


@frozen(kw_only=True)
class CakeMq(Cake):
    """A cake on each queue of a network card. tc-cake(8); tc/q_cake.c, since 7.0."""

    kind: ClassVar[str] = "cake_mq"


def _without_link_layers(arguments: Sequence[str]) -> list[str]:
    """Return arguments with `atm`, `overhead` and `mpu` instead of the names of link layers."""
    expanded: list[str] = []
    for argument in arguments:
        expanded += OTHER_WORDS.get(argument, (argument,))
    if LINK_LAYERS.keys().isdisjoint(expanded):
        return expanded

    settings: dict[str, str] = {}
    others: list[str] = []
    remaining = iter(expanded)

    for argument in remaining:
        layer = LINK_LAYERS.get(argument)
        if layer is not None:
            _add_layer(settings, layer)
        elif argument in ("overhead", "mpu"):
            settings[argument] = next(remaining, "")
        elif argument in ("atm", "noatm", "ptm"):
            settings["atm"] = argument
        else:
            others.append(argument)

    atm = settings.pop("atm", None)
    layer_arguments = [word for setting in settings.items() for word in setting]
    return [*others, *([atm] if atm else []), *layer_arguments]


def _add_layer(settings: dict[str, str], layer: LinkLayer) -> None:
    """Add what the name of a link layer sets."""
    if layer.atm is not None:
        settings["atm"] = layer.atm
    if layer.mpu is not None:
        settings["mpu"] = str(layer.mpu)
    if layer.overhead:
        settings["overhead"] = str(int(settings.get("overhead") or 0) + layer.overhead)
