"""What a monitor's text says of a thing, as the model that `show` would return: one object a file.

The models are those of `show`, so that what was learned of them holds here, too: ``link.up``, ``address.prefix``. They
hold what the text says for sure, and no more: a monitor has no `-j`, and its text says less than JSON does.
"""

from collections.abc import Callable

from ipwrap.models.said.address import address
from ipwrap.models.said.form import Said
from ipwrap.models.said.link import link, port
from ipwrap.models.said.neigh import fdb, neigh
from ipwrap.models.said.nsid import nsid
from ipwrap.models.said.route import nexthop, route
from ipwrap.models.said.rule import rule
from ipwrap.models.said.vlan import vlan

__all__ = ["OF_BRIDGE", "OF_IP", "Said"]

OF_IP: dict[str, Callable[[str], Said]] = {
    "address": address,
    "link": link,
    "neigh": neigh,
    "nexthop": nexthop,
    "nsid": nsid,
    "route": route,
    "rule": rule,
}

OF_BRIDGE: dict[str, Callable[[str], Said]] = {"fdb": fdb, "link": port, "vlan": vlan}
