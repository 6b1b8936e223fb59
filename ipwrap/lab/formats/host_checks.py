"""Checks of a lab over several hosts: each node is on one, links between them have a way."""

from ipaddress import IPv4Address, IPv6Address, ip_address

from ipwrap.lab.formats.document import Item
from ipwrap.lab.topology import LinkSpec, Topology
from ipwrap.system.suggestions import did_you_mean

__all__ = ["check_hosts"]


def check_hosts(topology: Topology, root: Item) -> None:
    """Raise `LabFileError` for a host that is not there, a node on none, a link without a way.

    Also for two hosts with one underlay address.
    """
    names = [host.name for host in topology.hosts]
    _check_underlays(topology, root)
    for pattern, host in topology.place.items():
        if host not in names:
            raise root.member("place").member(pattern).error(_unknown(host, names))

    for node in topology.nodes:
        item = root.member("nodes").member(node.name)
        if node.host is not None and node.host not in names:
            raise item.member("host").error(_unknown(node.host, names))
        if names and topology.host_of(node) is None:
            raise item.error('is on no host; give it host, or give place the pattern "*"')

    hosts = {node.name: topology.host_of(node) for node in topology.nodes}
    for number, link in enumerate(topology.links):
        first, second = (hosts[end.node] for end in link.ends)
        if first != second:
            _check_way(topology, root, link=link, number=number)


def _check_underlays(topology: Topology, root: Item) -> None:
    """Raise `LabFileError` for the second host with an underlay address."""
    owners: dict[IPv4Address | IPv6Address, str] = {}
    for host in topology.hosts:
        if host.underlay is None:
            continue
        owner = owners.setdefault(ip_address(host.underlay), host.name)
        if owner != host.name:
            item = root.member("hosts").member(host.name).member("underlay")
            raise item.error(f"is the address of {owner}, too")


def _unknown(host: str, names: list[str]) -> str:
    """Return that there is no such host, and what there is."""
    if not names:
        return f"there is no host {host!r}; the file has no table of hosts"
    return f"there is no host {host!r}; there are {', '.join(names)}{did_you_mean(host, names)}"


def _check_way(topology: Topology, root: Item, *, link: LinkSpec, number: int) -> None:
    """Raise `LabFileError` unless the hosts of a link have underlay addresses of one family."""
    by_name = {host.name: host for host in topology.hosts}
    nodes = {node.name: node for node in topology.nodes}
    versions = set()
    for end in link.ends:
        host = by_name[topology.host_of(nodes[end.node]) or ""]
        if host.underlay is None:
            raise (
                root.member("hosts")
                .member(host.name)
                .error(
                    f"has no underlay, the address by which links[{number}] reaches the other host"
                )
            )
        versions.add(ip_address(host.underlay).version)

    if len(versions) > 1:
        raise (
            root.member("links")
            .member(number)
            .error("joins two hosts whose underlay addresses are of two families")
        )
