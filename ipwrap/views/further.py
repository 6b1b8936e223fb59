"""Table rows of what `ip` and `tc` print beside links, addresses and routes."""

from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Any

from ipwrap.views.cells import Columns, columns_of, format_counts
from ipwrap.views.tc import attach_point, format_action

__all__ = ["COLUMNS", "PARTS"]

NTABLE = (
    *("name", "family", "dev", "thresh1", "thresh2", "thresh3", "base_reachable", "reachable"),
    *("retrans", "gc_interval", "gc_stale", "delay_probe", "queue", "ucast_probes", "app_probes"),
    *("mcast_probes", "mcast_reprobes", "proxy_queue", "proxy_delay", "anycast_delay", "locktime"),
    *("entries", "lookups", "hits", "res_failed", "table_fulls"),
)
TUNNEL_FLAGS = {
    "nopmtudisc": "nopmtudisc",
    "ip6_tnl_f_ign_encap_limit": "encaplimit none",
    "ip6_tnl_f_use_orig_tclass": "tclass inherit",
    "ip6_tnl_f_use_orig_flowlabel": "flowlabel inherit",
    "ip6_tnl_f_rcv_dscp_copy": "dscp inherit",
    "ip6_tnl_f_allow_local_remote": "allow-localremote",
}
ENDPOINT_FLAGS = ("signal", "subflow", "backup", "fullmesh", "implicit", "laminar")


def _tunnel_row(tunnel: Any) -> tuple[Any, ...]:
    """Return the row of a tunnel; the keys of IPv4 and IPv6 share columns."""
    key = tunnel.key if tunnel.key is not None else _pair(tunnel.ikey, tunnel.okey)
    flags = [words for name, words in TUNNEL_FLAGS.items() if getattr(tunnel, name)]
    return (
        tunnel.ifname,
        tunnel.mode,
        tunnel.remote,
        tunnel.local,
        tunnel.dev or tunnel.link,
        tunnel.hoplimit if tunnel.ttl is None else tunnel.ttl,
        tunnel.tclass if tunnel.tos is None else tunnel.tos,
        key,
        tunnel.encap_limit,
        tunnel.flowlabel,
        _prefix(tunnel.sixrd_prefix, tunnel.sixrd_prefixlen),
        (*flags, *tunnel.flags),
    )


def _pair(received: int | None, sent: int | None) -> str | None:
    """Return the keys of both directions; None without one."""
    words = [f"{name} {key}" for name, key in (("in", received), ("out", sent)) if key is not None]
    return " ".join(words) or None


def _prefix(address: str | None, length: int | None) -> str | None:
    """Return an address with its prefix length; None without an address."""
    return None if address is None else f"{address}/{length}"


def _addrlabel_row(label: Any) -> tuple[Any, ...]:
    """Return the row of a label of a prefix."""
    return (_prefix(label.address, label.prefixlen), label.ifname, label.label)


def _endpoint_row(endpoint: Any) -> tuple[Any, ...]:
    """Return the row of an address of multipath TCP, with its flags in one cell."""
    flags = tuple(name for name in ENDPOINT_FLAGS if getattr(endpoint, name))
    return (endpoint.id, endpoint.address, endpoint.port, endpoint.dev, flags, endpoint.rawflags)


def _schema_row(schema: Any) -> tuple[Any, ...]:
    """Return the row of a schema, with its bytes in hexadecimal."""
    octets = " ".join(f"{octet:02x}" for octet in schema.data or ())
    return (schema.schema, schema.namespace, octets)


def _action_row(action: Any) -> tuple[Any, ...]:
    """Return the row of an action: what it does, and who uses it."""
    stats = action.stats
    return (
        action.kind,
        action.index,
        format_action(action),
        action.ref,
        action.bind,
        stats.packets if stats else None,
        stats.drops if stats else None,
        action.cookie,
    )


def _chain_row(chain: Any) -> tuple[Any, ...]:
    """Return the row of a chain, with the template of its filters."""
    template = tuple(format_counts(chain.options or {}))
    return (chain.chain, chain.dev, chain.block, attach_point(chain), chain.kind, template)


COLUMNS: dict[str, Columns] = {
    "addrlabel": (("prefix", "dev", "label"), _addrlabel_row),
    "fou": columns_of(
        *("port", "gue", "ipproto", "family", "local", "peer", "peer_port", "dev"),
    ),
    "ila": columns_of("locator_match", "locator", "interface", "csum_mode", "ident_type"),
    "ioam namespace": columns_of("namespace", "schema", "data", "wide"),
    "ioam schema": (("schema", "namespace", "data"), _schema_row),
    "l2tp session": columns_of(
        *("session_id", "tunnel_id", "peer_session_id", "peer_tunnel_id", "interface"),
        *("cookie", "peer_cookie", "reorder_timeout", "send_seq", "recv_seq"),
    ),
    "l2tp tunnel": columns_of(
        *("tunnel_id", "peer_tunnel", "encap", "local", "peer", "local_port", "peer_port"),
        *("checksum", "checksum_tx", "checksum_rx"),
    ),
    "mptcp endpoint": (("id", "address", "port", "dev", "flags", "rawflags"), _endpoint_row),
    "mptcp limits": columns_of("subflows", "add_addr_accepted"),
    "netconf": columns_of(
        *("interface", "family", "forwarding", "rp_filter", "mc_forwarding", "proxy_neigh"),
        *("ignore_routes_with_linkdown", "input"),
    ),
    "netns identify": columns_of("name"),
    "netns pids": columns_of("pid"),
    "ntable": columns_of(*NTABLE),
    "sr tunsrc": columns_of("tunsrc"),
    "tc action": (
        ("kind", "index", "action", "ref", "bind", "packets", "drops", "cookie"),
        _action_row,
    ),
    "tc chain": (("chain", "dev", "block", "parent", "kind", "template"), _chain_row),
    "tcp_metrics": columns_of(
        *("dst", "source", "age", "cwnd", "ssthresh", "rtt", "rttvar", "reordering"),
        *("fopen_miss", "fopen_syn_drops", "fopen_syn_drop_ts", "fo_cookie", "tw_ts_stamp"),
    ),
    "tunnel": (
        (
            *("ifname", "mode", "remote", "local", "dev", "ttl", "tos", "key", "encaplimit"),
            *("flowlabel", "6rd-prefix", "flags"),
        ),
        _tunnel_row,
    ),
}

# The models with a row for each of their parts, instead of one row for the model.
PARTS: dict[str, Callable[[Any], Iterable[Any]]] = {"tc action": attrgetter("actions")}
