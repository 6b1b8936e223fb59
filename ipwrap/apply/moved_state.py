"""Predict the state after a link was renamed or moved, with the other ends of links.

The functions change the given state in place.
"""

from ipwrap.apply.settings import KEY_OF_LINK
from ipwrap.command import CreatedObject
from ipwrap.recording import State
from ipwrap.state.snapshot import NETNS_NUMBERS
from ipwrap.sysctl.keys import key_of_path, path_of_key
from ipwrap.undo.link_data import Json, LinkLocation, find_lower_link, find_peer, link_at
from ipwrap.undo.state_edit import FLAGS_OF_LINK_UP, move_link_home

__all__ = ["follow_move", "set_down"]

# The options of links with the name of another one: of tunnels, and of bonds.
OPTIONS_WITH_LINK = ("active_slave", "link", "primary")
KEYS_OF_OTHER_END = ("link", "link_index", "link_netnsid")


def set_down(state: State, location: LinkLocation) -> None:
    """Set a link down. Its addresses and routes stay: a later look finds those that went."""
    link = link_at(state, location)
    flags = [flag for flag in link.get("flags", ()) if flag not in FLAGS_OF_LINK_UP]
    _replace(state, location, link={**link, "flags": flags})


def follow_move(
    state: State, old: LinkLocation, *, new: LinkLocation, restore: CreatedObject
) -> None:
    """Rename or move a link as the command that restores its name and namespace does."""
    if old[0] == new[0]:
        move_link_home(state, old[0], restore=restore)
        _rename_in_options(state, old, name=new[1])
        _rename_labels(state, new)
        _rename_in_sysctls(state, old, name=new[1])
        return

    peer = find_peer(state, old)
    lower = find_lower_link(state, old)
    # The index may be taken there. No other link of the state has this one.
    index = 1 + max(link["ifindex"] for nouns in state.values() for link in nouns.get("link", ()))

    move_link_home(state, old[0], restore=restore)
    _rename_in_sysctls(state, old, name=None)
    _replace(state, new, link={**link_at(state, new), "ifindex": index})
    for end in (peer, lower):
        if end is not None:
            _lead_to(state, new, end=end)
    if peer is not None:
        _lead_to(state, peer, end=new)


def _replace(state: State, location: LinkLocation, *, link: Json) -> None:
    """Replace a link: the objects of a copied state are those of the original."""
    netns, name = location
    links = state[netns]["link"]
    state[netns]["link"] = [link if data["ifname"] == name else data for data in links]


def _rename_in_options(state: State, old: LinkLocation, *, name: str) -> None:
    """Rename a link in the options of other links of its namespace."""
    for link in state[old[0]]["link"]:
        info = link.get("linkinfo") or {}
        options = info.get("info_data") or {}
        renamed = {key: name for key in OPTIONS_WITH_LINK if options.get(key) == old[1]}
        if renamed:
            new_info = {**info, "info_data": {**options, **renamed}}
            _replace(state, (old[0], link["ifname"]), link={**link, "linkinfo": new_info})


def _rename_labels(state: State, location: LinkLocation) -> None:
    """Give the labels of addresses the new name of their link.

    The first address has the name alone, others with what follows a colon, or with their number:
    inetdev_changename() in net/ipv4/devinet.c.
    """
    nouns = state[location[0]]
    if "address" in nouns:
        nouns["address"] = [
            {**data, "addr_info": _with_labels(data["addr_info"], location[1])}
            if data.get("ifname") == location[1]
            else data
            for data in nouns["address"]
        ]


def _with_labels(addresses: list[Json], name: str) -> list[Json]:
    """Return the addresses of a link with the labels of a new name."""
    labelled = []
    count = 0
    for address in addresses:
        if "label" in address:
            count += 1
            _, colon, suffix = str(address["label"]).partition(":")
            ending = f":{suffix}" if colon else f":{count}"
            address = {**address, "label": name if count == 1 else name + ending}
        labelled.append(address)
    return labelled


def _rename_in_sysctls(state: State, old: LinkLocation, *, name: str | None) -> None:
    """Rename a link in the sysctls, which it keeps; without a name they are gone."""
    nouns = state[old[0]]
    if "sysctl" not in nouns:
        return

    kept = []
    for data in nouns["sysctl"]:
        path = path_of_key(data["key"])
        match = KEY_OF_LINK.match(path)
        if match is None or match[1] != old[1]:
            kept.append(data)
        elif name is not None:
            renamed = path[: match.start(1)] + name + path[match.end(1) :]
            kept.append({**data, "key": key_of_path(renamed)})
    nouns["sysctl"] = kept


def _lead_to(state: State, location: LinkLocation, *, end: LinkLocation) -> None:
    """Let a link lead to its other end, as `ip` prints it: by name, or by index and namespace."""
    link = link_at(state, location)
    led = {key: value for key, value in link.items() if key not in KEYS_OF_OTHER_END}
    if location[0] == end[0]:
        led["link"] = end[1]
    else:
        led["link_index"] = link_at(state, end)["ifindex"]
        number = _netns_number(state, location[0], target=end[0])
        if number is not None:
            led["link_netnsid"] = number
    _replace(state, location, link=led)


def _netns_number(state: State, netns: str, *, target: str) -> int | None:
    """Return the number that a namespace has for another, a new one where it has none.

    None where the state has no numbers. The first namespace has no name in the listing, like those
    that nobody has named.
    """
    listing = state[netns].get(NETNS_NUMBERS)
    if listing is None:
        return None

    for entry in listing:
        if target and entry.get("name") == target:
            return int(entry["nsid"])

    number = 1 + max((entry["nsid"] for entry in listing), default=0)
    state[netns][NETNS_NUMBERS] = [
        *listing,
        {"nsid": number, **({"name": target} if target else {})},
    ]
    return number
