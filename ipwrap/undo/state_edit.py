"""Predict a state after deletions: edit the JSON of a snapshot as the kernel would change it.

The functions change the given state in place, and return whether the object was there.
"""

from collections.abc import Callable
from typing import Any

from ipwrap.command import CreatedObject
from ipwrap.options.validation import FIRST_NETNS
from ipwrap.recording import State
from ipwrap.undo.link_data import Json, Nouns, is_paired, links_by_name, without_master

__all__ = ["copy_state", "drop_address", "drop_link", "drop_objects", "move_link_home"]

DEPENDENT_NOUNS = (
    "address",
    "bridge fdb",
    "bridge link",
    "bridge vlan",
    "neigh",
    "nexthop",
    "route",
    "tc qdisc",
)
LINK_KEYS = ("dev", "ifname", "link", "master")  # the keys whose value is the name of a link

IsSame = Callable[[str, Json], bool]  # whether the JSON of a noun is a certain object


def copy_state(state: State) -> State:
    """Return a copy whose lists of objects can be changed."""
    copy: State = {}
    for netns, nouns in state.items():
        copy[netns] = {noun: [*objects] for noun, objects in nouns.items()}
    return copy


def drop_objects(nouns: Nouns, noun: str, is_same: IsSame) -> bool:
    """Remove an object from its noun. In a state without the noun, the object counts as present."""
    objects = nouns.get(noun, [])
    kept = [data for data in objects if not is_same(noun, data)]
    was_present = noun not in nouns or len(kept) < len(objects)

    nouns[noun] = kept
    return was_present


def drop_address(nouns: Nouns, is_same: IsSame) -> bool:
    """Remove an address from its link."""
    was_present = False
    links = []

    for link in nouns.get("address", ()):
        kept = []
        for address in link["addr_info"]:
            if is_same("address", {**link, "addr_info": [address]}):
                was_present = True
            else:
                kept.append(address)
        links.append({**link, "addr_info": kept})

    nouns["address"] = links
    return was_present


def drop_link(state: State, netns: str, name: str) -> bool:
    """Remove a link with its dependents, and with a peer in the same namespace."""
    nouns: Nouns = state.get(netns, {})
    link = links_by_name(nouns).get(name)
    if link is None:
        return False

    names = [name]
    if is_paired(link) and link.get("link") is not None:
        names.append(link["link"])
    for dropped in names:
        nouns["link"] = [data for data in nouns["link"] if data["ifname"] != dropped]
        _drop_dependents(nouns, dropped)

    nouns["link"] = [without_master(data, name) for data in nouns["link"]]
    return True


def _drop_dependents(nouns: Nouns, link_name: str) -> None:
    """Remove the objects that belong to a link."""
    for noun in DEPENDENT_NOUNS:
        if noun not in nouns:
            continue

        objects = nouns[noun]
        nouns[noun] = [
            data for data in objects if link_name not in (data.get("ifname"), data.get("dev"))
        ]


def move_link_home(state: State, netns: str, restore: CreatedObject) -> bool:
    """Rename or move a link as the command that restores its name and namespace does.

    A link that moves to another namespace is down there, and has lost its dependents.
    """
    nouns: Nouns = state.get(netns, {})
    name = restore.name
    link = links_by_name(nouns).get(name)
    if link is None:
        return False

    new_name = _value_of(restore.delete_argv, "name")
    target = _value_of(restore.delete_argv, "netns")
    if target is None:
        for noun, objects in nouns.items():
            nouns[noun] = [_rename_link(data, name, new_name) for data in objects]
        return True

    others = [data for data in nouns["link"] if data is not link]
    nouns["link"] = [_rename_link(data, name, new_name) for data in others]
    _drop_dependents(nouns, name)

    flags = [flag for flag in link.get("flags", ()) if flag not in ("UP", "LOWER_UP")]
    moved = {**link, "ifname": new_name or name, "flags": flags}
    moved = without_master(moved, str(link.get("master")))

    target_nouns: Nouns = state.get("" if target == FIRST_NETNS else target, {})
    target_nouns.setdefault("link", []).append(moved)
    target_nouns.setdefault("address", []).append({**moved, "addr_info": []})
    return True


def _value_of(argv: tuple[str, ...], keyword: str) -> str | None:
    """Return the argument after a keyword."""
    if keyword not in argv[:-1]:
        return None
    return argv[argv.index(keyword) + 1]


def _rename_link(data: Json, old: str, new: str | None) -> Json:
    """Return an object in which every reference to a link has the link's new name."""
    renamed = {**data}
    for key in LINK_KEYS:
        if data.get(key) == old:
            renamed[key] = new or old

    hops: Any = data.get("nexthops")
    if isinstance(hops, list):
        renamed["nexthops"] = [_rename_link(hop, old, new) for hop in hops]
    return renamed
