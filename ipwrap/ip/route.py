"""`ip route`: the routing tables. ip-route(8); iproute2's ip/iproute.c."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, TypedDict, Unpack, get_args

from attrs import asdict, field, frozen

from ipwrap import models
from ipwrap.command import CreatedObject
from ipwrap.errors import InvalidArgument
from ipwrap.ip.encap import Encap, EncapCodec, with_encap
from ipwrap.options.codecs import (
    Choice,
    Codec,
    Dsfield,
    Duration,
    ExistingLink,
    Family,
    Flag,
    Ip,
    Mark,
    Number,
    Prefix,
    Words,
)
from ipwrap.options.converters import IpAddress, IpPrefix
from ipwrap.options.table import Option, option, parse_args, to_args, to_fields
from ipwrap.options.validation import check_prefix
from ipwrap.result import Result
from ipwrap.verbs.base import ObjectCommands, format_family_flag

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

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
    """A route metric locked against path MTU discovery and TCP.

    ``mtu=Locked(1400)`` is `mtu lock 1400`.
    """

    value: int | str


@frozen
class Metric(Codec):
    """A route metric: a number, or a `Locked` value."""

    number: Codec = field(factory=Number)

    def format_args(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the arguments `mtu 1400` or `mtu lock 1400`."""
        if isinstance(value, Locked):
            return (word, "lock", self.number.format(word, value.value))

        return (word, self.number.format(word, value))

    def parse_args(self, _word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return the number, or the `Locked` value, and the count of consumed arguments."""
        if words[1] == "lock":
            return Locked(self.number.parse(words[2])), 3

        return self.number.parse(words[1]), 2

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of numbers, with and without a lock."""
        from hypothesis import strategies as st

        numbers = self.number.strategy()
        return st.one_of(numbers, st.builds(Locked, numbers))


@frozen
class ViaAs(Codec):
    """The new destination address of a packet: `as to ADDRESS`."""

    def format_args(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the arguments `as to ADDRESS`."""
        return (word, "to", Ip().format(word, value))

    def parse_args(self, _word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return the address, with or without `to`, and the count of consumed arguments."""
        if words[1] == "to":
            return words[2], 3

        return words[1], 2

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of addresses."""
        from ipwrap.options.codecs.strategies import ADDRESSES

        return ADDRESSES


@frozen
class SourcePrefix(Codec):
    """A filter by source prefix: `from root PREFIX` (within) or `from match PREFIX` (around)."""

    how: str

    def format_args(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the arguments `from root PREFIX` or `from match PREFIX`."""
        return (word, self.how, Prefix().format(word, value))

    def parse_args(self, _word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return the prefix and the count of consumed arguments."""
        if words[1] != self.how:
            raise InvalidArgument(f"{words[1]!r} is not {self.how}")

        return words[2], 3

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of prefixes."""
        from ipwrap.options.codecs.strategies import PREFIXES

        return PREFIXES


@frozen
class EnabledDisabled(Codec):
    """A boolean written as `enabled` or `disabled`."""

    def format(self, word: str, value: Any) -> str:
        """Return `enabled` or `disabled`."""
        keyword = {True: "enabled", False: "disabled"}.get(value, value)
        return Choice(("enabled", "disabled")).format(word, keyword)

    def parse(self, text: str) -> Any:
        """Return the boolean."""
        return ("disabled", "enabled").index(text) == 1

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of booleans."""
        from hypothesis import strategies as st

        return st.booleans()


@frozen(kw_only=True)
class NextHop:
    """A next hop of a multipath route: `nexthop via … dev … weight …`. ``weight`` is 1 to 256."""

    via: IpAddress | tuple[str, str] | None = option(Family())
    dev: str | None = option(ExistingLink())
    weight: int | None = option(Number(1, 256))
    onlink: bool | None = option(Flag())
    realms: str | None = option(Codec())
    as_: str | None = option(ViaAs(), keyword="as")
    encap: Encap | tuple[str, ...] | None = option(EncapCodec())


@frozen
class NextHops(Codec):
    """The next hops of a multipath route, each behind its keyword."""

    repeatable: ClassVar[bool] = True

    def format_args(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the arguments `nexthop … nexthop …`."""
        arguments: list[str] = []

        for hop in value:
            options = asdict(hop, recurse=False)
            arguments.append(word)
            arguments.extend(with_encap(NextHop, options))

        return tuple(arguments)

    def parse_args(self, _word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return a single next hop and the count of consumed arguments; further hops may follow."""
        options, count = parse_args(NextHop, words[1:])
        return (NextHop(**options),), count + 1


class RouteOptions(TypedDict, total=False):
    """Keywords of `ip route add`, `change`, `replace`, `prepend`, `append`, `delete`.

    ``type`` is unicast by default, or local, broadcast, multicast, anycast, throw, unreachable,
    prohibit, blackhole. ``via`` is an address, or a pair ("inet6", "fe80::1") for a gateway of
    another family. ``encap`` is an object of `ipwrap.ip.encap`, or the words after that keyword.
    Times (``rtt``, ``rttvar``, ``rto_min``) are words such as "20ms". ``expires`` is in seconds, or
    a `timedelta`.
    """

    # The type precedes the prefix, without a keyword: see _route_arguments().
    type: Annotated[RouteType | None, Option(Choice(), keyword="")]
    from_: Annotated[IpPrefix | None, Option(Prefix(), keyword="from")]
    tos: Annotated[str | int | None, Option(Dsfield())]
    table: Annotated[str | int | None, Option(TABLE)]
    vrf: Annotated[str | None, Option(Codec())]
    proto: Annotated[str | int | None, Option(Codec(), keyword="protocol")]
    scope: Annotated[str | int | None, Option(Codec())]
    metric: Annotated[int | None, Option(Number())]
    ttl_propagate: Annotated[
        bool | None, Option(EnabledDisabled(), keyword="ttl-propagate", json_key="ttl-propogate")
    ]
    via: Annotated[IpAddress | tuple[str, str] | None, Option(Family(), json_key="gateway")]
    dev: Annotated[str | None, Option(ExistingLink())]
    nhid: Annotated[int | None, Option(Number(), since="5.3")]
    onlink: Annotated[bool | None, Option(Flag())]
    src: Annotated[IpAddress | None, Option(Ip(), json_key="prefsrc")]
    as_: Annotated[str | None, Option(ViaAs(), keyword="as")]
    realms: Annotated[str | None, Option(Codec())]
    mtu: Annotated[int | Locked | None, Option(Metric(), unit="bytes")]
    advmss: Annotated[int | Locked | None, Option(Metric(), unit="bytes")]
    rtt: Annotated[str | Locked | None, Option(Metric(Codec()))]
    rttvar: Annotated[str | Locked | None, Option(Metric(Codec()))]
    reordering: Annotated[int | Locked | None, Option(Metric())]
    window: Annotated[int | Locked | None, Option(Metric(), unit="bytes")]
    cwnd: Annotated[int | Locked | None, Option(Metric(), unit="segments")]
    initcwnd: Annotated[int | Locked | None, Option(Metric(), unit="segments")]
    initrwnd: Annotated[int | Locked | None, Option(Metric(), unit="segments")]
    ssthresh: Annotated[int | Locked | None, Option(Metric())]
    rto_min: Annotated[str | None, Option(Codec())]
    hoplimit: Annotated[int | Locked | None, Option(Metric(Number(0, 255)))]
    features: Annotated[str | tuple[str, ...] | None, Option(Words())]
    quickack: Annotated[int | None, Option(Number(0, 1))]
    congctl: Annotated[str | Locked | None, Option(Metric(Codec()))]
    pref: Annotated[Literal["low", "medium", "high"] | None, Option(Choice())]
    expires: Annotated[int | timedelta | None, Option(Duration())]
    fastopen_no_cookie: Annotated[int | None, Option(Number(0, 1))]
    # Last of the options: encapsulations have options of the same names (`src`, `tos`, `table`, …),
    # which lwt_parse_encap() in ip/iproute_lwtunnel.c would consume.
    encap: Annotated[Encap | tuple[str, ...] | None, Option(EncapCodec())]
    nexthops: Annotated[Sequence[NextHop] | None, Option(NextHops(), keyword="nexthop")]


class RouteFilter(TypedDict, total=False):
    """Filters of `ip route show` and `flush`. ``table`` may be "all" or "cache"."""

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
    mark: Annotated[int | str | None, Option(Mark())]
    metric: Annotated[int | None, Option(Number())]
    via: Annotated[IpAddress | tuple[str, str] | None, Option(Family())]
    src: Annotated[IpPrefix | None, Option(Prefix())]
    realms: Annotated[str | None, Option(Codec())]
    from_: Annotated[IpPrefix | None, Option(Prefix(), keyword="from")]
    from_root: Annotated[str | None, Option(SourcePrefix("root"), keyword="from")]
    from_match: Annotated[str | None, Option(SourcePrefix("match"), keyword="from")]


class RouteGet(TypedDict, total=False):
    """Keywords of `ip route get`: the properties of the packet, and options of the lookup."""

    from_: Annotated[IpPrefix | None, Option(Prefix(), keyword="from")]
    iif: Annotated[str | None, Option(ExistingLink())]
    oif: Annotated[str | None, Option(ExistingLink())]
    tos: Annotated[str | int | None, Option(Dsfield())]
    mark: Annotated[int | str | None, Option(Mark())]
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


# The options that distinguish routes to the same prefix. `ip route delete` takes them as well:
# fib_table_delete() in the kernel's net/ipv4/fib_trie.c compares type, scope, source and next hops.
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

# Filters that the kernel applies first, and iproute2 a second time. In a batch the kernel is not
# asked to filter, since main() in ip/ip.c calls rtnl_set_strict_dump() only after starting the
# batch. Then a missing table (of a VRF, too) is no error, and from iproute2 6.10 on filter_nlmsg()
# in ip/iproute.c accepts a route without a link for every `dev`.
KERNEL_FILTERS = ("table", "vrf", "dev")

# Options of `get` that differ in a batch: only the strict check refuses a flowlabel of IPv4; the
# options with text output beside the JSON leave text in a batch's buffer in iproute2 7.1.
UNBATCHED_LOOKUPS = ("as_", "flowlabel", "connected")


@frozen
class RouteVerbs(ObjectCommands):
    """Verbs of `ip route`."""

    words: ClassVar[tuple[str, ...]] = ("route",)

    def add(self, dst: IpPrefix, **options: Unpack[RouteOptions]) -> Result:
        """Add a route to a prefix, or to "default".

        ::

            ip route add [TYPE] PREFIX [via ADDRESS] [dev DEV] [metric …] [table …] [METRICS]
                [nexthop via … weight …]…

        An IPv6 "default" needs an IPv6 address in ``via``; else write "::/0". Raises
        `AlreadyExists`, `NotFound` (no such link), `RejectedByKernel` (an unreachable gateway).

        Options, from `RouteOptions`::

            type="unicast"|"local"|"broadcast"|"multicast"|"anycast"|"throw"|"unreachable"|"prohibit"|"blackhole"|"nat",
            from_=PREFIX, tos=str|int, table=str|int, vrf=str, proto=str|int, scope=str|int,
            metric=int, ttl_propagate=True|False, via=ADDRESS|tuple[str, str], dev=LINK,
            nhid=int (5.3+), onlink=True, src=ADDRESS, as_=str, realms=str, mtu=int bytes|Locked,
            advmss=int bytes|Locked, rtt=str|Locked, rttvar=str|Locked, reordering=int|Locked,
            window=int bytes|Locked, cwnd=int segments|Locked, initcwnd=int segments|Locked,
            initrwnd=int segments|Locked, ssthresh=int|Locked, rto_min=str, hoplimit=0..255|Locked,
            features=str|tuple[str, ...], quickack=0..1, congctl=str|Locked,
            pref="low"|"medium"|"high", expires=int seconds|timedelta, fastopen_no_cookie=0..1,
            encap=Encap|tuple[str, ...], nexthops=Sequence[NextHop]
        """
        return self._create("add", dst, options=options)

    def ensure(self, dst: IpPrefix, **options: Unpack[RouteOptions]) -> bool:
        """Add a route, or change it, if needed; return whether anything changed.

        ::

            ip.route.ensure("default", via="10.0.0.1")

        What is not given counts as it is. Raises as `add`.

        Options: those of `add`.
        """
        return self._ensure(dst, **options)

    def add_many(
        self,
        dsts: Iterable[IpPrefix | tuple[IpPrefix, RouteOptions]],
        **options: Unpack[RouteOptions],
    ) -> None:
        """Add many routes with the same options, much faster than one by one.

        ::

            pod.ip.route.add_many(prefixes, via="10.0.0.1")

        Each runs as `ip route add … PREFIX …`; a pair ``(dst, {"metric": 5})`` has options of its
        own. All are checked before the first one runs. A route that fails does not stop the others;
        the first failure is raised at the end, with a note of the next ones. In a batch block the
        changes before are sent first. Recorded as one event, and exported, replayed and undone as
        single commands. On a host it is as fast as a batch block. Raises as `add`.

        Options: those of `add`.
        """
        self._add_many(dsts, options, check=check_prefix)

    def change(self, dst: IpPrefix, **options: Unpack[RouteOptions]) -> Result:
        """Change the route to a prefix. `ip route change …`. Raises `NotFound`.

        Options: those of `add`.
        """
        return self._run_change("change", *_route_arguments(dst, options))

    def replace(self, dst: IpPrefix, **options: Unpack[RouteOptions]) -> Result:
        """Add a route, or change an existing route. `ip route replace …`.

        Options: those of `add`.
        """
        return self._create("replace", dst, options=options)

    def prepend(self, dst: IpPrefix, **options: Unpack[RouteOptions]) -> Result:
        """Add a route before the existing routes to the same prefix. `ip route prepend …`.

        Options: those of `add`.
        """
        return self._create("prepend", dst, options=options)

    def append(self, dst: IpPrefix, **options: Unpack[RouteOptions]) -> Result:
        """Add a route behind the existing routes to the same prefix. `ip route append …`.

        Options: those of `add`.
        """
        return self._create("append", dst, options=options)

    def delete(self, dst: IpPrefix, **options: Unpack[RouteOptions]) -> Result:
        """Delete the first matching route. `ip route delete …`. Raises `NotFound`.

        Options: those of `add`.
        """
        identity = " ".join(_route_arguments(dst, _identity_options(options)))
        arguments = _route_arguments(dst, options)

        return self._run_change(
            "delete",
            *arguments,
            deletes=(("route", self.netns, identity),),
        )

    def show(
        self,
        to: IpPrefix | None = None,
        *,
        family: str | None = None,
        stats: bool = False,
        **filters: Unpack[RouteFilter],
    ) -> "list[models.Route]":
        """Return the routes of a table, by default of the main table.

        ::

            ip -j -d [-s] [-4 | -6] route show
                [to PREFIX] [table …] [dev …] [via …] [proto …] [scope …] [type …] …

        ``family`` is "inet" (the default) or "inet6". ``root`` selects routes within a prefix,
        ``match`` routes around a prefix; ``from_root`` and ``from_match`` compare the source prefix
        of packets. The returned routes lack the keys used as filters.

        Options, from `RouteFilter`::

            root=PREFIX, match=PREFIX, exact=PREFIX, table=str|int, vrf=str, cached=True,
            tos=str|int, proto=str|int, scope=str|int,
            type="unicast"|"local"|"broadcast"|"multicast"|"anycast"|"throw"|"unreachable"|"prohibit"|"blackhole"|"nat",
            dev=LINK, iif=LINK, mark=int|str, metric=int, via=ADDRESS|tuple[str, str], src=PREFIX,
            realms=str, from_=PREFIX, from_root=str, from_match=str
        """
        stats_flag = ("-s",) if stats else ()
        flags = ("-d", *stats_flag, *format_family_flag(family))
        is_kernel_filtered = any(filters.get(name) is not None for name in KERNEL_FILTERS)

        return self._query(
            models.Route,
            "show",
            *_filter_arguments(to, filters),
            flags=flags,
            own_process=is_kernel_filtered,
        )

    def flush(
        self,
        to: IpPrefix | None = None,
        *,
        family: str | None = None,
        **filters: Unpack[RouteFilter],
    ) -> Result:
        """Delete the matching routes.

        ::

            ip [-4 | -6] route flush [to PREFIX] [table …] [dev …] …

        Raises `UsageError` without a filter.

        Options: those of `show`.
        """
        return self._run_change(
            "flush",
            *_filter_arguments(to, filters),
            flags=format_family_flag(family),
        )

    def get(self, to: IpPrefix, **lookup: Unpack[RouteGet]) -> "models.Route":
        """Return the route of a packet to an address.

        ::

            ip -j -d route get to ADDRESS [from ADDRESS iif DEV] [oif DEV] [mark …] [vrf …]
                [ipproto … sport … dport …]

        Raises `RejectedByKernel` (ENETUNREACH) without a route.

        Options, from `RouteGet`::

            from_=PREFIX, iif=LINK, oif=LINK, tos=str|int, mark=int|str, vrf=LINK, uid=int,
            ipproto=str, sport=0..65535, dport=0..65535, as_=str, flowlabel=0..1048575 (6.11+),
            connected=True, fibmatch=True, notify=True
        """
        is_unbatched = any(lookup.get(name) is not None for name in UNBATCHED_LOOKUPS)

        return self._query_one(
            models.Route,
            "get",
            "to",
            check_prefix(to, "to"),
            *to_args(RouteGet, lookup),
            own_process=is_unbatched,
        )

    def _create(self, verb: str, dst: IpPrefix, *, options: RouteOptions) -> Result:
        """Run a verb that adds a route, and declare the created route."""
        arguments = _route_arguments(dst, options)

        identity = options
        identity_arguments = arguments
        if not IDENTITY.issuperset(options):
            identity = _identity_options(options)
            identity_arguments = _route_arguments(dst, identity)

        created = CreatedObject(
            "route",
            " ".join(identity_arguments),
            {"dst": str(dst), **to_fields(RouteOptions, identity)},
            self.netns,
            _used_links(options),
        )
        return self._run_change(verb, *arguments, creates=(created,))


def _route_arguments(dst: IpPrefix, options: RouteOptions) -> tuple[str, ...]:
    """Return the arguments of a route: type, prefix, options and next hops."""
    type_ = options.get("type")
    keyword = "to" if type_ is None else Choice(TYPES).format("type", type_)

    return (keyword, check_prefix(dst, "dst"), *with_encap(RouteOptions, options))


def _identity_options(options: RouteOptions) -> RouteOptions:
    """Return the options that identify a route among the routes to its prefix."""
    identity: Any = {key: value for key, value in options.items() if key in IDENTITY}
    return identity  # type: ignore[no-any-return]


def _used_links(options: RouteOptions) -> tuple[str, ...]:
    """Return the links of a route: the kernel deletes the route together with its links."""
    links = [options.get("dev")]
    links.extend(hop.dev for hop in options.get("nexthops") or ())

    return tuple(link for link in links if link)


def _filter_arguments(to: IpPrefix | None, filters: RouteFilter) -> tuple[str, ...]:
    """Return the arguments that select routes."""
    prefix = () if to is None else ("to", check_prefix(to, "to"))
    return (*prefix, *to_args(RouteFilter, filters))
