"""Labs: named nodes and the links between them, built by the verbs; no new power, fewer words.

::

    from ipwrap.lab import Lab

    with Lab(pools="10.0.0.0/16") as lab:
        h1, h2 = lab.node("h1"), lab.node("h2")
        lab.link(h1, h2)
        lab.up()
        h1.exec("ping", "-c", "1", h2.address)
"""

from typing import TYPE_CHECKING

from ipwrap.system.lazy import lazy_attributes, public_names

if TYPE_CHECKING:
    from ipwrap.lab.lab import Lab as Lab
    from ipwrap.lab.parts import LabLink as LabLink
    from ipwrap.lab.parts import Node as Node
    from ipwrap.lab.parts import Router as Router
    from ipwrap.lab.parts import Switch as Switch
    from ipwrap.lab.topology import HostSpec as HostSpec
    from ipwrap.lab.topology import LinkSpec as LinkSpec
    from ipwrap.lab.topology import NodeSpec as NodeSpec
    from ipwrap.lab.topology import PortSpec as PortSpec
    from ipwrap.lab.topology import ProcessSpec as ProcessSpec
    from ipwrap.lab.topology import Topology as Topology

MODULES = {
    "lab": ("Lab",),
    "parts": ("LabLink", "Node", "Router", "Switch"),
    "topology": ("HostSpec", "LinkSpec", "NodeSpec", "PortSpec", "ProcessSpec", "Topology"),
}

__all__ = public_names(MODULES)

if not TYPE_CHECKING:  # a type checker would take it that every name exists
    __getattr__, __dir__ = lazy_attributes(__name__, MODULES)
