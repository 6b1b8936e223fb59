"""The lines of a monitor, read into the models of `show`: one object per file.

Monitors have no `-j`, and their text has fewer details than JSON. A model holds only the fields
that the text states; properties such as ``link.up`` and ``address.prefix`` work as usual.
"""

from collections.abc import Callable

from ipwrap.models.text.address import address
from ipwrap.models.text.grammar import ParsedLine
from ipwrap.models.text.link import link, port
from ipwrap.models.text.neigh import fdb, neigh
from ipwrap.models.text.nsid import nsid
from ipwrap.models.text.route import nexthop, route
from ipwrap.models.text.rule import rule
from ipwrap.models.text.vlan import vlan

__all__ = ["OF_BRIDGE", "OF_IP"]

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
