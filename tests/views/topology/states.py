"""States as `ip -j` prints them, with the keys that a topology reads."""

from typing import Any

__all__ = ["Json", "link", "pair_end", "state_of"]

Json = dict[str, Any]

UP = ["UP", "LOWER_UP"]


def link(
    name: str,
    kind: str | None = None,
    *,
    index: int = 2,
    flags: list[str] | None = None,
    data: Json | None = None,
    **keys: Any,
) -> Json:
    """Return a link that is up, unless other flags are given."""
    json_object = {
        "ifindex": index,
        "ifname": name,
        "flags": UP if flags is None else flags,
        **keys,
    }
    if kind:
        json_object["linkinfo"] = {"info_kind": kind, "info_data": data or {}}
    return json_object


def pair_end(name: str, index: int, *, peer: int, number: int = 0, **keys: Any) -> Json:
    """Return the end of a veth whose peer has an index in the namespace of a number."""
    return link(name, "veth", index=index, link_index=peer, link_netnsid=number, **keys)


def state_of(
    links: dict[str, list[Json]], addresses: dict[str, dict[str, str]] | None = None, **nouns: Any
) -> dict[str, dict[str, list[Json]]]:
    """Return a state of namespaces with links, and addresses such as {"red": {"eth0": "…/24"}}.

    ``nouns`` are further objects by namespace: ``bridge_vlan={"": […]}``.
    """
    state: dict[str, dict[str, list[Json]]] = {}
    for netns, netns_links in links.items():
        state[netns] = {"link": netns_links, "address": []}
        for name, text in (addresses or {}).get(netns, {}).items():
            local, _, length = text.partition("/")
            address = {"local": local, "prefixlen": int(length), "scope": "global"}
            state[netns]["address"].append({"ifname": name, "addr_info": [address]})

    for noun, by_netns in nouns.items():
        for netns, objects in by_netns.items():
            state[netns][noun.replace("_", " ")] = objects
    return state
