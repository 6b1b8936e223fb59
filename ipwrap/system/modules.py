"""Kernel modules for the kinds of links.

The kernel loads a module by its alias: MODULE_ALIAS_RTNL_LINK in the kernel's drivers/net and net.
"""

__all__ = ["BUILT_IN", "MODULES", "load_advice", "module_of"]

# Modules with a name other than the kind.
MODULES = {
    "batadv": "batman-adv",
    "bond": "bonding",
    "can": "can-dev",
    "dsa": "dsa_core",
    "erspan": "ip_gre",
    "gre": "ip_gre",
    "gretap": "ip_gre",
    "ip6erspan": "ip6_gre",
    "ip6gre": "ip6_gre",
    "ip6gretap": "ip6_gre",
    "ip6tnl": "ip6_tunnel",
    "ipoib": "ib_ipoib",
    "lowpan": "ieee802154_6lowpan",
    "vlan": "8021q",
    "vti": "ip_vti",
    "vti6": "ip6_vti",
    "xfrm": "xfrm_interface",
}

# Kinds without a module, with the option of the kernel's configuration: a bool, never a module.
BUILT_IN = {"netkit": "CONFIG_NETKIT"}


def module_of(kind: str) -> str:
    """Return the name of the module for a kind."""
    return MODULES.get(kind, kind)


def load_advice(kind: str) -> str:
    """Return the advice for a kernel without a kind: a module, or an option of the kernel."""
    if kind in BUILT_IN:
        return f"a kernel that has it ({BUILT_IN[kind]}): no module brings it"
    return f"modprobe {module_of(kind)}, or a kernel that has it"
