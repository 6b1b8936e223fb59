"""What counts of links, of what is told of some kinds of them, and of namespaces."""

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
)

__all__ = ["COMPARISONS", "option_key"]

LINK_KEYS = frozenset(attrs.fields_dict(Link))

TUN_FLAGS = {"0x100": "multi_queue"}  # which had no word through iproute2 5.14


def _link(data: Json, named: MentionedWords) -> Iterator[Item]:
    """A link counts with its kind and its options."""
    out = comparable_fields(data, named, "linkinfo", "addr_info")
    out["flags"] = comparable_flags(data, CARRIER)
    if "address" in data:
        out["address"] = named.mask_mac(data["address"])
    info = data.get("linkinfo") or {}
    for part in ("info_kind", "info_slave_kind"):
        if part in info:
            out[part] = info[part]
    kind = comparable_fields(info.get("info_data") or {}, named)
    if "id" in (info.get("info_data") or {}):  # of a vlan or a vxlan: chosen by a person
        kind["id"] = info["info_data"]["id"]
    out |= {option_key(info.get("info_kind"), key): value for key, value in kind.items()}
    out |= {
        f"port {key}": value
        for key, value in comparable_fields(info.get("info_slave_data") or {}, named).items()
    }
    yield (data.get("ifname", "?"),), out


def option_key(kind: str | None, key: str) -> str:
    """Return the key of a kind's option among those of its link, which may have one of the same name: `vlan flags`."""
    return f"{kind} {key}" if key in LINK_KEYS else key


def _macsec(data: Json, named: MentionedWords) -> Iterator[Item]:
    """A MACsec link counts with its channels and keys, but for their next packets; a channel made of a MAC not."""
    out = _uncounted(data, named)
    out["sci"] = out.get("sci") if _named_sci(out.get("sci"), named) else GENERATED
    out["sa_list"] = [_uncounted(each, named) for each in data.get("sa_list") or ()]
    channels = (_uncounted(each, named) for each in data.get("rx_sc") or ())
    out["rx_sc"] = sorted(
        (
            {**each, "sa_list": [_uncounted(sa, named) for sa in each.get("sa_list") or ()]}
            for each in channels
        ),
        key=lambda each: str(each.get("sci")),
    )
    yield (data.get("ifname", "?"),), out


def _uncounted(data: Json, named: MentionedWords) -> Json:
    """Return a part of a MACsec link without what is counted."""
    counters = [
        key for key in data if key.startswith(("InPkts", "OutPkts", "InOctets", "OutOctets"))
    ]
    return comparable_fields(data, named, "pn", *counters)


def _named_sci(sci: Any, named: MentionedWords) -> bool:
    """Tell whether a command named a channel, as iproute2 takes it: sixteen digits."""
    return isinstance(sci, str) and f"{int(sci, 16):016x}" in named


def _tuntap(data: Json, named: MentionedWords) -> Iterator[Item]:
    """A TUN or TAP link counts with its flags; which processes are at its other end does not."""
    out = comparable_fields(data, named, "processes")
    if "flags" in out:
        out["flags"] = sorted(TUN_FLAGS.get(flag, flag) for flag in out["flags"])
    yield (data.get("ifname", "?"),), out


def _vrf(data: Json, named: MentionedWords) -> Iterator[Item]:
    """A VRF counts with its table."""
    yield (data.get("name", "?"),), comparable_fields(data, named)


def _stats(data: Json, _named: MentionedWords) -> Iterator[Item]:
    """Of what is counted count the link, and the group that was asked for."""
    yield (
        tuple(str(data[word]) for word in ("ifname", "group", "subgroup", "suite") if word in data),
        {},
    )


def _counters(data: Json, _named: MentionedWords) -> Iterator[Item]:
    """Of what is counted only the link counts."""
    yield (data.get("ifname", "?"),), {}


def _netns(data: Json, _: MentionedWords) -> Iterator[Item]:
    """A namespace counts with its name; its number is the kernel's choice."""
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
