"""`ip route`: where packets go. ip-route(8); iproute2's ip/iproute.c."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any, ClassVar, Literal, TypedDict, Unpack, get_args

from attrs import asdict, field, frozen

from ipwrap.command import CreatedObject
from ipwrap.errors import InvalidArgument
from ipwrap.ip.encap import Encap, EncapCodec, with_encap
from ipwrap.models import Route
from ipwrap.options.codecs import (
    Choice,
    Codec,
    Dsfield,
    Duration,
    ExistingLink,
    Family,
    Flag,
    Ip,
    Number,
    Prefix,
    Words,
)
from ipwrap.options.converters import IpAddress, IpPrefix
from ipwrap.options.table import Option, option, parse_args, to_args
from ipwrap.options.validation import check_prefix
from ipwrap.result import Result
from ipwrap.verbs.base import ObjectCommands, family_words

__all__ = [
    "Locked",
    "NextHop",
    "RouteFilter",
    "RouteGet",
    "RouteOptions",
    "RouteType",
    "RouteVerbs",
]

RouteType = Literal[
    "unicast",
    "local",
    "broadcast",
    "multicast",
    "anycast",
    "throw",
    "unreachable",
    "prohibit",
    "blackhole",
    "nat",
]
TYPES = get_args(RouteType)
TABLE = Codec()


@frozen
class Locked:
    """A metric that path MTU discovery and TCP may not change: ``mtu=Locked(1400)`` is `mtu lock 1400`."""

    value: int | str


@frozen
class Metric(Codec):
    """A number, or a locked one."""

    number: Codec = field(factory=Number)

    def format_args(self, word: str, value: Any) -> tuple[str, ...]:
        """Return `mtu 1400` or `mtu lock 1400`."""
        if isinstance(value, Locked):
            return (word, "lock", self.number.format(word, value.value))
        return (word, self.number.format(word, value))

    def parse_args(self, _word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return the number, or the locked one."""
        if words[1] == "lock":
            return Locked(self.number.parse(words[2])), 3
        return self.number.parse(words[1]), 2


