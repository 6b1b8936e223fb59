"""`Session.pods`: namespaces on a bridge, with addresses and routes, as commands of verbs."""

import itertools
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from zlib import crc32

from attrs import frozen

from ipwrap.errors import InvalidArgument
from ipwrap.kinds.bridge import Bridge
from ipwrap.kinds.link_options import LinkOptions
from ipwrap.models import Interface
from ipwrap.options.validation import MAX_NAME, check_netns_name
from ipwrap.sessions.cables import CableEnd, CableSession, add_address, join

__all__ = ["PodOptions", "Subnet", "add_pods", "pod_names", "port_name"]

POD_LINK = "eth0"
PORT_PREFIX = "veth-"

Network = IPv4Network | IPv6Network
Host = IPv4Address | IPv6Address


@frozen
class Subnet:
    """A subnet of pods: an optional gateway, and the free addresses for pods."""

    network: Network
    gateway: Host | None

    @classmethod
    def of(cls, subnet: str, gateway: "bool | str") -> "Subnet":
        """Return the subnet with its gateway: by default the first address.

        Raises `InvalidArgument`.
        """
        try:
            network = ip_network(subnet)
        except ValueError as error:
            raise InvalidArgument(f"pods: subnet: {error}; give 10.244.0.0/24, say") from error

        if gateway is True:
            hosts: Iterator[Host] = iter(network.hosts())
            return cls(network, next(hosts))
        if gateway is False:
            return cls(network, None)
        return cls(network, _check_gateway(gateway, network))

    @property
    def room(self) -> int:
        """The number of pods that the subnet has addresses for."""
        hosts = self.network.num_addresses
        # A /31, a /32 and their like of IPv6 have no addresses of their own: RFC 3021, RFC 6164.
        if self.network.max_prefixlen - self.network.prefixlen > 1:
            hosts -= 2 if self.network.version == 4 else 1
        return hosts if self.gateway is None else hosts - 1

    def with_length(self, host: Host) -> str:
        """Return an address of the subnet as a prefix."""
        return f"{host}/{self.network.prefixlen}"

    def addresses(self, start: int) -> Iterator[str]:
        """Yield the prefixes of pods, from that of pod number ``start``."""
        hosts = (host for host in self.network.hosts() if host != self.gateway)
        return map(self.with_length, itertools.islice(hosts, start - 1, None))


def _check_gateway(gateway: str, network: Network) -> Host:
    """Return the address of a gateway. Raises `InvalidArgument` for one of another network."""
    try:
        host = ip_address(gateway)
    except ValueError as error:
        raise InvalidArgument(f"pods: gateway: {error}; give an address, True or False") from error

    if host not in network:
        raise InvalidArgument(f"pods: gateway: {gateway} is not in the subnet {network}")
    return host


def pod_names(count: int, names: str | Sequence[str], *, start: int) -> list[str]:
    """Return the names of pods: those given, or a prefix with numbers. Raises `InvalidArgument`."""
    for label, number in (("count", count), ("start", start)):
        if not isinstance(number, int) or isinstance(number, bool) or number < 1:
            raise InvalidArgument(f"pods: {label}: {number!r} is no number of 1 or more")

    if isinstance(names, str):
        names = [f"{names}{number}" for number in range(start, start + count)]
    if len(names) != count:
        raise InvalidArgument(f"pods: {count} pods and {len(names)} names; give one for each")
    if len(set(names)) < count:
        raise InvalidArgument(f"pods: {list(names)!r} has a name twice")

    return [check_netns_name(name, "pods: name") for name in names]


def port_name(pod: str) -> str:
    """Return the name of a pod's link on the bridge: veth-pod1; of a long name a checksum."""
    name = f"{PORT_PREFIX}{pod}"
    is_usable = len(name) <= MAX_NAME and pod.isascii() and pod.replace("-", "").isalnum()
    return name if is_usable else f"{PORT_PREFIX}{crc32(pod.encode(errors='surrogateescape')):08x}"


@frozen(kw_only=True)
class PodOptions:
    """The bridge of pods, their subnets, the number of the first, and the MTU of their links."""

    bridge: CableEnd
    subnets: tuple[Subnet, ...]
    start: int
    mtu: int | None = None

    @classmethod
    def of(
        cls,
        bridge: str,
        subnet: str | Sequence[str],
        *,
        gateway: bool | str,
        start: int,
        mtu: int | None,
    ) -> "PodOptions":
        """Return the options of `Session.pods`, checked. Raises `InvalidArgument`."""
        texts = (subnet,) if isinstance(subnet, str) else tuple(subnet)
        if isinstance(gateway, str) and len(texts) != 1:
            raise InvalidArgument(f"pods: gateway: {gateway} is that of one subnet; give True")

        subnets = tuple(Subnet.of(text, gateway) for text in texts)
        return cls(
            bridge=CableEnd.of(bridge, label="pods: bridge"), subnets=subnets, start=start, mtu=mtu
        )

    def check_room(self, count: int) -> None:
        """Raise `InvalidArgument` for more pods than a subnet has addresses for."""
        last = self.start - 1 + count
        for subnet in self.subnets:
            if last > subnet.room:
                raise InvalidArgument(
                    f"pods: the subnet {subnet.network} has addresses for {subnet.room} pods, and "
                    f"not for {last}"
                )


def add_pods(session: CableSession, names: Sequence[str], *, options: PodOptions) -> None:
    """Create the bridge with gateways, unless present, and a namespace for each name."""
    options.check_room(len(names))
    _add_bridge(session, options)

    addresses = [subnet.addresses(options.start) for subnet in options.subnets]
    for name in names:
        _add_pod(session, name, options=options, addresses=[next(own) for own in addresses])


def _add_bridge(session: CableSession, options: PodOptions) -> None:
    """Create the bridge unless present, set it up, and add the missing addresses of gateways."""
    ip, dev = options.bridge.ip_verbs(session), options.bridge.dev

    bridges = {bridge.ifname: bridge for bridge in ip.address.show(type="bridge")}
    if dev not in bridges:
        mtu: LinkOptions = {} if options.mtu is None else {"mtu": options.mtu}
        ip.link.add(dev, Bridge(), **mtu)

    present = _addresses_of(bridges.get(dev))
    for subnet in options.subnets:
        if subnet.gateway is not None and str(subnet.gateway) not in present:
            add_address(ip, subnet.with_length(subnet.gateway), dev=dev)

    if dev not in bridges or not bridges[dev].up:
        ip.link.set(dev, up=True)


def _addresses_of(bridge: Interface | None) -> set[str | None]:
    """Return the addresses of a bridge; none of a missing one."""
    return set() if bridge is None else {address.local for address in bridge.addr_info}


def _add_pod(
    session: CableSession, name: str, *, options: PodOptions, addresses: Sequence[str]
) -> None:
    """Create the namespace of a pod, the cable to the bridge, and the routes."""
    session.ip.netns.add(name)
    pod = session.netns(name)
    pod.ip.link.set("lo", up=True)

    port = CableEnd(options.bridge.netns, port_name(name), master=options.bridge.dev)
    join(session, (port, CableEnd(name, POD_LINK, tuple(addresses))), mtu=options.mtu, up=True)

    for subnet in options.subnets:
        if subnet.gateway is not None:
            pod.ip.route.add("default", via=str(subnet.gateway))
