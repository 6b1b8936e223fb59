"""Impairments of the ends of links, delay, loss and rate: netem, for all packets or some.

With destinations, the root qdisc of the end is an htb: a class with a netem for each node, to which
filters lead by its addresses, and one for all other packets.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from ipwrap.errors import InvalidArgument, NotFound, NotSupported, RejectedByKernel
from ipwrap.lab.topology import PortSpec
from ipwrap.qdiscs.htb import Htb, HtbClass
from ipwrap.qdiscs.netem import Netem
from ipwrap.tc.u32 import U32

if TYPE_CHECKING:
    from ipwrap.lab.lab import Lab
    from ipwrap.lab.parts import NetemSetting, Port

__all__ = ["EndNetem", "check_netem", "destinations", "is_impaired", "set_netems", "set_qdisc"]

EndNetem = Netem | Literal[False] | None
ROOT = "1:"
OTHERS = "1:1"  # the class of all other packets
# More than any link: the classes are there for their netem. htb's rates have 64 bits.
UNLIMITED = HtbClass(rate="100gbit", quantum=60000)

NO_NETEM = (
    "; this kernel may lack netem, htb or u32: CONFIG_NET_SCH_NETEM, CONFIG_NET_SCH_HTB, "
    "CONFIG_NET_CLS_U32"
)


def check_netem(netem: "NetemSetting | None") -> "tuple[EndNetem, EndNetem]":
    """Return the netem of both ends. Raises `InvalidArgument`.

    A single one is that of both; None leaves an end as it is, False is none.
    """
    values = netem if isinstance(netem, (list, tuple)) else (netem, netem)
    if len(values) != 2:
        raise InvalidArgument(f"lab: netem: {netem!r} is no pair; give one for each end")

    for value in values:
        if not (value is None or value is False or isinstance(value, Netem)):
            raise InvalidArgument(
                f"lab: netem: {value!r} is no Netem(delay=…), None or False, or a pair of them"
            )
    first, second = values
    return first, second


def is_impaired(spec: PortSpec) -> bool:
    """Return whether an end has a qdisc of the lab."""
    return bool(spec.netem or spec.netem_to)


def set_netems(lab: "Lab", specs: "Mapping[Port, PortSpec]") -> None:
    """Declare ends anew, and set their qdiscs accordingly if the lab is up.

    Where a command fails, all of them are declared as before. Raises `InvalidArgument` for a netem
    to a node without addresses, before anything runs.
    """
    if lab.is_up:
        for name in {name: None for spec in specs.values() for name in spec.netem_to}:
            destinations(lab, name)

    before = {port: port.spec for port in specs}
    try:
        for port, spec in specs.items():
            port.spec = spec
            if lab.is_up:
                with lab.guard_change():
                    set_qdisc(lab, port, before=before[port])
    except BaseException:
        for port, spec in before.items():
            port.spec = spec
        raise


def set_qdisc(lab: "Lab", port: "Port", *, before: PortSpec | None = None) -> None:
    """Set the qdisc of an end as declared. ``before`` is what it has; None is nothing.

    Raises `NotFound`, `NotSupported` or `RejectedByKernel`, with a note of what the kernel needs.
    """
    try:
        _set_qdisc(lab, port, before=before)
    except (NotFound, NotSupported, RejectedByKernel) as error:
        error.reason += NO_NETEM
        raise


def _set_qdisc(lab: "Lab", port: "Port", *, before: PortSpec | None) -> None:
    """Set the qdisc of an end as declared."""
    qdisc = port.node.netns.tc.qdisc
    spec = port.spec

    has_classes = before is not None and bool(before.netem_to)
    if has_classes or (before is not None and is_impaired(before) and not is_impaired(spec)):
        qdisc.delete(port.name)

    if spec.netem_to:
        _add_classes(lab, port)
    elif spec.netem is not None:
        # A qdisc of another kind is replaced; netem itself is changed, and keeps its packets.
        qdisc.replace(port.name, spec.netem)


def _add_classes(lab: "Lab", port: "Port") -> None:
    """Add an htb with a class for each destination, and filters by addresses."""
    tc, dev = port.node.netns.tc, port.name
    netems = [port.spec.netem, *port.spec.netem_to.values()]

    tc.qdisc.replace(dev, Htb(default="1"), handle=ROOT)
    for number, netem in enumerate(netems, start=1):
        classid = f"{ROOT}{number:x}"
        tc.class_.add(dev, UNLIMITED, classid=classid, parent=ROOT)
        if netem is not None:
            tc.qdisc.add(dev, netem, parent=classid)

    for number, name in enumerate(port.spec.netem_to, start=2):
        for address in destinations(lab, name):
            flowid = f"{ROOT}{number:x}"
            if ":" in address:
                kind = U32(dst6=f"{address}/128", flowid=flowid)
                tc.filter.add(dev, kind, parent=ROOT, protocol="ipv6", pref=2)
            else:
                kind = U32(dst=f"{address}/32", flowid=flowid)
                tc.filter.add(dev, kind, parent=ROOT, protocol="ip", pref=1)


def destinations(lab: "Lab", name: str) -> list[str]:
    """Return the addresses of a node, without the lengths. Raises `InvalidArgument`."""
    addresses = lab.get(name).addresses
    if not addresses:
        raise InvalidArgument(f"lab: netem to {name}: the node has no address to filter by")
    return [address.partition("/")[0] for address in addresses]
