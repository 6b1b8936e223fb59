"""What `bridge monitor vlan` says: print_vlan_opts() and print_vlan_global_opts() in bridge/vlan.c."""

import re

from ipwrap.models.monitor_text.grammar import Data, LineGrammar, ParsedLine, words_of
from ipwrap.models.port_vlan import PortVlan, PortVlans

__all__ = ["vlan"]

HEAD = re.compile(
    r"(?P<port>\S+) +(?P<vlan>\d+)(?:-(?P<end>\d+))?(?P<flags>(?: PVID| Egress Untagged)*)(?=\s|\Z)",
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
    """Read about a VLAN, or a range of them, of a port or of the bridge itself. Options of a whole VLAN are unread."""
    found = HEAD.match(text)
    if found is None:
        return ParsedLine(PortVlans(), tuple(words_of(text)))
    flags = tuple(FLAG.findall(found["flags"])) or None
    data: Data = {
        "vlan": int(found["vlan"]),
        "vlanEnd": int(found["end"]) if found["end"] else None,
        "flags": flags,
    }
    said = VLAN.fill(words_of(text[found.end() :]), data)
    return ParsedLine(PortVlans(ifname=found["port"], vlans=(said.model,)), said.unread)
