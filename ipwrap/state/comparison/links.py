"""The comparison of links, of further objects of certain kinds of links, and of namespaces."""

from collections.abc import Iterator
from typing import Any

import attrs

from ipwrap.models import Link
from ipwrap.recording.mentioned import GENERATED, MentionedWords
from ipwrap.state.comparison.base import (
    CARRIER,
    Comparisons,
    Item,
    Json,
    comparable_fields,
    comparable_flags,
    identity_of,
    ifname_of,
)

__all__ = ["COMPARISONS", "option_key"]

LINK_KEYS = frozenset(attrs.fields_dict(Link))

# iproute2 through 5.14 has no word for IFF_MULTI_QUEUE and prints the number: print_flags() in
# ip/iptuntap.c.
TUN_FLAGS = {"0x100": "multi_queue"}

MACSEC_COUNTERS = ("InPkts", "OutPkts", "InOctets", "OutOctets")


def _link(data: Json, named: MentionedWords) -> Iterator[Item]:
    """Compare a link with the kind, the options of the kind, and the options of a port."""
    fields = comparable_fields(data, named, "linkinfo", "addr_info")
    fields["flags"] = comparable_flags(data, CARRIER)
    if "address" in data:
        fields["address"] = named.mask_mac(data["address"])

    fields |= _kind_fields(data.get("linkinfo") or {}, named)
    yield (ifname_of(data),), fields


def _kind_fields(info: Json, named: MentionedWords) -> Json:
    """Return the comparable kind of a link, the options of the kind, and the port options."""
    fields: Json = {}
    for key in ("info_kind", "info_slave_kind"):
        if key in info:
            fields[key] = info[key]

    kind = info.get("info_kind")
    kind_options = info.get("info_data") or {}
    for key, value in comparable_fields(kind_options, named).items():
        fields[option_key(kind, key)] = value

    # The id of a vlan or vxlan comes from a command, unlike other ids.
    if "id" in kind_options:
        fields[option_key(kind, "id")] = kind_options["id"]

    port_options = info.get("info_slave_data") or {}
    for key, value in comparable_fields(port_options, named).items():
        fields[f"port {key}"] = value

    return fields


def option_key(kind: str | None, key: str) -> str:
    """Return the key of a kind's option among the keys of the link.

    An option with the name of a link's key gets the kind as a prefix: `vlan flags`.
    """
    return f"{kind} {key}" if key in LINK_KEYS else key


def _macsec(data: Json, named: MentionedWords) -> Iterator[Item]:
    """Compare a MACsec link with the secure channels and keys, without packet numbers."""
    fields = _without_counters(data, named)

    # Without `sci`, the kernel derives the channel from the MAC address: dev_to_sci() in
    # drivers/net/macsec.c.
    sci = fields.get("sci")
    fields["sci"] = sci if _is_named_sci(sci, named) else GENERATED

    fields["sa_list"] = _associations(data, named)
    fields["rx_sc"] = _receive_channels(data, named)

    yield (ifname_of(data),), fields


def _receive_channels(data: Json, named: MentionedWords) -> list[Json]:
    """Return the comparable fields of the receive channels, in order of the channel."""
    channels = []
    for channel in data.get("rx_sc") or ():
        fields = _without_counters(channel, named)
        fields["sa_list"] = _associations(fields, named)
        channels.append(fields)

    return sorted(channels, key=lambda channel: str(channel.get("sci")))


def _associations(channel: Json, named: MentionedWords) -> list[Json]:
    """Return the comparable fields of a channel's secure associations."""
    associations = channel.get("sa_list") or ()
    return [_without_counters(association, named) for association in associations]


def _without_counters(data: Json, named: MentionedWords) -> Json:
    """Return a part of a MACsec link without counters and without the next packet number."""
    counters = [key for key in data if key.startswith(MACSEC_COUNTERS)]
    return comparable_fields(data, named, "pn", *counters)


def _is_named_sci(sci: Any, named: MentionedWords) -> bool:
    """Return whether a command named a channel, in the form of iproute2: sixteen digits."""
    return isinstance(sci, str) and f"{int(sci, 16):016x}" in named


def _tuntap(data: Json, named: MentionedWords) -> Iterator[Item]:
    """Compare a TUN or TAP link with the flags, without the processes of the link."""
    fields = comparable_fields(data, named, "processes")
    if "flags" in fields:
        words = [TUN_FLAGS.get(flag, flag) for flag in fields["flags"]]
        fields["flags"] = sorted(words)

    yield (ifname_of(data),), fields


def _vrf(data: Json, named: MentionedWords) -> Iterator[Item]:
    """Compare a VRF with the table."""
    yield (data.get("name", "?"),), comparable_fields(data, named)


def _stats(data: Json, _named: MentionedWords) -> Iterator[Item]:
    """Compare the link and the group of counters, without the counters."""
    yield identity_of(data, "ifname", "group", "subgroup", "suite"), {}


def _counters(data: Json, _named: MentionedWords) -> Iterator[Item]:
    """Compare the link only, without counters."""
    yield (ifname_of(data),), {}


def _netns(data: Json, _: MentionedWords) -> Iterator[Item]:
    """Compare a namespace by name; the kernel assigns the number."""
    if data.get("name"):
        yield (data["name"],), {}


COMPARISONS: Comparisons = {
    "link": _link,
    "link afstats": _counters,
    "link xstats": _counters,
    "macsec": _macsec,
    "netns": _netns,
    "netns list-id": _netns,
    "stats": _stats,
    "tuntap": _tuntap,
    "vrf": _vrf,
}
