"""What a monitor's text says of a thing, as the model that `show` would return: one object a file.

The models are those of `show`, so that what was learned of them holds here, too: ``link.up``, ``address.prefix``. They
hold what the text says for sure, and no more: a monitor has no `-j`, and its text says less than JSON does.
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
