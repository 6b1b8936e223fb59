"""`chosen_words`: the values of two snapshots that count, although no command is known.

The comparison of recordings leaves out what no command named, since the kernel has chosen it. Two
snapshots have no commands. Within a place, a value that the kernel has chosen stays as it is, so
that every change counts. Between two places, only what the kernel never chooses does.
"""

from collections.abc import Iterator
from typing import Any

from ipwrap.objects.comparison import COUNT_IF_NAMED, is_link_local
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.state.snapshot import State

__all__ = ["chosen_words"]

# The kernel chooses it by itself, on any machine.
ALWAYS_CHANGING = frozenset({"active_slave"})

GENERATED_BY_KERNEL = "kernel_ll"  # IFAPROT_KERNEL_LL, since Linux 5.18
EUI64_MARK = "ff:fe"  # in the middle of an address that is made from a MAC address
GENERATED_FROM_MAC = "eui64"


def chosen_words(left: State, right: State, *, is_same_place: bool) -> MentionedWords:
    """Return the words that count in the comparison of two states."""
    words = MentionedWords()
    for state in (left, right):
        for nouns in state.values():
            words.words.update(_link_local_addresses(nouns))
            words.words.update(_entry_macs(nouns))
            if is_same_place:
                words.words.update(_texts(nouns.get("link", ()), "address"))
                words.words.update(filter(is_link_local, _texts(nouns.get("route", ()), "gateway")))

    if is_same_place:
        words.words.update(set(COUNT_IF_NAMED.values()) - ALWAYS_CHANGING)
    return words


def _texts(objects: Any, key: str) -> Iterator[str]:
    """Yield the texts of a key in objects, in lower case."""
    for json_object in objects:
        value = json_object.get(key)
        if isinstance(value, str):
            yield value.lower()


def _entry_macs(nouns: dict[str, Any]) -> set[str]:
    """Return the MAC addresses of forwarding entries and neighbours that are no link's own."""
    own = set(_texts(nouns.get("link", ()), "address"))
    entries = {
        *_texts(nouns.get("bridge fdb", ()), "mac"),
        *_texts(nouns.get("neigh", ()), "lladdr"),
    }
    return {mac for mac in entries - own if not _is_group(mac)}


def _is_group(mac: str) -> bool:
    """Return whether a MAC address is that of a group, which links receive by themselves."""
    first_octet, colon, _ = mac.partition(":")
    return bool(colon) and bool(int(first_octet, 16) & 1)


def _link_local_addresses(nouns: dict[str, Any]) -> Iterator[str]:
    """Yield the link-local IPv6 addresses that somebody has set."""
    modes = {link["ifname"]: link.get("inet6_addr_gen_mode") for link in nouns.get("link", ())}

    for interface in nouns.get("address", ()):
        for address in interface.get("addr_info", ()):
            if address.get("family") != "inet6" or address.get("scope") != "link":
                continue
            if not _is_generated(address, modes.get(interface["ifname"])):
                yield str(address["local"]).lower()


def _is_generated(address: dict[str, Any], mode: object) -> bool:
    """Return whether the kernel has made a link-local address: addrconf_addr_gen() in addrconf.c.

    Where neither the address nor the mode of its link tells, it has.
    """
    if address.get("protocol") == GENERATED_BY_KERNEL or mode != GENERATED_FROM_MAC:
        return True
    # ff:fe are the middle octets; a group of four digits has no leading zeros.
    groups = str(address["local"]).split(":")[-3:-1]
    return len(groups) == 2 and groups[0].endswith("ff") and groups[1].startswith("fe")
