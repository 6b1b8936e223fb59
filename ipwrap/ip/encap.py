"""Encapsulations of routes: `encap TYPE …` of `ip route`.

ip-route(8); iproute2's ip/iproute_lwtunnel.c, and the usage text in ip/iproute.c::

    session.ip.route.add("10.9.0.0/16", dev="v0", encap=Mpls(labels="100/200", ttl=64))

A class is one type, with a field for every option. Numbers have the ranges of the C file.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from attrs import frozen

from ipwrap.errors import InvalidArgument
from ipwrap.ip.encap_option import Encap
from ipwrap.kinds.link_options import Xdp
from ipwrap.options import validation
from ipwrap.options.codecs import Choice, Codec, ExistingLink, Flag, Ip, Number
from ipwrap.options.table import option, parse_args, to_args

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = [
    "Bpf",
    "Encap",
    "Ila",
    "Ioam6",
    "Ip4",
    "Ip6",
    "Mpls",
    "Rpl",
    "Seg6",
    "Seg6local",
    "Xfrm",
]

U8 = Number(0, 2**8 - 1)
U16 = Number(0, 2**16 - 1)
U32 = Number(0, 2**32 - 1)
MAX_FREQUENCY = 1_000_000  # IOAM6_IPTUNNEL_FREQ_MAX

Seg6Mode = Literal["inline", "encap", "l2encap", "encap.red", "l2encap.red"]

# The table seg6_action_names: with decapsulation (`End.D…`) and without.
Action = Literal[
    "End",
    "End.X",
    "End.T",
    "End.B6",
    "End.B6.Encaps",
    "End.BM",
    "End.S",
    "End.AS",
    "End.AM",
    "End.BPF",
]
DecapAction = Literal["End.DX2", "End.DX6", "End.DX4", "End.DT6", "End.DT4", "End.DT46"]
Flavor = Literal["psp", "usp", "usd", "next-csid"]


class CommaList(Codec, frozen=True):
    """Several values in one argument, separated by commas."""

    item: Codec

    def format(self, keyword: str, value: Any) -> str:
        """Return the argument. Raises `InvalidArgument` for an empty sequence."""
        items = (value,) if isinstance(value, str) else tuple(value)
        if not items:
            raise InvalidArgument(f"{keyword}: give at least one")

        return ",".join(self.item.format(keyword, item) for item in items)

    def with_choices(self, choices: tuple[str, ...]) -> "CommaList":
        """Return the codec whose items are the choices of a `Literal`."""
        return CommaList(self.item.with_choices(choices))

    def parse(self, text: str) -> Any:
        """Return the values in an argument as a tuple."""
        return tuple(self.item.parse(item) for item in text.split(","))

    def to_python(self, value: Any) -> Any:
        """Return a tuple of one value as the value alone."""
        if isinstance(value, tuple) and len(value) == 1:
            return value[0]

        return value

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of tuples of items."""
        from hypothesis import strategies as st

        items = st.lists(
            self.item.strategy(),
            min_size=1,
            max_size=3,
        )
        return items.map(tuple)


class Program(Codec, frozen=True):
    """A BPF program, by its file and section: `in object FILE section NAME`."""

    def format_args(self, keyword: str, value: Any) -> tuple[str, ...]:
        """Return the keyword and the arguments of the program."""
        return (keyword, *to_args(Xdp, value))

    def parse_args(self, _keyword: str, arguments: Sequence[str]) -> tuple[Any, int]:
        """Return the program, and the number of arguments used."""
        values, count = parse_args(Xdp, arguments[1:])
        return Xdp(**values), count + 1


