"""Multicast groups in a recorded snapshot: what tells one from the others."""

from collections.abc import Iterator
from itertools import product
from typing import Any

from ipwrap.command import CreatedObject

__all__ = ["asked", "found"]

Nouns = dict[str, list[dict[str, Any]]]
Mark = tuple[str | None, ...]


def asked(made: CreatedObject, dev: str | None) -> Mark:
    """Return a group as it was asked for: with its port, and whatever else was said. ``dev`` is its bridge's own name.

    After `bridge mdb delete` each word of the undo has one behind it.
    """
    said = dict(zip(made.delete_argv[3::2], made.delete_argv[4::2], strict=True))
    return (
        dev,
        said["port"],
        said["grp"].lower(),
        *(said.get(word) for word in ("src", "dst", "vid", "src_vni")),
    )


def found(nouns: Nouns) -> Iterator[Mark]:
    """Yield the groups: under each name of the port, and, as it may be asked for, without VLAN and tunnel."""
    others = {each.get("ifname"): each.get("altnames", ()) for each in nouns.get("link", ())}
    for each in (entry for one in nouns.get("bridge mdb", ()) for entry in one.get("mdb", ())):
        ports = (each.get("port"), *others.get(each.get("port"), ()))
        vids, tunnels = (
            (None, str(each[word])) if word in each else (None,) for word in ("vid", "src_vni")
        )
        for port, vid, tunnel in product(ports, vids, tunnels):
            yield (
                each.get("dev"),
                port,
                str(each.get("grp")).lower(),
                each.get("src"),
                each.get("dst"),
                vid,
                tunnel,
            )
