"""A route: `ip route`."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from attrs import evolve

from ipwrap.command import Command, CreatedObject
from ipwrap.errors import InvalidArgument
from ipwrap.objects.base import (
    Arguments,
    Identity,
    Json,
    Nouns,
    ObjectType,
    canonical_values,
    parse_json,
)
from ipwrap.objects.comparison import (
    ROUTE_STATE,
    Item,
    comparable_fields,
    comparable_flags,
    identity_of,
    is_link_local,
    mask_link_local,
)
from ipwrap.options.canonical import canonical_address, network_of
from ipwrap.recording.mentioned import MentionedWords

if TYPE_CHECKING:
    from ipwrap.ip.route import NextHop

__all__ = ["RouteObject", "is_ipv6_route"]

LOCAL_TYPES = ("local", "broadcast", "anycast", "multicast")

UNICAST_TYPES = frozenset({"unicast", "broadcast", "multicast", "anycast"})
DERIVED_TYPES = frozenset({"anycast", "broadcast", "local", "multicast"})
KERNEL_PROTOCOLS = frozenset({"kernel", "ra"})
GATEWAY_KEYS = ("gateway", "via", "nexthops", "nhid")
TABLE_NAMES = {"253": "default", "254": "main", "255": "local"}
SHOWN_BY = ("table", "vrf", "metric", "via")  # filters of `ip route show` for an identity
DEFAULT_WORDS = frozenset({"all", "any", "default"})
DEFAULT_DESTINATIONS = frozenset({"", "/0", "0.0.0.0/0", "::/0", "all", "any", "default"})
# Arguments of `ip route add` that mean the same as none.
DEFAULTS: Arguments = {"type": "unicast", "table": "main", "proto": "boot"}
INET6_DEFAULTS: Arguments = {"pref": "medium", "metric": 1024}
MAIN_TABLE = ("table", "main")


class RouteObject(ObjectType):
    """A route: destination, table and metric identify it."""

    noun = "route"
    path = ("ip", "route")
    shown_as = ("route",)
    has_identities = True
    goes_with_link = True
    is_creatable = True
    creation_rank = 2
    replacing_verb = "replace"
    text_list = ("ip", "-o", "route", "show", "table", "all")
    is_listed_by_link = False

    def identity_of(self, created: CreatedObject, dev: str | None) -> Identity:
        """Return destination, table and metric."""
        fields = created.identity
        destination = _destination_in_family(fields["dst"], fields.values())
        return destination, _canonical_table(fields.get("table", "main")), fields.get("metric")

    def identities_in(self, nouns: Nouns) -> Iterator[Identity]:
        """Yield the identities of routes, with and without the metric."""
        for route in nouns.get("route", ()):
            table = _canonical_table(route.get("table", "main"))
            metric = str(route.get("metric"))
            for destination in _destinations(route):
                yield destination, table, metric
                # A command may omit the metric: the kernel assigns one to an IPv6 route.
                yield destination, table, None

    def show_command(self, created: CreatedObject) -> Command | None:
        """Return the command that shows a route without `dev`, by the gateway for example."""
        fields = created.identity
        if "dev" in fields:
            return None

        destination = fields["dst"]
        gateway = fields.get("via", "")
        is_ipv6 = ":" in destination or ":" in gateway
        if is_ipv6 and destination in DEFAULT_DESTINATIONS:
            destination = "::/0"

        filters = ["to", "exact", destination]
        for name in SHOWN_BY:
            if name in fields:
                filters += [name, *fields[name].split()]

        family = ("-6",) if is_ipv6 else ()
        argv = ("ip", *family, "-o", "route", "show", *filters)
        return Command(argv, created.netns, changes=False)

    def with_link(self, created: CreatedObject, name: str) -> CreatedObject:
        """Return a route whose deletion names the link; one by a next hop's number takes none."""
        if "nhid" in created.identity:
            return created
        return evolve(created, identity={**created.identity, "dev": name})

    def is_deleted_with(self, created: CreatedObject, data: Json) -> bool:
        """Return whether a route has the type, the gateway and the next hop's number."""
        fields = created.identity
        if data.get("type", "unicast") != fields.get("type", "unicast"):
            return False
        if "nhid" in fields and str(data.get("nhid")) != fields["nhid"]:
            return False

        *_, gateway = fields.get("via", "").split() or ("",)
        shown_gateway = data.get("gateway") or (data.get("via") or {}).get("host")
        return not gateway or canonical_address(gateway) == canonical_address(shown_gateway)

    def split(self, noun: str, nouns: Nouns) -> Iterator[Json]:
        """Yield routes, without those that the kernel derives from addresses."""
        for route in nouns.get(noun, ()):
            if not _is_derived_route(route):
                yield route

    def keys_of(self, noun: str, data: Json) -> dict[str, set[str]]:
        """Return destination, table and next hop."""
        return {
            "dst": {_canonical_destination(data.get("dst"))},
            "table": {_canonical_table(data.get("table", "main"))},
            **canonical_values(data, "nhid"),
        }

    def keys_of_call(self, verb: str, arguments: Arguments) -> dict[str, set[str]]:
        """Return table and destination; no table for every table, and for a VRF's table."""
        keys: dict[str, set[str]] = {}

        table = arguments.get("table", "main")
        if table != "all" and "vrf" not in arguments:
            keys["table"] = {_canonical_table(table)}
        if verb != "flush":
            keys["dst"] = {_canonical_destination(arguments["dst"])}
        return keys

    def arguments(self, noun: str, data: Json) -> Arguments:
        """Return the arguments of `ip route add`, without the defaults of iproute2 and the kernel.

        Locked metrics are lost: JSON does not show the lock. Raises `InvalidArgument` for a route
        with an encapsulation.
        """
        from ipwrap.ip.route import RouteOptions

        if "encap" in data:
            raise InvalidArgument(
                "encap: a route with an encapsulation cannot be added back; add it by hand"
            )

        is_ipv6 = is_ipv6_route(data)
        replacements = {
            **_route_metrics(data),
            **_route_hops(data),
            "from_": data.get("from"),
            "proto": data.get("protocol"),
        }
        options = parse_json(RouteOptions, data, replacements=replacements)

        defaults = DEFAULTS
        if is_ipv6:
            defaults = DEFAULTS | INET6_DEFAULTS
            options.pop("scope", None)
        else:
            defaults = {**DEFAULTS, "scope": _default_scope(data)}

        given = {name: value for name, value in options.items() if value != defaults.get(name)}
        dst = data["dst"]
        if is_ipv6 and dst == "default":
            # Without an address among the arguments, iproute2 would take `default` for IPv4.
            dst = "::/0"
        return {"dst": dst, **given}

    def canonical_arguments(self, arguments: Arguments) -> Arguments:
        """Return the arguments without the defaults of iproute2 and the kernel."""
        is_ipv6 = _is_ipv6_call(arguments)
        canonical = {
            name: value
            for name, value in arguments.items()
            if DEFAULTS.get(name) != value and not (is_ipv6 and INET6_DEFAULTS.get(name) == value)
        }

        # The kernel ignores the scope of an IPv6 route: inet6_rtm_newroute() in net/ipv6/route.c.
        has_default_scope = arguments.get("scope") == _default_scope(_as_shown(arguments))
        if is_ipv6 or has_default_scope:
            canonical.pop("scope", None)
        if "dst" in arguments:
            canonical["dst"] = _destination_in_family(arguments["dst"], ":" if is_ipv6 else ".")
        if "table" in canonical:
            canonical["table"] = _canonical_table(canonical["table"])
        return {name: value for name, value in canonical.items() if (name, value) != MAIN_TABLE}

    def creating_verb(self, data: Json, *, others: list[Json]) -> str:
        """Return `append` beside a route with the same destination and metric.

        `ip route add` fails there: fib_table_insert() in net/ipv4/fib_trie.c.
        """
        place = _destination_and_metric(data)
        has_similar = any(_destination_and_metric(other) == place for other in others)
        return "append" if has_similar else "add"

    def creation_level(self, data: Json) -> bool:
        """Return whether a route has a gateway: the network of the gateway comes first."""
        return any(key in data for key in GATEWAY_KEYS)

    def is_derived(self, data: Json) -> bool:
        """Return whether the kernel adds the route for an address."""
        return data.get("protocol") in KERNEL_PROTOCOLS

    def comparable_items(self, noun: str, data: Json, *, named: MentionedWords) -> Iterator[Item]:
        """Compare a route, unless the kernel added the route for an address."""
        destination = data.get("dst", "?")
        if _is_automatic(data, named):
            return

        fields = comparable_fields(data, named, "expires")
        fields["flags"] = comparable_flags(data, ROUTE_STATE)
        if "nexthops" in fields:
            fields["nexthops"] = [
                {**nexthop, "flags": comparable_flags(nexthop, ROUTE_STATE)}
                for nexthop in fields["nexthops"]
            ]

        for key in ("gateway", "prefsrc"):
            mask_link_local(fields, key, named=named)

        yield (destination, *identity_of(data, "type", "table", "dev", "metric")), fields


