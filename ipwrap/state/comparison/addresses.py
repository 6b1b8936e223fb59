"""What counts of addresses: a link's own, and its neighbours'."""

from collections.abc import Iterator

from ipwrap.options.converters import FOREVER
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.state.comparison.base import Comparisons, Item, Json, comparable_fields

__all__ = ["COMPARISONS"]


def _address(data: Json, named: MentionedWords) -> Iterator[Item]:
    """Every address of a link counts, but for those that the kernel makes of a MAC address."""
    for each in data.get("addr_info") or ():
        local = each.get("local", "?")
        if _made_by_kernel(each, named):
            continue
        out = comparable_fields(
            each,
            named,
            "tentative",
            "dadfailed",
            "deprecated",
            "protocol",
            "valid_life_time",
            "preferred_life_time",
        )
        out["valid"] = "forever" if each.get("valid_life_time", FOREVER) == FOREVER else "limited"
        yield (data.get("ifname", each.get("dev", "?")), f"{local}/{each.get('prefixlen')}"), out


def _made_by_kernel(address: Json, named: MentionedWords) -> bool:
    """Tell whether nobody asked for this address: a link-local one, or one from a router's advertisement."""
    automatic = address.get("scope") == "link" or address.get("dynamic", False)
    return address.get("family") == "inet6" and automatic and address.get("local") not in named


def _maddress(data: Json, _: MentionedWords) -> Iterator[Item]:
    """A multicast address counts if it was added to a link."""
    for each in data.get("maddr") or ():
        if each.get("features") == "static":
            yield (data.get("ifname", "?"), each.get("link", "?")), {}


def _neigh(data: Json, named: MentionedWords) -> Iterator[Item]:
    """A neighbour counts if it was set: permanent, answered for, managed; or without ARP, and named."""
    state = data.get("state") or ()
    kept = "PERMANENT" in state or ("NOARP" in state and data.get("dst") in named)
    if kept or not {"proxy", "managed", "extern_learn"}.isdisjoint(data):
        out = comparable_fields(data, named)
        out["state"] = [each for each in state if each in ("PERMANENT", "NOARP")]
        if "lladdr" in data:
            out["lladdr"] = named.mask_mac(data["lladdr"])
        yield (
            (data.get("dst", "?"), data.get("dev", ""), *(("proxy",) if "proxy" in data else ())),
            out,
        )


def _token(data: Json, named: MentionedWords) -> Iterator[Item]:
    """A token counts."""
    yield (data.get("ifname", "?"),), comparable_fields(data, named)


COMPARISONS: Comparisons = {
    "address": _address,
    "maddress": _maddress,
    "neigh": _neigh,
    "token": _token,
}
