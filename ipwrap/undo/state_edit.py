"""Predict a state after deletions: edit the JSON of a snapshot like the kernel would.

The functions change the given state in place, and return whether the state had the object.
"""

from typing import Any

from ipwrap.command import CreatedObject
from ipwrap.options.validation import FIRST_NETNS
from ipwrap.recording import State
from ipwrap.undo.link_data import (
    Json,
    LinkLocation,
    Nouns,
    is_paired,
    links_by_name,
    without_master,
)
from ipwrap.undo.patterns import link_dependents

__all__ = ["copy_state", "cut_link", "drop_link", "move_link_home"]

PORT_NOUN = "bridge link"  # the noun of a link as a port of a bridge, which goes with the link
LINK_KEYS = ("dev", "ifname", "link", "master")  # keys with the name of a link

FLAGS_OF_LINK_UP = frozenset({"UP", "LOWER_UP"})


def copy_state(state: State) -> State:
    """Return a copy whose lists of objects can be changed."""
    copy: State = {}
    for netns, nouns in state.items():
        copy[netns] = {noun: [*objects] for noun, objects in nouns.items()}
    return copy


def drop_link(state: State, netns: str, *, name: str) -> bool:
    """Remove a link with all dependents, and with a peer in the same namespace."""
    nouns: Nouns = state.get(netns, {})
    link = links_by_name(nouns).get(name)
    if link is None:
        return False

    # The kernel deletes both ends of a pair: veth_dellink() in drivers/net/veth.c.
    names = [name]
    peer = link.get("link")
    if is_paired(link) and peer is not None:
        names.append(peer)

    for dropped in names:
        nouns["link"] = [data for data in nouns["link"] if data["ifname"] != dropped]
        _drop_dependents(nouns, dropped)

    nouns["link"] = [without_master(data, name) for data in nouns["link"]]
    return True


def cut_link(state: State, location: LinkLocation) -> None:
    """Remove a link, and every object that names the link, as if they did not exist.

    Unlike `drop_link`, a peer stays, and routes with a hop through the link are removed entirely.
    """
    netns, name = location
    nouns: Nouns = state.get(netns, {})

    if "link" in nouns:
        nouns["link"] = [data for data in nouns["link"] if data["ifname"] != name]
    _drop_dependents(nouns, name)

    if "route" in nouns:
        nouns["route"] = [data for data in nouns["route"] if not _has_hop(data, name)]


def _has_hop(route: Json, link_name: str) -> bool:
    """Return whether a route with several hops has one through a link."""
    hops: Any = route.get("nexthops")
    return isinstance(hops, list) and any(hop.get("dev") == link_name for hop in hops)


def _drop_dependents(nouns: Nouns, link_name: str) -> None:
    """Remove the objects of a link."""
    for noun in (PORT_NOUN, *link_dependents()):
        if noun not in nouns:
            continue

        objects = nouns[noun]
        nouns[noun] = [
            data for data in objects if link_name not in (data.get("ifname"), data.get("dev"))
        ]


def move_link_home(state: State, netns: str, *, restore: CreatedObject) -> bool:
    """Rename or move a link as the command to restore its name and namespace does.

    A link arrives in another namespace down and without dependents: __dev_change_net_namespace()
    in net/core/dev.c.
    """
    nouns: Nouns = state.get(netns, {})
    name = restore.name
    link = links_by_name(nouns).get(name)
    if link is None:
        return False

    new_name = restore.identity.get("name")
    target = restore.identity.get("netns")
    if target is None:
        for noun, objects in nouns.items():
            nouns[noun] = _rename_in_all(objects, name, new=new_name)
        return True

    nouns["link"].remove(link)
    nouns["link"] = _rename_in_all(nouns["link"], name, new=new_name)
    _drop_dependents(nouns, name)

    target_netns = "" if target == FIRST_NETNS else target
    target_nouns: Nouns = state.get(target_netns, {})
    _add_moved_link(target_nouns, {**link, "ifname": new_name or name})
    return True


def _add_moved_link(nouns: Nouns, link: Json) -> None:
    """Add a link from another namespace, which is down and has no master and no address."""
    master = str(link.get("master"))
    moved = without_master(link, master)

    flags = link.get("flags", ())
    moved["flags"] = [flag for flag in flags if flag not in FLAGS_OF_LINK_UP]

    links = nouns.setdefault("link", [])
    links.append(moved)
    addresses = nouns.setdefault("address", [])
    addresses.append({**moved, "addr_info": []})


def _rename_in_all(objects: list[Json], old: str, *, new: str | None) -> list[Json]:
    """Return objects with the new name of a link in every reference to the link."""
    return [_rename_link(data, old, new=new) for data in objects]


def _rename_link(data: Json, old: str, *, new: str | None) -> Json:
    """Return an object with the new name of a link in every reference to the link."""
    renamed = {**data}
    for key in LINK_KEYS:
        if data.get(key) == old:
            renamed[key] = new or old

    hops: Any = data.get("nexthops")
    if isinstance(hops, list):
        renamed["nexthops"] = [_rename_link(hop, old, new=new) for hop in hops]
    return renamed
