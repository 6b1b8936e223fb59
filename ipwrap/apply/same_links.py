"""`same_links`: links of a wanted state that are there, under another name or in another namespace.

A name proves nothing. The index of a link does only in the namespace that the wanted state was read
in; a MAC address does where one link of each state has it, and where it follows no other link's.
"""

from collections.abc import Callable, Hashable, Iterator
from typing import Any

from ipwrap.recording import State
from ipwrap.sessions.link_query import describe_link
from ipwrap.undo.link_data import (
    LinkLocation,
    find_peer,
    is_paired,
    kind_of,
    link_at,
    links_by_name,
)
from ipwrap.undo.tracked_link import FALLBACK_LINKS

__all__ = ["same_links"]

Key = Hashable
KeyOf = Callable[[State, LinkLocation], Key | None]

# Their address is that of the link below, unless somebody sets another: vlan_dev_init() in
# net/8021q/vlan_dev.c, macsec_dev_init() in drivers/net/macsec.c.
KINDS_WITH_ADDRESS_BELOW = frozenset({"macsec", "vlan"})


def same_links(
    current: State, wanted: State, *, is_same_place: bool = False
) -> dict[LinkLocation, LinkLocation]:
    """Return the wanted location of the links that are elsewhere, by the current location.

    ``is_same_place``: the place's own namespace is the one of the wanted state, so that the indexes
    of its links prove something. That of other namespaces is not known: they may have been made
    anew.
    """
    found: dict[LinkLocation, LinkLocation] = {}
    if is_same_place:
        found |= _matches(current, wanted, key_of=_index_key)

    for old, new in _matches(current, wanted, key_of=_address_key).items():
        is_known = old in found or new in found.values()
        is_other = is_same_place and old[0] == new[0] == ""
        if not is_known and not is_other and _has_same_peer(current, wanted, old=old, new=new):
            found[old] = new
    return {old: new for old, new in found.items() if old != new}


def _matches(current: State, wanted: State, *, key_of: KeyOf) -> dict[LinkLocation, LinkLocation]:
    """Return the locations of the links with a key that no other link of either state has."""
    present = _unique_locations(current, key_of=key_of)
    targets = _unique_locations(wanted, key_of=key_of)
    return {present[key]: targets[key] for key in present if key in targets}


def _unique_locations(state: State, *, key_of: KeyOf) -> dict[Key, LinkLocation]:
    """Return the locations of the links whose key no other link of a state has, by the key."""
    locations: dict[Key, list[LinkLocation]] = {}
    for location in _locations(state):
        key = key_of(state, location)
        if key is not None:
            locations.setdefault(key, []).append(location)
    return {key: found[0] for key, found in locations.items() if len(found) == 1}


def _locations(state: State) -> Iterator[LinkLocation]:
    """Yield the locations of the links that can have another name or namespace."""
    for netns, nouns in state.items():
        for name, link in links_by_name(nouns).items():
            # Every namespace has these from its first moment, and none of them moves.
            if link.get("link_type") != "loopback" and name not in FALLBACK_LINKS:
                yield netns, name


def _index_key(state: State, location: LinkLocation) -> Key | None:
    """Return index, kind and address of a link of the place's own namespace; None for others."""
    link = link_at(state, location)
    address: Any = link.get("address")
    if location[0] or not address:
        return None
    return link.get("ifindex"), kind_of(link), address


def _address_key(state: State, location: LinkLocation) -> Key | None:
    """Return kind and MAC address of a link, the permanent one if there is; None without one."""
    link = link_at(state, location)
    kind = kind_of(link)
    if kind in KINDS_WITH_ADDRESS_BELOW:
        return None

    facts = describe_link(link, location[0] or None)
    address = facts.permaddr or facts.address
    return None if address is None else (kind, address)


def _has_same_peer(current: State, wanted: State, *, old: LinkLocation, new: LinkLocation) -> bool:
    """Return whether the link at two locations has the same other end; True for no pair."""
    if not is_paired(link_at(wanted, new)):
        return True

    peers = find_peer(current, old), find_peer(wanted, new)
    if peers[0] is None or peers[1] is None:
        return False
    key = _address_key(current, peers[0])
    return key is not None and key == _address_key(wanted, peers[1])
