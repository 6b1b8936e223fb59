"""The comparison of addresses: of links, and of neighbours."""

from collections.abc import Iterator

from ipwrap.options.converters import FOREVER
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.state.comparison.base import (
    Comparisons,
    Identity,
    Item,
    Json,
    comparable_fields,
    ifname_of,
)

__all__ = ["COMPARISONS"]

# Neighbour states without a timer: the kernel leaves these states as they are, and changes others.
SET_STATES = ("PERMANENT", "NOARP")
SET_FLAGS = frozenset({"proxy", "managed", "extern_learn"})

# State of duplicate address detection and of the remaining lifetime.
KERNEL_ADDRESS_STATE = (
    "tentative",
    "dadfailed",
    "deprecated",
    "protocol",
    "valid_life_time",
    "preferred_life_time",
)


def _address(data: Json, named: MentionedWords) -> Iterator[Item]:
    """Compare every address of a link, except addresses that the kernel added."""
    for address in data.get("addr_info") or ():
        if _is_automatic(address, named):
            continue

        fields = comparable_fields(address, named, *KERNEL_ADDRESS_STATE)

        # The remaining seconds differ between readings, so only the kind of lifetime is compared.
        lifetime = address.get("valid_life_time", FOREVER)
        fields["valid"] = "forever" if lifetime == FOREVER else "limited"

        ifname = data.get("ifname", address.get("dev", "?"))
        local, length = address.get("local", "?"), address.get("prefixlen")
        yield (ifname, f"{local}/{length}"), fields


def _is_automatic(address: Json, named: MentionedWords) -> bool:
    """Return whether the kernel added an address: link-local, or from a router's advertisement."""
    if address.get("family") != "inet6" or address.get("local") in named:
        return False

    # addrconf_addr_gen() and addrconf_prefix_rcv() in net/ipv6/addrconf.c.
    return address.get("scope") == "link" or address.get("dynamic", False)


def _maddress(data: Json, _: MentionedWords) -> Iterator[Item]:
    """Compare the multicast addresses added to a link by command."""
    for address in data.get("maddr") or ():
        if address.get("features") == "static":
            yield (ifname_of(data), address.get("link", "?")), {}


def _neigh(data: Json, named: MentionedWords) -> Iterator[Item]:
    """Compare a neighbour that a command set.

    Permanent, proxied and managed neighbours are compared, and named neighbours without ARP.
    """
    if not _is_set_by_command(data, named):
        return

    fields = comparable_fields(data, named)
    states = data.get("state") or ()
    fields["state"] = [state for state in states if state in SET_STATES]
    if "lladdr" in data:
        fields["lladdr"] = named.mask_mac(data["lladdr"])

    identity: Identity = (data.get("dst", "?"), data.get("dev", ""))
    if "proxy" in data:
        identity += ("proxy",)
    yield identity, fields


def _is_set_by_command(
    neighbour: Json,
    named: MentionedWords,
) -> bool:
    """Return whether a command set a neighbour."""
    states = neighbour.get("state") or ()
    if "PERMANENT" in states or not SET_FLAGS.isdisjoint(neighbour):
        return True

    # The kernel adds neighbours without ARP for multicast and loopback addresses.
    return "NOARP" in states and neighbour.get("dst") in named


def _token(data: Json, named: MentionedWords) -> Iterator[Item]:
    """Compare the token of a link."""
    yield (ifname_of(data),), comparable_fields(data, named)


COMPARISONS: Comparisons = {
    "address": _address,
    "maddress": _maddress,
    "neigh": _neigh,
    "token": _token,
}
