"""`Pools`: deals subnets of a lab's pools, none of which holds an address that is in use."""

from bisect import bisect_left
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import (
    IPv4Interface,
    IPv4Network,
    IPv6Interface,
    IPv6Network,
    ip_address,
    ip_interface,
    ip_network,
)

from attrs import define, field

from ipwrap.errors import InvalidArgument

__all__ = ["Interface", "Network", "Pools", "check_underlay", "parse_interface", "parse_pools"]

Network = IPv4Network | IPv6Network
Interface = IPv4Interface | IPv6Interface


@lru_cache(maxsize=65536)
def parse_interface(text: str) -> Interface:
    """Return an address with the length of its prefix. Raises `InvalidArgument`."""
    try:
        return ip_interface(text)
    except ValueError as error:
        raise InvalidArgument(f"lab: address: {error}; give 10.0.0.1/24, say") from error


def check_underlay(text: str) -> str:
    """Return the address of a host in the underlay. Raises `InvalidArgument`."""
    try:
        address = ip_address(text)
    except ValueError as error:
        raise InvalidArgument(f"{error}; give an address such as 192.0.2.1 or fd00::1") from None
    if address.is_link_local or address.is_multicast or address.is_unspecified:
        raise InvalidArgument(f"{text} is no address by which another host reaches this one")
    return text


def parse_pools(texts: Iterable[str]) -> tuple[Network, ...]:
    """Return the pools, at most one of each family. Raises `InvalidArgument`."""
    if isinstance(texts, str):
        texts = (texts,)

    pools: list[Network] = []
    for text in texts:
        try:
            pool = ip_network(text)
        except ValueError as error:
            raise InvalidArgument(f"lab: pools: {error}; give 10.0.0.0/16, say") from error
        if pool.version in [other.version for other in pools]:
            raise InvalidArgument(
                f"lab: pools: {pool} is the second one of IPv{pool.version}; give one of a family"
            )
        pools.append(pool)

    return tuple(pools)


@define
class Pools:
    """The pools of a lab, and the ranges of addresses that are in use: first and last, in order."""

    networks: tuple[Network, ...]
    _used: dict[int, list[tuple[int, int]]] = field(factory=dict)
    _cursors: dict[tuple[int, int], int] = field(factory=dict)

    def reserve(self, network: Network) -> None:
        """Note that a network is in use."""
        used = self._used.setdefault(network.version, [])
        item = (int(network.network_address), int(network.broadcast_address))

        # Ranges that overlap become one: only the neighbours of a range have to be looked at.
        start = bisect_left(used, item)
        if start and used[start - 1][1] >= item[0]:
            start -= 1
        end = start
        while end < len(used) and used[end][0] <= item[1]:
            item = (min(item[0], used[end][0]), max(item[1], used[end][1]))
            end += 1
        used[start:end] = [item]

    def deal(self, pool: Network, length: int, *, for_whom: str) -> Network:
        """Return the first free subnet of a pool with a length. Raises `InvalidArgument`."""
        size = 1 << (pool.max_prefixlen - length)
        first, last = int(pool.network_address), int(pool.broadcast_address)
        used = self._used.setdefault(pool.version, [])

        candidate = self._cursors.get((pool.version, length), first)
        while candidate + size - 1 <= last:
            position = bisect_left(used, (candidate + size, 0))
            if not position or used[position - 1][1] < candidate:
                subnet = _network(pool, candidate, length=length)
                self.reserve(subnet)
                self._cursors[pool.version, length] = candidate + size
                return subnet
            candidate = _align(used[position - 1][1] + 1, size)

        raise InvalidArgument(
            f"lab: the pool {pool} has no free subnet /{length} left for {for_whom}; "
            "give a larger pool, or addresses"
        )


def _align(number: int, size: int) -> int:
    """Return the first multiple of a size from a number on."""
    return -(-number // size) * size


def _network(pool: Network, first: int, *, length: int) -> Network:
    """Return a network of the family of a pool."""
    kind = IPv4Network if pool.version == 4 else IPv6Network
    return kind((first, length))
