"""The far ends of links whose peer, or whose lower link, is in another namespace.

A link has its peer's ifindex (`link_index`), and a number for the peer's namespace
(`link_netnsid`). Numbers are local to the link's namespace, and a state does not map numbers to
namespaces. The peer has the same two fields for the link, which leaves a single candidate in most
labs. Numbers read from the kernel (`ip netns list-id`) always decide. If several candidates are
left, the commands of a recording decide, then a common subnet. No two numbers of a namespace mean
the same namespace: numbers with the same only candidate exclude each other.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from attrs import define, field, frozen

from ipwrap.models.link import Link
from ipwrap.views.topology.addressing import find_subnet
from ipwrap.views.topology.details import kind_name
from ipwrap.views.topology.graph import PAIRED_KINDS, End, Outside

__all__ = ["UNNAMED", "Evidence", "PeerFinder"]

UNNAMED = Outside("an unnamed namespace")

# A namespace, and the number that it has for another one.
NetnsNumber = tuple[str, int]
# The ifindex of a lower link; or, for an end of a pair, its kind, its own ifindex, and its peer's.
MatchKey = int | None | tuple[str, int | None, int | None]


def _no_pairs() -> Iterable[tuple[End, End]]:
    """Return no known pairs."""
    return ()


@frozen
class Evidence:
    """Facts beyond a state.

    - ``names``: the namespace of a number ("" for the place's own namespace, None for a namespace
      without a name), by namespace and number
    - ``find_pairs``: returns pairs of ends, from the commands that created the pairs. Called only
      if the state leaves several candidates
    """

    names: Mapping[NetnsNumber, str | None] = field(factory=dict)
    find_pairs: Callable[[], Iterable[tuple[End, End]]] = _no_pairs


@define
class PeerFinder:
    """Finds the far end of each link whose lower link or peer is in another namespace."""

    links: Mapping[str, Sequence[Link]]
    addresses: Mapping[End, Sequence[str]]
    evidence: Evidence = field(factory=Evidence)
    _by_index: dict[tuple[str, int | None], Link] = field(init=False)
    _namespaces: dict[MatchKey, list[str]] = field(init=False, factory=dict)
    _sides: dict[NetnsNumber, list[Link]] = field(init=False)
    _candidates: dict[NetnsNumber, set[str]] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._by_index = {
            (netns, link.ifindex): link for netns, links in self.links.items() for link in links
        }
        for (netns, _), link in self._by_index.items():
            for key in _match_keys(link):
                self._namespaces.setdefault(key, []).append(netns)

        self._sides = {}
        for netns, links in self.links.items():
            for link in links:
                if link.link_index is not None and link.link_netnsid is not None:
                    self._sides.setdefault((netns, link.link_netnsid), []).append(link)

        self._candidates = {
            side: self._matching_namespaces(side, links) for side, links in self._sides.items()
        }

    def find(self) -> dict[End, End | Outside]:
        """Return the far end of each link with an end in another namespace."""
        for side, name in self.evidence.names.items():
            if side in self._candidates:
                self._candidates[side] &= {name}
        self._propagate()

        # In this order: a common subnet is a guess where two labs use the same addresses.
        for apply_evidence in (self._apply_pairs, self._apply_subnets):
            if any(len(names) > 1 for names in self._candidates.values()):
                apply_evidence()
                self._propagate()

        far_ends: dict[End, End | Outside] = {}
        for side, links in self._sides.items():
            for link in links:
                far_ends[End(side[0], link.ifname)] = self._far_end(side, link)
        return far_ends

    def _matching_namespaces(self, side: NetnsNumber, links: Sequence[Link]) -> set[str]:
        """Return the namespaces with a match for each link of a side."""
        matching = [set(self._namespaces.get(_wanted_key(link), ())) for link in links]
        return set.intersection(*matching) - {side[0]}

    def _propagate(self) -> None:
        """Drop candidates until each candidate is mutual, and belongs to a single number."""
        is_changed = True
        while is_changed:
            is_changed = False
            claims = self._count_claims()
            owners = self._decided_owners()

            for side, names in self._candidates.items():
                own_claims = 1 if len(names) == 1 else 0
                kept = {
                    name
                    for name in names
                    if claims[side[0], name] <= own_claims
                    and self._is_mutual(side, name, owners=owners)
                }
                is_changed = is_changed or kept != names
                self._candidates[side] = kept

    def _count_claims(self) -> Counter[tuple[str, str]]:
        """Return how many numbers of a namespace are decided, by that namespace and the far one."""
        return Counter((netns, name) for (netns, _), name in self._decided())

    def _decided_owners(self) -> dict[tuple[str, int | None], set[str]]:
        """Return the namespaces that are decided to be joined to a far link, by far link."""
        owners: dict[tuple[str, int | None], set[str]] = {}
        for side, name in self._decided():
            for link in self._paired_links(side):
                owners.setdefault((name, link.link_index), set()).add(side[0])
        return owners

    def _decided(self) -> Iterator[tuple[NetnsNumber, str]]:
        """Yield the sides with a single candidate."""
        for side, names in self._candidates.items():
            if len(names) == 1:
                yield side, next(iter(names))

    def _paired_links(self, side: NetnsNumber) -> Iterator[Link]:
        """Yield the links of a number that are ends of pairs."""
        for link in self._sides[side]:
            if kind_name(link) in PAIRED_KINDS:
                yield link

    def _is_mutual(
        self, side: NetnsNumber, name: str, *, owners: Mapping[tuple[str, int | None], set[str]]
    ) -> bool:
        """Return whether the far ends of a side's pairs may all lead back to the namespace."""
        netns = side[0]
        for link in self._paired_links(side):
            match = self._by_index[name, link.link_index]
            if netns not in self._candidates.get((name, match.link_netnsid or 0), ()):
                return False

            # A sole owner that is another namespace rules this one out. Of two owners one is
            # wrong, and joined to an unnamed namespace: neither counts.
            link_owners = owners.get((netns, link.ifindex), {name})
            if len(link_owners) == 1 and name not in link_owners:
                return False
        return True

    def _apply_pairs(self) -> None:
        """Keep the candidates that the known pairs name."""
        side_of_end: dict[End, NetnsNumber] = {}
        for side, links in self._sides.items():
            side_of_end.update({End(side[0], link.ifname): side for link in links})

        for pair in self.evidence.find_pairs():
            for end, far_end in (pair, pair[::-1]):
                near_side = side_of_end.get(end)
                if near_side is not None and far_end.netns in self._candidates[near_side]:
                    self._candidates[near_side] = {far_end.netns}

    def _apply_subnets(self) -> None:
        """Keep the only candidate whose end shares a subnet with the near end."""
        for side, names in self._candidates.items():
            if len(names) < 2:
                continue

            near = [name for name in names if self._shares_subnet(side, name)]
            if len(near) == 1:
                self._candidates[side] = set(near)

    def _shares_subnet(self, side: NetnsNumber, name: str) -> bool:
        """Return whether the two ends of a link of a side have addresses in a common subnet."""
        for link in self._sides[side]:
            match = self._by_index[name, link.link_index]
            subnets = self._subnets(End(side[0], link.ifname))
            if subnets & self._subnets(End(name, match.ifname)):
                return True
        return False

    def _subnets(self, end: End) -> set[str]:
        """Return the subnets of the addresses of an end."""
        subnets = map(find_subnet, self.addresses.get(end, ()))
        return {subnet for subnet in subnets if subnet is not None}

    def _far_end(self, side: NetnsNumber, link: Link) -> End | Outside:
        """Return the far end of a link, from the remaining candidates."""
        names = self._candidates[side]
        if not names:
            return UNNAMED
        if len(names) > 1:
            return Outside(f"one of {', '.join(sorted(name or 'the host' for name in names))}")

        (name,) = names
        return End(name, self._by_index[name, link.link_index].ifname)


def _wanted_key(link: Link) -> MatchKey:
    """Return the key of the links that a link may be on, or be a pair with."""
    kind = kind_name(link)
    if kind in PAIRED_KINDS:
        return kind, link.link_index, link.ifindex
    return link.link_index


def _match_keys(link: Link) -> Iterator[MatchKey]:
    """Yield the keys of a link. The ends of a pair have each other's ifindex."""
    yield link.ifindex

    kind = kind_name(link)
    if kind in PAIRED_KINDS and link.link_netnsid is not None:
        yield kind, link.ifindex, link.link_index
