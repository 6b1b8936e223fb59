"""Deal the addresses that a lab leaves open: a subnet for each segment, an address for each end.

A segment is a link between two nodes, or all the links of switches that are joined. Its ends are
those in nodes and routers. What has been dealt stays; only what is missing is dealt.
"""

from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Address, IPv6Address
from itertools import product

from attrs import define, field, frozen

from ipwrap.errors import InvalidArgument
from ipwrap.lab.parts import LabLink, Node, Port
from ipwrap.lab.pools import Interface, Network, Pools, parse_interface

__all__ = ["Segment", "deal_addresses", "find_segments", "take_back"]

Address = IPv4Address | IPv6Address

POINT_TO_POINT = {4: 30, 6: 64}
OF_NODES = -1  # instead of the number of a segment
SHARED = {4: 24, 6: 64}  # a subnet of a segment with more ends is larger


@frozen
class Segment:
    """The ends of a segment in nodes and routers, and the switches that join them."""

    ports: tuple[Port, ...]
    switches: tuple[Node, ...] = ()

    def __str__(self) -> str:
        if self.switches:
            return f"the links of {', '.join(switch.name for switch in self.switches)}"
        return f"the link {' -- '.join(map(str, self.ports))}"

    @property
    def routers(self) -> list[Port]:
        """The ends in routers."""
        return [port for port in self.ports if port.node.role == "router"]

    @property
    def addresses(self) -> Iterator[Interface]:
        """The addresses of the ends and of the bridges, given and dealt."""
        for port in self.ports:
            yield from map(parse_interface, port.addresses)
        for switch in self.switches:
            yield from map(parse_interface, switch.spec.addresses)


def find_segments(nodes: Iterable[Node], links: Iterable[LabLink]) -> list[Segment]:
    """Return the segments of links, in the order of their first links."""
    leaders = {node.name: node.name for node in nodes if node.role == "switch"}

    def leader_of(name: str) -> str:
        while leaders[name] != name:
            leaders[name] = name = leaders[leaders[name]]
        return name

    for link in links:
        first, second = (port.node for port in link.ports)
        if first.role == second.role == "switch":
            leaders[leader_of(second.name)] = leader_of(first.name)

    ports: dict[str, list[Port]] = {}
    switches: dict[str, dict[str, Node]] = {}
    for link in links:
        own_switches = [port.node for port in link.ports if port.node.role == "switch"]
        key = leader_of(own_switches[0].name) if own_switches else str(link)
        own_ports = [port for port in link.ports if port.node.role != "switch"]
        ports.setdefault(key, []).extend(own_ports)
        switches.setdefault(key, {}).update({switch.name: switch for switch in own_switches})

    return [Segment(tuple(ports[key]), tuple(switches[key].values())) for key in ports]


def deal_addresses(segments: Sequence[Segment], nodes: Iterable[Node], *, pools: Pools) -> None:
    """Deal what is missing. Raises `InvalidArgument` for a pool that has no subnet left."""
    taken = [parse_interface(text) for node in nodes for text in node.spec.addresses]
    taken += [address for segment in segments for address in segment.addresses]
    for address in taken:
        pools.reserve(address.network)

    # Those of all segments: the same subnet may be given to several.
    used = {address.ip for address in taken}
    for segment in segments:
        for pool in pools.networks:
            _deal_family(segment, pool, pools=pools, used=used)


def _deal_family(segment: Segment, pool: Network, *, pools: Pools, used: set[Address]) -> None:
    """Deal the addresses of one family to the ends of a segment that lack one."""
    lacking = [port for port in segment.ports if _lacks_address(port, pool.version)]
    if not lacking:
        return

    # A router has the first address, as people expect of a gateway.
    lacking.sort(key=lambda port: port.node.role != "router")
    own = [address.network for address in segment.addresses if _is_of_family(address, pool)]
    network = own[0] if own else _new_network(segment, pool, pools=pools)

    hosts = (host for host in network.hosts() if host not in used)
    for port in lacking:
        host = next(hosts, None)
        if host is None:
            raise InvalidArgument(
                f"lab: the subnet {network} has no address left for {port}; "
                "give it addresses, or a larger subnet to the first end"
            )
        used.add(host)
        port.dealt += (f"{host}/{network.prefixlen}",)


def _is_of_family(address: Interface, pool: Network) -> bool:
    """Return whether an address is of a family. A link-local one of IPv6 is beside another one."""
    is_beside = address.version == 6 and address.is_link_local
    return address.version == pool.version and not is_beside


def _lacks_address(port: Port, version: int) -> bool:
    """Return whether an end is to be dealt an address of a family."""
    if port.spec.addresses is not None:
        return False
    return version not in [parse_interface(text).version for text in port.dealt]


def _new_network(segment: Segment, pool: Network, *, pools: Pools) -> Network:
    """Return a new subnet for a segment, with room for its ends."""
    usual = SHARED if segment.switches else POINT_TO_POINT
    # Two addresses of a subnet are those of the network and of broadcasts.
    fitting = pool.max_prefixlen - (len(segment.ports) + 1).bit_length()
    length = min(usual[pool.version], fitting)
    if length < pool.prefixlen:  # a small pool: no more than is needed
        length = fitting

    return pools.deal(pool, length, for_whom=str(segment))


def take_back(segments: Sequence[Segment], nodes: Iterable[Node]) -> None:
    """Take back what is dealt from subnets that are given elsewhere by now, to deal it anew."""
    dealt, given = Owners(), Owners()
    for number, segment in enumerate(segments):
        dealt.add((text for port in segment.ports for text in port.dealt), number)
        given.add((text for port in segment.ports for text in port.spec.addresses or ()), number)
        given.add((text for node in segment.switches for text in node.spec.addresses), number)
    for node in nodes:
        if node.role != "switch":
            given.add(node.spec.addresses, OF_NODES)

    stale = {dealt_by for dealt_by, given_by in dealt.overlaps(given) if dealt_by != given_by}
    for number in stale:
        for port in segments[number].ports:
            port.dealt = ()


@define
class Owners:
    """The numbers of the segments that have addresses of networks."""

    _numbers: dict[Network, set[int]] = field(factory=dict)

    def add(self, texts: Iterable[str], number: int) -> None:
        """Note that a segment has addresses."""
        for text in texts:
            self._numbers.setdefault(parse_interface(text).network, set()).add(number)

    def overlaps(self, others: "Owners") -> Iterator[tuple[int, int]]:
        """Yield the numbers of own networks with those of others that they overlap."""
        for network, numbers in self._numbers.items():
            yield from product(numbers, others._containing(network))
        for network, numbers in others._numbers.items():
            yield from product(self._containing(network), numbers)

    def _containing(self, network: Network) -> set[int]:
        """Return the numbers of the networks that contain a network, itself included."""
        lengths = range(network.prefixlen + 1)
        wider = [network.supernet(new_prefix=length) for length in lengths]
        return {number for item in wider for number in self._numbers.get(item, ())}