@frozen
class ViaAs(Codec):
    """The address that a packet's destination becomes: `as to ADDRESS`."""

    def format_args(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the words."""
        return (word, "to", Ip().format(word, value))

    def parse_args(self, _word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return the address, behind `to` or not."""
        return (words[2], 3) if words[1] == "to" else (words[1], 2)


@frozen
class Source(Codec):
    """A way to select by the source prefix: `from root PREFIX` for those within, `from match` for those around."""

    how: str

    def format_args(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the words."""
        return (word, self.how, Prefix().format(word, value))

    def parse_args(self, _word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return the prefix."""
        if words[1] != self.how:
            raise InvalidArgument(f"{words[1]!r} is not {self.how}")
        return words[2], 3


@frozen
class Enabled(Codec):
    """A truth spelled `enabled` or `disabled`."""

    def format(self, word: str, value: Any) -> str:
        """Return the word."""
        return Choice(("enabled", "disabled")).format(
            word, {True: "enabled", False: "disabled"}.get(value, value)
        )

    def parse(self, text: str) -> Any:
        """Return the truth."""
        return ("disabled", "enabled").index(text) == 1


@frozen(kw_only=True)
class NextHop:
    """One way of a route with several: `nexthop via … dev … weight …`. ``weight`` is 1 to 256."""

    via: IpAddress | tuple[str, str] | None = option(Family())
    dev: str | None = option(ExistingLink())
    weight: int | None = option(Number(1, 256))
    onlink: bool | None = option(Flag())
    realms: str | None = option(Codec())
    as_: str | None = option(ViaAs(), keyword="as")
    encap: Encap | tuple[str, ...] | None = option(EncapCodec())


@frozen
class NextHops(Codec):
    """The ways of a route with several, each after its keyword."""

    repeatable: ClassVar[bool] = True

    def format_args(self, word: str, value: Any) -> tuple[str, ...]:
        """Return `nexthop … nexthop …`."""
        return tuple(
            part
            for hop in value
            for part in (word, *with_encap(NextHop, asdict(hop, recurse=False)))
        )

    def parse_args(self, _word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return one way; another may follow."""
        said, count = parse_args(NextHop, words[1:])
        return (NextHop(**said),), count + 1


class RouteOptions(TypedDict, total=False):
    """Keywords of `ip route add`, `change`, `replace`, `prepend`, `append`, `delete`.

    ``type`` is unicast by default, or local, broadcast, multicast, anycast, throw, unreachable, prohibit, blackhole.
    ``via`` is an address, or a pair ("inet6", "fe80::1") for a gateway of another family. ``encap`` is one of
    `ipwrap.ip.encap`, or the words after that keyword. Times (``rtt``, ``rttvar``, ``rto_min``) are words such as
    "20ms". ``expires`` is in seconds, or a `timedelta`.
    """

    type: Annotated[
        RouteType | None, Option(Choice(), keyword="")
    ]  # stands before the prefix: see _words
    from_: Annotated[IpPrefix | None, Option(Prefix(), keyword="from")]
    tos: Annotated[str | int | None, Option(Dsfield())]
    table: Annotated[str | int | None, Option(TABLE)]
    vrf: Annotated[str | None, Option(Codec())]
    proto: Annotated[str | int | None, Option(Codec(), keyword="protocol")]
    scope: Annotated[str | int | None, Option(Codec())]
    metric: Annotated[int | None, Option(Number())]
    ttl_propagate: Annotated[
        bool | None, Option(Enabled(), keyword="ttl-propagate", json_key="ttl-propogate")
    ]
    via: Annotated[IpAddress | tuple[str, str] | None, Option(Family(), json_key="gateway")]
    dev: Annotated[str | None, Option(ExistingLink())]
    nhid: Annotated[int | None, Option(Number(), since="5.3")]
    onlink: Annotated[bool | None, Option(Flag())]
    src: Annotated[IpAddress | None, Option(Ip(), json_key="prefsrc")]
    as_: Annotated[str | None, Option(ViaAs(), keyword="as")]
    realms: Annotated[str | None, Option(Codec())]
    mtu: Annotated[int | Locked | None, Option(Metric())]
    advmss: Annotated[int | Locked | None, Option(Metric())]
    rtt: Annotated[str | Locked | None, Option(Metric(Codec()))]
    rttvar: Annotated[str | Locked | None, Option(Metric(Codec()))]
    reordering: Annotated[int | Locked | None, Option(Metric())]
    window: Annotated[int | Locked | None, Option(Metric())]
    cwnd: Annotated[int | Locked | None, Option(Metric())]
    initcwnd: Annotated[int | Locked | None, Option(Metric())]
    initrwnd: Annotated[int | Locked | None, Option(Metric())]
    ssthresh: Annotated[int | Locked | None, Option(Metric())]
    rto_min: Annotated[str | None, Option(Codec())]
    hoplimit: Annotated[int | Locked | None, Option(Metric(Number(0, 255)))]
    features: Annotated[str | tuple[str, ...] | None, Option(Words())]
    quickack: Annotated[int | None, Option(Number(0, 1))]
    congctl: Annotated[str | Locked | None, Option(Metric(Codec()))]
    pref: Annotated[Literal["low", "medium", "high"] | None, Option(Choice())]
    expires: Annotated[int | timedelta | None, Option(Duration())]
    fastopen_no_cookie: Annotated[int | None, Option(Number(0, 1))]
    encap: Annotated[
        Encap | tuple[str, ...] | None, Option(EncapCodec())
    ]  # it takes words of the same names: last
    nexthops: Annotated[Sequence[NextHop] | None, Option(NextHops(), keyword="nexthop")]


class RouteFilter(TypedDict, total=False):
    """Which routes `ip route show` lists and `flush` takes away. ``table`` may be "all" or "cache"."""

    root: Annotated[IpPrefix | None, Option(Prefix())]
    match: Annotated[IpPrefix | None, Option(Prefix())]
    exact: Annotated[IpPrefix | None, Option(Prefix())]
    table: Annotated[str | int | None, Option(TABLE)]
    vrf: Annotated[str | None, Option(Codec())]
    cached: Annotated[bool | None, Option(Flag())]
    tos: Annotated[str | int | None, Option(Dsfield())]
    proto: Annotated[str | int | None, Option(Codec(), keyword="protocol")]
    scope: Annotated[str | int | None, Option(Codec())]
    type: Annotated[RouteType | None, Option(Choice())]
    dev: Annotated[str | None, Option(ExistingLink())]
    iif: Annotated[str | None, Option(ExistingLink())]
    mark: Annotated[int | None, Option(Number())]
    metric: Annotated[int | None, Option(Number())]
    via: Annotated[IpAddress | tuple[str, str] | None, Option(Family())]
    src: Annotated[IpPrefix | None, Option(Prefix())]
    realms: Annotated[str | None, Option(Codec())]
    from_: Annotated[IpPrefix | None, Option(Prefix(), keyword="from")]
    from_root: Annotated[str | None, Option(Source("root"), keyword="from")]
    from_match: Annotated[str | None, Option(Source("match"), keyword="from")]


class RouteGet(TypedDict, total=False):
    """What `ip route get` asks for."""

    from_: Annotated[IpPrefix | None, Option(Prefix(), keyword="from")]
    iif: Annotated[str | None, Option(ExistingLink())]
    oif: Annotated[str | None, Option(ExistingLink())]
    tos: Annotated[str | int | None, Option(Dsfield())]
    mark: Annotated[int | None, Option(Number())]
    vrf: Annotated[str | None, Option(ExistingLink())]
    uid: Annotated[int | None, Option(Number())]
    ipproto: Annotated[str | None, Option(Codec())]
    sport: Annotated[int | None, Option(Number(0, 65535))]
    dport: Annotated[int | None, Option(Number(0, 65535))]
    as_: Annotated[str | None, Option(ViaAs(), keyword="as")]
    flowlabel: Annotated[int | None, Option(Number(0, 2**20 - 1), since="6.11")]
    connected: Annotated[bool | None, Option(Flag())]
    fibmatch: Annotated[bool | None, Option(Flag())]
    notify: Annotated[bool | None, Option(Flag())]


IDENTITY = frozenset(
    {
        "type",
        "from_",
        "tos",
        "table",
        "vrf",
        "proto",
        "scope",
        "metric",
        "via",
        "dev",
        "nhid",
        "src",
        "onlink",
        "nexthops",
    }
)


# What the kernel filters by, and iproute2 a second time. In a batch the kernel is not asked to, since main() in ip/ip.c
# calls rtnl_set_strict_dump() behind it: then a missing table (of a VRF, too) is no error, and from iproute2 6.10 on
# filter_nlmsg() in ip/iproute.c lets a route without a link pass for one of every link.
KERNEL_FILTERS = ("table", "vrf", "dev")

# Of `get`: what only the strict check refuses (a flowlabel of IPv4), and what prints text besides, which iproute2 7.1
# leaves in a batch's buffer.
NOT_IN_A_BATCH = ("as_", "flowlabel", "connected")


@frozen
class RouteVerbs(ObjectCommands):
    """Verbs of `ip route`."""

    words: ClassVar[tuple[str, ...]] = ("route",)

    def add(self, dst: IpPrefix, **options: Unpack[RouteOptions]) -> Result:
        """Add a route to a prefix, or to "default".

        ::

            ip route add [TYPE] PREFIX [via ADDRESS] [dev DEV] [metric …] [table …] [METRICS] [nexthop via … weight …]…

        For an IPv6 "default" say ``via`` an IPv6 address, or "::/0". Raises `AlreadyExists`, `NotFound` (no such link),
        `RejectedByKernel` (the gateway cannot be reached).
        """
        return self._make("add", dst, options)

    def change(self, dst: IpPrefix, **options: Unpack[RouteOptions]) -> Result:
        """Change the route to a prefix. `ip route change …`. Raises `NotFound` if there is none."""
        return self._run_change("change", *_words(dst, options))

    def replace(self, dst: IpPrefix, **options: Unpack[RouteOptions]) -> Result:
        """Add a route, or change it if it is there. `ip route replace …`."""
        return self._make("replace", dst, options)

    def prepend(self, dst: IpPrefix, **options: Unpack[RouteOptions]) -> Result:
        """Add a route before those to the same prefix. `ip route prepend …`."""
        return self._make("prepend", dst, options)

    def append(self, dst: IpPrefix, **options: Unpack[RouteOptions]) -> Result:
        """Add a route behind those to the same prefix. `ip route append …`."""
        return self._make("append", dst, options)

    def delete(self, dst: IpPrefix, **options: Unpack[RouteOptions]) -> Result:
        """Delete the first route that matches. `ip route delete …`. Raises `NotFound` if none does."""
        drops = (("route", self.netns, " ".join(_words(dst, _identity(options)))),)
        return self._run_change("delete", *_words(dst, options), drops=drops)

    def show(
        self,
        to: IpPrefix | None = None,
        *,
        family: str | None = None,
        stats: bool = False,
        **which: Unpack[RouteFilter],
    ) -> list[Route]:
        """Return the routes of a table (the main one by default). ``family`` is "inet" (the default) or "inet6".

        ::

            ip -j -d [-s] [-4 | -6] route show [to PREFIX] [table …] [dev …] [via …] [proto …] [scope …] [type …] …

        ``root`` lists those within a prefix, ``match`` those that contain it; ``from_root`` and ``from_match`` look at
        the prefix that packets come from. A key that serves as a filter is missing in what is returned.
        """
        flags = ("-d", *(("-s",) if stats else ()), *family_words(family))
        alone = any(which.get(name) is not None for name in KERNEL_FILTERS)
        return self._query(Route, "show", *_selector(to, which), flags=flags, alone=alone)

    def flush(
        self, to: IpPrefix | None = None, *, family: str | None = None, **which: Unpack[RouteFilter]
    ) -> Result:
        """Delete all routes that match.

        ::

            ip [-4 | -6] route flush [to PREFIX] [table …] [dev …] …

        Raises `UsageError` if nothing says which.
        """
        return self._run_change(
            "flush", *_selector(to, which), flags=family_words(family), alone=True
        )

    def get(self, to: IpPrefix, **how: Unpack[RouteGet]) -> Route:
        """Return the route that a packet to an address would take.

        ::

            ip -j -d route get to ADDRESS [from ADDRESS iif DEV] [oif DEV] [mark …] [vrf …] [ipproto … sport … dport …]

        Raises `RejectedByKernel` (ENETUNREACH) if there is none.
        """
        alone = any(how.get(name) is not None for name in NOT_IN_A_BATCH)
        return self._query_one(
            Route, "get", "to", check_prefix(to, "to"), *to_args(RouteGet, how), alone=alone
        )

    def _make(self, verb: str, dst: IpPrefix, options: RouteOptions) -> Result:
        """Run a verb that makes a route."""
        words = _words(dst, options)
        telling = words if IDENTITY.issuperset(options) else _words(dst, _identity(options))
        on = tuple(
            each
            for each in (options.get("dev"), *(hop.dev for hop in options.get("nexthops") or ()))
            if each
        )
        made = CreatedObject(
            "route", " ".join(telling), ("ip", "route", "delete", *telling), self.netns, on
        )
        return self._run_change(verb, *words, makes=(made,))


def _words(dst: IpPrefix, options: RouteOptions) -> tuple[str, ...]:
    """Return the words that say a route: its type, its prefix, what it is like, its ways."""
    type_ = options.get("type")
    first = "to" if type_ is None else Choice(TYPES).format("type", type_)
    return (first, check_prefix(dst, "dst"), *with_encap(RouteOptions, options))


def _identity(options: RouteOptions) -> RouteOptions:
    """Return the options by which a route is deleted: those that tell it from others."""
    telling: Any = {key: value for key, value in options.items() if key in IDENTITY}
    return telling  # type: ignore[no-any-return]


def _selector(to: IpPrefix | None, which: RouteFilter) -> tuple[str, ...]:
    """Return the words that select routes."""
    return (*(() if to is None else ("to", check_prefix(to, "to"))), *to_args(RouteFilter, which))
