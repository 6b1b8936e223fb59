"""The options of every link: `ip link add` and `ip link set` accept them before `type KIND`.

ip-link(8); iplink_parse() in ip/iplink.c. The keys are the keys of `ip -j -d link show`.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, TypedDict

from attrs import frozen

from ipwrap.errors import InvalidArgument
from ipwrap.kinds.ipv4_conf import Ipv4Conf, Ipv4ConfCodec
from ipwrap.options import validation
from ipwrap.options.codecs import (
    Choice,
    Codec,
    ExistingLink,
    Flag,
    FlagListMember,
    KeywordPair,
    Mac,
    Netns,
    Number,
    OnOff,
    Text,
)
from ipwrap.options.table import Option, option, parse_args, to_args

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["LinkOptions", "Vf", "Xdp"]

SIZE = Number(0, 2**32 - 1)
VF_NUMBER = Number(0, 2**31 - 1)  # get_integer() in iplink_parse()
Operstate = Literal["unknown", "notpresent", "down", "lowerlayerdown", "testing", "dormant", "up"]


@frozen(kw_only=True)
class Vf:
    """A virtual function of a network card: `vf NUM …`.

    ip-link(8); iplink_parse_vf() in ip/iplink.c.
    """

    num: int
    mac: str | None = option(Mac())
    vlan: int | None = option(Number(0, 4095))
    qos: int | None = option(Number())
    proto: Literal["802.1Q", "802.1ad"] | None = option(Choice())
    rate: int | None = option(Number())
    max_tx_rate: int | None = option(Number())
    min_tx_rate: int | None = option(Number())
    spoofchk: bool | None = option(OnOff())
    query_rss: bool | None = option(OnOff())
    state: Literal["auto", "enable", "disable"] | None = option(Choice())
    trust: bool | None = option(OnOff())
    node_guid: str | None = option(Mac())
    port_guid: str | None = option(Mac())


class VfCodec(Codec, frozen=True):
    """`vf NUM` and the options of a `Vf`."""

    repeatable: ClassVar[bool] = True

    def format_args(self, keyword: str, value: Any) -> tuple[str, ...]:
        """Return the arguments of one virtual function, or of several."""
        functions = (value,) if isinstance(value, Vf) else value
        arguments: list[str] = []

        for vf in functions:
            number = VF_NUMBER.format(keyword, vf.num)
            arguments += (
                keyword,
                number,
                *to_args(Vf, vf),
            )

        return tuple(arguments)

    def parse_args(self, _keyword: str, arguments: Sequence[str]) -> tuple[Any, int]:
        """Return one virtual function; the option can be repeated."""
        number = int(arguments[1], 0)
        options, count = parse_args(Vf, arguments[2:])

        vf = Vf(num=number, **options)
        return (vf,), count + 2

    def to_python(self, value: Any) -> Any:
        """Return a single virtual function without its tuple."""
        if isinstance(value, tuple) and len(value) == 1:
            return value[0]
        return value

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of one virtual function and of several."""
        from hypothesis import strategies as st

        from ipwrap.options.codecs.strategies import option_values

        functions = st.builds(
            lambda number, options: Vf(num=number, **options),
            st.integers(0, 255),
            option_values(Vf),
        )
        lists = st.lists(
            functions,
            min_size=1,
            max_size=3,
        )
        return st.one_of(functions, lists.map(tuple))


@frozen(kw_only=True)
class Xdp:
    """A program for `xdp`: of an object file, by section or name, or a pinned program.

    ip-link(8); ip/iplink_xdp.c.
    """

    object: str | None = option(Text())
    section: str | None = option(Text())
    program: str | None = option(Text(), since="6.0")
    verbose: bool | None = option(Flag())
    pinned: str | None = option(Text())


class XdpCodec(Codec, frozen=True):
    """`xdp off`, or `xdp object FILE …`, or `xdp pinned FILE`."""

    def format_args(self, keyword: str, value: Any) -> tuple[str, ...]:
        """Return the keyword and `off`, or the keyword and the program."""
        if value == "off":
            return (keyword, "off")
        return (keyword, *to_args(Xdp, value))

    def parse_args(self, _keyword: str, arguments: Sequence[str]) -> tuple[Any, int]:
        """Return "off", or the program."""
        if "off" in arguments[1:2]:
            return "off", 2

        options, count = parse_args(Xdp, arguments[1:])
        return Xdp(**options), count + 1

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of "off" and of programs."""
        from hypothesis import strategies as st

        from ipwrap.options.codecs.strategies import option_values

        programs = option_values(Xdp).map(lambda options: Xdp(**options))
        return st.one_of(st.just("off"), programs)


class Reason(Codec, frozen=True):
    """A reason to hold a port down, on or off: `protodown_reason 3 on`."""

    def format_args(self, keyword: str, value: Any) -> tuple[str, ...]:
        """Return the keyword, the reason, and on or off."""
        try:
            reason, is_on = value
        except (TypeError, ValueError) as error:
            raise InvalidArgument(
                f"{keyword}: {value!r} is not a pair such as (3, True)"
            ) from error

        return (
            keyword,
            validation.check_argument(reason, keyword),
            OnOff().format(keyword, is_on),
        )

    def parse_args(self, _keyword: str, arguments: Sequence[str]) -> tuple[Any, int]:
        """Return the reason and whether it is on."""
        _, reason, state = arguments[:3]
        is_on = OnOff().parse(state)
        return (reason, is_on), 3

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of numbers of reasons, on and off."""
        from hypothesis import strategies as st

        return st.tuples(st.integers(0, 31), st.booleans())