class Frequency(Codec, frozen=True):
    """Insertion into k of every n packets: ``(1, 100)`` is `freq 1/100`."""

    def format(self, keyword: str, value: Any) -> str:
        """Return `k/n`. Raises `InvalidArgument` unless 1 <= k <= n <= 1000000."""
        inserted, total = value
        if not 1 <= inserted <= total <= MAX_FREQUENCY:
            raise InvalidArgument(
                f"{keyword}: {value!r} is not a pair (k, n) with 1 <= k <= n <= {MAX_FREQUENCY}"
            )

        return f"{inserted}/{total}"

    def parse(self, text: str) -> Any:
        """Return k and n."""
        inserted, _, total = text.partition("/")
        return int(inserted), int(total)

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of a pair of numbers."""
        from hypothesis import strategies as st

        return st.just((1, 100))


class Trace(Codec, frozen=True):
    """A trace of in-situ OAM: `trace prealloc type TYPE ns NUMBER size BYTES`."""

    def format_args(self, keyword: str, value: Any) -> tuple[str, ...]:
        """Return the arguments.

        Raises `InvalidArgument` for a size above 244, or for a size that is not a multiple of 4.
        """
        trace_type, namespace, size = value
        if size % 4:
            raise InvalidArgument(f"{keyword}: the size {size} is not a multiple of 4 bytes")

        # 24 bits: parse_encap_ioam6() shifts the type by 8. IOAM6_TRACE_DATA_SIZE_MAX is 244.
        return (
            keyword,
            "prealloc",
            *Number(1, 2**24 - 1).format_args("type", trace_type),
            *U16.format_args("ns", namespace),
            *Number(4, 244).format_args("size", size),
        )

    def parse_args(self, _keyword: str, arguments: Sequence[str]) -> tuple[Any, int]:
        """Return type, namespace and size, and the number of arguments used."""
        keywords = (*arguments[1:3], arguments[4], arguments[6])
        if keywords != ("prealloc", "type", "ns", "size"):
            raise InvalidArgument(f"{' '.join(arguments)}: not a trace")

        # get_u32() in lib/utils.c reads C notation, such as 0x800000.
        values = (arguments[3], arguments[5], arguments[7])
        return tuple(int(number, 0) for number in values), 8

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of a trace."""
        from hypothesis import strategies as st

        return st.just((0x800000, 1, 12))


@frozen
class Mpls(Encap):
    """`encap mpls LABEL[/LABEL…]`: a stack of labels. parse_encap_mpls()."""

    type: ClassVar[str] = "mpls"
    labels: str
    ttl: int | None = option(U8)

    def to_args(self) -> tuple[str, ...]:
        """Return the type, the labels and the options."""
        return (
            self.type,
            validation.check_argument(self.labels, "labels"),
            *to_args(type(self), self),
        )


@frozen(kw_only=True)
class Tunnel(Encap):
    """The common options of `encap ip` and `encap ip6`.

    The outer packet is built by the route's device, an `external` tunnel. ``geneve_opts`` is a
    comma-separated list of CLASS:TYPE:DATA; ``erspan_opts`` is VERSION:INDEX:DIR:HWID.
    """

    id: int | None = option(Number(0, 2**64 - 1))
    dst: str | None = option(Ip())
    src: str | None = option(Ip())
    geneve_opts: str | None = option(Codec(), since="5.8")
    vxlan_opts: int | None = option(U32, since="5.8")
    erspan_opts: str | None = option(Codec(), since="5.8")
    key: bool | None = option(Flag())
    csum: bool | None = option(Flag())
    seq: bool | None = option(Flag())


@frozen(kw_only=True)
class Ip4(Tunnel):
    """`encap ip`: IPv4. parse_encap_ip()."""

    type: ClassVar[str] = "ip"
    tos: int | None = option(U8)
    ttl: int | None = option(U8)


@frozen(kw_only=True)
class Ip6(Tunnel):
    """`encap ip6`: IPv6. parse_encap_ip6()."""

    type: ClassVar[str] = "ip6"
    tc: int | None = option(U8)
    hoplimit: int | None = option(U8)


@frozen
class Ila(Encap):
    """`encap ila LOCATOR`: identifier locator addressing. parse_encap_ila()."""

    type: ClassVar[str] = "ila"
    locator: str
    csum_mode: Literal["adj-transport", "neutral-map", "neutral-map-auto", "no-action"] | None = (
        option(Choice(), keyword="csum-mode")
    )
    ident_type: (
        Literal[
            "luid", "use-format", "iid", "virt-v4", "virt-uni-v6", "virt-multi-v6", "nonlocal-addr"
        ]
        | None
    ) = option(Choice(), keyword="ident-type")
    hook_type: Literal["output", "input"] | None = option(Choice(), keyword="hook-type")

    def to_args(self) -> tuple[str, ...]:
        """Return the type, the locator and the options."""
        return (
            self.type,
            validation.check_argument(self.locator, "locator"),
            *to_args(type(self), self),
        )


