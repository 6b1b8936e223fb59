"""The lines of `bridge monitor vlan`.

print_vlan_opts() and print_vlan_global_opts() in bridge/vlan.c.
"""

import re

from ipwrap.models.monitor_text.grammar import Data, LineGrammar, ParsedLine, words_of
from ipwrap.models.port_vlan import PortVlan, PortVlans

__all__ = ["vlan"]

HEAD = re.compile(
    r"(?P<port>\S+) +(?P<vlan>\d+)(?:-(?P<end>\d+))?"
    r"(?P<flags>(?: PVID| Egress Untagged)*)(?=\s|\Z)",
    re.ASCII,
)
FLAG = re.compile(r"PVID|Egress Untagged")

VLAN = LineGrammar(
    PortVlan,
    {
        "state": ("state", str),
        "mcast_router": ("mcast_router", int),
        "neigh_suppress": ("neigh_suppress", "on".__eq__),
    },
)


def vlan(text: str) -> ParsedLine:
    """Parse a line of a VLAN, or of a range, of a port or of the bridge.

    Global options of a VLAN are unread.
    """
    match = HEAD.match(text)
    if match is None:
        return ParsedLine(PortVlans(), tuple(words_of(text)))

    # print_range() in bridge/vlan.c prints `10-12` for a range of VLANs with equal options.
    end = match["end"]
    flags = FLAG.findall(match["flags"])
    data: Data = {
        "vlan": int(match["vlan"]),
        "vlanEnd": int(end) if end else None,
        "flags": tuple(flags) or None,
    }

    words = words_of(text[match.end() :])
    parsed = VLAN.fill(words, data)
    model = PortVlans(
        ifname=match["port"],
        vlans=(parsed.model,),
    )
    return ParsedLine(model, parsed.unread)
