"""Identities of multicast groups: of a group in a command, and of the groups in a snapshot."""

from collections.abc import Iterator
from itertools import product
from typing import Any

from ipwrap.command import CreatedObject

__all__ = ["identities_in", "identity_of_created"]

Nouns = dict[str, list[dict[str, Any]]]
Identity = tuple[str | None, ...]  # bridge, port, group, source, destination, VLAN, tunnel


def identity_of_created(created: CreatedObject, dev: str | None) -> Identity:
    """Return the identity of a group added by a command. ``dev`` is the name of the bridge.

    In the deletion, every word after `bridge mdb delete` is a keyword with one value.
    """
    argv = created.delete_argv
    # `strict` detects a keyword without a value.
    options = dict(zip(argv[3::2], argv[4::2], strict=True))
    return (
        dev,
        options["port"],
        options["grp"].lower(),
        options.get("src"),
        options.get("dst"),
        options.get("vid"),
        options.get("src_vni"),
    )


def identities_in(nouns: Nouns) -> Iterator[Identity]:
    """Yield the identities of the groups in a namespace.

    A command may name the port by an alternative name, and may omit the VLAN and the tunnel: every
    variant is an identity.
    """
    altnames = {link.get("ifname"): link.get("altnames", ()) for link in nouns.get("link", ())}

    for answer in nouns.get("bridge mdb", ()):
        for entry in answer.get("mdb", ()):
            ports = (entry.get("port"), *altnames.get(entry.get("port"), ()))
            vids = _variants(entry, "vid")
            tunnels = _variants(entry, "src_vni")

            for port, vid, tunnel in product(ports, vids, tunnels):
                yield (
                    entry.get("dev"),
                    port,
                    str(entry.get("grp")).lower(),
                    entry.get("src"),
                    entry.get("dst"),
                    vid,
                    tunnel,
                )


def _variants(entry: dict[str, Any], key: str) -> tuple[str | None, ...]:
    """Return the possible values of an optional keyword in a command."""
    if key not in entry:
        return (None,)
    return None, str(entry[key])