@frozen(kw_only=True)
class Seg6(Encap):
    """`encap seg6`: a segment routing header. parse_encap_seg6().

    ``mode`` and ``segs`` are required. ``lookup`` is the routing table for the first segment.
    """

    type: ClassVar[str] = "seg6"
    mode: Seg6Mode | None = option(Choice())
    tunsrc: str | None = option(Ip(), since="6.12")
    segs: str | Sequence[str] | None = option(CommaList(Ip()))
    hmac: int | None = option(U32)
    lookup: str | int | None = option(Codec(), since="7.3")


class Srh(Codec, frozen=True):
    """A segment routing header inside `seg6local`: segments, and optionally an HMAC key id."""

    def format_args(self, keyword: str, value: Any) -> tuple[str, ...]:
        """Return `srh segs …` with or without `hmac …`."""
        header = {"segs": value.segs, "hmac": value.hmac}
        return (keyword, *to_args(Seg6, header))

    def parse_args(self, _keyword: str, arguments: Sequence[str]) -> tuple[Any, int]:
        """Return the header as a `Seg6`, and the number of arguments used."""
        values, count = parse_args(Seg6, arguments[1:])
        return Seg6(**values), count + 1


@frozen(kw_only=True)
class Seg6local(Encap):
    """`encap seg6local`: the action at the end of a segment. parse_encap_seg6local().

    ``action`` is required. ``srh`` is a `Seg6` with ``segs`` and ``hmac`` (other fields are
    ignored). ``lblen`` and ``nflen`` belong to the flavor "next-csid".
    """

    type: ClassVar[str] = "seg6local"
    action: Action | DecapAction | None = option(Choice())
    table: str | int | None = option(Codec())
    vrftable: str | int | None = option(Codec(), since="5.11")
    nh4: str | None = option(Ip())
    nh6: str | None = option(Ip())
    iif: str | None = option(ExistingLink())
    oif: str | None = option(ExistingLink())
    count: bool | None = option(Flag(), since="5.14")
    flavors: Flavor | Sequence[Flavor] | None = option(CommaList(Choice()), since="6.1")
    lblen: int | None = option(U8, since="6.1")
    nflen: int | None = option(U8, since="6.1")
    srh: Seg6 | None = option(Srh())
    endpoint: Xdp | None = option(Program())


@frozen(kw_only=True)
class Rpl(Encap):
    """`encap rpl`: a source route for lossy networks. parse_encap_rpl(), since iproute2 5.8.

    ``segs`` is required.
    """

    type: ClassVar[str] = "rpl"
    segs: str | Sequence[str] | None = option(CommaList(Ip()), since="5.8")


@frozen(kw_only=True)
class Ioam6(Encap):
    """`encap ioam6`: in-situ OAM. parse_encap_ioam6(), since iproute2 5.15.

    ``trace`` is a tuple: the bits of the trace type, the id of the IOAM namespace, and the size
    of the data in bytes. ``tundst`` is required unless ``mode`` is inline, the default.
    """

    type: ClassVar[str] = "ioam6"
    freq: tuple[int, int] | None = option(Frequency(), since="5.18")
    mode: Literal["inline", "encap", "auto"] | None = option(Choice(), since="5.16")
    tunsrc: str | None = option(Ip(), since="6.12")
    tundst: str | None = option(Ip(), since="5.16")
    trace: tuple[int, int, int] | None = option(Trace(), since="5.15")


@frozen(kw_only=True)
class Bpf(Encap):
    """`encap bpf`: programs for input, output and transmission. parse_encap_bpf().

    ``headroom`` is in bytes, at least 1.
    """

    type: ClassVar[str] = "bpf"
    in_: Xdp | None = option(Program(), keyword="in")
    out: Xdp | None = option(Program())
    xmit: Xdp | None = option(Program())
    headroom: int | None = option(Number(1))


@frozen(kw_only=True)
class Xfrm(Encap):
    """`encap xfrm`: an IPsec policy by its interface id. parse_encap_xfrm(), since iproute2 6.1.

    ``if_id`` is required. iproute2 ignores every argument after this encapsulation: of several
    next hops, only the last one can have it.
    """

    type: ClassVar[str] = "xfrm"
    if_id: int | None = option(Number(1), since="6.1")
    link_dev: str | None = option(ExistingLink(), since="6.1")


CLASSES = (
    Bpf,
    Ila,
    Ioam6,
    Ip4,
    Ip6,
    Mpls,
    Rpl,
    Seg6,
    Seg6local,
    Xfrm,
)
ENCAP_TYPES: dict[str, type[Encap]] = {cls.type: cls for cls in CLASSES}
