"""The kinds of links, one a file: ``ipwrap/kinds/vxlan.py`` is ``type vxlan``.

A new kind is a new file with one class, and a line here.
"""

from collections.abc import Mapping
from typing import Any

from ipwrap.kinds.base import Kind, LinkKind
from ipwrap.kinds.bridge import Bridge
from ipwrap.kinds.bridge_slave import BridgeSlave
from ipwrap.kinds.dummy import Dummy
from ipwrap.kinds.ifb import Ifb
from ipwrap.kinds.macvlan import Macvlan, Macvtap
from ipwrap.kinds.veth import Veth
from ipwrap.kinds.vlan import Vlan
from ipwrap.kinds.vxlan import Vxlan

__all__ = [
    "KINDS",
    "Bridge",
    "BridgeSlave",
    "Dummy",
    "Ifb",
    "Kind",
    "LinkKind",
    "Macvlan",
    "Macvtap",
    "Veth",
    "Vlan",
    "Vxlan",
    "kind_from_json",
]

KINDS: dict[str, type[LinkKind]] = {
    cls.kind: cls for cls in (Bridge, BridgeSlave, Dummy, Ifb, Macvlan, Macvtap, Veth, Vlan, Vxlan)
}


def kind_from_json(kind: str, data: Mapping[str, Any]) -> LinkKind:
    """Return the link's kind, by its name and its ``info_data``; `Kind` for one without a table."""
    cls = KINDS.get(kind)
    return cls.from_json(data) if cls else Kind(kind, data)