def _is_derived_route(route: Json) -> bool:
    """Return whether the kernel derives a route from an address: fib_add_ifaddr()."""
    return route.get("protocol") == "kernel" and route.get("type") in DERIVED_TYPES


def _destination_and_metric(route: Json) -> tuple[str, object]:
    """Return the canonical destination and the metric of a route."""
    return _canonical_destination(route.get("dst")), route.get("metric")


def _canonical_destination(text: Any) -> str:
    """Return the destination of a route in canonical form, `default` in both families."""
    return "default" if str(text) in DEFAULT_DESTINATIONS else canonical_address(text)


def _destination_in_family(text: str, values: Iterable[object]) -> str:
    """Return the destination of a command as its network, which tells the family.

    ``values`` are those of the command's other arguments, as `default` is of the family of its
    gateway: iproute_modify() in ip/iproute.c. Without an address, it stays `default`.
    """
    if text in DEFAULT_WORDS:
        addresses = " ".join(map(str, values))
        if ":" in addresses:
            return "::/0"
        return "0.0.0.0/0" if "." in addresses else "default"
    # The kernel masks the destination of an IPv6 route, and refuses the rest of an IPv4 one.
    return network_of(text if ":" in text else _complete_ipv4(text))


def _is_ipv6_call(arguments: Arguments) -> bool:
    """Return whether the arguments of a call are those of an IPv6 route."""
    destination = str(arguments.get("dst", "default"))
    if destination not in DEFAULT_WORDS:
        return ":" in destination
    return ":" in " ".join(map(str, arguments.values()))


