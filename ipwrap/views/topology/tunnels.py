"""Where tunnels end: at the link of the same kind, in the namespace that has the remote address."""

from collections.abc import Iterator, Mapping, Sequence

from attrs import define, field

from ipwrap.models.fdb import FdbEntry
from ipwrap.models.link import Link
from ipwrap.views.topology.addressing import find_subnet, is_multicast, without_length
from ipwrap.views.topology.details import kind_name, kind_options
from ipwrap.views.topology.graph import Cable, End, Outside

__all__ = ["TunnelFinder"]

# Kinds with a remote address, and the option that both ends have in common.
COMMON_OPTION: Mapping[str, str] = {
    "erspan": "ikey",
    "geneve": "id",
    "gre": "ikey",
    "gretap": "ikey",
    "ip6erspan": "ikey",
    "ip6gre": "ikey",
    "ip6gretap": "ikey",
    "ip6tnl": "proto",
    "ipip": "proto",
    "sit": "proto",
    "vti": "ikey",
    "vti6": "ikey",
    "vxlan": "id",
}
# Kinds whose number is part of the label.
NUMBERED = frozenset({"vxlan", "geneve"})
REMOTE_KEYS = ("remote", "remote6", "group", "group6")
ANY = frozenset({"any", "0.0.0.0", "::"})
ALL_ZEROS = "00:00:00:00:00:00"
PERMANENT = "permanent"

WIREGUARD = "wireguard"


@define
class TunnelFinder:
    """Finds the cables of tunnels.

    - ``links``: by namespace
    - ``addresses``: by end
    - ``fdb``: the entries of `bridge fdb show` by namespace: static entries name the remotes of a
      vxlan link without a ``remote``
    """

    links: Mapping[str, Sequence[Link]]
    addresses: Mapping[End, Sequence[str]]
    fdb: Mapping[str, Sequence[FdbEntry]]
    _owners: dict[str, set[str]] = field(init=False, factory=dict)
    _tunnels: dict[str, list[tuple[End, Link]]] = field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        for end, addresses in self.addresses.items():
            for address in addresses:
                owners = self._owners.setdefault(without_length(address), set())
                owners.add(end.netns)

        for netns, links in self.links.items():
            for link in links:
                kind = kind_name(link)
                if kind in COMMON_OPTION or kind == WIREGUARD:
                    self._tunnels.setdefault(kind, []).append((End(netns, link.ifname), link))

    def find(self) -> Iterator[Cable]:
        """Yield each tunnel once, and a cable to each remote outside the namespaces."""
        seen: set[frozenset[End]] = set()

        for kind, tunnels in self._tunnels.items():
            for end, link in tunnels if kind != WIREGUARD else ():
                for far_end in self._far_ends(end, link):
                    if isinstance(far_end, End):
                        pair = frozenset({end, far_end})
                        if pair in seen:
                            continue
                        seen.add(pair)
                    yield Cable(kind, end, far_end, _label(kind, link))

        yield from self._find_wireguard()

    def _far_ends(self, end: End, link: Link) -> Iterator[End | Outside]:
        """Yield the far ends of a link, by its remotes."""
        for remote in dict.fromkeys(self._remotes(end, link)):
            far_ends = list(self._ends_at(end, link, remote=remote))
            yield from far_ends or (Outside(remote),)

    def _remotes(self, end: End, link: Link) -> Iterator[str]:
        """Yield the remote addresses in the options and the forwarding entries of a link."""
        options = kind_options(link)
        for key in REMOTE_KEYS:
            remote = str(options.get(key, "any"))
            if remote not in ANY:
                yield remote

        for entry in self.fdb.get(end.netns, ()):
            if entry.ifname == end.link and _is_programmed(entry) and entry.dst not in ANY:
                yield str(entry.dst)

    def _ends_at(self, end: End, link: Link, *, remote: str) -> Iterator[End]:
        """Yield the ends of the same tunnel at a remote address; of a multicast group, none."""
        kind = kind_name(link)
        common = COMMON_OPTION[kind]
        for netns in sorted(self._owners.get(remote, set()) - {end.netns}):
            for far_end, far_link in self._tunnels[kind]:
                is_same = kind_options(far_link).get(common) == kind_options(link).get(common)
                if (
                    far_end.netns == netns
                    and is_same
                    and self._leads_back(far_end, far_link, home=end)
                ):
                    yield far_end

    def _leads_back(self, far_end: End, far_link: Link, *, home: End) -> bool:
        """Return whether a far end has no remote, or has an address of the home end as remote."""
        remotes = list(self._remotes(far_end, far_link))
        if not remotes or any(map(is_multicast, remotes)):
            return True

        return any(home.netns in self._owners.get(remote, ()) for remote in remotes)

    def _find_wireguard(self) -> Iterator[Cable]:
        """Yield the tunnel of two wireguard links with addresses in one subnet.

        `ip` does not print the peers of wireguard links. Among three links in a subnet, the peers
        are unknown.
        """
        by_subnet: dict[str, list[End]] = {}
        for end, _ in self._tunnels.get(WIREGUARD, ()):
            for address in self.addresses.get(end, ()):
                subnet = find_subnet(address)
                if subnet:
                    by_subnet.setdefault(subnet, []).append(end)

        pairs = [tuple(ends) for ends in by_subnet.values() if len(ends) == 2]
        for left, right in dict.fromkeys(pairs):
            if left.netns != right.netns:
                yield Cable(WIREGUARD, left, right, WIREGUARD)


def _is_programmed(entry: FdbEntry) -> bool:
    """Return whether an entry has a configured remote, for all addresses or a single address."""
    is_set = entry.mac == ALL_ZEROS or entry.state == PERMANENT
    return is_set and entry.dst is not None


def _label(kind: str, link: Link) -> str:
    """Return the kind of a tunnel, with the number of kinds such as vxlan: "vxlan 100"."""
    number = kind_options(link).get("id")
    if kind not in NUMBERED or number is None:
        return kind
    return f"{kind} {number}"
