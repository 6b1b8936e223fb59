"""Links as a snapshot's JSON describes them: names, kinds, and the links below, above and beside.

Every function reads a snapshot (or one link of a snapshot) and changes nothing.
"""

from typing import Any

from ipwrap.kinds import KINDS
from ipwrap.kinds.paired import PairedKind
from ipwrap.recording import State
from ipwrap.state.snapshot import NETNS_NUMBERS

__all__ = [
    "Json",
    "LinkLocation",
    "Nouns",
    "depth_across",
    "find_lower_link",
    "find_peer",
    "is_paired",
    "kind_of",
    "link_at",
    "links_by_name",
    "lower_links",
    "nesting_depth",
    "ports_of",
    "upper_links",
    "without_master",
]

Json = dict[str, Any]
Nouns = dict[str, list[Json]]
LinkLocation = tuple[str, str]  # a namespace ("" for the first one), and the name of a link there

MAX_DEPTH = 8  # the kernel refuses deeper stacks of links: MAX_NEST_DEV in netdevice.h


def links_by_name(nouns: Nouns) -> dict[str, Json]:
    """Return the links of a namespace by name."""
    return {link["ifname"]: link for link in nouns.get("link", ())}


def link_at(state: State, location: LinkLocation) -> Json:
    """Return the JSON of a link, or an empty object for a location without a link."""
    netns, name = location
    return links_by_name(state.get(netns, {})).get(name, {})


def kind_of(link: Json) -> str | None:
    """Return the kind of a link; None for hardware, which has no kind."""
    kind: str | None = (link.get("linkinfo") or {}).get("info_kind")
    return kind


def is_paired(link: Json) -> bool:
    """Return whether a link is an end of a pair: a veth, vxcan or netkit."""
    kind = kind_of(link)
    cls = None if kind is None else KINDS.get(kind)
    return cls is not None and issubclass(cls, PairedKind)


def lower_links(link: Json) -> frozenset[str]:
    """Return the names of the links below a link: a VLAN's parent, a tunnel's underlay device."""
    info = link.get("linkinfo") or {}
    options = info.get("info_data") or {}
    names = [options.get("link")]

    # For one end of a pair, IFLA_LINK is the peer, which is beside the link and not below.
    if not is_paired(link):
        names.append(link.get("link"))
    return frozenset(str(name) for name in names if name)


def upper_links(state: State, location: LinkLocation) -> list[LinkLocation]:
    """Return the links above a link: VLANs, MACVLANs, tunnels."""
    netns, name = location
    nouns = state.get(netns, {})

    locations = []
    for upper_name, link in links_by_name(nouns).items():
        if name in lower_links(link):
            locations.append((netns, upper_name))
    return locations


def ports_of(state: State, location: LinkLocation) -> list[LinkLocation]:
    """Return the ports of a link: of a bridge, bond, team or VRF."""
    netns, name = location
    nouns = state.get(netns, {})

    locations = []
    for port_name, link in links_by_name(nouns).items():
        if link.get("master") == name:
            locations.append((netns, port_name))
    return locations


def find_peer(state: State, location: LinkLocation) -> LinkLocation | None:
    """Return the location of a pair's peer; None for a link without a peer, or with a lost peer.

    `ip` prints the peer's name only for a peer in the same namespace. In another namespace, the
    peer is the link of the same kind with mirrored indexes. Among several candidates, the numbers
    of the namespaces for each other decide, if the state has the numbers.
    """
    link = link_at(state, location)
    if not is_paired(link):
        return None
    if link.get("link"):
        return location[0], str(link["link"])

    mirrored = (link.get("ifindex"), link.get("link_index"), kind_of(link))
    for netns in _netns_behind(state, location[0], link=link):
        for candidate in state[netns].get("link", ()):
            indexes = (candidate.get("link_index"), candidate.get("ifindex"), kind_of(candidate))
            leads_back = location[0] in _netns_behind(state, netns, link=candidate)
            if indexes == mirrored and leads_back:
                return netns, candidate["ifname"]
    return None


def find_lower_link(state: State, location: LinkLocation) -> LinkLocation | None:
    """Return the location of the link below a link, such as a macvlan's, in any namespace.

    None without a lower link, and if the state does not identify the lower link: `ip` prints no
    name of a link in another namespace.
    """
    link = link_at(state, location)
    if is_paired(link):
        return None
    if link.get("link"):
        return location[0], str(link["link"])

    candidates: list[LinkLocation] = []
    for netns in _netns_behind(state, location[0], link=link):
        candidates += [
            (netns, candidate["ifname"])
            for candidate in state[netns].get("link", ())
            if candidate.get("ifindex") == link.get("link_index")
        ]
    return candidates[0] if len(candidates) == 1 else None


def _netns_behind(state: State, netns: str, *, link: Json) -> list[str]:
    """Return the namespaces in which the far end of a link may be.

    A namespace without a name in the listing of numbers is the first namespace, or in no state.
    """
    if "link_index" not in link:
        return []

    number = link.get("link_netnsid")
    listing = state[netns].get(NETNS_NUMBERS)
    if number is None or listing is None:
        return [name for name in state if name != netns]

    names = [entry.get("name", "") for entry in listing if entry.get("nsid") == number]
    return [name for name in names if name in state and name != netns]


def nesting_depth(links: dict[str, Json], name: str, *, max_depth: int = MAX_DEPTH) -> int:
    """Return how many levels of links are below a link."""
    if not max_depth:
        return 0

    depth = 0
    for lower in lower_links(links.get(name, {})):
        depth = max(depth, 1 + nesting_depth(links, lower, max_depth=max_depth - 1))
    return depth


def depth_across(state: State, location: LinkLocation, *, max_depth: int = MAX_DEPTH) -> int:
    """Return how many levels of links are below a link, across namespaces."""
    if not max_depth:
        return 0

    below = {(location[0], name) for name in lower_links(link_at(state, location))}
    other = find_lower_link(state, location)
    if other is not None:
        below.add(other)

    depths = [depth_across(state, lower, max_depth=max_depth - 1) for lower in below]
    return 1 + max(depths) if depths else 0


def without_master(link: Json, master: str) -> Json:
    """Return a link without master and without options as a port, if ``master`` is the master."""
    if link.get("master") != master:
        return link

    info = link.get("linkinfo") or {}
    own_info = {key: value for key, value in info.items() if "slave" not in key}

    free_link = {**link, "linkinfo": own_info}
    del free_link["master"]
    return free_link