def _complete_ipv4(text: str) -> str:
    """Return a prefix with all four bytes, of which trailing ones may be missing: ``10.7/16``."""
    address, slash, length = text.partition("/")
    missing = 3 - address.count(".")
    return f"{address or '0'}{'.0' * missing}{slash}{length}"


def _destinations(route: Json) -> Iterator[str]:
    """Yield the destination of a shown route; that of a default route with and without family."""
    destination = str(route.get("dst"))
    if destination in DEFAULT_DESTINATIONS:
        yield "default"
        yield "::/0" if is_ipv6_route(route) else "0.0.0.0/0"
    else:
        yield canonical_address(destination)


def _as_shown(arguments: Arguments) -> Json:
    """Return the arguments that decide about the scope, by the keys of JSON."""
    return {key: arguments[key] for key in ("type", *GATEWAY_KEYS) if key in arguments}


def _canonical_table(name: Any) -> str:
    """Return the name of a routing table, also for a number with a well-known name."""
    return TABLE_NAMES.get(str(name), str(name))


def is_ipv6_route(data: Json) -> bool:
    """Return whether a route is an IPv6 route. Only IPv6 routes have a preference."""
    if "pref" in data:
        return True

    hops = data.get("nexthops") or ()
    addresses = [data.get("dst"), data.get("gateway")]
    addresses += [hop.get("gateway") for hop in hops]
    return any(":" in str(address) for address in addresses)


def _default_scope(data: Json) -> str:
    """Return iproute2's default scope of an IPv4 route: iproute_modify() in ip/iproute.c."""
    if data.get("type", "unicast") not in UNICAST_TYPES:
        return "global"

    has_gateway = any(data.get(key) for key in GATEWAY_KEYS)
    return "global" if has_gateway else "link"


def _route_metrics(data: Json) -> Json:
    """Return a route's metrics by keyword, times with a unit."""
    metrics = {}
    for shown in data.get("metrics") or ():
        metrics.update(shown)

    # iproute2 prints milliseconds, and would read a number without a unit in another unit.
    for key in ("rtt", "rttvar", "rto_min"):
        if key in metrics:
            metrics[key] = f"{metrics[key]}ms"
    if "congestion" in metrics:
        metrics["congctl"] = metrics["congestion"]
    return metrics


def _route_hops(data: Json) -> Json:
    """Return the next hops of a route.

    A route by the number of a next hop is printed with the gateway and device of the next hop,
    but the command must not repeat the gateway and device.
    """
    if "nhid" in data:
        return {"gateway": None, "dev": None, "nexthops": None}

    hops = data.get("nexthops") or ()
    next_hops = tuple(_next_hop(hop) for hop in hops)
    return {**_gateway(data), "nexthops": next_hops or None}


def _next_hop(hop: Json) -> "NextHop":
    """Return one next hop of a multipath route."""
    from ipwrap.ip.route import NextHop

    options = _gateway(hop)
    weight = hop.get("weight")
    return NextHop(
        via=options["gateway"],
        dev=hop.get("dev"),
        # iproute2 prints the default weight of 1, too.
        weight=None if weight == 1 else weight,
        realms=options["realms"],
        onlink=options["onlink"],
    )


def _gateway(data: Json) -> Json:
    """Return a gateway (with the family, if different from the route's), realms and flag."""
    gateway = data.get("gateway")
    via = data.get("via")
    if via:
        gateway = (via["family"], via["host"])

    flow = data.get("flow") or {}
    realms = "/".join(flow[end] for end in ("from", "to") if end in flow)
    return {
        "gateway": gateway,
        "realms": realms or None,
        "onlink": "onlink" in data.get("flags", ()) or None,
    }


def _is_automatic(route: Json, named: MentionedWords) -> bool:
    """Return whether the kernel added a route for an address: local, or link-local.

    The address alone names no local route: for IPv6 the kernel adds it only once no other host is
    found to have the address, addrconf_dad_completed() in net/ipv6/addrconf.c.
    """
    destination = route.get("dst", "?")
    if route.get("protocol") not in KERNEL_PROTOCOLS:
        return False

    # fib_add_ifaddr() in net/ipv4/fib_frontend.c, addrconf_add_mroute() in net/ipv6/addrconf.c.
    if route.get("table") == "local" or route.get("type") in LOCAL_TYPES:
        return not named.names_local_route(destination)
    return is_link_local(destination) and destination not in named
