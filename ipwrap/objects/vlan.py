"""A VLAN of a port, the tunnel of a VLAN: `bridge vlan`; a tunnel of a vxlan: `bridge vni`."""

from ipwrap.objects.base import ObjectType

__all__ = ["VlanObject", "VlanTunnelObject"]


class VlanObject(ObjectType):
    """A port in a VLAN or a range of VLANs."""

    noun = "vlan"
    path = ("bridge", "vlan")
    shown_as = ("bridge vlan",)


class VlanTunnelObject(ObjectType):
    """The tunnel of a port's VLAN."""

    noun = "vlan tunnel"
    path = ("bridge", "vlan")
