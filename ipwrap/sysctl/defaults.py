"""The defaults of the sysctls that decide whether packets flow, and the values that differ.

A snapshot lists the values that are not as by default, whoever took it: otherwise each of a
thousand namespaces would have forty of them. The defaults are the kernel's, not those of a
distribution; a comparison fills them in.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from ipwrap.sysctl.keys import path_of_key

__all__ = ["changed_values", "default_value"]

# Keys of links by family and name, where they are not 0: for `all` and for any other. ipv4_devconf
# and ipv4_devconf_dflt in net/ipv4/devinet.c, ipv6_devconf in net/ipv6/addrconf.c.
LINK_DEFAULTS = {
    ("ipv4", "accept_source_route"): ("0", "1"),
    ("ipv6", "accept_ra"): ("1", "1"),
}

# br_netfilter sets them in each new namespace: brnf_init_net() in net/bridge/br_netfilter_hooks.c.
MAIN_DEFAULTS = {
    "net.bridge.bridge-nf-call-arptables": "1",
    "net.bridge.bridge-nf-call-ip6tables": "1",
    "net.bridge.bridge-nf-call-iptables": "1",
}

LINK_KEY = re.compile(r"net/(ipv4|ipv6)/conf/([^/]+)/([^/]+)")

IP_FORWARD = "net.ipv4.ip_forward"
# Writing these keys sets those of `default` and of every link: inet_forward_change() in
# net/ipv4/devinet.c, addrconf_forward_change() and addrconf_disable_change() in
# net/ipv6/addrconf.c.
SETS_EVERY_LINK = {
    ("ipv4", "forwarding"): IP_FORWARD,
    ("ipv6", "disable_ipv6"): "net.ipv6.conf.all.disable_ipv6",
    ("ipv6", "forwarding"): "net.ipv6.conf.all.forwarding",
}


def changed_values(values: Mapping[str, str]) -> dict[str, str]:
    """Return the values of a namespace that are not as by default, by key, in order.

    A value that follows from another one, such as the forwarding of each link from
    `net.ipv4.ip_forward`, is as by default.
    """
    keys = sorted(values)
    return {key: values[key] for key in keys if values[key] != default_value(key, values)}


@lru_cache(maxsize=1024)  # a thousand namespaces have the same keys
def _link_key_parts(key: str) -> tuple[str, str, str] | None:
    """Return family, link and name of a link's key; None for another key."""
    match = LINK_KEY.fullmatch(path_of_key(key))
    if match is None:
        return None

    family, link, name = match.groups()
    return family, link, name


def default_value(key: str, values: Mapping[str, str]) -> str:
    """Return the value that a key has by default, beside the other values of its namespace."""
    parts = _link_key_parts(key)
    if parts is None:
        return MAIN_DEFAULTS.get(key, "0")

    family, link, name = parts
    source = SETS_EVERY_LINK.get((family, name))
    if source is not None and source != key:
        return values.get(source, "0")

    for_all, for_links = LINK_DEFAULTS.get((family, name), ("0", "0"))
    return for_all if link == "all" else for_links