class LinkOptions(TypedDict, total=False):
    """Keywords of `ip link add`, `ip link set` and of a veth's peer. ``None`` omits an option.

    iplink_parse() in iproute2's ip/iplink.c; `xdp` in ip/iplink_xdp.c.
    """

    link: Annotated[str | None, Option(ExistingLink())]
    index: Annotated[int | None, Option(Number(1, 2**31 - 1), json_key="ifindex")]
    address: Annotated[str | None, Option(Mac())]
    broadcast: Annotated[str | None, Option(Mac())]
    txqueuelen: Annotated[
        int | None, Option(Number(0, 2**31 - 1), json_key="txqlen", unit="packets")
    ]
    mtu: Annotated[int | None, Option(Number(0, 2**31 - 1), unit="bytes")]
    netns: Annotated[str | int | None, Option(Netns(), json_key="")]
    link_netns: Annotated[str | None, Option(Netns(), keyword="link-netns", json_key="")]
    link_netnsid: Annotated[int | None, Option(Number(0, 2**31 - 1), keyword="link-netnsid")]
    # Flags of the link: JSON lists them under `flags`.
    multicast: Annotated[bool | None, Option(FlagListMember("MULTICAST"), json_key="flags")]
    allmulticast: Annotated[bool | None, Option(FlagListMember("ALLMULTI"), json_key="flags")]
    promisc: Annotated[bool | None, Option(FlagListMember("PROMISC"), json_key="flags")]
    trailers: Annotated[
        bool | None, Option(FlagListMember("NOTRAILERS", inverted=True), json_key="flags")
    ]
    arp: Annotated[bool | None, Option(FlagListMember("NOARP", inverted=True), json_key="flags")]
    dynamic: Annotated[bool | None, Option(FlagListMember("DYNAMIC"), json_key="flags")]
    carrier: Annotated[bool | None, Option(FlagListMember("LOWER_UP"), json_key="flags")]
    up: Annotated[bool | None, Option(KeywordPair("up", "down", "UP"), json_key="flags")]
    master: Annotated[str | None, Option(ExistingLink())]
    vrf: Annotated[str | None, Option(ExistingLink(), json_key="master")]
    nomaster: Annotated[bool | None, Option(Flag(), json_key="")]
    alias: Annotated[str | None, Option(Text(max_length=255), json_key="ifalias")]
    group: Annotated[str | int | None, Option(Codec())]
    mode: Annotated[
        Literal["default", "dormant"] | None, Option(Choice(upper=True), json_key="linkmode")
    ]
    state: Annotated[Operstate | None, Option(Choice(upper=True), json_key="operstate")]
    numtxqueues: Annotated[int | None, Option(Number(1, 4096), json_key="num_tx_queues")]
    numrxqueues: Annotated[int | None, Option(Number(1, 4096), json_key="num_rx_queues")]
    addrgenmode: Annotated[
        Literal["eui64", "none", "stable_secret", "random"] | None,
        Option(Choice(), json_key="inet6_addr_gen_mode"),
    ]
    inet: Annotated[Ipv4Conf | None, Option(Ipv4ConfCodec(), json_key="", since="7.2")]
    protodown: Annotated[bool | None, Option(OnOff(), json_key="proto_down")]
    protodown_reason: Annotated[
        tuple[str | int, bool] | None, Option(Reason(), json_key="proto_down_reason", since="5.10")
    ]
    # Offloading of segmentation.
    gso_max_size: Annotated[int | None, Option(SIZE, unit="bytes")]
    gso_max_segs: Annotated[int | None, Option(Number(0, 65535))]
    gro_max_size: Annotated[int | None, Option(SIZE, since="5.18", unit="bytes")]
    gso_ipv4_max_size: Annotated[int | None, Option(SIZE, since="6.3", unit="bytes")]
    gro_ipv4_max_size: Annotated[int | None, Option(SIZE, since="6.3", unit="bytes")]
    parentdev: Annotated[str | None, Option(Text(), since="5.14")]
    # Grammars of their own.
    vf: Annotated[Vf | tuple[Vf, ...] | None, Option(VfCodec(), json_key="vfinfo_list")]
    xdp: Annotated[Xdp | str | None, Option(XdpCodec())]
    xdpgeneric: Annotated[Xdp | str | None, Option(XdpCodec(), json_key="")]
    xdpdrv: Annotated[Xdp | str | None, Option(XdpCodec(), json_key="")]
    xdpoffload: Annotated[Xdp | str | None, Option(XdpCodec(), json_key="")]
