"""What foreign words of `ip link`, `ip tuntap` and `ip tunnel` make, drop and become."""

from typing import Any

from ipwrap.capture.reading import Asked, after, read, words_of
from ipwrap.capture.spoken import Spoken
from ipwrap.kinds.base import Kind
from ipwrap.kinds.linkopts import LinkOptions
from ipwrap.kinds.veth import Veth
from ipwrap.kinds.vxlan import Vxlan

__all__ = ["link_add", "link_delete", "link_property", "link_set", "tunnel_add", "tunnel_delete"]

Words = tuple[str, ...]

FIRST_NETNS = "/proc/1/ns/net"
PAIRS = frozenset({"netkit", "veth", "vxcan"})
ON_A_LINK = frozenset({"amt", "vxlan"})  # kinds whose `dev` they cannot outlive


def _link(words: Words) -> tuple[dict[str, str], Words]:
    """Return what is said of a link, by keyword, and the words from `type` on."""
    at = next((place for place, word in enumerate(words) if word in ("type", "ty", "typ", "t")), len(words))
    valued, bare = words_of(LinkOptions)
    said = read(words[:at], (valued | {"name", "dev", "brd", "addr", "a"}, bare), "bare")
    return said, words[at + 1 :]


def _place(netns: str | None) -> str | None:
    """Return the namespace that is meant: process 1 is in the first one."""
    return FIRST_NETNS if netns == "1" else netns


def link_add(asked: Asked, said: Spoken) -> None:
    """`ip link add …`."""
    link, typed = _link(said.rest)
    options = {"link": link.get("link"), "netns": _place(link.get("netns")), "link_netns": link.get("link-netns")}
    name = link.get("name") or link.get("dev") or link["bare"]
    asked.ip.link.add(name, _kind(typed), **{key: each for key, each in options.items() if each})  # type: ignore[arg-type]


def _kind(typed: Words) -> Any:
    """Return a kind that stands on the same link, or has the same other end."""
    name, words = typed[0], typed[1:]
    if name in PAIRS and "peer" in words:
        peer, _ = _link(words[words.index("peer") + 1 :])
        return Veth(peer=peer.get("name") or peer.get("dev") or peer.get("bare"), peer_netns=_place(peer.get("netns")))
    if name in ON_A_LINK and "dev" in words:
        return Vxlan(dev=words[words.index("dev") + 1])
    return Kind(name)


def link_set(asked: Asked, said: Spoken) -> None:
    """`ip link set …`, if it renames or moves."""
    link, _ = _link(said.rest)
    if "name" in link or "netns" in link:
        netns = {"netns": _place(link["netns"])} if "netns" in link else {}
        asked.ip.link.set(link.get("dev") or link["bare"], name=link.get("name"), **netns)  # type: ignore[arg-type]


def link_delete(asked: Asked, said: Spoken) -> None:
    """`ip link delete …`."""
    link, _ = _link(said.rest)
    asked.ip.link.delete(link.get("dev") or link.get("name") or link["bare"])


def link_property(asked: Asked, said: Spoken) -> None:
    """`ip link property add …` and `… del …`."""
    dev = said.rest[said.rest.index("dev") + 1]
    names = said.rest[said.rest.index("altname") + 1 :]
    verb = asked.ip.link.property_add if "add".startswith(said.rest[0]) else asked.ip.link.property_del
    verb(dev, *(name for name in names if name != "altname"))


def tunnel_add(asked: Asked, said: Spoken) -> None:
    """`ip tunnel add …` and `ip tuntap add …`: a link."""
    named = after(said.rest, "name") or after(said.rest, "dev")
    asked.ip.link.add(named or said.rest[0], Kind("tun"))


def tunnel_delete(asked: Asked, said: Spoken) -> None:
    """`ip tunnel delete …` and `ip tuntap delete …`."""
    asked.ip.link.delete(after(said.rest, "name") or after(said.rest, "dev") or said.rest[0])
