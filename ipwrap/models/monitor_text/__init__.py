"""The lines of a monitor, read into the models of `show`: one object per file.

Monitors have no `-j`, and their text has fewer details than JSON. A model holds only the fields
that the text states; properties such as ``link.up`` and ``address.prefix`` work as usual.
"""

from collections.abc import Callable

from ipwrap.models.monitor_text.address import address
from ipwrap.models.monitor_text.grammar import ParsedLine
from ipwrap.models.monitor_text.link import link, port
from ipwrap.models.monitor_text.neigh import fdb, neigh
from ipwrap.models.monitor_text.nsid import nsid
from ipwrap.models.monitor_text.route import nexthop, route
from ipwrap.models.monitor_text.rule import rule
from ipwrap.models.monitor_text.vlan import vlan

__all__ = ["OF_BRIDGE", "OF_IP", "ParsedLine"]

OF_IP: dict[str, Callable[[str], ParsedLine]] = {
    "address": address,
    "link": link,
    "neigh": neigh,
    "nexthop": nexthop,
    "nsid": nsid,
    "route": route,
    "rule": rule,
}

OF_BRIDGE: dict[str, Callable[[str], ParsedLine]] = {"fdb": fdb, "link": port, "vlan": vlan}
